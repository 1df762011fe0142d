/* SPDX-License-Identifier: ISC */
/* Looking at the wire, and speaking it by hand. */
#include "protocol/frame.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"

/* ---- looking ---- */

static bool
is_secret(const struct elem *e, const struct attr *a)
{
	switch (a->name) {
	case ATTR_TOKEN:
	case ATTR_PASSWORD:
	case ATTR_OLD:
	case ATTR_KEY:
		return true;
	case ATTR_DATA:
		return e->tag == TAG_AUTH || e->tag == TAG_RESPONSE;
	default:
		return false;
	}
}

static int without_secrets(struct arena *, const struct elem *,
    struct elem *shown);

static int
children_without(struct arena *arena, struct elem *shown)
{
	const struct elem *children = shown->children;
	int rc = 0;

	shown->children = arena_array(arena, shown->nchild,
	    sizeof(*shown->children));
	if (shown->children == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < shown->nchild && rc == 0; i++)
		rc = without_secrets(arena, &children[i],
		    &shown->children[i]);
	return rc;
}

/* A stanza like E that keeps secrets; what is no secret is E's. */
static int
without_secrets(struct arena *arena, const struct elem *e,
    struct elem *shown)
{
	struct attr *attrs = arena_array(arena, e->nattr, sizeof(*attrs));

	if (attrs == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < e->nattr; i++) {
		struct value *v = &attrs[i].v;

		attrs[i] = e->attrs[i];
		if (is_secret(e, &attrs[i]) && (v->type == VALUE_BYTES ||
		    v->type == VALUE_TEXT))
			v->s = slice_of("", 0);
	}
	*shown = *e;
	shown->attrs = attrs;
	return e->content != CONTENT_CHILDREN || e->nchild == 0 ? 0
	    : children_without(arena, shown);
}

static void
tap(struct sc_client *c, bool sent, const struct elem *e)
{
	const struct stanza_ctx *ctx = sent ? &c->said : &c->ctx;
	struct arena arena;
	struct elem shown;
	struct buf body;

	if (c->conf.tap == NULL)
		return;
	arena_init(&arena, ARENA_MAX);
	buf_init(&body, 0);
	if (without_secrets(&arena, e, &shown) == 0 &&
	    stanza_encode(ctx, &shown, &body) == 0)
		c->conf.tap(c->conf.tap_arg, sent, buf_slice(&body).p,
		    body.len, ctx->base_time);
	buf_fini(&body);
	arena_fini(&arena);
}

void
tap_sent(struct sc_client *c, const struct elem *e)
{
	tap(c, true, e);
}

void
tap_received(struct sc_client *c, const struct elem *e)
{
	tap(c, false, e);
}

/* ---- speaking ---- */

int64_t
sc_client_base(const struct sc_client *c)
{
	return c->said.base_time;
}

int
sc_client_put(struct sc_client *c, const void *p, size_t n)
{
	struct slice body = slice_of(p, n);
	struct arena arena;
	struct elem e;
	int rc;

	if (!sc_client_online(c) || c->said_bye)
		return SC_CODE_UNAVAILABLE;
	if (n > FRAME_LIVE_MAX)
		return SC_CODE_TOO_LARGE;
	arena_init(&arena, ARENA_MAX);
	rc = stanza_decode(&c->said, body, &arena, &e);
	if (rc == 0) {
		frame_put(&c->out, body, false);
		if (buf_failed(&c->out))
			rc = c->error = SC_CODE_NO_MEMORY;
		else
			tap_sent(c, &e);
	} else {
		rc = rc == SC_ENOMEM ? SC_CODE_NO_MEMORY : SC_CODE_MALFORMED;
	}
	arena_fini(&arena);
	return rc;
}

/* ---- without an engine ---- */

static int
no_load(void *arg, int (*record)(void *, const void *, size_t), void *engine)
{
	(void)arg;
	(void)record;
	(void)engine;
	return 0;
}

static int
no_append(void *arg, const void *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

static int
no_sync(void *arg)
{
	(void)arg;
	return 0;
}

struct sc_state_io
tap_raw_state(void)
{
	return (struct sc_state_io){.load = no_load, .append = no_append,
	    .sync = no_sync};
}

int
tap_raw_receive(struct sc_client *c, const struct elem *e)
{
	if (e->tag == TAG_SUCCESS || e->tag == TAG_BASE)
		c->ctx.base_time = elem_int(e, ATTR_TIME, c->ctx.base_time);
	if (e->tag == TAG_SUCCESS)
		c->said = c->ctx;
	return 0;
}

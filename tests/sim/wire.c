/* SPDX-License-Identifier: ISC */
#include "tests/sim/wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "src/common/err.h"

static const char *const arrows[WIRE_POINTS] = {"->", "->|", "<-", "|<-"};

struct wire *
wire_create(const struct wire_env *env, unsigned id, const char *client)
{
	struct wire *w = xcalloc(1, sizeof(*w));

	w->env = env;
	w->id = id;
	w->link = link_create(env->net);
	snprintf(w->name, sizeof(w->name), "%s/%u", client, id);
	for (int i = 0; i < WIRE_POINTS; i++)
		tap_init(&w->taps[i], env->deflate);
	return w;
}

/* For the callback of a tap. */
struct passing {
	struct wire *wire;
	enum wire_point point;
};

static void
trace(struct wire *w, enum wire_point point, const struct elem *e)
{
	struct buf text;

	if (!w->env->w->report.trace)
		return;
	buf_init(&text, 0);
	if (xmltext_print(w->env->deflate, e, &text) != 0)
		buf_put_str(&text, "(not XML)");
	report_trace(&w->env->w->report, w->name, "%s %.*s", arrows[point],
	    (int)text.len, (const char *)buf_slice(&text).p);
	buf_fini(&text);
}

/* What a client says of times is relative to that of its login. */
static void
follow_login(struct wire *w, enum wire_point point, const struct elem *e)
{
	if (e->tag != TAG_SUCCESS)
		return;
	w->taps[point == WIRE_SERVER_SAYS ? WIRE_SERVER_HEARS
	    : WIRE_CLIENT_SAYS].ctx.base_time = elem_int(e, ATTR_TIME, 0);
}

static int
passes(void *arg, const struct elem *e)
{
	struct passing *p = arg;

	follow_login(p->wire, p->point, e);
	trace(p->wire, p->point, e);
	p->wire->env->fn(p->wire->env->arg, p->wire, p->point, e);
	return 0;
}

static void
look(struct wire *w, enum wire_point point, const void *b, size_t n)
{
	struct passing p = {w, point};
	int rc = tap_feed(&w->taps[point], slice_of(b, n), passes, &p);

	if (rc != 0)
		report_fail(&w->env->w->report, "wire",
		    "%s %s: bytes that are no stanza (%s)", w->name,
		    arrows[point], sc_strerror(rc));
}

size_t
wire_write(struct wire *w, enum net_side side, const void *b, size_t n)
{
	size_t taken = link_write(w->link, side, b, n);

	look(w, side == NET_CLIENT ? WIRE_CLIENT_SAYS : WIRE_SERVER_SAYS, b,
	    taken);
	if (side == NET_SERVER)
		w->behind = taken < n;
	return taken;
}

size_t
wire_read(struct wire *w, enum net_side side, void *b, size_t n, bool *end)
{
	n = link_read(w->link, side, b, n, end);
	look(w, side == NET_CLIENT ? WIRE_CLIENT_HEARS : WIRE_SERVER_HEARS, b,
	    n);
	return n;
}

void
wire_release(struct wire *w, enum net_side side, bool grace)
{
	if (grace)
		link_close(w->link, side);
	else
		link_abort(w->link, side);
	w->gone[side] = true;
	if (!w->gone[NET_CLIENT] || !w->gone[NET_SERVER])
		return;
	if (w->env->end != NULL)
		w->env->end(w->env->arg, w);
	for (int i = 0; i < WIRE_POINTS; i++)
		tap_fini(&w->taps[i]);
	free(w);
}

/* SPDX-License-Identifier: ISC */
#include "tests/sim/tap.h"

#include "protocol/deflate.h"
#include "protocol/frame.h"
#include "src/common/err.h"

enum { FRAME_LIMIT = 1 << 17, ARENA_LIMIT = 1 << 22 };

void
tap_init(struct tap *t, struct deflate *deflate)
{
	*t = (struct tap){0};
	t->deflate = deflate;
	buf_init(&t->bytes, 0);
	buf_init(&t->body, ARENA_LIMIT);
}

void
tap_fini(struct tap *t)
{
	buf_fini(&t->bytes);
	buf_fini(&t->body);
}

/* The base of times that follow. */
static void
follow_base(struct tap *t, const struct elem *e)
{
	const struct value *v = elem_get(e, ATTR_TIME);

	if ((e->tag == TAG_SUCCESS || e->tag == TAG_BASE) && v != NULL)
		t->ctx.base_time = v->i;
}

static int
take_frame(struct tap *t, const struct frame *f,
    int (*fn)(void *, const struct elem *), void *arg)
{
	struct slice body = f->body;
	struct arena arena;
	struct elem e;
	int rc;

	if (body.len == 0)
		return 0;
	if (f->deflated) {
		rc = frame_inflate(t->deflate, f, &t->body, &body);
		if (rc != 0)
			return rc;
	}
	arena_init(&arena, ARENA_LIMIT);
	rc = stanza_decode(&t->ctx, body, &arena, &e);
	if (rc == 0) {
		rc = fn(arg, &e);
		follow_base(t, &e);
	}
	arena_fini(&arena);
	return rc;
}

int
tap_feed(struct tap *t, struct slice bytes,
    int (*fn)(void *, const struct elem *), void *arg)
{
	struct slice in;
	struct frame f;
	int rc = 0;

	if (t->broken)
		return 0;
	buf_put_slice(&t->bytes, bytes);
	in = buf_slice(&t->bytes);
	while (rc == 0 && in.len > 0) {
		rc = frame_next(&in, FRAME_LIMIT, &f);
		if (rc == 0)
			rc = take_frame(t, &f, fn, arg);
	}
	buf_consume(&t->bytes, t->bytes.len - in.len);
	if (rc == SC_EMORE)
		rc = 0;
	t->broken = rc != 0;
	return rc;
}

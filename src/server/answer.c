/* SPDX-License-Identifier: ISC */
#include "src/server/answer.h"

#include <string.h>

#include "protocol/frame.h"
#include "src/common/err.h"
#include "src/server/trace.h"
#include "src/server/worker_priv.h"

enum { DICTIONARIES = 256, PACK_MIN = 96 };

/* The body of a frame, in BODY, which can hold what a frame can. */
static int
encode(struct session *s, const struct elem *e, struct buf *body)
{
	buf_init(body, FRAME_MAX);
	return stanza_encode(&s->ctx, e, body);
}

static void
put_body(struct session *s, struct slice body)
{
	struct buf frame;

	buf_init(&frame, 0);
	frame_put(&frame, body, false);
	session_put_frame(s, buf_slice(&frame));
	buf_fini(&frame);
}

int
answer_put(struct session *s, const struct elem *e)
{
	struct buf body;
	int rc = encode(s, e, &body);

	if (rc == 0)
		put_body(s, buf_slice(&body));
	if (rc == 0 && s->traced)
		trace_stanza(s, e, true);
	buf_fini(&body);
	return rc;
}

/* A page whose payloads are being opened. */
struct opening {
	unsigned used[DICTIONARIES];	/* how many payloads had which */
	size_t room;		/* more is not worth the effort */
};

/* Opens the payload of E, so that the frame is deflated as a whole and not
 * twice (SPEC.md, "Frames"). */
static int
open_payload(struct worker *w, struct elem *e, struct opening *o)
{
	struct slice wire = e->text, content, raw;
	struct payload p;
	struct buf again;
	int rc = payload_take(&wire, &p);

	if (rc != 0 || p.encoding != PAYLOAD_DEFLATE)
		return rc;
	o->used[p.dictionary]++;
	rc = payload_open(w->deflate, &p, &w->scratch, &content);
	if (rc != 0)
		return rc;
	if (content.len > o->room)
		return SC_ENOMEM;
	o->room -= content.len;
	buf_init(&again, 0);
	rc = payload_put(NULL, content, NULL, 0, &again);
	raw = arena_copy(&w->arena, buf_slice(&again));
	buf_fini(&again);
	e->text = raw;
	return rc == 0 && raw.p == NULL ? SC_ENOMEM : rc;
}

/* A copy of PAGE with open payloads, in the worker's arena.  What cannot be
 * opened stays as it is. */
static int
open_page(struct worker *w, const struct elem *page, struct elem *copy,
    struct opening *o)
{
	struct elem *children;

	*copy = *page;
	if (page->nchild == 0)
		return 0;
	children = arena_array(&w->arena, page->nchild, sizeof(*children));
	if (children == NULL)
		return SC_ENOMEM;
	memcpy(children, page->children, page->nchild * sizeof(*children));
	copy->children = children;
	for (size_t i = 0; i < page->nchild; i++)
		if (children[i].content == CONTENT_PAYLOAD &&
		    open_payload(w, &children[i], o) == SC_ENOMEM)
			return SC_ENOMEM;
	return 0;
}

/* The dictionary that most payloads had, or none. */
static uint8_t
favourite(const unsigned *used)
{
	unsigned best = 0;

	for (unsigned i = 1; i < DICTIONARIES; i++)
		if (used[i] > used[best] || (best == 0 && used[i] > 0))
			best = i;
	return (uint8_t)best;
}

/* Puts PAGE as a deflated frame of less than PLAIN bytes; false: there is none.
 */
static bool
put_packed(struct session *s, const struct elem *page, size_t plain)
{
	struct worker *w = s->worker;
	struct opening o = {.room = FRAME_MAX};
	struct elem open;
	struct buf body, frame;
	uint8_t id;
	bool good;

	arena_clear(&w->arena);
	if (open_page(w, page, &open, &o) != 0)
		return false;
	id = favourite(o.used);
	buf_init(&frame, 0);
	good = encode(s, &open, &body) == 0 &&
	    frame_put_packed(w->deflate, buf_slice(&body), &id, 1,
		&frame) == 0 &&
	    frame.len < plain;
	if (good)
		session_put_frame(s, buf_slice(&frame));
	buf_fini(&body);
	buf_fini(&frame);
	return good;
}

int
answer_page(struct session *s, const struct elem *page)
{
	struct buf body;
	int rc = encode(s, page, &body);

	if (rc == 0 && (body.len < PACK_MIN ||
	    !put_packed(s, page, body.len)))
		put_body(s, buf_slice(&body));
	if (rc == 0 && s->traced)
		trace_stanza(s, page, true);
	buf_fini(&body);
	return rc;
}

void
answer_stored(struct session *s, uint64_t n, struct slice bytes)
{
	static const struct stanza_ctx base = {.base_time = 0};
	struct worker *w = s->worker;
	struct elem e;
	int rc;

	arena_clear(&w->arena);
	rc = stanza_decode(&base, bytes, &w->arena, &e);
	if (rc == 0)
		rc = answer_put(s, &e);
	if (rc != 0)
		session_error(s, ATTR_N, n, SC_EINTERNAL,
		    "the answer that was kept cannot be read", 0);
}

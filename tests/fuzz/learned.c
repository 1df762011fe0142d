/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/learned.h"

#include <string.h>

enum { CONTENT_MAX = 1 << 16, ARENA = 1 << 20 };

static void
note(struct learned *l, const struct elem *e)
{
	for (size_t i = 0; i < e->nattr; i++) {
		const struct value *v = &e->attrs[i].v;
		unsigned at = l->n % LEARNED;

		if (v->type != VALUE_BYTES || v->s.len < 2 ||
		    v->s.len > LEARNED_BYTES)
			continue;
		memcpy(l->all[at].bytes, v->s.p, v->s.len);
		l->all[at].len = v->s.len;
		l->n++;
	}
	for (size_t i = 0; e->content == CONTENT_CHILDREN && i < e->nchild;
	    i++)
		note(l, &e->children[i]);
}

static void
note_payload(struct learned *l, struct deflate *d, struct slice wire)
{
	struct payload p;
	struct slice content;
	struct arena arena;
	struct buf scratch;
	struct elem e;

	arena_init(&arena, ARENA);
	buf_init(&scratch, CONTENT_MAX);
	if (payload_take(&wire, &p) == 0 &&
	    payload_open(d, &p, &scratch, &content) == 0)
		while (payload_next(&content, &arena, &e) == 0)
			note(l, &e);
	buf_fini(&scratch);
	arena_fini(&arena);
}

void
learned_note(struct learned *l, struct deflate *d, const struct elem *e)
{
	note(l, e);
	if (e->content == CONTENT_PAYLOAD)
		note_payload(l, d, e->text);
}

/* The B-th last of LEN bytes, or of any; {NULL, 0}: there is none. */
static struct slice
recall(const struct learned *l, unsigned b, size_t len)
{
	unsigned i, most = l->n < LEARNED ? l->n : LEARNED;

	for (i = 1; i <= most; i++) {
		unsigned at = (l->n - i) % LEARNED;

		if ((len == 0 || l->all[at].len == len) && b-- == 0)
			return slice_of(l->all[at].bytes, l->all[at].len);
	}
	return slice_of(NULL, 0);
}

static bool
is_short(const struct chat_id *id)
{
	for (int i = 1; i < CHAT_ID_SIZE; i++)
		if (id->b[i] != 0)
			return false;
	return true;
}

static bool
fill_value(const struct learned *l, struct value *v)
{
	struct slice s = {NULL, 0};

	if (v->type == VALUE_BYTES && v->s.len == 1) {
		s = recall(l, v->s.p[0] % LEARNED, 0);
		if (s.p != NULL)
			v->s = s;
	} else if (v->type == VALUE_CHAT && v->chat.kind == CHAT_BY_ID &&
	    is_short(&v->chat.id)) {
		s = recall(l, v->chat.id.b[0] % LEARNED, CHAT_ID_SIZE);
		if (s.p != NULL)
			memcpy(v->chat.id.b, s.p, CHAT_ID_SIZE);
	}
	return s.p != NULL;
}

bool
learned_fill(const struct learned *l, struct elem *e)
{
	bool filled = false;

	for (size_t i = 0; i < e->nattr; i++)
		filled = fill_value(l, &e->attrs[i].v) || filled;
	for (size_t i = 0; e->content == CONTENT_CHILDREN && i < e->nchild;
	    i++)
		filled = learned_fill(l, &e->children[i]) || filled;
	return filled;
}

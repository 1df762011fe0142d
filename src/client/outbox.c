/* SPDX-License-Identifier: ISC */
#include "src/client/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

void
outbox_init(struct outbox *o)
{
	memset(o, 0, sizeof(*o));
}

void
outbox_fini(struct outbox *o)
{
	for (size_t i = 0; i < o->count; i++)
		free(o->sends[i]);
	free(o->sends);
	outbox_init(o);
}

static struct send *
send_copy(const struct send *like)
{
	struct slice name = like->ref.kind == CHAT_BY_NAME
	    ? like->ref.name : slice_of(NULL, 0);
	struct send *s;

	s = calloc(1, sizeof(*s) + name.len + like->payload.len);
	if (s == NULL)
		return NULL;
	memcpy(s, like, sizeof(*s));
	if (name.len > 0)
		memcpy(s->data, name.p, name.len);
	if (like->payload.len > 0)
		memcpy(s->data + name.len, like->payload.p,
		    like->payload.len);
	s->ref.name = slice_of(s->data, name.len);
	s->payload = slice_of(s->data + name.len, like->payload.len);
	return s;
}

int
outbox_add(struct outbox *o, const struct send *like)
{
	struct send *s;

	if (o->count > 0 && like->n <= o->sends[o->count - 1]->n)
		return SC_EMALFORMED;
	if (o->count == o->cap) {
		size_t cap = o->cap == 0 ? 8 : o->cap * 2;
		struct send **sends =
		    realloc(o->sends, cap * sizeof(struct send *));

		if (sends == NULL)
			return SC_ENOMEM;
		o->sends = sends;
		o->cap = cap;
	}
	s = send_copy(like);
	if (s == NULL)
		return SC_ENOMEM;
	o->sends[o->count++] = s;
	if (s->n > o->issued)
		o->issued = s->n;
	return 0;
}

void
outbox_undo(struct outbox *o)
{
	if (o->count == 0)
		return;
	o->count--;
	if (o->issued == o->sends[o->count]->n)
		o->issued--;
	free(o->sends[o->count]);
}

static size_t
index_of(const struct outbox *o, uint64_t n)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->sends[i]->n == n)
			return i;
	return o->count;
}

struct send *
outbox_find(const struct outbox *o, uint64_t n)
{
	size_t i = index_of(o, n);

	return i < o->count ? o->sends[i] : NULL;
}

struct send *
outbox_asked(const struct outbox *o, uint64_t n)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->sends[i]->asked == n)
			return o->sends[i];
	return outbox_find(o, n);
}

struct settled *
outbox_settled(struct outbox *o, uint64_t n)
{
	for (unsigned i = 0; i < OUTBOX_SETTLED; i++)
		if (n != 0 && o->settled[i].n == n)
			return &o->settled[i];
	return NULL;
}

struct settled *
outbox_settled_asked(struct outbox *o, uint64_t n)
{
	for (unsigned i = 0; i < OUTBOX_SETTLED; i++)
		if (o->settled[i].n != 0 && o->settled[i].asked == n)
			return &o->settled[i];
	return outbox_settled(o, n);
}

uint64_t
outbox_next_asked(const struct outbox *o)
{
	uint64_t high = o->issued;

	for (size_t i = 0; i < o->count; i++)
		if (o->sends[i]->asked > high)
			high = o->sends[i]->asked;
	return high + 1;
}

void
outbox_settle(struct outbox *o, const struct settled *how)
{
	struct settled *known = outbox_settled(o, how->n);
	size_t i = index_of(o, how->n);

	if (i < o->count) {
		free(o->sends[i]);
		memmove(o->sends + i, o->sends + i + 1,
		    (o->count - i - 1) * sizeof(struct send *));
		o->count--;
	}
	if (how->n > o->issued)
		o->issued = how->n;
	if (known != NULL) {
		*known = *how;
		return;
	}
	o->settled[o->next] = *how;
	o->next = (o->next + 1) % OUTBOX_SETTLED;
}

void
outbox_renumber(struct outbox *o, uint64_t high)
{
	/* outcomes above are of counters that will be given out again */
	for (unsigned i = 0; i < OUTBOX_SETTLED; i++)
		if (o->settled[i].n > high)
			o->settled[i].n = 0;
	for (size_t i = 0; i < o->count; i++) {
		o->sends[i]->n = high + 1 + i;
		o->sends[i]->inflight = o->sends[i]->tried = false;
	}
	o->issued = high + o->count;
}

/* The oldest pending counter, or the next one. */
static uint64_t
first_of(const struct outbox *o)
{
	return o->count > 0 ? o->sends[0]->n : o->issued + 1;
}

bool
outbox_fits(const struct outbox *o, uint64_t high)
{
	return high + 1 >= first_of(o) && high <= o->issued;
}

bool
outbox_ahead(const struct outbox *o, uint64_t high)
{
	return first_of(o) > high + 1;
}

bool
outbox_may_fly(const struct outbox *o, const struct send *s)
{
	return o->count > 0 && s->n < o->sends[0]->n + OUTBOX_WINDOW;
}

bool
outbox_busy(const struct outbox *o)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->sends[i]->inflight || o->sends[i]->chosen)
			return true;
	return false;
}

void
outbox_hold(struct outbox *o, uint64_t n)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->sends[i]->n >= n)
			o->sends[i]->inflight = false;
}

uint64_t
outbox_digest(struct slice s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.len; i++) {
		h ^= s.p[i];
		h *= UINT64_C(0x100000001b3);
	}
	return h;
}

uint64_t
outbox_ref_digest(const struct chat_ref *ref)
{
	uint64_t h;

	if (ref->kind == CHAT_BY_ID)
		h = outbox_digest(slice_of(ref->id.b, CHAT_ID_SIZE));
	else if (ref->kind == CHAT_BY_NAME)
		h = outbox_digest(ref->name);
	else
		h = outbox_digest(slice_of(&ref->number, sizeof(ref->number)));
	return h + ref->kind;
}

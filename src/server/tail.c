/* SPDX-License-Identifier: ISC */
#include "src/server/tail.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/server/event.h"

/*
 * The index is a cache: one position per hash value, the newest wins, and an
 * entry that it lost is read from the store.
 */

void
tail_init(struct tail *t, size_t size)
{
	memset(t, 0, sizeof(*t));
	if (size == 0)
		return;
	t->size = size;
	t->ring = xcalloc(size, sizeof(struct event *));
	for (t->nindex = 1; t->nindex < size * 2;)
		t->nindex *= 2;
	t->index = xcalloc(t->nindex, sizeof(*t->index));
}

void
tail_fini(struct tail *t)
{
	for (size_t i = 0; i < t->size; i++)
		event_unref(t->ring[i]);
	free(t->ring);
	free(t->index);
	memset(t, 0, sizeof(*t));
}

static size_t
slot_of(const struct tail *t, const struct chat_id *chat, uint64_t seq)
{
	uint64_t h;

	/* chat ids are random */
	memcpy(&h, chat->b, sizeof(h));
	h ^= seq * UINT64_C(0x9e3779b97f4a7c15);
	return (size_t)(h >> 20) & (t->nindex - 1);
}

static void
drop(struct tail *t, size_t at)
{
	if (t->ring[at] == NULL)
		return;
	t->bytes -= t->ring[at]->entry.payload.len;
	event_unref(t->ring[at]);
	t->ring[at] = NULL;
}

void
tail_add(struct tail *t, struct event *e)
{
	size_t at = t->at;

	if (t->size == 0)
		return;
	drop(t, at);
	t->at = (at + 1) % t->size;
	if (t->first == at)
		t->first = t->at;	/* it comes round: the next is older */
	t->ring[at] = event_ref(e);
	t->bytes += e->entry.payload.len;
	t->index[slot_of(t, &e->entry.chat, e->entry.seq)] = (uint32_t)at + 1;
	while (t->bytes / TAIL_ENTRY_BYTES >= t->size && t->first != at) {
		drop(t, t->first);
		t->first = (t->first + 1) % t->size;
	}
}

void
tail_prune(struct tail *t, int64_t time)
{
	for (size_t i = 0; i < t->size; i++) {
		if (t->ring[i] == NULL || t->ring[i]->entry.time >= time)
			continue;
		drop(t, i);
	}
}

void
tail_replace(struct tail *t, struct event *e)
{
	const struct event *old = tail_get(t, &e->entry.chat, e->entry.seq);
	size_t at;

	if (old == NULL)
		return;
	at = t->index[slot_of(t, &e->entry.chat, e->entry.seq)] - 1;
	drop(t, at);
	t->ring[at] = event_ref(e);
	t->bytes += e->entry.payload.len;
}

struct event *
tail_get(const struct tail *t, const struct chat_id *chat, uint64_t seq)
{
	struct event *e;
	uint32_t at;

	if (t->size == 0)
		return NULL;
	at = t->index[slot_of(t, chat, seq)];
	if (at == 0)
		return NULL;
	e = t->ring[at - 1];
	if (e == NULL || e->entry.seq != seq ||
	    !chat_id_equal(&e->entry.chat, chat))
		return NULL;
	return e;
}

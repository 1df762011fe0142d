/* SPDX-License-Identifier: ISC */
#include "src/server/event.h"

#include <stdlib.h>
#include <string.h>

struct event *
event_create(enum event_type type, size_t nto, struct slice payload)
{
	size_t head = sizeof(struct event) + nto * sizeof(struct recipient);
	struct event *e = malloc(head + payload.len);
	uint8_t *copy;

	if (e == NULL)
		return NULL;
	memset(e, 0, head);
	atomic_init(&e->refs, 1);
	e->type = type;
	e->nto = nto;
	e->to = e->own;
	copy = (uint8_t *)e + head;
	if (payload.len > 0)
		memcpy(copy, payload.p, payload.len);
	e->entry.payload = slice_of(copy, payload.len);
	return e;
}

void
event_for_take(struct event *e, struct recipients *list)
{
	e->shared = list;
	e->to = list->to;
	e->nto = list->n;
}

struct event *
event_ref(struct event *e)
{
	atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
	return e;
}

void
event_unref(struct event *e)
{
	if (e == NULL)
		return;
	if (atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
		return;
	recipients_unref(e->shared);
	free(e);
}

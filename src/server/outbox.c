/* SPDX-License-Identifier: ISC */
#include "src/server/outbox.h"

#include "src/common/err.h"

void
outbox_init(struct outbox *ob)
{
	ob->first = NULL;
	ob->last = &ob->first;
	ob->newest = NULL;
}

void
outbox_add_take(struct outbox *ob, struct event *e)
{
	e->next = NULL;
	*ob->last = e;
	ob->last = &e->next;
	ob->newest = e;
}

struct event *
outbox_shift(struct outbox *ob)
{
	struct event *e = ob->first;

	if (e == NULL)
		return NULL;
	ob->first = e->next;
	if (ob->first == NULL)
		outbox_init(ob);
	e->next = NULL;
	return e;
}

void
outbox_clear(struct outbox *ob)
{
	struct event *e;

	while ((e = outbox_shift(ob)) != NULL)
		event_unref(e);
}

int
outbox_fence(struct outbox *ob, const struct event_fence *f)
{
	struct event *e = event_create(EVENT_FENCE, 0, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->fence = *f;
	outbox_add_take(ob, e);
	return 0;
}

int
outbox_entry(struct outbox *ob, const struct chat *c,
    const struct entry *entry, uint64_t session)
{
	size_t n = c->user[1] == 0 || c->user[1] == c->user[0] ? 1 : 2;
	struct event *e = event_create(EVENT_ENTRY, n, entry->payload);
	struct slice payload;

	if (e == NULL)
		return SC_ENOMEM;
	payload = e->entry.payload;
	e->entry = *entry;
	e->entry.payload = payload;
	e->kind = c->kind;
	e->session = session;
	for (size_t i = 0; i < n; i++)
		e->to[i] = (struct recipient){c->user[i], c->number[i]};
	outbox_add_take(ob, e);
	return 0;
}

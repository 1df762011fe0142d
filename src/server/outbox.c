/* SPDX-License-Identifier: ISC */
#include "src/server/outbox.h"

#include <string.h>

#include "src/chat/roster.h"
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
outbox_gone(struct outbox *ob, const struct chat_id *chat, uint64_t user)
{
	struct event *e = event_create(EVENT_GONE, 1, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->entry.chat = *chat;
	e->to[0].user = user;
	outbox_add_take(ob, e);
	return 0;
}

int
outbox_replaced(struct outbox *ob, const struct entry *entry)
{
	struct event *e = event_create(EVENT_REPLACED, 0, entry->payload);
	struct slice payload;

	if (e == NULL)
		return SC_ENOMEM;
	payload = e->entry.payload;
	e->entry = *entry;
	e->entry.payload = payload;
	outbox_add_take(ob, e);
	return 0;
}

/* The two of a direct chat, or the owner of an account log. */
static size_t
pair(const struct chat *c, struct recipient to[2])
{
	size_t n = c->user[1] == 0 || c->user[1] == c->user[0] ? 1 : 2;

	for (size_t i = 0; i < n; i++)
		to[i] = (struct recipient){.user = c->user[i],
		    .number = c->number[i]};
	return n;
}

/* How many an entry is told to; if it is no group, they are in TWO. */
static size_t
recipients(const struct chat *c, struct recipient two[2])
{
	if (c->pulled)
		return 0;
	return chat_has_roster(c) ? c->members : pair(c, two);
}

int
outbox_entry(struct tx *tx, const struct chat *c, const struct entry *entry,
    uint64_t session)
{
	struct recipient two[2];
	size_t n = recipients(c, two);
	struct event *e = event_create(EVENT_ENTRY, n, entry->payload);
	struct slice payload;
	int rc = 0;

	if (e == NULL)
		return SC_ENOMEM;
	payload = e->entry.payload;
	e->entry = *entry;
	e->entry.payload = payload;
	e->kind = c->kind;
	e->session = session;
	e->pulled = c->pulled;
	if (chat_has_roster(c) && !c->pulled)
		rc = roster_list(tx, c, e->to);
	else
		memcpy(e->to, two, n * sizeof(two[0]));
	if (rc == 0)
		outbox_add_take(tx->outbox, e);
	else
		event_unref(e);
	return rc;
}

int
outbox_said(void *arg, const struct chat *c, const struct entry *e)
{
	return outbox_entry(arg, c, e, 0);
}

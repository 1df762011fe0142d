/* SPDX-License-Identifier: ISC */
#include "src/server/outbox.h"

#include <string.h>

#include "src/chat/recipients.h"
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

/* What concerns one user and a chat, or its entry SEQ. */
static int
add_for(struct outbox *ob, enum event_type type, const struct chat_id *chat,
    uint64_t user, uint64_t seq)
{
	struct event *e = event_create(type, 1, slice_of(NULL, 0));

	if (e == NULL)
		return SC_ENOMEM;
	e->entry.chat = *chat;
	e->entry.seq = seq;
	e->own[0].user = user;
	outbox_add_take(ob, e);
	return 0;
}

int
outbox_gone(struct outbox *ob, const struct chat_id *chat, uint64_t user)
{
	return add_for(ob, EVENT_GONE, chat, user, 0);
}

int
outbox_hidden(struct outbox *ob, const struct chat_id *chat, uint64_t user,
    uint64_t seq)
{
	return add_for(ob, EVENT_HIDDEN, chat, user, seq);
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

static struct event *
entry_event(const struct chat *c, const struct entry *entry, size_t nto)
{
	struct event *e = event_create(EVENT_ENTRY, nto, entry->payload);
	struct slice payload;

	if (e == NULL)
		return NULL;
	payload = e->entry.payload;
	e->entry = *entry;
	e->entry.payload = payload;
	e->kind = c->kind;
	e->pulled = c->pulled;
	return e;
}

/* An entry of a group or channel: for all who are in it, in one list that many
 * events share; of a pulled one, for nobody in particular. */
static int
roster_event(struct tx *tx, const struct chat *c, const struct entry *entry,
    struct event **e)
{
	struct recipients *list = NULL;
	int rc = c->pulled ? 0 : recipients_get(tx, c, &list);

	if (rc != 0)
		return rc;
	*e = entry_event(c, entry, 0);
	if (*e == NULL)
		recipients_unref(list);
	else if (list != NULL)
		event_for_take(*e, list);
	return *e == NULL ? SC_ENOMEM : 0;
}

static int
pair_event(const struct chat *c, const struct entry *entry, struct event **e)
{
	struct recipient two[2];
	size_t n = pair(c, two);

	*e = entry_event(c, entry, n);
	if (*e == NULL)
		return SC_ENOMEM;
	memcpy((*e)->own, two, n * sizeof(two[0]));
	return 0;
}

int
outbox_entry(struct tx *tx, const struct chat *c, const struct entry *entry,
    uint64_t session)
{
	struct event *e = NULL;
	int rc = chat_has_roster(c) ? roster_event(tx, c, entry, &e)
	    : pair_event(c, entry, &e);

	if (rc != 0)
		return rc;
	e->session = session;
	outbox_add_take(tx->outbox, e);
	return 0;
}

int
outbox_said(void *arg, const struct chat *c, const struct entry *e)
{
	return outbox_entry(arg, c, e, 0);
}

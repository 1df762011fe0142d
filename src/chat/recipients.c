/* SPDX-License-Identifier: ISC */
#include "src/chat/recipients.h"

#include <stdlib.h>
#include <string.h>

#include "src/chat/roster.h"
#include "src/common/alloc.h"
#include "src/common/err.h"

/*
 * One chat for each hash value, the newest wins.  All lists together have at
 * most MEMBERS_MAX members, 2.5 MB; one that is a quarter of that is made each
 * time.
 */
enum { SLOTS = 256, MEMBERS_MAX = 65536 };

struct recipients_memory {
	struct recipients *slots[SLOTS];
	size_t members;
	unsigned hand;		/* who goes next when there is no room */
};

struct recipients *
recipients_ref(struct recipients *a)
{
	atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
	return a;
}

void
recipients_unref(struct recipients *a)
{
	if (a != NULL && atomic_fetch_sub_explicit(&a->refs, 1,
	    memory_order_acq_rel) == 1)
		free(a);
}

void
recipients_changed(const struct tx *tx, struct chat *c)
{
	c->roster = tx->stamp;
}

/* ---- what is remembered ---------------------------------------------- */

static struct recipients **
slot_of(struct recipients_memory *all, const struct chat_id *id)
{
	size_t h;

	memcpy(&h, id->b, sizeof(h));	/* ids are random */
	return &all->slots[h % SLOTS];
}

static void
forget(struct recipients_memory *all, struct recipients **slot)
{
	if (*slot == NULL)
		return;
	all->members -= (*slot)->n;
	recipients_unref(*slot);
	*slot = NULL;
}

static void
remember(struct recipients_memory *all, struct recipients *a)
{
	struct recipients **slot = slot_of(all, &a->chat);

	if (a->n > MEMBERS_MAX / 4)
		return;
	forget(all, slot);
	while (all->members + a->n > MEMBERS_MAX)
		forget(all, &all->slots[all->hand++ % SLOTS]);
	*slot = recipients_ref(a);
	all->members += a->n;
}

static struct recipients *
recall(struct recipients_memory *all, const struct chat *c)
{
	struct recipients *a = *slot_of(all, &c->id);

	if (a == NULL || a->roster != c->roster ||
	    !chat_id_equal(&a->chat, &c->id))
		return NULL;
	return recipients_ref(a);
}

struct recipients_memory *
recipients_memory_create(void)
{
	return xcalloc(1, sizeof(struct recipients_memory));
}

void
recipients_memory_destroy(struct recipients_memory *all)
{
	for (size_t i = 0; all != NULL && i < SLOTS; i++)
		forget(all, &all->slots[i]);
	free(all);
}

/* ---- making one ------------------------------------------------------ */

static int
make(struct tx *tx, const struct chat *c, struct recipients **to)
{
	struct recipients *a = malloc(sizeof(*a) +
	    c->members * sizeof(a->to[0]));
	int rc;

	if (a == NULL)
		return SC_ENOMEM;
	atomic_init(&a->refs, 1);
	a->chat = c->id;
	a->roster = c->roster;
	a->n = c->members;
	rc = roster_list(tx, c, a->to);
	if (rc != 0) {
		recipients_unref(a);
		return rc;
	}
	*to = a;
	return 0;
}

int
recipients_get(struct tx *tx, const struct chat *c, struct recipients **a)
{
	/* its own changes are of no use to others yet */
	struct recipients_memory *all = c->roster == tx->stamp ? NULL : tx->recipients;
	int rc;

	*a = all == NULL ? NULL : recall(all, c);
	if (*a != NULL)
		return 0;
	rc = make(tx, c, a);
	if (rc == 0 && all != NULL)
		remember(all, *a);
	return rc;
}

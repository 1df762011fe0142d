/* SPDX-License-Identifier: ISC */
#include "src/chat/chat.h"

struct unread {
	uint64_t user;
	uint32_t n, max;
};

static int
count_entry(void *arg, const struct entry *e)
{
	struct unread *u = arg;

	if ((e->flags & ENTRY_COUNTS) != 0 && e->from != u->user)
		u->n++;
	return u->n == u->max;
}

/* What is gone cannot be read. */
static int
pass_skip(void *arg, uint64_t first, uint64_t last)
{
	(void)arg, (void)first, (void)last;
	return 0;
}

int
chat_unread(struct tx *tx, const struct chat *c, uint64_t user, uint64_t read,
    uint32_t max, uint32_t *n)
{
	struct unread u = {user, 0, max};
	const struct chat_reader reader = {count_entry, pass_skip, &u};
	int side = chat_side(c, user), rc = 0;

	/* the usual case: nobody else has written since */
	if (c->head > read && (c->kind != CHAT_KIND_DIRECT ||
	    (side >= 0 && c->user[0] != c->user[1] &&
	    c->last_by[1 - side] > read)))
		rc = chat_read(tx, &c->id, read + 1, c->head, &reader);
	*n = u.n;
	return rc;
}

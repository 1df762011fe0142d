/* SPDX-License-Identifier: ISC */
#include "src/chat/chat.h"
#include "src/chat/hidden.h"
#include "src/chat/member.h"
#include "src/common/err.h"

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

/* What is gone, or damaged, cannot be read. */
static int
pass_skip(void *arg, uint64_t first, uint64_t last)
{
	(void)arg, (void)first, (void)last;
	return 0;
}

/* Whether somebody else has written above READ, as far as the chat's row
 * tells. */
static bool
may_hold(const struct chat *c, uint64_t user, uint64_t read)
{
	int side = chat_side(c, user);

	if (c->kind == CHAT_KIND_DIRECT)
		return side >= 0 && c->user[0] != c->user[1] &&
		    c->last_by[1 - side] > read;
	if (!chat_has_roster(c))
		return c->head > read;
	for (int i = 0; i < CHAT_AUTHORS; i++)
		if (c->recent[i].user != user && c->recent[i].seq > read)
			return true;
	return false;
}

/* Counts by runs that the user may read (R5). */
static int
count_runs(struct tx *tx, const struct chat *c, uint64_t read,
    struct unread *u)
{
	const struct chat_reader reader = {count_entry, pass_skip, u};
	uint64_t from = read + 1, last;
	struct member m;
	int rc = member_get(tx, &c->id, u->user, &m);

	while (rc == 0 && from <= c->head && u->n < u->max) {
		bool his = member_sees(&m, from, &last);

		if (last > c->head)
			last = c->head;
		if (his)
			rc = hidden_read(tx, &c->id, u->user, &m, from, last,
			    &reader, pass_skip, pass_skip);
		from = last + 1;
	}
	return rc;
}

int
chat_unread(struct tx *tx, const struct chat *c, uint64_t user, uint64_t read,
    uint32_t max, uint32_t *n)
{
	struct unread u = {user, 0, max};
	int rc = 0;

	/* the usual case: nobody else has written since */
	if (may_hold(c, user, read))
		rc = count_runs(tx, c, read, &u);
	*n = u.n;
	/* what cannot be read any more does not count */
	return rc == SC_EDAMAGED ? 0 : rc;
}

/* SPDX-License-Identifier: ISC */
/*
 * What goes with an account, and what stays for others.  After each piece all
 * that is there agrees (verify.h): entries go from the front of their periods,
 * which forget them; a chat goes when it has none.
 */
#include <stdlib.h>
#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/leaving.h"
#include "src/chat/link.h"
#include "src/chat/member.h"
#include "src/chat/period.h"
#include "src/chat/recipients.h"
#include "src/chat/row.h"
#include "src/chat/user.h"
#include "src/common/err.h"

enum { ACCOUNT_NUMBER = 1, ENTRIES_AT_ONCE = 64, ROWS_AT_ONCE = 4096 };

/* ---- entries --------------------------------------------------------- */

struct seq_page {
	uint64_t seqs[ENTRIES_AT_ONCE];
	size_t n, most;
};

static int
seq_add(void *arg, struct slice key, struct slice value)
{
	struct seq_page *p = arg;

	(void)value;
	p->seqs[p->n++] = row_key_last_u64(key);
	return p->n == p->most;
}

static struct slice
seq_key(struct row_key *k, const struct chat_id *id, uint64_t seq)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, seq);
	return row_key_slice(k);
}

/* Some entries of P, up to END; *LAST: the last of them, PERIOD_WHOLE if there
 * are no others. */
static int
erase_run(struct tx *tx, const struct chat_id *id, const struct period *p,
    uint64_t end, unsigned *left, uint64_t *last)
{
	struct seq_page page = {.most = ENTRIES_AT_ONCE};
	struct store_range range = {.reverse = false};
	struct row_key lo, hi, k;
	int rc;

	if (*left < page.most)
		page.most = *left;
	range.lo = seq_key(&lo, id, p->first);
	range.hi = seq_key(&hi, id, end);
	rc = store_scan(tx->st, tx->d->entries, p->part, &range, seq_add,
	    &page);
	for (size_t i = 0; i < page.n && rc >= 0; i++)
		rc = store_del(tx->st, tx->d->entries, p->part,
		    seq_key(&k, id, page.seqs[i]));
	*left -= (unsigned)page.n;
	*last = page.n < page.most ? PERIOD_WHOLE : page.seqs[page.n - 1];
	return rc == SC_ECONFLICT || rc > 0 ? 0 : rc;
}

/* The first period in which the chat may have entries, and where it ends. */
static int
first_period(struct tx *tx, const struct chat_id *id, struct period *p,
    uint64_t *end)
{
	struct period after;
	int rc = period_find(tx, id, 0, true, p);

	if (rc == 0 && p->part == CHAT_PERIOD_GONE)
		rc = period_find(tx, id, p->first, true, p);
	if (rc != 0)
		return rc;
	rc = period_find(tx, id, p->first, true, &after);
	*end = rc == 0 ? after.first : UINT64_MAX;
	return rc == SC_ENOTFOUND ? 0 : rc;
}

static int
erase_entries(struct tx *tx, const struct chat_id *id, unsigned *left)
{
	struct row_key k = {.len = 0};
	uint64_t end, last;
	struct period p;
	int rc = 0;

	row_key_chat(&k, id);
	while (rc == 0 && *left > 0) {
		rc = first_period(tx, id, &p, &end);
		if (rc != 0)
			break;
		--*left;
		rc = domain_delete_some(tx, tx->d->moves, p.part,
		    row_key_slice(&k), left);
		if (rc != 0 || *left == 0)
			break;
		rc = erase_run(tx, id, &p, end, left, &last);
		if (rc == 0)
			rc = period_forget(tx, id, &p, last);
	}
	return rc == SC_ENOTFOUND ? 0 : rc;
}

/* ---- a chat ---------------------------------------------------------- */

/* What is left of a chat that has no entries, but the numbers that members call
 * it by. */
static int
erase_rows(struct tx *tx, const struct chat *c)
{
	struct row_key k = {.len = 0}, direct = {.len = 0};
	int low = c->user[0] < c->user[1] ? 0 : 1;
	int rc;

	row_key_chat(&k, &c->id);
	rc = domain_delete_prefix(tx, tx->d->periods, 0, row_key_slice(&k));
	if (rc == 0)
		rc = domain_delete_prefix(tx, tx->d->members, 0,
		    row_key_slice(&k));
	if (rc == 0)
		rc = store_del(tx->st, tx->d->chats, 0, row_key_slice(&k));
	if (rc != 0 || c->kind != CHAT_KIND_DIRECT)
		return rc;
	row_key_u64(&direct, c->user[low]);
	row_key_u64(&direct, c->user[1 - low]);
	return store_del(tx->st, tx->d->directs, 0, row_key_slice(&direct));
}

static int
erase(struct tx *tx, const struct chat *c, unsigned *left)
{
	int rc = erase_entries(tx, &c->id, left);

	return rc != 0 || *left == 0 ? rc : erase_rows(tx, c);
}

struct others {
	uint64_t user;
	bool found;
};

static int
other_member(void *arg, uint64_t user, const struct member *m)
{
	struct others *o = arg;

	(void)m;
	o->found = user != o->user;
	return o->found;
}

/* Of a group or channel nothing stays of him but what he wrote; it goes with
 * the last who may read it, those who have left it included. */
static int
abandon_roster(struct tx *tx, struct chat *c, uint64_t user, unsigned *left)
{
	struct others others = {user, false};
	struct row_key k = {.len = 0};
	struct member m;
	int rc = member_get(tx, &c->id, user, &m);

	if (rc == 0)
		rc = member_list(tx, &c->id, other_member, &others);
	if (rc < 0)
		return rc;
	if (!others.found)
		return erase(tx, c, left);
	c->members -= member_in(&m);
	recipients_changed(tx, c);
	row_key_chat(&k, &c->id);
	row_key_u64(&k, user);
	rc = store_del(tx->st, tx->d->members, 0, row_key_slice(&k));
	return rc != 0 ? rc : chat_put(tx, c);
}

int
chat_abandon(struct tx *tx, const struct chat_id *id, uint64_t user,
    unsigned *left)
{
	struct chat c;
	int side, rc = chat_get_locked(tx, id, &c);

	if (rc != 0)
		return rc;
	if (chat_has_roster(&c))
		return abandon_roster(tx, &c, user, left);
	side = chat_side(&c, user);
	if (side < 0)
		return SC_ENOTFOUND;
	if (c.kind != CHAT_KIND_DIRECT || c.user[0] == c.user[1] ||
	    c.number[1 - side] == 0)
		return erase(tx, &c, left);
	c.number[side] = 0;
	return chat_put(tx, &c);
}

/* ---- chats ----------------------------------------------------------- */

enum { SOME = sizeof(((struct chat_some *)0)->chats) /
	sizeof(((struct chat_some *)0)->chats[0]) };

static int
some_add(void *arg, uint64_t number, const struct chat_id *id)
{
	struct chat_some *s = arg;

	if (s->n == SOME) {
		s->next = number;
		return 1;
	}
	s->chats[s->n].id = *id;
	s->chats[s->n++].number = number;
	return 0;
}

static int
some_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct chat_id));
}

int
chat_some(struct tx *tx, uint64_t user, uint64_t first, struct chat_some *s)
{
	int rc;

	s->n = 0;
	s->next = 0;
	rc = chat_list(tx, user, first, some_add, s);
	qsort(s->chats, s->n, sizeof(s->chats[0]), some_compare);
	return rc < 0 ? rc : 0;
}

/* With the number that USER calls it by. */
static int
abandon_numbered(struct tx *tx, uint64_t user, uint64_t number,
    const struct chat_id *id, unsigned *left)
{
	struct row_key k = {.len = 0};
	int rc = chat_abandon(tx, id, user, left);

	if (rc != 0 || *left == 0)
		return rc;
	--*left;
	row_key_u64(&k, user);
	row_key_u64(&k, number);
	return store_del(tx->st, tx->d->numbers, 0, row_key_slice(&k));
}

/* All but the account log, which is the last. */
static int
abandon_chats(struct tx *tx, uint64_t user, unsigned *left)
{
	struct chat_some s;
	int rc;

	do {
		rc = chat_some(tx, user, ACCOUNT_NUMBER + 1, &s);
		for (size_t i = 0; i < s.n && rc == 0 && *left > 0; i++)
			rc = abandon_numbered(tx, user, s.chats[i].number,
			    &s.chats[i].id, left);
	} while (rc == 0 && *left > 0 && s.next != 0);
	return rc;
}

/* ---- a user ---------------------------------------------------------- */

static int
delete_tables(struct tx *tx, uint64_t id,
    const struct store_table *const tables[], size_t n, unsigned *left)
{
	struct row_key k = {.len = 0};
	int rc = 0;

	row_key_u64(&k, id);
	for (size_t i = 0; i < n && rc == 0 && *left > 0; i++)
		rc = domain_delete_some(tx, tables[i], 0, row_key_slice(&k),
		    left);
	return rc;
}

int
user_leave(struct tx *tx, uint64_t id)
{
	const struct leaving l = {.user = id};
	const struct store_table *const tables[] = {tx->d->devices,
	    tx->d->slots, tx->d->suspects};
	unsigned left = UINT32_MAX;
	struct user u;
	int rc;

	rc = user_get_locked(tx, id, &u);
	if (rc == 0)
		rc = user_retire(tx, &u);
	if (rc == 0)
		rc = link_forget(tx, id);
	if (rc == 0)
		rc = delete_tables(tx, id, tables, 3, &left);
	return rc != 0 ? rc : leaving_put(tx, &l);
}

/* What is left of it: the number of its account log, its own row, and that of
 * its removal. */
static int
erase_user(struct tx *tx, uint64_t id)
{
	struct row_key k = {.len = 0};
	int rc;

	row_key_u64(&k, id);
	rc = domain_delete_prefix(tx, tx->d->numbers, 0, row_key_slice(&k));
	if (rc == 0)
		rc = store_del(tx->st, tx->d->users, 0, row_key_slice(&k));
	return rc != 0 ? rc : leaving_del(tx, id);
}

int
user_erase(struct tx *tx, uint64_t id, unsigned most)
{
	const struct store_table *const tables[] = {tx->d->delivered,
	    tx->d->hidden};
	unsigned left = most;
	struct user u;
	int rc = user_get_leaving(tx, id, &u);

	if (rc == 0)
		rc = abandon_chats(tx, id, &left);
	if (rc == 0)
		rc = delete_tables(tx, id, tables, 2, &left);
	if (rc == 0 && left > 0)
		rc = chat_abandon(tx, &u.account, id, &left);
	if (rc == 0 && left > 0)
		rc = erase_user(tx, id);
	return rc != 0 ? rc : left == 0;
}

int
user_delete(struct tx *tx, uint64_t id)
{
	int rc = user_leave(tx, id);

	while (rc == 0 && (rc = user_erase(tx, id, ROWS_AT_ONCE)) == 1)
		rc = 0;
	return rc;
}

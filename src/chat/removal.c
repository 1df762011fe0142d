/* SPDX-License-Identifier: ISC */
/* What goes with an account, and what stays for others. */
#include <stdlib.h>
#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/link.h"
#include "src/chat/member.h"
#include "src/chat/recipients.h"
#include "src/chat/row.h"
#include "src/chat/user.h"
#include "src/common/alloc.h"
#include "src/common/err.h"

/* ---- a chat ---------------------------------------------------------- */

/* The partitions that a chat has entries in. */
struct part_list {
	struct arena *arena;
	uint32_t *parts;
	size_t n, cap;
};

static int
part_add(void *arg, struct slice key, struct slice value)
{
	struct part_list *l = arg;
	struct row_in in;
	uint32_t *parts;

	(void)key;
	row_open(&in, value);
	if (l->n == l->cap) {
		parts = arena_array(l->arena, l->cap * 2 + 8, sizeof(*parts));
		if (parts == NULL)
			return SC_ENOMEM;
		if (l->n > 0)
			memcpy(parts, l->parts, l->n * sizeof(*parts));
		l->parts = parts;
		l->cap = l->cap * 2 + 8;
	}
	l->parts[l->n++] = (uint32_t)row_get_uint(&in);
	return row_check(&in);
}

static int
erase_entries(struct tx *tx, struct slice key)
{
	struct part_list l = {.arena = tx->arena};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = store_prefix(key, end);
	int rc;

	rc = store_scan(tx->st, tx->d->periods, 0, &range, part_add, &l);
	for (size_t i = 0; i < l.n && rc == 0; i++) {
		rc = domain_delete_prefix(tx, tx->d->entries, l.parts[i], key);
		if (rc == 0)
			rc = domain_delete_prefix(tx, tx->d->moves, l.parts[i],
			    key);
	}
	return rc;
}

/* Everything of a chat but the numbers that members call it by. */
static int
erase(struct tx *tx, const struct chat *c)
{
	struct row_key k = {.len = 0}, direct = {.len = 0};
	int low = c->user[0] < c->user[1] ? 0 : 1;
	int rc;

	row_key_chat(&k, &c->id);
	rc = erase_entries(tx, row_key_slice(&k));
	if (rc == 0)
		rc = domain_delete_prefix(tx, tx->d->periods, 0,
		    row_key_slice(&k));
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
found_one(void *arg, uint64_t user, const struct member *m)
{
	(void)user, (void)m;
	*(bool *)arg = true;
	return 1;
}

/* Of a group or channel nothing stays of him but what he wrote; it goes with
 * the last who may read it, those who have left it included. */
static int
abandon_roster(struct tx *tx, struct chat *c, uint64_t user)
{
	struct row_key k = {.len = 0};
	struct member m;
	bool others = false;
	int rc = member_get(tx, &c->id, user, &m);

	if (rc != 0)
		return rc;
	c->members -= member_in(&m);
	recipients_changed(tx, c);
	row_key_chat(&k, &c->id);
	row_key_u64(&k, user);
	rc = store_del(tx->st, tx->d->members, 0, row_key_slice(&k));
	if (rc == 0)
		rc = member_list(tx, &c->id, found_one, &others);
	if (rc < 0)
		return rc;
	return others ? chat_put(tx, c) : erase(tx, c);
}

int
chat_abandon(struct tx *tx, const struct chat_id *id, uint64_t user)
{
	struct chat c;
	int side, rc = chat_get_locked(tx, id, &c);

	if (rc != 0)
		return rc;
	if (chat_has_roster(&c))
		return abandon_roster(tx, &c, user);
	side = chat_side(&c, user);
	if (side < 0)
		return SC_ENOTFOUND;
	if (c.kind != CHAT_KIND_DIRECT || c.user[0] == c.user[1] ||
	    c.number[1 - side] == 0)
		return erase(tx, &c);
	c.number[side] = 0;
	return chat_put(tx, &c);
}

/* ---- a user ---------------------------------------------------------- */

struct id_list {
	struct chat_id *ids;
	size_t n, cap;
};

static int
id_add(void *arg, uint64_t number, const struct chat_id *id)
{
	struct id_list *l = arg;

	(void)number;
	if (l->n == l->cap) {
		l->cap = l->cap * 2 + 64;
		l->ids = xrealloc(l->ids, l->cap, sizeof(*l->ids));
	}
	l->ids[l->n++] = *id;
	return 0;
}

static int
id_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct chat_id));
}

int
chat_ids(struct tx *tx, uint64_t user, struct chat_id **ids, size_t *n)
{
	struct id_list l = {NULL, 0, 0};
	int rc = chat_list(tx, user, 0, id_add, &l);

	if (rc == 0 && l.n > 0)
		qsort(l.ids, l.n, sizeof(*l.ids), id_compare);
	*ids = l.ids;
	*n = l.n;
	return rc;
}

static int
abandon_chats(struct tx *tx, uint64_t user)
{
	struct chat_id *ids;
	size_t n;
	int rc = chat_ids(tx, user, &ids, &n);

	for (size_t i = 0; i < n && rc == 0; i++)
		rc = chat_abandon(tx, &ids[i], user);
	free(ids);
	return rc;
}

int
user_delete(struct tx *tx, uint64_t id)
{
	const struct store_table *const tables[] = {tx->d->devices,
	    tx->d->slots, tx->d->delivered, tx->d->numbers,
	    tx->d->hidden, tx->d->suspects};
	struct row_key k = {.len = 0};
	struct user u;
	int rc;

	rc = user_get_locked(tx, id, &u);
	if (rc == 0)
		rc = store_lock(tx->st, tx->d->names, 0, slice_str(u.name));
	if (rc == 0)
		rc = link_forget(tx, id);
	if (rc == 0)
		rc = abandon_chats(tx, id);
	row_key_u64(&k, id);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (rc == 0)
			rc = domain_delete_prefix(tx, tables[i], 0,
			    row_key_slice(&k));
	if (rc == 0)
		rc = store_del(tx->st, tx->d->names, 0, slice_str(u.name));
	if (rc == 0)
		rc = store_del(tx->st, tx->d->users, 0, row_key_slice(&k));
	return rc;
}

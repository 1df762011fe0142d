/* SPDX-License-Identifier: ISC */
#include "src/chat/member.h"

#include <string.h>

#include "src/chat/row.h"
#include "src/common/err.h"

enum {
	MEMBER_VERSION = 1,
	MEMBER_ROW = 128,
	MEMBER_DELIVERED_ESTIMATED = 1,
	MEMBER_READ_ESTIMATED = 2
};

static void
member_key(struct row_key *k, const struct chat_id *id, uint64_t user)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, user);
}

static int
member_read(struct slice value, struct member *m)
{
	struct row_in in;
	uint64_t flags;

	memset(m, 0, sizeof(*m));
	row_open(&in, value);
	m->number = row_get_uint(&in);
	m->first = row_get_uint(&in);
	m->delivered = row_get_uint(&in);
	m->read = row_get_uint(&in);
	m->delivered_time = row_get_int(&in);
	m->read_time = row_get_int(&in);
	flags = row_get_uint(&in);
	m->delivered_estimated = (flags & MEMBER_DELIVERED_ESTIMATED) != 0;
	m->read_estimated = (flags & MEMBER_READ_ESTIMATED) != 0;
	m->stamp = row_get_uint(&in);
	return row_check(&in);
}

int
member_get(struct tx *tx, const struct chat_id *id, uint64_t user,
    struct member *m)
{
	struct slice value;
	struct row_key k;
	int rc;

	member_key(&k, id, user);
	rc = store_get(tx->st, tx->d->members, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc;
	return member_read(value, m);
}

int
member_put(struct tx *tx, const struct chat_id *id, uint64_t user,
    const struct member *m)
{
	uint8_t b[MEMBER_ROW];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), MEMBER_VERSION);
	row_uint(&row, m->number);
	row_uint(&row, m->first);
	row_uint(&row, m->delivered);
	row_uint(&row, m->read);
	row_int(&row, m->delivered_time);
	row_int(&row, m->read_time);
	row_uint(&row,
	    (m->delivered_estimated ? MEMBER_DELIVERED_ESTIMATED : 0u) |
		(m->read_estimated ? MEMBER_READ_ESTIMATED : 0u));
	row_uint(&row, m->stamp);
	member_key(&k, id, user);
	return store_put(tx->st, tx->d->members, 0, row_key_slice(&k),
	    row_slice(&row));
}

struct listing {
	int (*fn)(void *arg, uint64_t user, const struct member *);
	void *arg;
};

static int
list_row(void *arg, struct slice key, struct slice value)
{
	struct listing *l = arg;
	struct member m;
	int rc = member_read(value, &m);

	return rc != 0 ? rc : l->fn(l->arg, row_key_last_u64(key), &m);
}

int
member_list(struct tx *tx, const struct chat_id *id,
    int (*fn)(void *arg, uint64_t user, const struct member *), void *arg)
{
	struct listing l = {fn, arg};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range =
	    store_prefix(slice_of(id->b, sizeof(id->b)), end);

	return store_scan(tx->st, tx->d->members, 0, &range, list_row, &l);
}

uint64_t
member_merge_mark(uint64_t have, uint64_t stated)
{
	return stated > have ? stated : have;
}

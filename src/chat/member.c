/* SPDX-License-Identifier: ISC */
#include "src/chat/member.h"

#include <string.h>

#include "src/chat/row.h"
#include "src/common/err.h"

enum {
	/* 1 has one open range, as in direct chats; 2 has a role and any
	 * number of ranges */
	MEMBER_DIRECT = 1,
	MEMBER_VERSION = 2,
	MEMBER_ROW = 384,
	MEMBER_DELIVERED_ESTIMATED = 1,
	MEMBER_READ_ESTIMATED = 2,
	MEMBER_HIDES = 4
};

static void
member_key(struct row_key *k, const struct chat_id *id, uint64_t user)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, user);
}

static void
ranges_read(struct row_in *in, struct member *m)
{
	uint64_t n;

	m->role = (enum role)row_get_uint(in);
	m->joined = row_get_uint(in);
	m->before = row_get_uint(in);
	n = row_get_uint(in);
	if (n > MEMBER_RANGES) {
		in->bad = true;
		return;
	}
	m->nranges = (unsigned)n;
	for (unsigned i = 0; i < m->nranges; i++) {
		m->ranges[i].first = row_get_uint(in);
		m->ranges[i].last = row_get_uint(in);
	}
}

static void
ranges_write(struct row_out *row, const struct member *m)
{
	row_uint(row, (uint64_t)m->role);
	row_uint(row, m->joined);
	row_uint(row, m->before);
	row_uint(row, m->nranges);
	for (unsigned i = 0; i < m->nranges; i++) {
		row_uint(row, m->ranges[i].first);
		row_uint(row, m->ranges[i].last);
	}
}

/* As all are in direct chats and account logs. */
static bool
is_plain(const struct member *m)
{
	return m->nranges == 1 && m->ranges[0].last == UINT64_MAX &&
	    m->role == 0 && m->joined == 0;
}

static int
member_read(struct slice value, struct member *m)
{
	struct row_in in;
	uint64_t flags;

	memset(m, 0, sizeof(*m));
	row_open(&in, value);
	m->number = row_get_uint(&in);
	if (in.version == MEMBER_DIRECT) {
		m->ranges[0] = (struct seq_range){row_get_uint(&in),
		    UINT64_MAX};
		m->nranges = 1;
	} else {
		ranges_read(&in, m);
	}
	m->delivered = row_get_uint(&in);
	m->read = row_get_uint(&in);
	m->delivered_time = row_get_int(&in);
	m->read_time = row_get_int(&in);
	flags = row_get_uint(&in);
	m->delivered_estimated = (flags & MEMBER_DELIVERED_ESTIMATED) != 0;
	m->read_estimated = (flags & MEMBER_READ_ESTIMATED) != 0;
	m->hides = (flags & MEMBER_HIDES) != 0;
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

	row_begin(&row, b, sizeof(b),
	    is_plain(m) ? MEMBER_DIRECT : MEMBER_VERSION);
	row_uint(&row, m->number);
	if (is_plain(m))
		row_uint(&row, m->ranges[0].first);
	else
		ranges_write(&row, m);
	row_uint(&row, m->delivered);
	row_uint(&row, m->read);
	row_int(&row, m->delivered_time);
	row_int(&row, m->read_time);
	row_uint(&row,
	    (m->delivered_estimated ? MEMBER_DELIVERED_ESTIMATED : 0u) |
		(m->read_estimated ? MEMBER_READ_ESTIMATED : 0u) |
		(m->hides ? MEMBER_HIDES : 0u));
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

/* ---- ranges ---------------------------------------------------------- */

struct member
member_from(uint64_t number, uint64_t first)
{
	return (struct member){.number = number, .nranges = 1,
	    .ranges = {{first, UINT64_MAX}}};
}

bool
member_in(const struct member *m)
{
	return m->nranges > 0 && m->ranges[m->nranges - 1].last == UINT64_MAX;
}

bool
member_sees(const struct member *m, uint64_t seq, uint64_t *last)
{
	for (unsigned i = 0; i < m->nranges; i++) {
		const struct seq_range *r = &m->ranges[i];

		if (seq > r->last)
			continue;
		*last = seq < r->first ? r->first - 1 : r->last;
		return seq >= r->first;
	}
	*last = UINT64_MAX;
	return false;
}

uint64_t
member_head(const struct member *m, uint64_t head)
{
	uint64_t last = m->nranges == 0 ? 0 : m->ranges[m->nranges - 1].last;

	return last < head ? last : head;
}

void
member_open(struct member *m, uint64_t first, uint64_t joined)
{
	uint64_t last = m->nranges == 0 ? 0 : m->ranges[m->nranges - 1].last;

	/* a range without an entry that told of it changes nothing */
	if (m->joined <= last)
		m->before = last;
	m->joined = joined;
	if (m->nranges > 0 && first <= last + 1) {
		m->ranges[m->nranges - 1].last = UINT64_MAX;
		return;
	}
	if (m->nranges == MEMBER_RANGES) {
		memmove(&m->ranges[0], &m->ranges[1],
		    (MEMBER_RANGES - 1) * sizeof(m->ranges[0]));
		m->nranges--;
	}
	m->ranges[m->nranges++] = (struct seq_range){first, UINT64_MAX};
}

void
member_close(struct member *m, uint64_t last)
{
	m->ranges[m->nranges - 1].last = last;
}

uint64_t
member_merge_mark(uint64_t have, uint64_t stated)
{
	return stated > have ? stated : have;
}

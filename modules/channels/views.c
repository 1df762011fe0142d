/* SPDX-License-Identifier: ISC */
/*
 * By how many each entry was read.  Who has read what is not kept (R14): a read
 * mark that passes an entry adds one, so nobody is counted twice.  Counts of
 * the newest entries are kept; and a mark that jumps adds to the newest only,
 * as one looks at a screen, not at a year.
 */
#include "channels.h"

enum {
	VIEWS_VERSION = 1,
	VIEWS_KEPT = 1000,	/* entries of a channel */
	VIEWS_DROPPED = 16,	/* with a post, which is one for most */
	VIEWS_AT_ONCE = 50
};

/* What an answer keeps between its pages. */
enum { NEXT, BEGUN };

static void
views_key(struct row_key *k, const struct chat_id *id, uint64_t seq)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, seq);
}

static int
views_value(struct slice value, uint64_t *n)
{
	struct row_in in;

	row_open(&in, value);
	*n = row_get_uint(&in);
	return row_check(&in);
}

static int
add_one(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t seq)
{
	uint8_t b[16];
	struct slice value;
	struct row_out row;
	struct row_key k;
	uint64_t n = 0;
	int rc;

	views_key(&k, id, seq);
	rc = scm_get(tx, m, CHANNEL_VIEWS, 0, row_key_slice(&k), &value);
	if (rc == 0)
		rc = views_value(value, &n);
	else if (rc == SC_ENOTFOUND)
		rc = 0;
	if (rc != 0)
		return rc;
	row_begin(&row, b, sizeof(b), VIEWS_VERSION);
	row_uint(&row, n + 1);
	return scm_put(tx, m, CHANNEL_VIEWS, 0, row_key_slice(&k),
	    row_slice(&row));
}

int
channel_viewed(struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved)
{
	const struct chat *c = &moved->chat;
	uint64_t last = moved->member.read, first = moved->was_read + 1, end;
	int rc = 0;

	(void)stated;
	if (c->kind != CHAT_KIND_CHANNEL || !moved->read)
		return 0;
	if (last - first >= VIEWS_AT_ONCE)
		first = last - VIEWS_AT_ONCE + 1;
	for (uint64_t seq = first; seq <= last && rc == 0; seq++) {
		if (seq + VIEWS_KEPT <= c->head ||
		    !scm_member_sees(&moved->member, seq, &end))
			continue;
		rc = add_one(m, tx, &c->id, seq);
		scm_count(m, CHANNELS_VIEWED, 1);
	}
	return rc;
}

struct noted {
	uint64_t seqs[VIEWS_DROPPED];
	size_t n;
};

static int
note_row(void *arg, struct slice key, struct slice value)
{
	struct noted *n = arg;

	(void)value;
	n->seqs[n->n++] = row_key_last_u64(key);
	return n->n == VIEWS_DROPPED;
}

/* The first few below END; *MORE: there may be others. */
static int
drop_some(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t end, bool *more)
{
	struct store_range range = {.reverse = false};
	struct noted noted = {.n = 0};
	struct row_key lo, hi, k;
	int rc;

	views_key(&lo, id, 0);
	views_key(&hi, id, end);
	range.lo = row_key_slice(&lo);
	range.hi = row_key_slice(&hi);
	rc = scm_scan(tx, m, CHANNEL_VIEWS, 0, &range, note_row, &noted);
	for (size_t i = 0; i < noted.n && rc >= 0; i++) {
		views_key(&k, id, noted.seqs[i]);
		rc = scm_del(tx, m, CHANNEL_VIEWS, 0, row_key_slice(&k));
	}
	*more = noted.n == VIEWS_DROPPED;
	return rc < 0 ? rc : 0;
}

/* Not by its number: entries that are no posts push others out as well. */
int
views_forget(struct sc_module *m, struct tx *tx, const struct chat *c)
{
	bool more;

	return c->head < VIEWS_KEPT ? 0 : drop_some(m, tx, &c->id,
	    c->head + 2 - VIEWS_KEPT, &more);
}

int
views_erase(struct sc_module *m, struct tx *tx, const struct chat_id *id)
{
	bool more = true;
	int rc = 0;

	while (rc == 0 && more)
		rc = drop_some(m, tx, id, UINT64_MAX, &more);
	return rc;
}

/* ---- asked ---- */

static int
list_row(void *arg, struct slice key, struct slice value)
{
	struct asking *a = arg;
	uint64_t seq = row_key_last_u64(key), n;
	struct elem_buf e;
	int rc = views_value(value, &n);

	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_VIEWS);
	elem_add_uint(&e, ATTR_SEQ, seq);
	elem_add_uint(&e, ATTR_TOTAL, n);
	rc = scm_add(a->tx, a->r, &e.e);
	if (rc == 1) {
		a->r->more = true;
		a->r->resume[NEXT] = seq;
	}
	return rc;
}

int
channel_views(struct asking *a)
{
	const struct elem *s = a->r->stanza;
	uint64_t last = elem_uint(s, ATTR_LAST, UINT64_MAX - 1);
	struct row_key lo, hi;
	struct store_range range = {.reverse = false};
	int rc = channel_open(a, ROLE_MEMBER);

	if (rc != 0)
		return rc;
	if (a->r->resume[BEGUN] == 0)
		a->r->resume[NEXT] = elem_uint(s, ATTR_FIRST, 0);
	a->r->resume[BEGUN] = 1;
	if (last > a->chat.head)
		last = a->chat.head;
	views_key(&lo, &a->chat.id, a->r->resume[NEXT]);
	views_key(&hi, &a->chat.id, last + 1);
	range.lo = row_key_slice(&lo);
	range.hi = row_key_slice(&hi);
	if (a->r->resume[NEXT] > last)
		return 0;
	rc = scm_scan(a->tx, a->m, CHANNEL_VIEWS, 0, &range, list_row, a);
	return rc < 0 ? rc : 0;
}

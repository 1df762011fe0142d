/* SPDX-License-Identifier: ISC */
/*
 * Who does not tell what he has read.  What a mark passes meanwhile is noted, so
 * that the switch says nothing of the past when it is turned again: entries of
 * such a run were read when the first mark after it was told.
 */
#include "receipts.h"

#include <string.h>

enum { SWITCH_VERSION = 1, RUN_VERSION = 1, ROW_MAX = 40 };

/* ---- the switch ---- */

static struct slice
user_key(struct row_key *k, uint64_t user)
{
	k->len = 0;
	row_key_u64(k, user);
	return row_key_slice(k);
}

/* *NOTED: it has been turned at some time. */
static int
switch_get(struct sc_module *m, struct tx *tx, uint64_t user, bool *on,
    bool *noted)
{
	struct row_key k;
	struct slice value;
	struct row_in in;
	int rc = scm_get(tx, m, RECEIPTS_SWITCH, 0, user_key(&k, user),
	    &value);

	*noted = rc == 0;
	*on = true;
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	*on = row_get_uint(&in) != 0;
	return row_check(&in);
}

/* KEPT: direct chats that remember what he has read, of who is gone. */
static int
switch_put(struct sc_module *m, struct tx *tx, uint64_t user, bool on,
    uint64_t kept)
{
	uint8_t b[ROW_MAX];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), SWITCH_VERSION);
	row_uint(&row, on);
	if (kept != 0)
		row_uint(&row, kept);
	return scm_put(tx, m, RECEIPTS_SWITCH, 0, user_key(&k, user),
	    row_slice(&row));
}

int
receipts_tells(struct sc_module *m, struct tx *tx, uint64_t user, bool *yes)
{
	bool noted;

	return switch_get(m, tx, user, yes, &noted);
}

/* ---- runs ---- */

struct run {
	uint64_t first;		/* 0: there is none */
	uint64_t last;
	int64_t told;		/* when a later mark was; 0: none was yet */
};

static struct slice
run_key(struct row_key *k, const struct chat_id *id, uint64_t user,
    uint64_t first)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, user);
	row_key_u64(k, first);
	return row_key_slice(k);
}

static int
run_put(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t user, const struct run *r)
{
	uint8_t b[ROW_MAX];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), RUN_VERSION);
	row_uint(&row, r->last);
	row_int(&row, r->told);
	return scm_put(tx, m, RECEIPTS_PRIVATE, 0,
	    run_key(&k, id, user, r->first), row_slice(&row));
}

static int
take_run(void *arg, struct slice key, struct slice value)
{
	struct run *r = arg;
	struct row_in in;
	int rc;

	row_open(&in, value);
	r->first = row_key_last_u64(key);
	r->last = row_get_uint(&in);
	r->told = row_get_int(&in);
	rc = row_check(&in);
	return rc != 0 ? rc : 1;
}

/* The last run that begins at SEQ or before. */
static int
run_find(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t user, uint64_t seq, struct run *r)
{
	struct row_key lo, hi;
	struct store_range range = {.lo = run_key(&lo, id, user, 0),
	    .hi = run_key(&hi, id, user, seq == UINT64_MAX ? seq : seq + 1),
	    .reverse = true};
	int rc;

	*r = (struct run){.first = 0};
	rc = scm_scan(tx, m, RECEIPTS_PRIVATE, 0, &range, take_run, r);
	return rc < 0 ? rc : 0;
}

int
receipts_settle(struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved,
    bool *told)
{
	const struct chat_id *id = &moved->chat.id;
	struct run r;
	bool noted;
	int rc = switch_get(m, tx, stated->user, told, &noted);

	if (rc != 0 || !noted)
		return rc;
	rc = run_find(m, tx, id, stated->user, UINT64_MAX, &r);
	if (rc != 0)
		return rc;
	if (*told && (r.first == 0 || r.told != 0))
		return 0;
	if (*told) {
		r.told = moved->member.read_time;
	} else {
		if (r.first == 0 || r.told != 0)
			r = (struct run){.first = moved->was_read + 1};
		r.last = moved->member.read;
		scm_count(m, PRIVATE, 1);
	}
	return run_put(m, tx, id, stated->user, &r);
}

int
receipts_shown(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t user, struct member *member)
{
	struct run r;
	bool on, noted, estimated;
	int64_t time;
	int rc = switch_get(m, tx, user, &on, &noted);

	if (rc != 0 || !noted)
		return rc;
	rc = run_find(m, tx, id, user, UINT64_MAX, &r);
	if (rc != 0 || r.first == 0 || r.told != 0)
		return rc;
	member->read = r.first - 1;
	member->read_time = member->delivered_time;
	member->read_estimated = true;
	if (member->read == 0)
		return 0;
	rc = scm_mark_when(tx, id, user, MARK_READ, member->read, &time,
	    &estimated);
	if (rc != 0)		/* it has gone with its period */
		return rc == SC_ENOTFOUND ? 0 : rc;
	member->read_time = time;
	member->read_estimated = estimated;
	return 0;
}

int
receipts_read_told(struct sc_module *m, struct tx *tx,
    const struct chat_id *id, uint64_t user, uint64_t seq, int64_t *time,
    bool *told)
{
	struct run r;
	bool on, noted;
	int rc = switch_get(m, tx, user, &on, &noted);

	*told = true;
	if (rc != 0 || !noted)
		return rc;
	rc = run_find(m, tx, id, user, seq, &r);
	if (rc != 0 || r.first == 0 || seq > r.last)
		return rc;
	*told = r.told != 0;
	*time = r.told;
	return 0;
}

/* ---- verbs ---- */

static void
describe(struct elem_buf *e, bool on)
{
	elem_begin(e, TAG_USER);
	elem_add_enum(e, ATTR_RECEIPTS, on ? TOGGLE_ON : TOGGLE_OFF);
}

int
receipts_set(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	bool on = elem_uint(r->stanza, ATTR_RECEIPTS, TOGGLE_ON) == TOGGLE_ON;
	struct elem_buf e;
	int rc;

	if (!elem_has(r->stanza, ATTR_RECEIPTS))
		return SC_NOT_MINE;
	rc = switch_put(m, tx, r->user, on, 0);
	describe(&e, on);
	if (rc == 0)
		rc = scm_account_say(tx, r->user, &e.e);
	return rc != 0 ? rc : SC_AND_OTHERS;
}

int
receipts_get(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	bool on;
	int rc = receipts_tells(m, tx, r->user, &on);

	if (rc != 0)
		return rc;
	describe(&e, on);
	rc = scm_add(tx, r, &e.e);
	return rc != 0 ? rc : SC_AND_OTHERS;
}

/* ---- accounts that go ---- */

enum { BATCH = 64 };

struct batch {
	size_t n;
	uint64_t firsts[BATCH];
};

static int
note_run(void *arg, struct slice key, struct slice value)
{
	struct batch *b = arg;

	(void)value;
	b->firsts[b->n++] = row_key_last_u64(key);
	return b->n == BATCH;
}

/* A handful at a time: a scan must not write. */
static int
forget_chat(struct sc_module *m, struct tx *tx, uint64_t user,
    const struct chat_id *id)
{
	uint8_t end[STORE_KEY_MAX];
	struct row_key k = {.len = 0};
	struct store_range range;
	struct batch b;
	int rc;

	row_key_chat(&k, id);
	row_key_u64(&k, user);
	range = scm_prefix(row_key_slice(&k), end);
	do {
		b.n = 0;
		rc = scm_scan(tx, m, RECEIPTS_PRIVATE, 0, &range, note_run,
		    &b);
		for (size_t i = 0; i < b.n && rc >= 0; i++) {
			struct row_key run;

			rc = scm_del(tx, m, RECEIPTS_PRIVATE, 0,
			    run_key(&run, id, user, b.firsts[i]));
		}
	} while (rc >= 0 && b.n == BATCH);
	return rc < 0 ? rc : 0;
}

struct chats {
	struct tx *tx;
	struct chat_id *ids;
	size_t n, cap;
};

static int
note_chat(void *arg, uint64_t number, const struct chat_id *id)
{
	struct chats *c = arg;
	struct chat_id *more;

	(void)number;
	if (c->n == c->cap) {
		more = scm_alloc(c->tx, (c->cap * 2 + 64) * sizeof(*more));
		if (more == NULL)
			return SC_ENOMEM;
		if (c->n > 0)
			memcpy(more, c->ids, c->n * sizeof(*more));
		c->ids = more;
		c->cap = c->cap * 2 + 64;
	}
	c->ids[c->n++] = *id;
	return 0;
}

/* The last chat that remembered what somebody has read who is gone may be
 * gone now, too. */
static int
release(struct sc_module *m, struct tx *tx, uint64_t user)
{
	struct row_key k;
	struct slice value;
	struct row_in in;
	uint64_t kept;
	bool on;
	int rc = scm_get(tx, m, RECEIPTS_SWITCH, 0, user_key(&k, user),
	    &value);

	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	on = row_get_uint(&in) != 0;
	kept = row_get_uint(&in);
	rc = row_check(&in);
	if (rc != 0)
		return rc;
	return kept > 1 ? switch_put(m, tx, user, on, kept - 1)
	    : scm_del(tx, m, RECEIPTS_SWITCH, 0, user_key(&k, user));
}

/* A direct chat stays for the other one, and so does what it does not tell
 * him. */
static int
leave_chat(struct sc_module *m, struct tx *tx, uint64_t user,
    const struct chat_id *id, uint64_t *kept)
{
	struct sc_user u;
	struct chat c;
	struct run r, others = {.first = 0};
	uint64_t other = 0;
	int rc = scm_chat_get(tx, id, &c);

	if (rc == 0 && c.kind == CHAT_KIND_DIRECT)
		other = c.user[1 - scm_chat_side(&c, user)];
	if (rc == 0)
		rc = run_find(m, tx, id, user, UINT64_MAX, &r);
	if (rc != 0)
		return rc;
	rc = other == 0 || other == user ? SC_ENOTFOUND
	    : scm_user_get(tx, other, &u);
	if (rc == 0)
		*kept += r.first != 0;
	if (rc != SC_ENOTFOUND)
		return rc;
	rc = forget_chat(m, tx, user, id);
	if (rc == 0 && other != 0 && other != user)
		rc = run_find(m, tx, id, other, UINT64_MAX, &others);
	if (rc != 0 || others.first == 0)
		return rc;
	rc = forget_chat(m, tx, other, id);
	return rc != 0 ? rc : release(m, tx, other);
}

int
receipts_forget(struct sc_module *m, struct tx *tx, uint64_t user)
{
	struct chats chats = {.tx = tx};
	struct row_key k;
	uint64_t kept = 0;
	bool on, noted;
	int rc = scm_chat_list(tx, user, 1, note_chat, &chats);

	for (size_t i = 0; i < chats.n && rc == 0; i++)
		rc = leave_chat(m, tx, user, &chats.ids[i], &kept);
	if (rc == 0)
		rc = switch_get(m, tx, user, &on, &noted);
	if (rc != 0 || !noted)
		return rc;
	return kept > 0 ? switch_put(m, tx, user, on, kept)
	    : scm_del(tx, m, RECEIPTS_SWITCH, 0, user_key(&k, user));
}

/* SPDX-License-Identifier: ISC */
/* Messages that a user has starred, or deleted for himself. */
#include "settings.h"

enum { STAR_VERSION = 1, STAR_ROW = 16 };

/* ---- rows ---- */

static struct row_key
star_key(uint64_t user, uint64_t number, uint64_t seq)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	row_key_u64(&k, number);
	row_key_u64(&k, seq);
	return k;
}

static struct row_key
count_key(uint64_t user)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	return k;
}

/* How many stars USER has; the row is locked, and with it all of them. */
static int
count_get_locked(struct sc_module *m, struct tx *tx, uint64_t user,
    uint64_t *count)
{
	const struct row_key k = count_key(user);
	struct slice value;
	struct row_in in;
	int rc = scm_get_locked(tx, m, TABLE_STAR_COUNTS, 0,
	    row_key_slice(&k), &value);

	*count = 0;
	if (rc == SC_ENOTFOUND)
		return 0;
	if (rc != 0)
		return rc;
	row_open(&in, value);
	*count = row_get_uint(&in);
	return row_check(&in);
}

static int
count_put(struct sc_module *m, struct tx *tx, uint64_t user, uint64_t count)
{
	const struct row_key k = count_key(user);
	uint8_t b[STAR_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), STAR_VERSION);
	row_uint(&row, count);
	return scm_put(tx, m, TABLE_STAR_COUNTS, 0, row_key_slice(&k),
	    row_slice(&row));
}

static int
star_put(struct sc_module *m, struct tx *tx, struct slice key)
{
	uint8_t b[STAR_ROW];
	struct row_out row;

	row_begin(&row, b, sizeof(b), STAR_VERSION);
	row_int(&row, scm_now(tx));
	return scm_put(tx, m, TABLE_STARS, 0, key, row_slice(&row));
}

/* ---- requests ---- */

static int
saw_entry(void *arg, const struct entry *e)
{
	(void)e;
	*(bool *)arg = true;
	return 1;
}

static int
saw_nothing(void *arg, uint64_t first, uint64_t last)
{
	(void)arg, (void)first, (void)last;
	return 1;
}

/* Whether the user can read entry SEQ. */
static int
star_check(struct tx *tx, struct sc_request *r, const struct settings_chat *c,
    uint64_t seq)
{
	bool there = false;
	const struct chat_reader reader = {saw_entry, saw_nothing, &there};
	uint64_t last;
	int rc = 0;

	if (seq != 0 && seq <= c->chat.head &&
	    scm_member_sees(&c->member, seq, &last))
		rc = scm_chat_read_for(tx, &c->chat.id, r->user, &c->member,
		    seq, seq, &reader, saw_nothing, saw_nothing);
	if (rc < 0)
		return rc;
	if (!there)
		r->why = "there is no such entry in this chat";
	return there ? 0 : SC_ENOTFOUND;
}

static int
star_add(struct sc_module *m, struct tx *tx, struct sc_request *r,
    struct slice key, uint64_t count)
{
	const struct settings_conf *conf = scm_conf(m);
	int rc;

	if (count >= conf->stars) {
		r->why = "the account has as many stars as there may be: take "
		    "some back";
		return SC_ERESOURCE;
	}
	rc = star_put(m, tx, key);
	return rc != 0 ? rc : count_put(m, tx, r->user, count + 1);
}

static int
star_take(struct sc_module *m, struct tx *tx, struct sc_request *r,
    struct slice key, uint64_t count)
{
	int rc = scm_del(tx, m, TABLE_STARS, 0, key);

	return rc != 0 ? rc : count_put(m, tx, r->user,
	    count > 0 ? count - 1 : 0);
}

static int
star_say(struct tx *tx, const struct sc_request *r, uint64_t number,
    uint64_t seq, bool remove)
{
	struct elem_buf e;

	elem_begin(&e, TAG_STAR);
	elem_add_chat_number(&e, ATTR_CHAT, number);
	elem_add_uint(&e, ATTR_SEQ, seq);
	if (remove)
		elem_add_enum(&e, ATTR_ACTION, ACTION_REMOVE);
	return scm_account_say(tx, r->user, &e.e);
}

/* <star n chat seq/>, and with action="remove" */
int
star_set(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t action = elem_uint(r->stanza, ATTR_ACTION, ACTION_ADD);
	uint64_t seq = elem_uint(r->stanza, ATTR_SEQ, 0), count = 0;
	bool remove = action == ACTION_REMOVE, there;
	struct settings_chat c;
	struct slice value;
	struct row_key k;
	int rc;

	if (!remove && action != ACTION_ADD) {
		r->why = "a star can be added, or taken back: "
		    "action=\"remove\"";
		return SC_ENOTACCEPTABLE;
	}
	rc = settings_chat(tx, r, &c);
	if (rc == 0 && !remove)
		rc = star_check(tx, r, &c, seq);
	if (rc == 0)
		rc = count_get_locked(m, tx, r->user, &count);
	if (rc != 0)
		return rc;
	k = star_key(r->user, c.member.number, seq);
	rc = scm_get(tx, m, TABLE_STARS, 0, row_key_slice(&k), &value);
	if (rc != 0 && rc != SC_ENOTFOUND)
		return rc;
	there = rc == 0;
	if (there != remove)
		return 0;	/* it is so already: nothing to tell */
	rc = (remove ? star_take : star_add)(m, tx, r, row_key_slice(&k),
	    count);
	if (rc != 0)
		return rc;
	scm_count(m, COUNT_STARRED, 1);
	return star_say(tx, r, c.member.number, seq, remove);
}

/* What a list keeps between its pages: the last star on them. */
enum { NUMBER, SEQ };

struct listing {
	struct tx *tx;
	struct sc_request *r;
};

/* The second and third integers of a key. */
static int
list_row(void *arg, struct slice key, struct slice value)
{
	uint64_t number = row_key_last_u64(slice_of(key.p, 16));
	uint64_t seq = row_key_last_u64(key);
	struct listing *l = arg;
	struct elem_buf e;
	int rc;

	(void)value;
	elem_begin(&e, TAG_STAR);
	elem_add_chat_number(&e, ATTR_CHAT, number);
	elem_add_uint(&e, ATTR_SEQ, seq);
	rc = scm_add(l->tx, l->r, &e.e);
	if (rc == 0) {
		l->r->resume[NUMBER] = number;
		l->r->resume[SEQ] = seq;
	}
	if (rc == 1)
		l->r->more = true;
	return rc;
}

/* <star id/> */
int
star_list(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	const struct row_key from = star_key(r->user, r->resume[NUMBER],
	    r->resume[SEQ] + 1);
	struct listing l = {tx, r};
	struct row_key k = count_key(r->user);
	uint8_t end[STORE_KEY_MAX];
	struct store_range range = scm_prefix(row_key_slice(&k), end);
	int rc;

	if (r->resume[NUMBER] == 0)
		scm_count(m, COUNT_LISTED, 1);
	range.lo = row_key_slice(&from);
	rc = scm_scan(tx, m, TABLE_STARS, 0, &range, list_row, &l);
	return rc < 0 ? rc : 0;
}

/* ---- what one does not want to see any more ---- */

/* A star that is on it goes, too. */
static int
hide_star(struct sc_module *m, struct tx *tx, struct sc_request *r,
    uint64_t number, uint64_t seq)
{
	const struct row_key k = star_key(r->user, number, seq);
	struct slice value;
	uint64_t count;
	int rc = count_get_locked(m, tx, r->user, &count);

	if (rc == 0)
		rc = scm_get(tx, m, TABLE_STARS, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	rc = star_take(m, tx, r, row_key_slice(&k), count);
	return rc != 0 ? rc : star_say(tx, r, number, seq, true);
}

/* <hide n chat seq/> */
int
hide(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t seq = elem_uint(r->stanza, ATTR_SEQ, 0);
	struct settings_chat c;
	struct elem_buf e;
	int rc = settings_chat(tx, r, &c);

	if (rc == 0)
		rc = scm_chat_get_locked(tx, &c.chat.id, &c.chat);
	if (rc == 0)
		rc = star_check(tx, r, &c, seq);
	if (rc == 0)
		rc = hide_star(m, tx, r, c.member.number, seq);
	if (rc == 0)
		rc = scm_chat_hide(tx, &c.chat, r->user, seq);
	if (rc != 0)
		return rc;
	scm_count(m, COUNT_HIDDEN, 1);
	elem_begin(&e, TAG_HIDE);
	elem_add_chat_number(&e, ATTR_CHAT, c.member.number);
	elem_add_uint(&e, ATTR_SEQ, seq);
	return scm_account_say(tx, r->user, &e.e);
}

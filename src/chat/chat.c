/* SPDX-License-Identifier: ISC */
#include "src/chat/chat.h"

#include <string.h>

#include "protocol/payload.h"
#include "src/chat/entry.h"
#include "src/chat/member.h"
#include "src/chat/period.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum {
	CHAT_VERSION = 2,
	CHAT_PERIODS = 2,	/* the version since when it has class and
				 * period_first */
	CHAT_TIMER = 3,		/* the version of those that have a timer */
	CHAT_ROSTER = 4,	/* of those whose members have changed; they have
				 * timer, too */
	CHAT_ROW = 356,
	SAID_MAX = 4096		/* of the server's own entries */
};

static void
chat_key(struct row_key *k, const struct chat_id *id)
{
	k->len = 0;
	row_key_chat(k, id);
}

static int
chat_parse(struct slice value, const struct chat_id *id, struct chat *c)
{
	const struct chat_id copy = *id;	/* it may be C's own */
	struct row_in in;

	memset(c, 0, sizeof(*c));
	c->id = copy;
	row_open(&in, value);
	c->kind = (enum chat_kind)row_get_uint(&in);
	c->head = row_get_uint(&in);
	c->last_time = row_get_int(&in);
	c->created = row_get_int(&in);
	c->stamp = row_get_uint(&in);
	c->period = (uint32_t)row_get_uint(&in);
	for (int i = 0; i < 2; i++) {
		c->user[i] = row_get_uint(&in);
		c->number[i] = row_get_uint(&in);
		c->last_by[i] = row_get_uint(&in);
	}
	if (chat_has_roster(c)) {
		c->members = (uint32_t)row_get_uint(&in);
		c->pulled = row_get_uint(&in) != 0;
		for (int i = 0; i < CHAT_AUTHORS; i++) {
			c->recent[i].user = row_get_uint(&in);
			c->recent[i].seq = row_get_uint(&in);
		}
	}
	if (in.version >= CHAT_PERIODS) {
		c->class = (unsigned)row_get_uint(&in);
		c->period_first = row_get_uint(&in);
	}
	if (in.version >= CHAT_TIMER)
		c->timer = (uint32_t)row_get_uint(&in);
	if (in.version >= CHAT_ROSTER)
		c->roster = row_get_uint(&in);
	return row_check(&in);
}

static uint8_t
row_version(const struct chat *c)
{
	if (c->roster != 0)
		return CHAT_ROSTER;
	return c->timer == 0 ? CHAT_VERSION : CHAT_TIMER;
}

int
chat_put(struct tx *tx, const struct chat *c)
{
	uint8_t b[CHAT_ROW];
	struct row_out row;
	struct row_key k;

	row_begin(&row, b, sizeof(b), row_version(c));
	row_uint(&row, c->kind);
	row_uint(&row, c->head);
	row_int(&row, c->last_time);
	row_int(&row, c->created);
	row_uint(&row, c->stamp);
	row_uint(&row, c->period);
	for (int i = 0; i < 2; i++) {
		row_uint(&row, c->user[i]);
		row_uint(&row, c->number[i]);
		row_uint(&row, c->last_by[i]);
	}
	if (chat_has_roster(c)) {
		row_uint(&row, c->members);
		row_uint(&row, c->pulled);
		for (int i = 0; i < CHAT_AUTHORS; i++) {
			row_uint(&row, c->recent[i].user);
			row_uint(&row, c->recent[i].seq);
		}
	}
	row_uint(&row, c->class);
	row_uint(&row, c->period_first);
	if (row.p[0] >= CHAT_TIMER)
		row_uint(&row, c->timer);
	if (row.p[0] >= CHAT_ROSTER)
		row_uint(&row, c->roster);
	chat_key(&k, &c->id);
	return store_put(tx->st, tx->d->chats, 0, row_key_slice(&k),
	    row_slice(&row));
}

int
chat_get(struct tx *tx, const struct chat_id *id, struct chat *c)
{
	struct slice value;
	struct row_key k;
	int rc;

	chat_key(&k, id);
	rc = store_get(tx->st, tx->d->chats, 0, row_key_slice(&k), &value);
	return rc != 0 ? rc : chat_parse(value, id, c);
}

int
chat_get_locked(struct tx *tx, const struct chat_id *id, struct chat *c)
{
	struct slice value;
	struct row_key k;
	int rc;

	chat_key(&k, id);
	rc = store_get_locked(tx->st, tx->d->chats, 0, row_key_slice(&k),
	    &value);
	return rc != 0 ? rc : chat_parse(value, id, c);
}

void
chat_new(struct tx *tx, enum chat_kind kind, struct chat *c)
{
	memset(c, 0, sizeof(*c));
	tx->random(tx->random_arg, c->id.b, sizeof(c->id.b));
	c->kind = kind;
	c->created = tx->now;
	c->last_time = tx->now;
}

/* A row whose value is a chat id. */
static int
chat_id_at(struct tx *tx, const struct store_table *table,
    const struct row_key *k, bool lock, struct chat_id *id)
{
	struct slice value;
	struct row_in in;
	int rc;

	if (lock)
		rc = store_get_locked(tx->st, table, 0, row_key_slice(k),
		    &value);
	else
		rc = store_get(tx->st, table, 0, row_key_slice(k), &value);
	if (rc != 0)
		return rc;
	row_open(&in, value);
	*id = row_get_chat(&in);
	return row_check(&in);
}

static int
chat_id_set(struct tx *tx, const struct store_table *table,
    const struct row_key *k, const struct chat_id *id)
{
	uint8_t b[1 + CHAT_ID_SIZE];
	struct row_out row;

	row_begin(&row, b, sizeof(b), 1);
	row_chat(&row, id);
	return store_put(tx->st, table, 0, row_key_slice(k), row_slice(&row));
}

int
chat_by_number(struct tx *tx, uint64_t user, uint64_t number,
    struct chat_id *id)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	row_key_u64(&k, number);
	return chat_id_at(tx, tx->d->numbers, &k, false, id);
}

static void
direct_key(struct row_key *k, uint64_t a, uint64_t b)
{
	k->len = 0;
	row_key_u64(k, a < b ? a : b);
	row_key_u64(k, a < b ? b : a);
}

int
chat_direct(struct tx *tx, uint64_t a, uint64_t b, struct chat_id *id)
{
	struct row_key k;

	direct_key(&k, a, b);
	return chat_id_at(tx, tx->d->directs, &k, false, id);
}

int
chat_side(const struct chat *c, uint64_t user)
{
	if (c->user[0] == user)
		return 0;
	return c->user[1] == user ? 1 : -1;
}

bool
chat_is_open(const struct chat *c)
{
	return c->kind != CHAT_KIND_DIRECT ||
	    (c->number[0] != 0 && c->number[1] != 0);
}

int
chat_say(struct tx *tx, const struct chat_id *id, const struct elem *said,
    chat_said_fn *fn, void *arg)
{
	struct entry e = {0};
	struct buf content, wire;
	struct chat c;
	int rc;

	buf_init(&content, SAID_MAX);
	buf_init(&wire, SAID_MAX);
	rc = payload_add(&content, said);
	if (rc == 0)
		rc = payload_put(NULL, buf_slice(&content), NULL, 0, &wire);
	if (rc == 0)
		rc = chat_get_locked(tx, id, &c);
	if (rc == 0) {
		e.payload = buf_slice(&wire);
		rc = chat_append(tx, &c, &e);
	}
	if (rc == 0)
		rc = fn(arg, &c, &e);
	buf_fini(&content);
	buf_fini(&wire);
	return rc;
}

/* Tells OWNER in the account log that C, with PEER in it, has a number. */
static int
introduce(struct tx *tx, const struct user *owner, const struct user *peer,
    const struct chat *c, uint64_t number, chat_said_fn *fn, void *arg)
{
	struct elem_buf chat;

	elem_begin(&chat, TAG_CHAT);
	elem_add_uint(&chat, ATTR_NUMBER, number);
	elem_add_bytes(&chat, ATTR_REF, slice_of(c->id.b, CHAT_ID_SIZE));
	elem_add_enum(&chat, ATTR_KIND, c->kind);
	elem_add_user_id(&chat, ATTR_PEER, peer->id);
	elem_add_text(&chat, ATTR_NAME, slice_str(peer->name));
	return chat_say(tx, &owner->account, &chat.e, fn, arg);
}

int
chat_set_number(struct tx *tx, uint64_t user, uint64_t number,
    const struct chat_id *id)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	row_key_u64(&k, number);
	return chat_id_set(tx, tx->d->numbers, &k, id);
}

/* Gives OWNER a number for C and a member row. */
static int
join(struct tx *tx, struct user *owner, struct chat *c, int side)
{
	struct member m = member_from(owner->next_number++, 1);
	int rc = user_put(tx, owner);

	c->number[side] = m.number;
	if (rc == 0)
		rc = member_put(tx, &c->id, owner->id, &m);
	return rc != 0 ? rc : chat_set_number(tx, owner->id, m.number, &c->id);
}

static int
direct_make(struct tx *tx, struct user *u, int sides, const struct row_key *k,
    chat_said_fn *fn, void *arg, struct chat *c)
{
	int rc;

	chat_new(tx, CHAT_KIND_DIRECT, c);
	for (int i = 0; i < sides; i++) {
		rc = join(tx, &u[i], c, i);
		if (rc != 0)
			return rc;
	}
	c->user[0] = u[0].id;
	c->user[1] = u[sides - 1].id;
	c->number[1] = c->number[sides - 1];
	rc = chat_put(tx, c);
	if (rc == 0)
		rc = chat_id_set(tx, tx->d->directs, k, &c->id);
	for (int i = 0; i < sides && rc == 0; i++)
		rc = introduce(tx, &u[i], &u[sides - 1 - i], c, c->number[i],
		    fn, arg);
	return rc;
}

int
chat_direct_make(struct tx *tx, uint64_t a, uint64_t b,
    chat_said_fn *fn, void *arg, struct chat *c)
{
	struct user u[2];
	struct chat_id id;
	struct row_key k;
	int rc, sides = a == b ? 1 : 2;

	/* the usual case first: it is there */
	rc = chat_direct(tx, a, b, &id);
	if (rc == 0)
		return chat_get_locked(tx, &id, c);
	if (rc != SC_ENOTFOUND)
		return rc;
	rc = user_get_locked(tx, a < b ? a : b, &u[0]);
	if (rc == 0 && sides == 2)
		rc = user_get_locked(tx, a < b ? b : a, &u[1]);
	if (rc != 0)
		return rc;
	direct_key(&k, a, b);
	rc = chat_id_at(tx, tx->d->directs, &k, true, &id);
	if (rc == 0)
		return chat_get_locked(tx, &id, c);
	if (rc != SC_ENOTFOUND)
		return rc;
	return direct_make(tx, u, sides, &k, fn, arg, c);
}

/* The author of a group's entry comes first among the recent ones. */
static void
note_recent(struct chat *c, const struct entry *e)
{
	int at = 0;

	while (at < CHAT_AUTHORS - 1 && c->recent[at].user != e->from)
		at++;
	memmove(&c->recent[1], &c->recent[0],
	    (size_t)at * sizeof(c->recent[0]));
	c->recent[0] = (struct chat_author){e->from, e->seq};
}

static void
note_author(struct chat *c, const struct entry *e)
{
	int side = c->kind == CHAT_KIND_DIRECT ? chat_side(c, e->from) : -1;

	if (side >= 0 && (e->flags & ENTRY_COUNTS) != 0)
		c->last_by[side] = e->seq;
	if (chat_has_roster(c) && (e->flags & ENTRY_COUNTS) != 0)
		note_recent(c, e);
}

int
chat_append(struct tx *tx, struct chat *c, struct entry *e)
{
	uint32_t period;
	int rc;

	e->chat = c->id;
	e->seq = c->head + 1;
	e->time = tx->now > c->last_time ? tx->now : c->last_time;
	e->stamp = tx->stamp;
	period = chat_part_at(tx->d, c, e->time);
	if (c->head == 0 || period != c->period) {
		c->period = period;
		c->period_first = e->seq;
		rc = period_put(tx, &c->id, e->seq, period);
		if (rc != 0)
			return rc;
	}
	rc = entry_put(tx, period, e);
	if (rc != 0)
		return rc;
	c->head = e->seq;
	c->last_time = e->time;
	c->stamp = e->stamp;
	note_author(c, e);
	return chat_put(tx, c);
}

struct list_scan {
	int (*fn)(void *arg, uint64_t number, const struct chat_id *);
	void *arg;
};

static int
list_row(void *arg, struct slice key, struct slice value)
{
	struct list_scan *l = arg;
	struct chat_id id;
	struct row_in in;
	int rc;

	row_open(&in, value);
	id = row_get_chat(&in);
	rc = row_check(&in);
	return rc != 0 ? rc : l->fn(l->arg, row_key_last_u64(key), &id);
}

int
chat_list(struct tx *tx, uint64_t user, uint64_t first,
    int (*fn)(void *arg, uint64_t number, const struct chat_id *), void *arg)
{
	struct list_scan l = {fn, arg};
	uint8_t end[STORE_KEY_MAX];
	struct row_key k = {.len = 0}, from = {.len = 0};
	struct store_range range;

	row_key_u64(&k, user);
	range = store_prefix(row_key_slice(&k), end);
	row_key_u64(&from, user);
	row_key_u64(&from, first);
	range.lo = row_key_slice(&from);
	return store_scan(tx->st, tx->d->numbers, 0, &range, list_row, &l);
}

/* SPDX-License-Identifier: ISC */
#include "src/chat/marks.h"

#include "src/chat/device.h"
#include "src/chat/entry.h"
#include "src/chat/period.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum { DELIVERED_VERSION = 1, MOVE_VERSION = 1 };

static void
delivered_key(struct row_key *k, uint64_t user, uint32_t device,
    uint64_t number)
{
	device_key(k, user, device);
	row_key_u64(k, number);
}

int
marks_of_device(struct tx *tx, uint64_t user, uint32_t device,
    uint64_t number, uint64_t *seq)
{
	struct slice value;
	struct row_key k;
	struct row_in in;
	int rc;

	delivered_key(&k, user, device, number);
	*seq = 0;
	rc = store_get(tx->st, tx->d->delivered, 0, row_key_slice(&k), &value);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	row_open(&in, value);
	(void)row_get_chat(&in);
	*seq = row_get_uint(&in);
	return row_check(&in);
}

/* The device's own delivered mark: what R17's sum is over. */
static int
device_mark(struct tx *tx, const struct mark_stated *s,
    const struct chat_id *id, uint64_t seq)
{
	uint8_t b[32];
	struct row_out row;
	struct row_key k;
	uint64_t have;
	int rc = marks_of_device(tx, s->user, s->device, s->number, &have);

	if (rc != 0)
		return rc;
	if (member_merge_mark(have, seq) == have)
		return 0;
	row_begin(&row, b, sizeof(b), DELIVERED_VERSION);
	row_chat(&row, id);
	row_uint(&row, member_merge_mark(have, seq));
	delivered_key(&k, s->user, s->device, s->number);
	return store_put(tx->st, tx->d->delivered, 0, row_key_slice(&k),
	    row_slice(&row));
}

static void
move_key(struct row_key *k, const struct chat_id *id, uint64_t user,
    enum mark_kind kind, uint64_t seq)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, user);
	row_key_u8(k, (uint8_t)kind);
	row_key_u64(k, seq);
}

static int
move_put(struct tx *tx, const struct chat *c, uint64_t user,
    enum mark_kind kind, uint64_t seq, int64_t time, bool estimated)
{
	uint32_t period;
	uint8_t b[32];
	struct row_out row;
	struct row_key k;
	int rc;

	rc = chat_period_of(tx, c, seq, &period);
	if (rc != 0 || period == CHAT_PERIOD_GONE)
		return rc;	/* what is gone has no movements */
	row_begin(&row, b, sizeof(b), MOVE_VERSION);
	row_int(&row, time);
	row_uint(&row, estimated ? 1 : 0);
	move_key(&k, &c->id, user, kind, seq);
	rc = store_put(tx->st, tx->d->moves, period, row_key_slice(&k),
	    row_slice(&row));
	/* the period is dropped: its movements are gone, the mark is not */
	return rc == SC_ECONFLICT ? 0 : rc;
}

/* The time of a movement to SEQ: now, or for a restated mark now - age, not
 * before the entry (R13). */
static int
move_time(struct tx *tx, const struct chat *c, const struct mark_stated *s,
    uint64_t seq, int64_t *time)
{
	struct entry e;
	int64_t age;
	int rc;

	*time = tx->now > c->last_time ? tx->now : c->last_time;
	if (!s->restated)
		return 0;
	age = s->age < 0 ? 0 : s->age;
	rc = entry_get(tx, &c->id, seq, &e);
	if (rc == SC_ENOTFOUND || rc == SC_EDAMAGED)
		e.time = c->created;	/* pruned, or nobody can tell */
	else if (rc != 0)
		return rc;
	*time = *time - e.time > age ? *time - age : e.time;
	return 0;
}

/* Whether someone other than USER wrote an entry above FROM. */
static bool
holds_others(const struct chat *c, uint64_t user, uint64_t from)
{
	if (c->kind == CHAT_KIND_DIRECT)
		return c->user[0] != c->user[1] &&
		    c->last_by[1 - chat_side(c, user)] > from;
	for (int i = 0; i < CHAT_AUTHORS; i++)
		if (c->recent[i].user != user && c->recent[i].seq > from)
			return true;
	return false;
}

static int
move_delivered(struct tx *tx, const struct mark_stated *s, uint64_t seq,
    struct mark_moved *m)
{
	uint64_t have = m->member.delivered;
	int64_t time;
	int rc;

	if (member_merge_mark(have, seq) == have)
		return 0;
	m->member.delivered = member_merge_mark(have, seq);
	if (m->chat.kind == CHAT_KIND_CHANNEL ||
	    !holds_others(&m->chat, s->user, have))
		return 0;	/* nobody waits for it: no time, no receipt */
	rc = move_time(tx, &m->chat, s, seq, &time);
	if (rc != 0)
		return rc;
	m->delivered = true;
	m->member.delivered_time = time;
	m->member.delivered_estimated = s->restated;
	m->member.stamp = tx->stamp;
	return move_put(tx, &m->chat, s->user, MARK_DELIVERED,
	    m->member.delivered, time, s->restated);
}

static int
move_read(struct tx *tx, const struct mark_stated *s, uint64_t seq,
    struct mark_moved *m)
{
	uint64_t have = m->member.read;
	int64_t time;
	int rc;

	if (member_merge_mark(have, seq) == have)
		return 0;
	rc = move_time(tx, &m->chat, s, seq, &time);
	if (rc != 0)
		return rc;
	m->read = true;
	m->member.read = member_merge_mark(have, seq);
	m->member.read_time = time;
	m->member.read_estimated = s->restated;
	m->member.stamp = tx->stamp;
	if (m->chat.kind == CHAT_KIND_CHANNEL)
		return 0;	/* these keep counts only (R14) */
	return move_put(tx, &m->chat, s->user, MARK_READ, m->member.read, time,
	    s->restated);
}

int
marks_state(struct tx *tx, const struct mark_stated *s, struct mark_moved *m)
{
	uint64_t delivered = s->delivered > s->read ? s->delivered : s->read;
	struct chat_id id;
	struct member was;
	int rc;

	m->delivered = m->read = false;
	rc = chat_by_number(tx, s->user, s->number, &id);
	if (rc == 0)
		rc = chat_get_locked(tx, &id, &m->chat);
	if (rc == 0)
		rc = member_get(tx, &id, s->user, &m->member);
	if (rc != 0)
		return rc;
	if (delivered > m->chat.head)
		return SC_EBADREQUEST;
	was = m->member;
	m->was_delivered = was.delivered;
	m->was_read = was.read;
	if (s->delivered != 0)
		rc = device_mark(tx, s, &id, s->delivered);
	if (rc == 0)
		rc = move_delivered(tx, s, delivered, m);
	if (rc == 0 && s->read != 0)
		rc = move_read(tx, s, s->read, m);
	if (rc == 0 && (was.delivered != m->member.delivered ||
			   was.read != m->member.read))
		rc = member_put(tx, &id, s->user, &m->member);
	return rc;
}

struct device_marks {
	marks_device_fn *fn;
	void *arg;
};

static int
device_mark_row(void *arg, struct slice key, struct slice value)
{
	struct device_marks *m = arg;
	struct chat_id id;
	struct row_in in;
	uint64_t seq;
	int rc;

	row_open(&in, value);
	id = row_get_chat(&in);
	seq = row_get_uint(&in);
	rc = row_check(&in);
	return rc != 0 ? rc : m->fn(m->arg, row_key_last_u64(key), &id, seq);
}

int
marks_device(struct tx *tx, uint64_t user, uint32_t device,
    marks_device_fn *fn, void *arg)
{
	struct device_marks m = {fn, arg};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range;
	struct row_key k;

	device_key(&k, user, device);
	range = store_prefix(row_key_slice(&k), end);
	return store_scan(tx->st, tx->d->delivered, 0, &range, device_mark_row,
	    &m);
}

struct when {
	int64_t time;
	bool estimated, found;
};

static int
when_row(void *arg, struct slice key, struct slice value)
{
	struct when *w = arg;
	struct row_in in;
	int rc;

	(void)key;
	row_open(&in, value);
	w->time = row_get_int(&in);
	w->estimated = row_get_uint(&in) != 0;
	w->found = true;
	rc = row_check(&in);
	return rc != 0 ? rc : 1;
}

int
marks_when(struct tx *tx, const struct chat_id *id, uint64_t user,
    enum mark_kind kind, uint64_t seq, int64_t *time, bool *estimated)
{
	struct when w = {0};
	struct row_key lo, hi;
	struct store_range range = {.reverse = false};
	struct period p;
	int rc;

	rc = period_find(tx, id, seq, false, &p);
	if (rc != 0)
		return rc;
	move_key(&lo, id, user, kind, seq);
	move_key(&hi, id, user, kind, UINT64_MAX);
	range.lo = row_key_slice(&lo);
	range.hi = row_key_slice(&hi);
	while (rc == 0 && !w.found) {
		if (p.part != CHAT_PERIOD_GONE)
			rc = store_scan(tx->st, tx->d->moves, p.part, &range,
			    when_row, &w);
		if (rc >= 0 && !w.found)
			rc = period_find(tx, id, p.first, true, &p);
	}
	if (rc == SC_ENOTFOUND)
		rc = 0;
	if (rc < 0)
		return rc;
	*time = w.time;
	*estimated = w.estimated;
	return w.found ? 0 : SC_ENOTFOUND;
}

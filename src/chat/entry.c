/* SPDX-License-Identifier: ISC */
#include "src/chat/entry.h"

#include <string.h>

#include "protocol/payload.h"
#include "src/chat/period.h"
#include "src/chat/row.h"
#include "src/common/err.h"

enum {
	ENTRY_VERSION = 1,
	ENTRY_TIMED = 2,	/* the version of those that have a timer */
	ENTRY_HEAD = 86,
	STEPS_MAX = 1000	/* over what the store cannot read, one by one */
};

static void
entry_key(struct row_key *k, const struct chat_id *id, uint64_t seq)
{
	k->len = 0;
	row_key_chat(k, id);
	row_key_u64(k, seq);
}

int
entry_put(struct tx *tx, uint32_t period, const struct entry *e)
{
	uint8_t small[512];
	size_t cap = ENTRY_HEAD + e->payload.len;
	uint8_t *b = cap <= sizeof(small) ? small :
	    arena_alloc(tx->arena, cap);
	struct row_out row;
	struct row_key k;

	if (b == NULL)
		return SC_ENOMEM;
	row_begin(&row, b, cap, e->timer == 0 ? ENTRY_VERSION : ENTRY_TIMED);
	row_uint(&row, e->flags);
	row_int(&row, e->time);
	row_uint(&row, e->from);
	row_uint(&row, e->device);
	row_uint(&row, e->n);
	row_uint(&row, e->stamp);
	row_bytes(&row, e->payload);
	if (e->timer != 0)
		row_uint(&row, e->timer);
	entry_key(&k, &e->chat, e->seq);
	return store_put(tx->st, tx->d->entries, period, row_key_slice(&k),
	    row_slice(&row));
}

static int
entry_parse(struct slice value, const struct chat_id *id, uint64_t seq,
    struct entry *e)
{
	struct row_in in;

	row_open(&in, value);
	e->chat = *id;
	e->seq = seq;
	e->flags = (unsigned)row_get_uint(&in);
	e->time = row_get_int(&in);
	e->from = row_get_uint(&in);
	e->device = (uint32_t)row_get_uint(&in);
	e->n = row_get_uint(&in);
	e->stamp = row_get_uint(&in);
	e->payload = row_get_bytes(&in);
	e->timer = in.version < ENTRY_TIMED ? 0 : (uint32_t)row_get_uint(&in);
	return row_check(&in);
}

/* Whether it still says what must not be read any more. */
static bool
is_over(const struct tx *tx, const struct entry *e)
{
	return tx->now >= entry_expires(e) && (e->flags & ENTRY_DELETED) == 0;
}

static int
fade(struct tx *tx, struct entry *e)
{
	struct elem_buf deleted;
	struct buf content, wire;
	int rc;

	elem_begin(&deleted, TAG_DELETED);
	buf_init(&content, ENTRY_HEAD);
	buf_init(&wire, ENTRY_HEAD);
	rc = payload_add(&content, &deleted.e);
	if (rc == 0)
		rc = payload_put(NULL, buf_slice(&content), NULL, 0, &wire);
	if (rc == 0)
		e->payload = arena_copy(tx->arena, buf_slice(&wire));
	if (rc == 0 && e->payload.p == NULL)
		rc = SC_ENOMEM;
	e->flags = ENTRY_DELETED;
	buf_fini(&content);
	buf_fini(&wire);
	return rc;
}

/* An entry as it is at the time of the transaction. */
static int
entry_read(struct tx *tx, struct slice value, const struct chat_id *id,
    uint64_t seq, struct entry *e)
{
	int rc = entry_parse(value, id, seq, e);

	return rc == 0 && is_over(tx, e) ? fade(tx, e) : rc;
}

int
entry_time(struct slice value, int64_t *time)
{
	struct row_in in;

	row_open(&in, value);
	(void)row_get_uint(&in);
	*time = row_get_int(&in);
	return row_check(&in);
}

/* The row of an entry, and its partition. */
static int
entry_find(struct tx *tx, const struct chat_id *id, uint64_t seq,
    struct period *p, struct slice *value)
{
	struct row_key k;
	int rc;

	rc = period_find(tx, id, seq, false, p);
	if (rc == 0 && p->part == CHAT_PERIOD_GONE)
		rc = SC_ENOTFOUND;
	if (rc != 0)
		return rc;
	entry_key(&k, id, seq);
	return store_get(tx->st, tx->d->entries, p->part, row_key_slice(&k),
	    value);
}

int
entry_get(struct tx *tx, const struct chat_id *id, uint64_t seq,
    struct entry *e)
{
	struct slice value;
	struct period p;
	int rc = entry_find(tx, id, seq, &p, &value);

	return rc != 0 ? rc : entry_read(tx, value, id, seq, e);
}

int
entry_replace(struct tx *tx, const struct chat_id *id, uint64_t seq,
    unsigned flags, struct slice payload)
{
	struct slice value;
	struct period p;
	struct entry e;
	int rc = entry_find(tx, id, seq, &p, &value);

	if (rc == 0)
		rc = entry_parse(value, id, seq, &e);
	if (rc != 0)
		return rc;
	e.flags = flags;
	e.payload = payload;
	return entry_put(tx, p.part, &e);
}

int
entry_expire(struct tx *tx, const struct chat_id *id, uint64_t seq,
    struct entry *e, bool *done)
{
	struct slice value;
	struct period p;
	int rc = entry_find(tx, id, seq, &p, &value);

	if (rc == 0)
		rc = entry_parse(value, id, seq, e);
	*done = rc == 0 && is_over(tx, e);
	if (!*done)
		return rc;
	rc = fade(tx, e);
	return rc != 0 ? rc : entry_replace(tx, id, seq, e->flags, e->payload);
}

struct run {
	struct tx *tx;
	const struct chat_reader *reader;
	const struct chat_id *id;
	uint64_t next;		/* the seq that is expected */
	uint64_t begin;		/* of the period that is read, which has all of
				 * its entries; UINT64_MAX: one that is gone */
	int (*hole)(void *arg, uint64_t first, uint64_t last);
	bool stopped;
	bool refused;		/* by who is told, not by the store */
	unsigned steps;
};

static int
pass_by(struct run *r, int (*fn)(void *, uint64_t, uint64_t), uint64_t last)
{
	int rc = fn(r->reader->arg, r->next, last);

	r->next = last + 1;
	r->stopped = rc == 1;
	return rc;
}

/* The next entry is there, and cannot be read. */
static int
pass_damage(struct run *r)
{
	return r->hole == NULL ? SC_EDAMAGED : pass_by(r, r->hole, r->next);
}

/* What comes up to LAST is not there: pruned, or, where it should be, lost. */
static int
pass(struct run *r, uint64_t last)
{
	int rc = 0;

	if (r->next < r->begin)
		rc = pass_by(r, r->reader->skip,
		    last < r->begin ? last : r->begin - 1);
	if (rc != 0 || r->next > last)
		return rc;
	return r->hole == NULL ? SC_EDAMAGED : pass_by(r, r->hole, last);
}

static int
take_row(struct run *r, uint64_t seq, struct slice value)
{
	struct entry e;
	int rc;

	rc = seq > r->next ? pass(r, seq - 1) : 0;
	if (rc != 0)
		return rc;
	rc = entry_read(r->tx, value, r->id, seq, &e);
	if (rc == SC_EDAMAGED)
		return pass_damage(r);
	if (rc != 0)
		return rc;
	rc = r->reader->entry(r->reader->arg, &e);
	r->next = seq + 1;
	r->stopped = rc == 1;
	return rc;
}

static int
run_row(void *arg, struct slice key, struct slice value)
{
	struct run *r = arg;
	int rc = take_row(r, row_key_last_u64(key), value);

	r->refused = rc < 0;
	return rc;
}

/* Behind the last row that was found before END; OPEN: the newest period, which
 * goes as far as the chat. */
static int
pass_end(struct run *r, uint64_t end, bool open)
{
	struct chat c;
	int rc = 0;

	if (r->stopped || r->next > end)
		return 0;
	if (open)
		rc = chat_get(r->tx, r->id, &c);
	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	if (open && end > c.head)
		end = c.head;
	return r->next <= end ? pass(r, end) : 0;
}

static int
scan_rows(struct run *r, uint32_t part, uint64_t end)
{
	struct store_range range = {.reverse = false};
	struct row_key lo, hi;

	entry_key(&lo, r->id, r->next);
	entry_key(&hi, r->id, end + 1);
	range.lo = row_key_slice(&lo);
	range.hi = row_key_slice(&hi);
	r->refused = false;
	return store_scan(r->tx->st, r->tx->d->entries, part, &range, run_row,
	    r);
}

/* The rows of P up to END.  Where the store cannot go on it begins again behind
 * the entry, as who reads entry by entry would; but not for ever, as all of a
 * sealed period may be damaged. */
static int
read_period(struct run *r, const struct period *p, uint64_t end, bool open)
{
	int rc;

	r->begin = p->part == CHAT_PERIOD_GONE ? UINT64_MAX : p->first;
	if (p->part == CHAT_PERIOD_GONE)
		return 0;
	while ((rc = scan_rows(r, p->part, end)) == SC_EDAMAGED &&
	    !r->refused && r->steps++ < STEPS_MAX) {
		rc = pass_damage(r);
		if (rc != 0 || r->next > end)
			break;
	}
	if (rc < 0 && rc != SC_ENOTFOUND)
		return rc;
	return pass_end(r, end, open);
}

int
chat_read_holes(struct tx *tx, const struct chat_id *id, uint64_t first,
    uint64_t last, const struct chat_reader *reader,
    int (*hole)(void *arg, uint64_t first, uint64_t last))
{
	struct run run = {.tx = tx, .reader = reader, .id = id, .next = first,
	    .hole = hole};
	struct period p, next;
	int rc = period_find(tx, id, first, false, &p);

	/* a chat has a row for each entry */
	if (rc == SC_ENOTFOUND)
		return pass_end(&run, last, true);
	while (rc == 0 && run.next <= last && !run.stopped) {
		bool open;

		rc = period_find(tx, id, p.first, true, &next);
		if (rc != 0 && rc != SC_ENOTFOUND)
			return rc;
		open = rc == SC_ENOTFOUND;
		if (open || next.first > last)
			next.first = last + 1;
		rc = read_period(&run, &p, next.first - 1, open);
		if (next.first > last)
			break;
		p = next;
	}
	if (rc == 0 && !run.stopped && run.next <= last)
		rc = pass_by(&run, reader->skip, last);
	return rc > 0 ? 0 : rc;
}

int
chat_read(struct tx *tx, const struct chat_id *id, uint64_t first,
    uint64_t last, const struct chat_reader *reader)
{
	return chat_read_holes(tx, id, first, last, reader, NULL);
}

/* The first entry that is there at or above a number. */
struct first_found {
	bool found;
	uint64_t seq;
	int64_t time;
};

static int
first_entry(void *arg, const struct entry *e)
{
	struct first_found *f = arg;

	f->found = true;
	f->seq = e->seq;
	f->time = e->time;
	return 1;
}

static int
first_skip(void *arg, uint64_t first, uint64_t last)
{
	(void)arg;
	(void)first;
	(void)last;
	return 0;
}

/* Times never go back in a chat (R4), so numbers are an index by time. */
int
chat_seq_at(struct tx *tx, const struct chat *c, int64_t time, uint64_t *seq)
{
	uint64_t low = 1, high = c->head + 1;

	while (low < high) {
		struct first_found f = {.found = false};
		const struct chat_reader reader = {first_entry, first_skip, &f};
		uint64_t middle = low + (high - low) / 2;
		int rc = chat_read_holes(tx, &c->id, middle, high - 1, &reader,
		    first_skip);

		if (rc != 0)
			return rc;
		if (f.found && f.time < time)
			low = f.seq + 1;
		else
			high = middle;
	}
	*seq = low;
	return 0;
}

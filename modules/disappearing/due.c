/* SPDX-License-Identifier: ISC */
#include "disappearing.h"

#include <stonechat/row.h>

#include <stdlib.h>
#include <string.h>

/*
 * A row for each entry that will disappear: when, in which chat, which.  It goes
 * when the entry has, by the sweep; so one that has fallen due while the server
 * was down is found by the first sweep after the start.
 */
enum {
	DUE_VERSION = 1,
	DUE_KEY = 8 + CHAT_ID_SIZE + 8,
	DUE_ROWS = 64,		/* of one sweep */
	LOST_ROWS = 256		/* that the other one looks at */
};

/* ---- rows ---- */

struct due {
	int64_t time;
	struct chat_id chat;
	uint64_t seq;
};

static void
due_key(struct row_key *k, const struct due *d)
{
	k->len = 0;
	row_key_u64(k, (uint64_t)d->time);
	row_key_chat(k, &d->chat);
	row_key_u64(k, d->seq);
}

static int
due_parse(struct slice key, struct due *d)
{
	if (key.len != DUE_KEY)
		return SC_EDAMAGED;
	d->time = (int64_t)row_key_last_u64(slice_of(key.p, 8));
	memcpy(d->chat.b, key.p + 8, CHAT_ID_SIZE);
	d->seq = row_key_last_u64(key);
	return 0;
}

int
due_note(struct sc_module *m, struct tx *tx, const struct entry *e)
{
	static const uint8_t row[] = {DUE_VERSION};
	const struct due d = {entry_expires(e), e->chat, e->seq};
	struct row_key k;

	due_key(&k, &d);
	scm_count(m, NOTED, 1);
	return scm_put(tx, m, DUE, 0, row_key_slice(&k),
	    slice_of(row, sizeof(row)));
}

static int
due_del(struct sc_module *m, struct tx *tx, const struct due *d)
{
	struct row_key k;

	due_key(&k, d);
	return scm_del(tx, m, DUE, 0, row_key_slice(&k));
}

struct rows {
	struct due *due;
	size_t n, most;
};

static int
add_row(void *arg, struct slice key, struct slice value)
{
	struct rows *r = arg;
	int rc = due_parse(key, &r->due[r->n]);

	(void)value;
	return rc != 0 ? rc : ++r->n == r->most;
}

/* The first rows of a range, MOST of them. */
static int
rows_read(struct sc_module *m, struct tx *tx, const struct store_range *range,
    size_t most, struct rows *r)
{
	int rc;

	r->n = 0;
	r->most = most;
	r->due = scm_alloc(tx, most * sizeof(*r->due));
	if (r->due == NULL)
		return SC_ENOMEM;
	rc = scm_scan(tx, m, DUE, 0, range, add_row, r);
	return rc < 0 ? rc : 0;
}

/* ---- what is due ---- */

/* By chat, as these are locked in the order of their rows (R24). */
static int
by_chat(const void *a, const void *b)
{
	const struct due *x = a, *y = b;
	int order = memcmp(x->chat.b, y->chat.b, CHAT_ID_SIZE);

	if (order != 0)
		return order;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static int
remove_one(struct sc_module *m, struct tx *tx, const struct due *d)
{
	struct chat chat;
	bool done = false;
	int rc = scm_chat_get_locked(tx, &d->chat, &chat);

	if (rc == 0)
		rc = scm_entry_expire(tx, &d->chat, d->seq, &done);
	/* what is damaged is shown to nobody, and must not hold up the rest */
	if (rc != 0 && rc != SC_ENOTFOUND && rc != SC_EDAMAGED)
		return rc;
	scm_count(m, done ? REMOVED : LOST, 1);
	return due_del(m, tx, d);
}

int
due_sweep(struct sc_module *m, struct tx *tx)
{
	const struct due now = {.time = scm_now(tx) + 1};
	struct store_range range = {.reverse = false};
	struct row_key hi;
	struct rows r;
	int rc;

	due_key(&hi, &now);
	range.hi = row_key_slice(&hi);
	rc = rows_read(m, tx, &range, DUE_ROWS, &r);
	if (rc != 0)
		return rc;
	qsort(r.due, r.n, sizeof(*r.due), by_chat);
	for (size_t i = 0; i < r.n && rc == 0; i++)
		rc = remove_one(m, tx, &r.due[i]);
	return rc != 0 ? rc : r.n == DUE_ROWS ? SC_SWEEP_MORE : 0;
}

/* ---- what is gone otherwise ---- */

static const uint8_t place_key[1] = {0};

/* Where the last sweep ended; it begins there again. */
static int
place_get(struct sc_module *m, struct tx *tx, struct slice *from)
{
	struct slice value;
	struct row_in in;
	int rc = scm_get(tx, m, SWEEPS, 0,
	    slice_of(place_key, sizeof(place_key)), &value);

	*from = slice_of(NULL, 0);
	if (rc == SC_ENOTFOUND)
		return 0;
	if (rc != 0)
		return rc;
	row_open(&in, value);
	*from = row_get_bytes(&in);
	return row_check(&in);
}

/* It goes on behind the last row, or begins again. */
static int
place_put(struct sc_module *m, struct tx *tx, const struct rows *r, bool begun)
{
	const struct slice key = slice_of(place_key, sizeof(place_key));
	uint8_t b[STORE_KEY_MAX + 4];
	struct row_out row;
	struct row_key k;

	if (r->n < r->most)
		return !begun ? 0 : scm_del(tx, m, SWEEPS, 0, key);
	due_key(&k, &r->due[r->n - 1]);
	row_begin(&row, b, sizeof(b), DUE_VERSION);
	row_bytes(&row, row_key_slice(&k));
	return scm_put(tx, m, SWEEPS, 0, key, row_slice(&row));
}

static int
look_at(struct sc_module *m, struct tx *tx, const struct due *d)
{
	struct entry e;
	int rc = scm_entry_get(tx, &d->chat, d->seq, &e);

	if (rc != SC_ENOTFOUND)
		return rc == SC_EDAMAGED ? 0 : rc;
	scm_count(m, LOST, 1);
	return due_del(m, tx, d);
}

int
due_sweep_lost(struct sc_module *m, struct tx *tx)
{
	struct store_range range = {.reverse = false};
	struct rows r = {.n = 0};
	bool begun;
	int rc = place_get(m, tx, &range.lo);

	begun = range.lo.len > 0;
	if (rc == 0)
		rc = rows_read(m, tx, &range, LOST_ROWS, &r);
	for (size_t i = 0; i < r.n && rc == 0; i++)
		rc = look_at(m, tx, &r.due[i]);
	return rc != 0 ? rc : place_put(m, tx, &r, begun);
}

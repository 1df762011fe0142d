/* SPDX-License-Identifier: ISC */
#include "tests/conformance/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/conformance/kit.h"

enum { PARTS = 3, KEYS = 64, READERS = 3, READER_AGE = 12, LONGEST = 300 };

/* The number that the value of each row is made from; 0: no row. */
struct rows {
	uint64_t at[PARTS][KEYS];
};

struct reader {
	struct store_txn *txn;
	struct rows rows;
	int age;
};

struct model {
	const struct store_table *table;
	uint64_t seed, stamp;
	struct rows rows;
	struct reader readers[READERS];
};

struct model *
model_create(const struct store_table *table)
{
	struct model *m = xcalloc(1, sizeof(*m));

	m->table = table;
	return m;
}

void
model_destroy(struct model *m)
{
	free(m);
}

void
model_table(struct model *m, const struct store_table *table)
{
	m->table = table;
}

void
model_seed(struct model *m, uint64_t seed)
{
	m->seed = seed;
}

static unsigned
pick(struct model *m, unsigned n)
{
	return (unsigned)(random_next(&m->seed) % n);
}

/* Key I in order; some are prefixes of others, some end in 0xff. */
static struct slice
key_of(uint8_t *bytes, unsigned i)
{
	static const uint8_t letters[] = {0, 1, 0xfe, 0xff};
	size_t n = 3;

	bytes[0] = letters[i / 16];
	bytes[1] = letters[i / 4 % 4];
	bytes[2] = letters[i % 4];
	while (n > 1 && bytes[n - 1] == 0)
		n--;
	return slice_of(bytes, n);
}

static struct slice
value_of(uint8_t *bytes, uint64_t stamp)
{
	size_t len = 1 + (size_t)(stamp * 7 % (LONGEST - 1));

	memset(bytes, (int)(stamp % 251), len);
	memcpy(bytes, &stamp, len < sizeof(stamp) ? len : sizeof(stamp));
	return slice_of(bytes, len);
}

static void
check_get(struct store_txn *t, const struct model *m, const struct rows *rows,
    uint32_t part, unsigned i)
{
	uint8_t key[8], bytes[LONGEST];
	struct slice value;
	int rc = store_get(t, m->table, part, key_of(key, i), &value);

	if (rows->at[part][i] == 0) {
		assert_int_equal(rc, SC_ENOTFOUND);
		return;
	}
	assert_int_equal(rc, 0);
	assert_true(slice_equal(value, value_of(bytes, rows->at[part][i])));
}

struct scan {
	const struct rows *rows;
	uint32_t part;
	int i, end, step, left;
};

static void
scan_skip(struct scan *s)
{
	while (s->i != s->end && s->rows->at[s->part][s->i] == 0)
		s->i += s->step;
}

static int
scan_row(void *arg, struct slice key, struct slice value)
{
	uint8_t bytes[LONGEST];
	struct scan *s = arg;
	unsigned k;

	scan_skip(s);
	assert_true(s->i != s->end);
	k = (unsigned)s->i;
	assert_true(slice_equal(key, key_of(bytes, k)));
	assert_true(slice_equal(value, value_of(bytes,
	    s->rows->at[s->part][k])));
	s->i += s->step;
	return --s->left == 0;
}

static void
check_scan(struct store_txn *t, struct model *m, const struct rows *rows,
    uint32_t part)
{
	unsigned lo = pick(m, KEYS), hi = pick(m, KEYS + 1);
	struct store_range r = {.reverse = pick(m, 2) != 0};
	struct scan s = {rows, part, 0, 0, 1, 1000};
	uint8_t low[8], high[8];

	if (hi < lo)
		hi = lo;
	r.lo = key_of(low, lo);
	if (hi < KEYS)
		r.hi = key_of(high, hi);
	s.i = r.reverse ? (int)hi - 1 : (int)lo;
	s.end = r.reverse ? (int)lo - 1 : (int)hi;
	s.step = r.reverse ? -1 : 1;
	if (pick(m, 4) == 0)
		s.left = 3;
	assert_int_equal(store_scan(t, m->table, part, &r, scan_row, &s), 0);
	if (s.left > 0) {
		scan_skip(&s);
		assert_int_equal(s.i, s.end);
	}
}

static void
change(struct store_txn *t, struct model *m, struct rows *rows,
    uint32_t part, unsigned i)
{
	uint8_t key[8], bytes[LONGEST];

	if (pick(m, 3) == 0) {
		rows->at[part][i] = 0;
		assert_int_equal(store_del(t, m->table, part,
		    key_of(key, i)), 0);
		return;
	}
	rows->at[part][i] = ++m->stamp;
	assert_int_equal(store_put(t, m->table, part, key_of(key, i),
	    value_of(bytes, m->stamp)), 0);
}

void
model_write(struct model *m, struct store *store)
{
	struct store_txn *t = store_begin(store);
	struct rows rows = m->rows;
	unsigned n = 1 + pick(m, 12), i;
	uint32_t part;

	assert_non_null(t);
	while (n-- > 0) {
		part = pick(m, PARTS);
		i = pick(m, KEYS);
		switch (pick(m, 4)) {
		case 0:
			check_get(t, m, &rows, part, i);
			break;
		case 1:
			check_scan(t, m, &rows, part);
			break;
		default:
			change(t, m, &rows, part, i);
			break;
		}
	}
	if (pick(m, 4) == 0) {
		store_abandon(t);
		return;
	}
	assert_int_equal(store_finish(t), 0);
	m->rows = rows;
}

void
model_read(struct model *m, struct store *store)
{
	struct reader *r = &m->readers[pick(m, READERS)];

	if (r->txn == NULL) {
		r->txn = store_begin_read(store);
		assert_non_null(r->txn);
		r->rows = m->rows;
		r->age = 0;
	}
	check_get(r->txn, m, &r->rows, pick(m, PARTS), pick(m, KEYS));
	check_scan(r->txn, m, &r->rows, pick(m, PARTS));
	if (++r->age > READER_AGE) {
		store_abandon(r->txn);
		r->txn = NULL;
	}
}

void
model_readers_end(struct model *m)
{
	int i;

	for (i = 0; i < READERS; i++) {
		store_abandon(m->readers[i].txn);
		m->readers[i].txn = NULL;
	}
}

/* SPDX-License-Identifier: ISC */
/*
 * A file of a sealed partition, as it is; then with all sums made right, so
 * that what comes behind them is tried, too.
 */
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/store/segment_priv.h"
#include "tests/fuzz/fuzz.h"

enum { LARGEST = 1 << 16, ROWS_MAX = 1 << 16, MENDED_MAX = 500 };

struct file {
	uint8_t *p;
	size_t n;
};

static int
file_read(void *arg, uint64_t at, void *p, size_t n)
{
	const struct file *f = arg;

	fuzz_check(at <= f->n && n <= f->n - at);
	memcpy(p, f->p + at, n);
	return 0;
}

/* ---- sums ------------------------------------------------------------ */

static bool
length_get(const uint8_t **p, const uint8_t *end, size_t *n)
{
	unsigned shift;

	*n = 0;
	for (shift = 0; shift < 28 && *p < end; shift += 7) {
		*n |= (size_t)(**p & 0x7f) << shift;
		if ((*(*p)++ & 0x80) == 0)
			return true;
	}
	return false;
}

/* Sets the sum in a place, after those in the block that it is of; LEFT sums
 * at most, as blocks may be within each other. */
static void
mend(struct file *f, uint8_t *place, int level, unsigned *left)
{
	struct segment_place at;
	const uint8_t *p, *end;
	size_t key, value;

	segment_place_get(place, &at);
	if ((*left)-- == 0) {
		*left = 0;
		return;
	}
	if (at.offset > f->n || at.stored > f->n - at.offset)
		return;
	p = f->p + at.offset;
	end = p + at.stored;
	while (level < SEGMENT_LEVELS - 1 && at.stored == at.bytes &&
	    length_get(&p, end, &key) && length_get(&p, end, &value) &&
	    key <= (size_t)(end - p) && value <= (size_t)(end - p) - key) {
		p += key;
		if (value == SEGMENT_PLACE)
			mend(f, f->p + (p - f->p), level + 1, left);
		p += value;
	}
	segment_store(place + 16,
	    segment_crc(slice_of(f->p + at.offset, at.stored)), 4);
}

static void
mend_all(struct file *f)
{
	uint8_t *tail = f->p + f->n - SEGMENT_TAIL;
	unsigned left = MENDED_MAX;

	memcpy(f->p, segment_head, SEGMENT_HEAD);
	segment_store(tail + 16 + SEGMENT_PLACE, SEGMENT_VERSION, 4);
	mend(f, tail + 16, 0, &left);
	segment_store(tail + SEGMENT_TAIL_CHECKED,
	    segment_crc(slice_of(tail, SEGMENT_TAIL_CHECKED)), 4);
	memcpy(tail + SEGMENT_TAIL_CHECKED + 4, segment_magic, SEGMENT_MAGIC);
}

/* ---- reading --------------------------------------------------------- */

/* What is seen in a file without fault is found. */
static void
find(const struct segment *s, bool good, const struct merge_source *row)
{
	struct slice value;
	struct arena arena;
	int rc;

	arena_init(&arena, 0);
	rc = segment_get(s, row->key, &arena, &value);
	fuzz_check(rc == 0 || (!good && (rc == SC_EDAMAGED ||
	    rc == SC_ENOTFOUND)));
	fuzz_check(!good || slice_equal(value, row->value));
	arena_fini(&arena);
}

/* Reads from one end; 0 at the other, and the rows and a sum of the keys. */
static int
walk(const struct segment *s, bool good, bool reverse, uint64_t *rows,
    uint64_t *sum)
{
	const struct store_range all = {.reverse = reverse};
	struct merge_source *source;
	int rc;

	*rows = *sum = 0;
	fuzz_check(segment_source_open(s, &all, &source) == 0);
	while ((rc = source->next(source)) > 0 && *rows < ROWS_MAX) {
		++*rows;
		*sum += segment_crc(source->key);
		if (*rows <= 8)
			find(s, good, source);
	}
	segment_source_close(source);
	fuzz_check(rc >= 0 || rc == SC_EDAMAGED);
	return rc;
}

static void
try(struct file *f)
{
	const struct segment_file file = {file_read, f, f->n};
	uint64_t rows[2], sums[2];
	struct segment *s;
	int rc[2], verified;

	rc[0] = segment_open(&file, &s);
	fuzz_check(rc[0] == 0 || rc[0] == SC_EDAMAGED);
	if (rc[0] != 0)
		return;
	verified = segment_verify(s);
	fuzz_check(verified == 0 || verified == SC_EDAMAGED);
	rc[0] = walk(s, verified == 0, false, &rows[0], &sums[0]);
	rc[1] = walk(s, verified == 0, true, &rows[1], &sums[1]);
	if (verified == 0 && rows[0] < ROWS_MAX)
		fuzz_check(rc[0] == 0 && rc[1] == 0 && rows[0] == rows[1] &&
		    sums[0] == sums[1] &&
		    rows[0] == segment_sum(s)->rows);
	segment_close(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file f = {.n = size};

	if (size > LARGEST)
		return 0;
	f.p = malloc(size + 1);
	fuzz_check(f.p != NULL);
	if (size > 0)
		memcpy(f.p, data, size);
	try(&f);
	if (size >= SEGMENT_HEAD + SEGMENT_TAIL) {
		mend_all(&f);
		try(&f);
	}
	free(f.p);
	return 0;
}

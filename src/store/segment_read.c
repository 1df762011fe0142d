/* SPDX-License-Identifier: ISC */
/*
 * Reading segments.  Nothing that a file says is believed: every place is
 * within the file and not larger than a block may be before memory is taken
 * for it, and keys ascend within blocks and from block to block.
 */
#include "src/store/segment_priv.h"

#include <stdlib.h>

#include "src/common/err.h"

struct segment {
	struct segment_file file;
	struct segment_sum sum;
	struct segment_block root;
};

/* Reads the block at a place. */
static int
block_read(const struct segment_file *f, const struct segment_place *at,
    struct segment_block *b)
{
	const uint64_t end = f->size - SEGMENT_TAIL;
	uint8_t *stored;
	int rc;

	if (at->offset < SEGMENT_HEAD || at->offset > end ||
	    at->stored > end - at->offset || at->stored > at->bytes ||
	    at->bytes > SEGMENT_BLOCK_MAX)
		return SC_EDAMAGED;
	stored = malloc((size_t)at->stored + 1);
	if (stored == NULL)
		return SC_ENOMEM;
	rc = at->stored == 0 ? 0
	    : f->read(f->arg, at->offset, stored, at->stored);
	if (rc == 0)
		rc = segment_unpack(at, slice_of(stored, at->stored), b);
	free(stored);
	return rc;
}

static int
tail_read(struct segment *s)
{
	uint8_t head[SEGMENT_HEAD], t[SEGMENT_TAIL];
	struct segment_place root;
	int rc;

	if (s->file.size < SEGMENT_HEAD + SEGMENT_TAIL)
		return SC_EDAMAGED;
	rc = s->file.read(s->file.arg, 0, head, sizeof(head));
	if (rc == 0)
		rc = s->file.read(s->file.arg, s->file.size - sizeof(t), t,
		    sizeof(t));
	if (rc != 0)
		return rc;
	s->sum.crc = segment_crc(slice_of(t, SEGMENT_TAIL_CHECKED));
	if (memcmp(head, segment_head, SEGMENT_HEAD) != 0 ||
	    memcmp(t + SEGMENT_TAIL_CHECKED + 4, segment_magic, SEGMENT_MAGIC) != 0 ||
	    segment_load(t + 16 + SEGMENT_PLACE, 4) != SEGMENT_VERSION ||
	    segment_load(t + SEGMENT_TAIL_CHECKED, 4) != s->sum.crc)
		return SC_EDAMAGED;
	s->sum.size = s->file.size;
	s->sum.rows = segment_load(t, 8);
	s->sum.bytes = segment_load(t + 8, 8);
	segment_place_get(t + 16, &root);
	return block_read(&s->file, &root, &s->root);
}

int
segment_open(const struct segment_file *file, struct segment **segment)
{
	struct segment *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return SC_ENOMEM;
	s->file = *file;
	rc = tail_read(s);
	if (rc != 0) {
		free(s);
		return rc;
	}
	*segment = s;
	return 0;
}

void
segment_close(struct segment *s)
{
	if (s == NULL)
		return;
	segment_block_fini(&s->root);
	free(s);
}

const struct segment_sum *
segment_sum(const struct segment *s)
{
	return &s->sum;
}

/* ---- a way through the levels ---------------------------------------- */

/* A block, and a row in it. */
struct frame {
	struct segment_block block;
	size_t at;
};

enum { ROOT, INDEX, ROWS };

struct source {
	struct merge_source source;
	const struct segment *segment;
	const struct store_range *range;
	struct frame frames[SEGMENT_LEVELS];	/* the root's is borrowed */
	bool begun;
	uint8_t last[STORE_KEY_MAX];	/* key that was visited */
	size_t last_len;
};

/* The number of rows of a block that are below KEY, or not above it. */
static size_t
rank(const struct segment_block *b, struct slice key, bool with)
{
	size_t low = 0, high = b->n, middle;
	int c;

	while (low < high) {
		middle = low + (high - low) / 2;
		c = slice_compare(b->rows[middle].key, key);
		if (c < 0 || (c == 0 && with))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Reads the block that the level above is at. */
static int
frame_load(struct source *s, int level)
{
	const struct frame *above = &s->frames[level - 1];
	const struct segment_row *row = &above->block.rows[above->at];
	struct frame *f = &s->frames[level];
	struct segment_place at;
	int rc;

	segment_block_fini(&f->block);
	if (row->value.len != SEGMENT_PLACE)
		return SC_EDAMAGED;
	segment_place_get(row->value.p, &at);
	rc = block_read(&s->segment->file, &at, &f->block);
	if (rc != 0)
		return rc;
	return f->block.n > 0 &&
	    slice_equal(f->block.rows[0].key, row->key) ? 0 : SC_EDAMAGED;
}

/* To the next row of a level; 1: there is one. */
static int
frame_step(struct source *s, int level)
{
	struct frame *f = &s->frames[level];
	bool back = s->range->reverse;
	int rc;

	if (back ? f->at > 0 : f->at + 1 < f->block.n) {
		f->at = back ? f->at - 1 : f->at + 1;
		return 1;
	}
	if (level == ROOT)
		return 0;
	rc = frame_step(s, level - 1);
	if (rc <= 0)
		return rc;
	rc = frame_load(s, level);
	f->at = back && rc == 0 ? f->block.n - 1 : 0;
	return rc == 0 ? 1 : rc;
}

/* Where a block of the upper levels is that may have the first row. */
static bool
frame_seek_upper(struct source *s, int level)
{
	struct frame *f = &s->frames[level];
	const struct store_range *r = s->range;
	size_t n;

	if (f->block.n == 0)
		return false;
	if (!r->reverse)
		n = rank(&f->block, r->lo, true);
	else
		n = r->hi.len == 0 ? f->block.n
		    : rank(&f->block, r->hi, false);
	f->at = n > 0 ? n - 1 : 0;
	return n > 0 || !r->reverse;
}

/* The first row of the range; 1: there may be one, it is looked at. */
static int
seek(struct source *s)
{
	struct frame *f = &s->frames[ROWS];
	const struct store_range *r = s->range;
	size_t n;
	int rc;

	for (int level = ROOT; level < ROWS; level++) {
		if (!frame_seek_upper(s, level))
			return 0;
		rc = frame_load(s, level + 1);
		if (rc != 0)
			return rc;
	}
	if (r->reverse) {
		n = r->hi.len == 0 ? f->block.n
		    : rank(&f->block, r->hi, false);
		if (n == 0)	/* the index says otherwise */
			return SC_EDAMAGED;
		f->at = n - 1;
		return 1;
	}
	f->at = rank(&f->block, r->lo, false);
	if (f->at < f->block.n)
		return 1;
	f->at--;
	return frame_step(s, ROWS);
}

static bool
in_range(const struct store_range *r, struct slice key)
{
	if (r->reverse)
		return slice_compare(key, r->lo) >= 0;
	return r->hi.len == 0 || slice_compare(key, r->hi) < 0;
}

static bool
in_order(const struct source *s, struct slice key)
{
	int c;

	if (s->last_len == 0)
		return true;
	c = slice_compare(slice_of(s->last, s->last_len), key);
	return s->range->reverse ? c > 0 : c < 0;
}

static int
source_next(struct merge_source *source)
{
	struct source *s = (struct source *)source;
	struct frame *f = &s->frames[ROWS];
	int rc = s->begun ? frame_step(s, ROWS) : seek(s);

	s->begun = true;
	if (rc <= 0)
		return rc;
	source->key = f->block.rows[f->at].key;
	source->value = f->block.rows[f->at].value;
	if (!in_order(s, source->key))
		return SC_EDAMAGED;
	memcpy(s->last, source->key.p, source->key.len);
	s->last_len = source->key.len;
	return in_range(s->range, source->key);
}

static void
source_init(struct source *s, const struct segment *segment,
    const struct store_range *range)
{
	memset(s, 0, sizeof(*s));
	s->source.next = source_next;
	s->segment = segment;
	s->range = range;
	s->frames[ROOT].block = segment->root;
}

static void
source_fini(struct source *s)
{
	segment_block_fini(&s->frames[INDEX].block);
	segment_block_fini(&s->frames[ROWS].block);
}

int
segment_source_open(const struct segment *segment,
    const struct store_range *range, struct merge_source **source)
{
	struct source *s = malloc(sizeof(*s));

	if (s == NULL)
		return SC_ENOMEM;
	source_init(s, segment, range);
	*source = &s->source;
	return 0;
}

void
segment_source_close(struct merge_source *source)
{
	struct source *s = (struct source *)source;

	source_fini(s);
	free(s);
}

int
segment_get(const struct segment *segment, struct slice key,
    struct arena *arena, struct slice *value)
{
	const struct store_range from = {.lo = key};
	struct source s;
	int rc;

	source_init(&s, segment, &from);
	rc = source_next(&s.source);
	if (rc == 0 || (rc > 0 && !slice_equal(s.source.key, key)))
		rc = SC_ENOTFOUND;
	if (rc > 0) {
		*value = arena_copy(arena, s.source.value);
		rc = value->p == NULL ? SC_ENOMEM : 0;
	}
	source_fini(&s);
	return rc;
}

int
segment_verify(const struct segment *segment)
{
	const struct store_range all = {.reverse = false};
	uint64_t rows = 0, bytes = 0;
	struct source s;
	int rc;

	source_init(&s, segment, &all);
	while ((rc = source_next(&s.source)) > 0) {
		rows++;
		bytes += s.source.key.len + s.source.value.len;
	}
	source_fini(&s);
	if (rc == 0 && (rows != segment->sum.rows ||
	    bytes != segment->sum.bytes))
		rc = SC_EDAMAGED;
	return rc;
}

/* SPDX-License-Identifier: ISC */
/* Files of sealed partitions: whole ones, damaged ones and invented ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "src/common/err.h"
#include "src/store/segment_priv.h"

/* A file in memory. */
struct file {
	struct buf bytes;
	size_t fail_at;		/* writing ends there; 0: it does not */
	size_t asked;		/* most that was asked for at once */
};

static int
file_write(void *arg, const void *p, size_t n)
{
	struct file *f = arg;

	if (f->fail_at != 0 && f->bytes.len + n > f->fail_at)
		return SC_ENOSPC;
	buf_put(&f->bytes, p, n);
	return 0;
}

static int
file_read(void *arg, uint64_t at, void *p, size_t n)
{
	struct file *f = arg;

	assert_true(at <= f->bytes.len && n <= f->bytes.len - at);
	if (n > f->asked)
		f->asked = n;
	memcpy(p, buf_slice(&f->bytes).p + at, n);
	return 0;
}

static int
file_open(struct file *f, struct segment **s)
{
	const struct segment_file file = {file_read, f, f->bytes.len};

	return segment_open(&file, s);
}

/* Reads all of it. */
static int
file_verify(struct file *f)
{
	struct segment *s;
	int rc = file_open(f, &s);

	if (rc != 0)
		return rc;
	rc = segment_verify(s);
	segment_close(s);
	return rc;
}

static void
row_of(unsigned i, char key[16], char value[64])
{
	snprintf(key, 16, "key%05u", i);
	snprintf(value, 64, "the value of row %u, %u times %u", i, i * i, i);
}

/* ROWS rows, each with PAD bytes of zeros behind its value. */
static void
file_make(struct file *f, unsigned rows, size_t pad, struct segment_sum *sum)
{
	static uint8_t bytes[100000];
	struct segment_writer w;
	char key[16], value[64];

	assert_true(pad + 64 <= sizeof(bytes));
	assert_int_equal(segment_writer_init(&w, file_write, f), 0);
	for (unsigned i = 0; i < rows; i++) {
		row_of(i, key, value);
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, value, strlen(value));
		assert_int_equal(segment_writer_add(&w, slice_str(key),
		    slice_of(bytes, strlen(value) + pad)), 0);
	}
	assert_int_equal(segment_writer_end(&w, sum), 0);
	segment_writer_fini(&w);
	assert_int_equal(sum->size, f->bytes.len);
	assert_int_equal(sum->rows, rows);
}

static int
setup(void **state)
{
	struct file *f = calloc(1, sizeof(*f));

	buf_init(&f->bytes, 0);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct file *f = *state;

	buf_fini(&f->bytes);
	free(f);
	return 0;
}

static void
expect_row(const struct segment *s, unsigned i, bool there)
{
	struct arena a;
	struct slice found;
	char key[16], value[64];

	arena_init(&a, 0);
	row_of(i, key, value);
	assert_int_equal(segment_get(s, slice_str(key), &a, &found),
	    there ? 0 : SC_ENOTFOUND);
	if (there)
		assert_memory_equal(found.p, value, strlen(value));
	arena_fini(&a);
}

static void
test_none(void **state)
{
	const struct store_range all = {.reverse = true};
	struct file *f = *state;
	struct merge_source *source;
	struct segment_sum sum;
	struct segment *s;

	file_make(f, 0, 0, &sum);
	assert_int_equal(file_open(f, &s), 0);
	expect_row(s, 0, false);
	assert_int_equal(segment_source_open(s, &all, &source), 0);
	assert_int_equal(source->next(source), 0);
	segment_source_close(source);
	assert_int_equal(segment_verify(s), 0);
	segment_close(s);
}

static void
expect_range(const struct segment *s, unsigned low, unsigned high,
    bool reverse)
{
	char lo[16], hi[16], key[16], value[64];
	struct store_range r = {.reverse = reverse};
	struct merge_source *source;

	row_of(low, lo, value);
	row_of(high, hi, value);
	r.lo = slice_str(lo);
	r.hi = slice_str(hi);
	assert_int_equal(segment_source_open(s, &r, &source), 0);
	for (unsigned n = low; n < high; n++) {
		assert_int_equal(source->next(source), 1);
		row_of(reverse ? low + high - 1 - n : n, key, value);
		assert_true(slice_equal(source->key, slice_str(key)));
	}
	assert_int_equal(source->next(source), 0);
	segment_source_close(source);
}

/* 3000 blocks of rows, and several of the index. */
static void
test_many(void **state)
{
	struct file *f = *state;
	struct segment_sum sum;
	struct segment *s;

	file_make(f, 3000, 40000, &sum);
	/* zeros deflate well */
	assert_true(sum.size < sum.bytes / 50);
	f->asked = 0;
	assert_int_equal(file_open(f, &s), 0);
	assert_int_equal(segment_sum(s)->crc, sum.crc);
	assert_int_equal(segment_sum(s)->bytes, sum.bytes);
	for (unsigned i = 0; i < 3000; i += 7)
		expect_row(s, i, true);
	expect_row(s, 3000, false);
	for (unsigned i = 0; i + 40 < 3000; i += 301) {
		expect_range(s, i, i + 40, false);
		expect_range(s, i, i + 40, true);
	}
	expect_range(s, 0, 3000, false);
	expect_range(s, 0, 3000, true);
	expect_range(s, 3000, 3000, true);
	assert_int_equal(segment_verify(s), 0);
	/* a block at a time, however large the file */
	assert_true(f->asked <= SEGMENT_BLOCK);
	segment_close(s);
}

static void
test_order(void **state)
{
	struct file *f = *state;
	struct segment_writer w;

	assert_int_equal(segment_writer_init(&w, file_write, f), 0);
	assert_int_equal(segment_writer_add(&w, slice_str("b"),
	    slice_str("")), 0);
	assert_int_equal(segment_writer_add(&w, slice_str("b"),
	    slice_str("")), SC_EDAMAGED);
	assert_int_equal(segment_writer_add(&w, slice_str("a"),
	    slice_str("")), SC_EDAMAGED);
	segment_writer_fini(&w);
}

/* What the disk says is handed on. */
static void
test_no_room(void **state)
{
	struct file *f = *state;
	struct segment_writer w;
	struct segment_sum sum;
	char key[16];
	int rc = 0;

	f->fail_at = 5000;
	assert_int_equal(segment_writer_init(&w, file_write, f), 0);
	for (unsigned i = 0; rc == 0 && i < 100000; i++) {
		snprintf(key, sizeof(key), "%08x", i);
		rc = segment_writer_add(&w, slice_str(key), slice_str(key));
	}
	assert_int_equal(rc, SC_ENOSPC);
	segment_writer_fini(&w);
	buf_clear(&f->bytes);
	assert_int_equal(segment_writer_init(&w, file_write, f), 0);
	f->fail_at = SEGMENT_HEAD;
	assert_int_equal(segment_writer_add(&w, slice_str("a"),
	    slice_str("b")), 0);
	assert_int_equal(segment_writer_end(&w, &sum), SC_ENOSPC);
	segment_writer_fini(&w);
}

/* Each byte is under a check. */
static void
test_each_byte(void **state)
{
	struct file *f = *state;
	struct segment_sum sum;

	file_make(f, 60, 3, &sum);
	for (size_t i = 0; i < f->bytes.len; i++) {
		uint8_t *p = f->bytes.p + f->bytes.off + i, was = *p;

		*p ^= 0x10;
		if (file_verify(f) != SC_EDAMAGED)
			fail_msg("byte %zu of %zu", i, f->bytes.len);
		*p = was;
	}
	assert_int_equal(file_verify(f), 0);
}

static void
test_each_length(void **state)
{
	struct file *f = *state;
	struct segment_sum sum;

	file_make(f, 60, 3, &sum);
	while (f->bytes.len > 0) {
		buf_truncate(&f->bytes, f->bytes.len - 1);
		assert_int_equal(file_verify(f), SC_EDAMAGED);
	}
	assert_int_equal(file_verify(f), SC_EDAMAGED);
}

/* ---- files that nobody has written: their sums are right ------------- */

static struct segment_place
add_block(struct file *f, struct slice stored, uint32_t bytes)
{
	struct segment_place at = {f->bytes.len, (uint32_t)stored.len, bytes,
	    segment_crc(stored)};

	buf_put_slice(&f->bytes, stored);
	return at;
}

/* A block as it is, of one row. */
static struct segment_place
add_row(struct file *f, const char *key, struct slice value)
{
	struct segment_place at;
	struct buf b;

	buf_init(&b, 0);
	segment_row_put(&b, slice_str(key), value);
	at = add_block(f, buf_slice(&b), (uint32_t)b.len);
	buf_fini(&b);
	return at;
}

static struct segment_place
add_place(struct file *f, const char *key, const struct segment_place *at)
{
	uint8_t place[SEGMENT_PLACE];

	segment_place_put(place, at);
	return add_row(f, key, slice_of(place, sizeof(place)));
}

static void
add_head(struct file *f)
{
	buf_clear(&f->bytes);
	buf_put(&f->bytes, segment_head, SEGMENT_HEAD);
}

static void
add_tail(struct file *f, const struct segment_place *root, uint64_t rows)
{
	uint8_t t[SEGMENT_TAIL] = {0};

	segment_store(t, rows, 8);
	segment_store(t + 8, 2, 8);
	segment_place_put(t + 16, root);
	segment_store(t + 16 + SEGMENT_PLACE, SEGMENT_VERSION, 4);
	segment_store(t + SEGMENT_TAIL_CHECKED,
	    segment_crc(slice_of(t, SEGMENT_TAIL_CHECKED)), 4);
	memcpy(t + SEGMENT_TAIL_CHECKED + 4, segment_magic, SEGMENT_MAGIC);
	buf_put(&f->bytes, t, sizeof(t));
}

/* A file whose only row "k" = "v" is at PLACE, or where it is. */
static int
with_place(struct file *f, const struct segment_place *place, const char *key)
{
	struct segment_place at;

	add_head(f);
	at = add_row(f, "k", slice_str("v"));
	at = add_place(f, key, place == NULL ? &at : place);
	at = add_place(f, key, &at);
	add_tail(f, &at, 1);
	return file_verify(f);
}

static void
test_places(void **state)
{
	static const struct segment_place bad[] = {
	    {0, 4, 4, 0},			/* the head */
	    {16, 5, 4, 0},			/* more than there is in it */
	    {16, 4, SEGMENT_BLOCK_MAX + 1, 0},
	    {16, 1 << 30, 1 << 30, 0},
	    {UINT64_MAX, 4, 4, 0},
	    {UINT64_MAX - 3, 4, 4, 0},
	    {1 << 20, 0, 0, 0},
	    {16, UINT32_MAX, UINT32_MAX, 0},
	    {16, 0, 0, 0},			/* no row, and it has a key */
	    {16, 3, 3, 0},
	};
	struct file *f = *state;

	assert_int_equal(with_place(f, NULL, "k"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(with_place(f, &bad[i], "k"), SC_EDAMAGED);
	/* the index names another key */
	assert_int_equal(with_place(f, NULL, "j"), SC_EDAMAGED);
}

static void
test_root(void **state)
{
	struct segment_place at = {UINT64_MAX - 1, 1, 1, 0};
	struct file *f = *state;

	add_head(f);
	add_tail(f, &at, 0);
	assert_int_equal(file_verify(f), SC_EDAMAGED);
	/* a row that is no place */
	add_head(f);
	at = add_row(f, "k", slice_str("v"));
	add_tail(f, &at, 1);
	assert_int_equal(file_verify(f), SC_EDAMAGED);
	/* another number of rows */
	add_head(f);
	at = add_row(f, "k", slice_str("v"));
	at = add_place(f, "k", &at);
	at = add_place(f, "k", &at);
	add_tail(f, &at, 2);
	assert_int_equal(file_verify(f), SC_EDAMAGED);
}

/* Blocks that are not rows, or say that they become larger than they do. */
static void
test_blocks(void **state)
{
	static const char *const bad[] = {
	    "\x01\x01k",		/* the value is missing */
	    "\x05\x00k",		/* the key is short */
	    "\x00\x01k",		/* no key */
	    "\x01\xff\xff\xff\xff\x7fk",
	    "\x01\x01kv\x01\x01kv",	/* twice */
	    "\1\1kv\1\1av",	/* back */
	};
	static const size_t lengths[] = {3, 3, 3, 7, 8, 8};
	struct segment_block b;
	struct slice s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct segment_place at = {16, (uint32_t)lengths[i],
		    (uint32_t)lengths[i], 0};

		s = slice_of(bad[i], lengths[i]);
		at.crc = segment_crc(s);
		assert_int_equal(segment_unpack(&at, s, &b), SC_EDAMAGED);
		/* nor is it deflated */
		at.bytes++;
		assert_int_equal(segment_unpack(&at, s, &b), SC_EDAMAGED);
	}
}

static void
test_inflated(void **state)
{
	static uint8_t zeros[SEGMENT_BLOCK];
	struct segment_packer *p = segment_packer_create();
	struct segment_block b;
	struct slice stored;
	struct buf rows;

	(void)state;
	buf_init(&rows, 0);
	segment_row_put(&rows, slice_str("k"),
	    slice_of(zeros, sizeof(zeros)));
	assert_int_equal(segment_pack(p, buf_slice(&rows), &stored), 0);
	for (int more = -1; more <= 1; more++) {
		struct segment_place at = {16, (uint32_t)stored.len,
		    (uint32_t)((int)rows.len + more), segment_crc(stored)};

		assert_int_equal(segment_unpack(&at, stored, &b),
		    more == 0 ? 0 : SC_EDAMAGED);
		if (more == 0)
			segment_block_fini(&b);
	}
	buf_fini(&rows);
	segment_packer_destroy(p);
}

/* clang-format off */
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_none),
	    TEST(test_many),
	    TEST(test_order),
	    TEST(test_no_room),
	    TEST(test_each_byte),
	    TEST(test_each_length),
	    TEST(test_places),
	    TEST(test_root),
	    TEST(test_blocks),
	    TEST(test_inflated),
	};

	return cmocka_run_group_tests_name("segment", tests, NULL, NULL);
}

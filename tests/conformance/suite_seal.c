/* SPDX-License-Identifier: ISC */
/* Sealed partitions read and write as all do. */
#include "tests/conformance/suite_priv.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/conformance/kit.h"
#include "tests/conformance/model.h"

/* One step of sealing a partition, in a transaction of its own. */
static bool
seal_step(struct suite *s, uint32_t part)
{
	struct store_txn *t = store_begin(s->store);
	bool done;

	assert_int_equal(store_seal(t, s->parted, part, &done), 0);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	return done;
}

/* The same, but the last step is left open. */
static bool
seal_begun(struct suite *s, uint32_t part)
{
	struct store_txn *t = store_begin(s->store);
	bool done;

	assert_int_equal(store_seal(t, s->parted, part, &done), 0);
	assert_int_equal(store_finish(t), 0);
	if (!done)
		suite_commit(s);
	return done;
}

static void
seal(struct suite *s, uint32_t part)
{
	while (!seal_step(s, part))
		sched_yield();
}

static void
put_part(struct suite *s, uint32_t part, const char *key, const char *value)
{
	put_one(s->store, s->parted, part, key, value);
}

static void
expect_sealed(struct suite *s, uint32_t part, bool done, uint64_t rows,
    uint64_t bytes)
{
	struct store_txn *t = store_begin_read(s->store);
	struct store_sealed sealed;

	assert_int_equal(store_sealed(t, s->parted, part, &sealed), 0);
	assert_int_equal(sealed.done, done);
	assert_int_equal(sealed.rows, rows);
	assert_int_equal(sealed.bytes, bytes);
	assert_true(!done || sealed.size > 0);
	store_abandon(t);
}

static void
expect_not_sealed(struct suite *s, uint32_t part)
{
	struct store_txn *t = store_begin_read(s->store);
	struct store_sealed sealed;

	assert_int_equal(store_sealed(t, s->parted, part, &sealed),
	    SC_ENOTFOUND);
	store_abandon(t);
}

void
test_seal(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;

	put_part(s, 1, "a", "1");
	put_part(s, 1, "b", "22");
	put_part(s, 1, "c", "");
	put_part(s, 2, "x", "9");
	suite_commit(s);
	suite_push_down(s);
	expect_not_sealed(s, 1);
	assert_false(seal_step(s, 1));
	expect_sealed(s, 1, false, 0, 0);
	seal(s, 1);
	expect_sealed(s, 1, true, 3, 6);
	expect_not_sealed(s, 2);
	/* again changes nothing */
	assert_true(seal_step(s, 1));

	suite_push_down(s);
	expect_all(s->store, s->parted, 1, "a=1 b=22 c=");
	expect_now(s->store, s->parted, 1, "b", "22");
	expect_now(s->store, s->parted, 1, "c", "");
	expect_now(s->store, s->parted, 1, "bb", NULL);
	t = store_begin_read(s->store);
	expect_rows(t, s->parted, 1, "b", NULL, false, "b=22 c=");
	expect_rows(t, s->parted, 1, "a", "c", true, "b=22 a=1");
	expect_rows(t, s->parted, 1, "d", NULL, false, "");
	expect_rows(t, s->parted, 1, NULL, "a", true, "");
	expect_parts(t, s->parted, "1 2");
	store_abandon(t);
}

/* Whether the segment is being made, or made. */
void
test_seal_changes(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;
	int i;

	put_part(s, 1, "a", "1");
	put_part(s, 1, "b", "2");
	put_part(s, 1, "c", "3");
	put_part(s, 1, "d", "4");
	suite_commit(s);
	assert_false(seal_step(s, 1));
	t = store_begin(s->store);
	put(t, s->parted, 1, "b", "B");
	del(t, s->parted, 1, "c");
	put(t, s->parted, 1, "bb", "new");
	/* its own reads see it */
	expect_rows(t, s->parted, 1, NULL, NULL, false,
	    "a=1 b=B bb=new d=4");
	assert_int_equal(store_finish(t), 0);
	for (i = 0; i < 2; i++) {
		expect_all(s->store, s->parted, 1, "a=1 b=B bb=new d=4");
		expect_now(s->store, s->parted, 1, "c", NULL);
		suite_commit(s);
		suite_push_down(s);
		seal(s, 1);
	}
	expect_sealed(s, 1, true, 4, 8);

	t = store_begin(s->store);
	del(t, s->parted, 1, "bb");
	put(t, s->parted, 1, "c", "back");
	del(t, s->parted, 1, "a");
	assert_int_equal(store_rewind(t), 0);
	del(t, s->parted, 1, "d");
	put(t, s->parted, 1, "c", "back");
	expect_rows(t, s->parted, 1, NULL, NULL, true,
	    "c=back bb=new b=B a=1");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	expect_all(s->store, s->parted, 1, "a=1 b=B bb=new c=back");

	t = store_begin(s->store);
	del(t, s->parted, 1, "a");
	del(t, s->parted, 1, "b");
	del(t, s->parted, 1, "bb");
	del(t, s->parted, 1, "c");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	t = store_begin_read(s->store);
	expect_rows(t, s->parted, 1, NULL, NULL, false, "");
	expect_parts(t, s->parted, "");
	store_abandon(t);
}

static void
drop(struct suite *s, uint32_t part)
{
	struct store_txn *t = store_begin(s->store);
	bool done;

	assert_int_equal(store_drop(t, s->parted, part), 0);
	expect_rows(t, s->parted, part, NULL, NULL, false, "");
	assert_int_equal(store_put(t, s->parted, part, slice_str("a"),
	    slice_str("x")), SC_ECONFLICT);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	expect_all(s->store, s->parted, part, "");
	expect_not_sealed(s, part);
	t = store_begin(s->store);
	assert_int_equal(store_put(t, s->parted, part, slice_str("a"),
	    slice_str("x")), SC_ECONFLICT);
	assert_int_equal(store_seal(t, s->parted, part, &done), SC_ECONFLICT);
	store_abandon(t);
}

/* In every state of being sealed. */
void
test_seal_drop(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;
	uint32_t part;

	for (part = 1; part <= 4; part++)
		put_part(s, part, "a", "1");
	suite_commit(s);
	suite_push_down(s);
	assert_false(seal_step(s, 1));
	put_part(s, 1, "b", "2");
	drop(s, 1);
	assert_false(seal_step(s, 2));
	(void)seal_step(s, 2);		/* perhaps it is being written */
	drop(s, 2);
	seal(s, 3);
	put_part(s, 3, "b", "2");
	suite_commit(s);
	suite_push_down(s);
	drop(s, 3);
	/* another one is not kept by what became of those */
	seal(s, 4);
	t = store_begin_read(s->store);
	expect_parts(t, s->parted, "4");
	store_abandon(t);
	expect_all(s->store, s->parted, 4, "a=1");
}

/* ---- many rows ---- */

enum { MANY = 6000 };

struct counted {
	unsigned next, left;
	int step;
};

static void
number_key(unsigned i, char key[16])
{
	snprintf(key, 16, "key%06u", i);
}

static int
count_row(void *arg, struct slice key, struct slice value)
{
	struct counted *c = arg;
	char expected[16];

	number_key(c->next, expected);
	assert_true(slice_equal(key, slice_str(expected)));
	assert_int_equal(value.len, c->next % 400);
	c->next += (unsigned)c->step;
	return --c->left == 0;
}

static void
expect_run(struct suite *s, unsigned first, unsigned n, bool reverse)
{
	struct counted c = {reverse ? first + n - 1 : first, n,
	    reverse ? -1 : 1};
	struct store_txn *t = store_begin_read(s->store);
	char lo[16], hi[16];
	struct store_range r = {.reverse = reverse};

	number_key(first, lo);
	number_key(first + n, hi);
	r.lo = slice_str(lo);
	r.hi = slice_str(hi);
	assert_int_equal(store_scan(t, s->parted, 7, &r, count_row, &c), 0);
	assert_int_equal(c.left, 0);
	store_abandon(t);
}

/* Blocks of all sizes, and the borders between them. */
void
test_seal_sizes(void **state)
{
	struct suite *s = *state;
	static char bytes[400];
	uint8_t *large = xcalloc(1, STORE_VALUE_MAX), longest[STORE_KEY_MAX];
	struct store_txn *t;
	struct slice value;
	char key[16];
	unsigned i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 131 % 251);
	for (i = 0; i < MANY;) {
		t = store_begin(s->store);
		do {
			number_key(i, key);
			assert_int_equal(store_put(t, s->parted, 7,
			    slice_str(key), slice_of(bytes, i % 400)), 0);
		} while (++i % 500 != 0);
		assert_int_equal(store_finish(t), 0);
		suite_commit(s);
	}
	memset(longest, 'z', sizeof(longest));
	t = store_begin(s->store);
	assert_int_equal(store_put(t, s->parted, 7, slice_str("y"),
	    slice_of(large, STORE_VALUE_MAX)), 0);
	assert_int_equal(store_put(t, s->parted, 7,
	    slice_of(longest, sizeof(longest)), slice_str("end")), 0);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	seal(s, 7);
	expect_run(s, 0, MANY, false);
	expect_run(s, 0, MANY, true);
	for (i = 0; i + 30 < MANY; i += 97)
		expect_run(s, i, 30, i % 2 != 0);
	t = store_begin_read(s->store);
	for (i = 0; i < MANY; i += 53) {
		number_key(i, key);
		assert_int_equal(store_get(t, s->parted, 7, slice_str(key),
		    &value), 0);
		assert_int_equal(value.len, i % 400);
	}
	assert_int_equal(store_get(t, s->parted, 7, slice_str("y"), &value),
	    0);
	assert_int_equal(value.len, STORE_VALUE_MAX);
	assert_memory_equal(value.p, large, STORE_VALUE_MAX);
	assert_int_equal(store_get(t, s->parted, 7,
	    slice_of(longest, sizeof(longest)), &value), 0);
	store_abandon(t);
	free(large);
}

/* A reader sees what was there when it began, whatever becomes of it. */
void
test_seal_snapshot(void **state)
{
	struct suite *s = *state;
	struct store_txn *before, *open, *sealed;

	put_part(s, 1, "a", "1");
	put_part(s, 1, "b", "2");
	suite_commit(s);
	before = store_begin_read(s->store);
	assert_false(seal_step(s, 1));
	put_part(s, 1, "b", "3");
	open = store_begin_read(s->store);
	seal(s, 1);
	put_part(s, 1, "a", "4");
	sealed = store_begin_read(s->store);
	put_part(s, 1, "c", "5");
	suite_commit(s);
	expect_rows(before, s->parted, 1, NULL, NULL, false, "a=1 b=2");
	expect_rows(open, s->parted, 1, NULL, NULL, false, "a=1 b=3");
	expect_rows(sealed, s->parted, 1, NULL, NULL, false, "a=4 b=3");
	store_abandon(before);
	store_abandon(open);
	drop(s, 1);
	store_abandon(sealed);
}

void
test_seal_reopen(void **state)
{
	struct suite *s = *state;

	if (!s->engine->keeps)
		return;
	put_part(s, 1, "a", "1");
	put_part(s, 2, "a", "1");
	suite_commit(s);
	assert_false(seal_step(s, 1));
	put_part(s, 1, "b", "2");
	suite_commit(s);
	suite_reopen(s);
	expect_all(s->store, s->parted, 1, "a=1 b=2");
	expect_sealed(s, 1, false, 0, 0);
	seal(s, 1);
	seal(s, 2);
	suite_reopen(s);
	expect_all(s->store, s->parted, 1, "a=1 b=2");
	suite_push_down(s);
	put_part(s, 1, "a", "3");
	suite_commit(s);
	suite_reopen(s);
	expect_sealed(s, 1, true, 1, 2);
	expect_all(s->store, s->parted, 1, "a=3 b=2");
	expect_all(s->store, s->parted, 2, "a=1");
}

/* A step that was finished and not committed has not been taken. */
void
test_seal_undone(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;

	if (!s->engine->keeps)
		return;
	put_part(s, 1, "a", "1");
	put_part(s, 2, "a", "1");
	suite_commit(s);
	seal(s, 1);
	suite_push_down(s);
	put_part(s, 1, "b", "2");
	suite_commit(s);
	t = store_begin(s->store);
	assert_int_equal(store_drop(t, s->parted, 1), 0);
	assert_int_equal(store_finish(t), 0);
	suite_reopen(s);
	expect_sealed(s, 1, true, 1, 2);
	expect_all(s->store, s->parted, 1, "a=1 b=2");
	while (!seal_begun(s, 2))
		sched_yield();
	suite_reopen(s);
	expect_all(s->store, s->parted, 2, "a=1");
	seal(s, 2);
	suite_reopen(s);
	expect_all(s->store, s->parted, 2, "a=1");
}

void
test_seal_model(void **state)
{
	struct suite *s = *state;
	struct model *m = model_create(s->parted);
	uint32_t part;
	int step;

	model_seed(m, 7);
	for (step = 0; step < 2000; step++) {
		part = (uint32_t)step / 500;
		model_write(m, s->store);
		model_read(m, s->store);
		/* from some time on, and at leisure */
		if (step % 500 > 100 && step % 20 == 0 && part < 3)
			(void)seal_step(s, part);
		if (step % 7 == 0)
			suite_commit(s);
		if (step % 400 == 399 && s->engine->keeps) {
			suite_commit(s);
			model_readers_end(m);
			suite_reopen(s);
			model_table(m, s->parted);
		}
	}
	model_readers_end(m);
	model_destroy(m);
	for (part = 0; part < 3; part++)
		seal(s, part);
}

/* SPDX-License-Identifier: ISC */
/*
 * What only the mem engine has: conflicting transactions (semantics R24) and
 * crashes.
 */
#include "src/store/mem/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "src/common/err.h"
#include "tests/conformance/kit.h"

struct fixture {
	struct store *store;
	struct store_table *rows, *parted;
};

static int
setup(void **state)
{
	static struct fixture f;
	char why[100];

	f.store = mem_open(false);
	assert_non_null(f.store);
	assert_int_equal(store_table_add(f.store, "rows", 0, &f.rows), 0);
	assert_int_equal(store_table_add(f.store, "parted", STORE_PARTITIONED,
	    &f.parted), 0);
	assert_int_equal(store_start(f.store, why, sizeof(why)), 0);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	return 0;
}

/* ---- R24 ---- */

static void
test_r24_same_row_locked(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a, *b;

	put_one(f->store, f->rows, 0, "chat", "0");
	a = store_begin(f->store);
	b = store_begin(f->store);
	lock_row(a, f->rows, 0, "chat");
	lock_row(b, f->rows, 0, "chat");
	expect(b, f->rows, 0, "chat", "0");
	put(a, f->rows, 0, "chat", "1");
	put(b, f->rows, 0, "other", "1");
	assert_int_equal(store_finish(a), 0);
	assert_int_equal(store_finish(b), SC_ERERUN);
	expect_now(f->store, f->rows, 0, "other", NULL);
	b = store_begin(f->store);
	lock_row(b, f->rows, 0, "chat");
	expect(b, f->rows, 0, "chat", "1");
	put(b, f->rows, 0, "other", "1");
	assert_int_equal(store_finish(b), 0);
}

/* The lock of a row guards rows beside it: what the first one wrote need not
 * be the row that both locked. */
static void
test_r24_lock_guards_others(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a, *b;

	put_one(f->store, f->rows, 0, "owner-a", "1");
	put_one(f->store, f->rows, 0, "owner-b", "1");
	a = store_begin(f->store);
	b = store_begin(f->store);
	lock_row(a, f->rows, 0, "chat");
	lock_row(b, f->rows, 0, "chat");
	expect(a, f->rows, 0, "owner-b", "1");
	del(a, f->rows, 0, "owner-a");
	expect(b, f->rows, 0, "owner-a", "1");
	del(b, f->rows, 0, "owner-b");
	assert_int_equal(store_finish(b), 0);
	assert_int_equal(store_finish(a), SC_ERERUN);
	expect_all(f->store, f->rows, 0, "owner-a=1");
}

/* What was locked before a rewind still guards what is written after it. */
static void
test_r24_rewind_keeps_locks(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a, *b;

	put_one(f->store, f->rows, 0, "chat", "0");
	a = store_begin(f->store);
	b = store_begin(f->store);
	lock_row(a, f->rows, 0, "chat");
	put(a, f->rows, 0, "chat", "lost");
	assert_int_equal(store_rewind(a), 0);
	lock_row(b, f->rows, 0, "chat");
	put(b, f->rows, 0, "chat", "1");
	put(a, f->rows, 0, "slot", "refused");
	assert_int_equal(store_finish(b), 0);
	assert_int_equal(store_finish(a), SC_ERERUN);
	expect_all(f->store, f->rows, 0, "chat=1");
}

/* Without the lock both leave: this is why R24 asks for it. */
static void
test_r24_write_skew_without_lock(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a, *b;

	put_one(f->store, f->rows, 0, "owner-a", "1");
	put_one(f->store, f->rows, 0, "owner-b", "1");
	a = store_begin(f->store);
	b = store_begin(f->store);
	expect(a, f->rows, 0, "owner-b", "1");
	del(a, f->rows, 0, "owner-a");
	expect(b, f->rows, 0, "owner-a", "1");
	del(b, f->rows, 0, "owner-b");
	assert_int_equal(store_finish(a), 0);
	assert_int_equal(store_finish(b), 0);
	expect_all(f->store, f->rows, 0, "");
}

static void
test_r24_same_row_written(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a = store_begin(f->store);
	struct store_txn *b = store_begin(f->store);
	struct store_stats stats;

	put(a, f->rows, 0, "k", "a");
	put(b, f->rows, 0, "k", "b");
	assert_int_equal(store_finish(b), 0);
	assert_int_equal(store_finish(a), SC_ERERUN);
	expect_now(f->store, f->rows, 0, "k", "b");
	store_stats(f->store, &stats);
	assert_int_equal(stats.reruns, 1);
	assert_int_equal(stats.transactions, 1);
}

static void
test_r24_no_conflict(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a = store_begin(f->store);
	struct store_txn *b = store_begin(f->store);
	struct store_txn *c = store_begin(f->store);

	lock_row(a, f->rows, 0, "x");
	put(a, f->rows, 0, "x", "1");
	lock_row(b, f->rows, 0, "y");
	put(b, f->rows, 0, "y", "1");
	lock_row(c, f->rows, 0, "z");	/* and changes nothing */
	assert_int_equal(store_finish(c), 0);
	assert_int_equal(store_finish(a), 0);
	c = store_begin(f->store);
	lock_row(c, f->rows, 0, "z");
	lock_row(c, f->rows, 0, "y");
	store_abandon(c);		/* leaves no lock */
	assert_int_equal(store_finish(b), 0);
	expect_all(f->store, f->rows, 0, "x=1 y=1");
}

static void
test_r24_drop(void **state)
{
	struct fixture *f = *state;
	struct store_txn *a, *b;

	put_one(f->store, f->parted, 1, "k", "v");
	a = store_begin(f->store);
	b = store_begin(f->store);
	put(b, f->parted, 1, "l", "v");
	assert_int_equal(store_drop(a, f->parted, 1), 0);
	expect(b, f->parted, 1, "k", "v");
	assert_int_equal(store_finish(a), 0);
	expect(b, f->parted, 1, "k", "v");
	assert_int_equal(store_finish(b), SC_ERERUN);
	expect_all(f->store, f->parted, 1, "");
}

/* ---- crashes ---- */

static void
commit_one(struct fixture *f, struct await *a, const char *value)
{
	put_one(f->store, f->rows, 0, "k", value);
	store_commit(f->store, await_done, a);
}

static void
test_crash(void **state)
{
	struct fixture *f = *state;
	struct await a;

	await_init(&a);
	commit_one(f, &a, "1");
	commit_one(f, &a, "2");
	assert_int_equal(mem_waiting(f->store), 2);
	assert_int_equal(mem_sync(f->store, 1), 1);
	assert_int_equal(a.calls, 1);
	mem_crash(f->store, 0);
	assert_int_equal(mem_waiting(f->store), 0);
	assert_int_equal(mem_sync(f->store, 9), 0);
	assert_int_equal(a.calls, 1);
	expect_now(f->store, f->rows, 0, "k", "1");
	commit_one(f, &a, "3");
	commit_one(f, &a, "4");
	commit_one(f, &a, "5");
	mem_crash(f->store, 2);
	assert_int_equal(a.calls, 1);
	expect_now(f->store, f->rows, 0, "k", "4");
	commit_one(f, &a, "6");
	assert_int_equal(mem_sync(f->store, 9), 1);
	assert_int_equal(a.calls, 2);
	mem_crash(f->store, 9);
	expect_now(f->store, f->rows, 0, "k", "6");
	await_fini(&a);
}

static void
test_crash_forgets(void **state)
{
	struct fixture *f = *state;
	struct await a;
	struct store_txn *t;

	await_init(&a);
	commit_one(f, &a, "1");
	store_barrier(f->store, await_done, &a);
	put_one(f->store, f->rows, 0, "finished", "x");
	t = store_begin(f->store);
	put(t, f->rows, 0, "open", "x");
	store_begin_read(f->store);
	mem_crash(f->store, 1);
	expect_all(f->store, f->rows, 0, "k=1");
	mem_sync(f->store, 9);
	assert_int_equal(a.calls, 0);
	store_barrier(f->store, await_done, &a);
	assert_int_equal(a.calls, 1);
	await_fini(&a);
}

static void
test_crash_drop(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;
	struct await a;

	await_init(&a);
	put_one(f->store, f->parted, 1, "k", "v");
	put_one(f->store, f->parted, 2, "k", "v");
	store_commit(f->store, await_done, &a);
	t = store_begin(f->store);
	assert_int_equal(store_drop(t, f->parted, 1), 0);
	assert_int_equal(store_finish(t), 0);
	store_commit(f->store, await_done, &a);
	expect_now(f->store, f->parted, 1, "k", NULL);
	mem_crash(f->store, 1);
	expect_now(f->store, f->parted, 1, "k", "v");
	t = store_begin(f->store);
	assert_int_equal(store_drop(t, f->parted, 2), 0);
	assert_int_equal(store_finish(t), 0);
	store_commit(f->store, await_done, &a);
	mem_sync(f->store, 1);
	mem_crash(f->store, 0);
	expect_now(f->store, f->parted, 1, "k", "v");
	expect_now(f->store, f->parted, 2, "k", NULL);
	await_fini(&a);
}

/* ---- the rest ---- */

static void
test_auto_sync(void **state)
{
	struct store *s = mem_open(true);
	struct store_table *rows;
	struct await a;

	(void)state;
	await_init(&a);
	assert_int_equal(store_table_add(s, "rows", 0, &rows), 0);
	assert_int_equal(store_start(s, NULL, 0), 0);
	put_one(s, rows, 0, "k", "v");
	store_barrier(s, await_done, &a);
	assert_int_equal(a.calls, 0);
	store_commit(s, await_done, &a);
	assert_int_equal(a.calls, 2);
	mem_set_state(s, SC_ENOSPC);
	assert_int_equal(store_state(s), SC_ENOSPC);
	store_close(s);
	await_fini(&a);
}

/* Old versions go: memory stays small however often a row is written. */
static void
test_compaction(void **state)
{
	static const char value[4000];
	struct fixture *f = *state;
	struct store_stats stats;
	struct store_txn *t;
	struct await a;
	char key[16];
	int i;

	await_init(&a);
	for (i = 0; i < 5000; i++) {
		t = store_begin(f->store);
		snprintf(key, sizeof(key), "%d", i % 10);
		lock_row(t, f->rows, 0, key);
		assert_int_equal(store_put(t, f->rows, 0, slice_str(key),
		    slice_of(value, sizeof(value))), 0);
		assert_int_equal(store_finish(t), 0);
		store_commit(f->store, await_done, &a);
		if (i % 5 == 4)
			mem_sync(f->store, 4);
	}
	mem_sync(f->store, UINT32_MAX);
	store_stats(f->store, &stats);
	assert_true(stats.memory < 8 << 20);
	await_fini(&a);
}

/* clang-format off */
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_r24_same_row_locked),
	    TEST(test_r24_lock_guards_others),
	    TEST(test_r24_rewind_keeps_locks),
	    TEST(test_r24_write_skew_without_lock),
	    TEST(test_r24_same_row_written),
	    TEST(test_r24_no_conflict),
	    TEST(test_r24_drop),
	    TEST(test_crash),
	    TEST(test_crash_forgets),
	    TEST(test_crash_drop),
	    TEST(test_auto_sync),
	    TEST(test_compaction),
	};

	return cmocka_run_group_tests_name("mem_rules", tests, NULL, NULL);
}

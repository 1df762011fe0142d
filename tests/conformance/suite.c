/* SPDX-License-Identifier: ISC */
#include "tests/conformance/suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
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
#include "tests/conformance/suite_priv.h"

static void
suite_open(struct suite *s, bool fresh)
{
	char why[256] = "";

	s->store = s->engine->open(fresh);
	assert_int_equal(store_table_add(s->store, "plain", 0, &s->plain), 0);
	assert_int_equal(store_table_add(s->store, "parted",
	    STORE_PARTITIONED | STORE_SEALABLE, &s->parted), 0);
	assert_int_equal(store_table_add(s->store, "junk", 0, &s->junk), 0);
	if (store_start(s->store, why, sizeof(why)) != 0)
		fail_msg("%s", why);
}

void
suite_reopen(struct suite *s)
{
	store_close(s->store);
	suite_open(s, false);
}

static int
setup(void **state)
{
	suite_open(*state, true);
	return 0;
}

static int
teardown(void **state)
{
	struct suite *s = *state;

	store_close(s->store);
	return 0;
}

void
suite_commit(struct suite *s)
{
	commit_wait(s->store, s->engine->pump);
}

void
suite_push_down(struct suite *s)
{
	static const char filler[1000];
	struct store_txn *t;
	char key[16];
	int i;

	for (i = 0; i < 40; i++) {
		t = store_begin(s->store);
		snprintf(key, sizeof(key), "%d", i % 8);
		assert_int_equal(store_put(t, s->junk, 0, slice_str(key),
		    slice_of(filler, sizeof(filler))), 0);
		assert_int_equal(store_finish(t), 0);
		suite_commit(s);
	}
}

/* ---- tables, arguments ---- */

static void
test_tables(void **state)
{
	struct suite *s = *state;
	struct store_table *again;

	assert_int_equal(store_table_add(s->store, "plain", 0, &again),
	    SC_ECONFLICT);
	assert_string_equal(store_table_name(s->plain), "plain");
	assert_int_equal(store_state(s->store), SC_OK);
}

static void
test_limits(void **state)
{
	struct suite *s = *state;
	uint8_t *big = xcalloc(1, STORE_VALUE_MAX + 1);
	struct store_txn *t = store_begin(s->store);
	struct slice value;

	memset(big, 'k', STORE_VALUE_MAX + 1);
	assert_int_equal(store_put(t, s->plain, 0, slice_of(big, 0),
	    slice_str("x")), SC_EBADREQUEST);
	assert_int_equal(store_put(t, s->plain, 0, slice_of(big, 256),
	    slice_str("x")), SC_EBADREQUEST);
	assert_int_equal(store_put(t, s->plain, 0, slice_str("x"),
	    slice_of(big, STORE_VALUE_MAX + 1)), SC_ETOOLARGE);
	assert_int_equal(store_get(t, s->plain, 0, slice_of(big, 0), &value),
	    SC_EBADREQUEST);
	assert_int_equal(store_del(t, s->plain, 0, slice_of(big, 256)),
	    SC_EBADREQUEST);
	assert_int_equal(store_put(t, s->plain, 0, slice_of(big, 255),
	    slice_of(big, STORE_VALUE_MAX)), 0);
	assert_int_equal(store_put(t, s->plain, 0, slice_of(big, 254),
	    slice_of(big, STORE_VALUE_MAX)), 0);
	assert_int_equal(store_put(t, s->plain, 0, slice_of(big, 1),
	    slice_of(big, 0)), 0);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	if (s->engine->keeps)
		suite_reopen(s);
	t = store_begin_read(s->store);
	assert_int_equal(store_get(t, s->plain, 0, slice_of(big, 255),
	    &value), 0);
	assert_int_equal(value.len, STORE_VALUE_MAX);
	assert_memory_equal(value.p, big, value.len);
	assert_int_equal(store_get(t, s->plain, 0, slice_of(big, 1), &value),
	    0);
	assert_int_equal(value.len, 0);
	store_abandon(t);
	free(big);
}

static void
test_prefix(void **state)
{
	uint8_t end[STORE_KEY_MAX];
	struct store_range r;

	(void)state;
	r = store_prefix(slice_str("ab"), end);
	assert_true(slice_equal(r.lo, slice_str("ab")));
	assert_true(slice_equal(r.hi, slice_str("ac")));
	assert_false(r.reverse);
	r = store_prefix(slice_str("a\xff\xff"), end);
	assert_true(slice_equal(r.hi, slice_str("b")));
	r = store_prefix(slice_str("\xff\xff"), end);
	assert_int_equal(r.hi.len, 0);
	r = store_prefix(slice_str(""), end);
	assert_int_equal(r.lo.len + r.hi.len, 0);
}

/* ---- one transaction ---- */

static void
test_own_writes(void **state)
{
	struct suite *s = *state;
	struct store_txn *t = store_begin(s->store);

	put(t, s->plain, 0, "a", "old");
	put(t, s->plain, 0, "b", "old");
	put(t, s->plain, 0, "d", "old");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	t = store_begin(s->store);
	expect(t, s->plain, 0, "a", "old");
	put(t, s->plain, 0, "a", "new");
	del(t, s->plain, 0, "b");
	put(t, s->plain, 0, "c", "new");
	del(t, s->plain, 0, "never");
	expect(t, s->plain, 0, "a", "new");
	expect(t, s->plain, 0, "b", NULL);
	expect(t, s->plain, 0, "never", NULL);
	expect_rows(t, s->plain, 0, NULL, NULL, false, "a=new c=new d=old");
	put(t, s->plain, 0, "b", "back");
	del(t, s->plain, 0, "c");
	expect_rows(t, s->plain, 0, NULL, NULL, true, "d=old b=back a=new");
	expect_all(s->store, s->plain, 0, "a=old b=old d=old");
	assert_int_equal(store_finish(t), 0);
	expect_all(s->store, s->plain, 0, "a=new b=back d=old");
	suite_commit(s);
	expect_all(s->store, s->plain, 0, "a=new b=back d=old");
}

static void
test_abandon(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;
	struct store_stats before, after;

	put_one(s->store, s->plain, 0, "a", "kept");
	store_stats(s->store, &before);
	t = store_begin(s->store);
	put(t, s->plain, 0, "a", "lost");
	put(t, s->parted, 7, "b", "lost");
	assert_int_equal(store_drop(t, s->parted, 8), 0);
	store_abandon(t);
	store_stats(s->store, &after);
	assert_int_equal(before.rows_written, after.rows_written);
	assert_int_equal(before.transactions, after.transactions);
	t = store_begin(s->store);
	put(t, s->parted, 8, "c", "fine");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	if (s->engine->keeps)
		suite_reopen(s);
	expect_all(s->store, s->plain, 0, "a=kept");
	t = store_begin_read(s->store);
	expect_parts(t, s->parted, "8");
	store_abandon(t);
}

static void
test_rewind(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;

	put_one(s->store, s->plain, 0, "a", "kept");
	t = store_begin(s->store);
	lock_row(t, s->plain, 0, "a");
	put(t, s->plain, 0, "a", "lost");
	del(t, s->plain, 0, "b");
	put(t, s->parted, 7, "b", "lost");
	assert_int_equal(store_drop(t, s->parted, 8), 0);
	assert_int_equal(store_rewind(t), 0);
	expect(t, s->plain, 0, "a", "kept");
	expect(t, s->parted, 7, "b", NULL);
	put(t, s->parted, 8, "c", "not dropped");
	put(t, s->plain, 0, "d", "added after");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	if (s->engine->keeps)
		suite_reopen(s);
	expect_all(s->store, s->plain, 0, "a=kept d=added after");
	expect_all(s->store, s->parted, 8, "c=not dropped");
	t = store_begin_read(s->store);
	expect_parts(t, s->parted, "8");
	store_abandon(t);
}

/* ---- scans ---- */

static void
test_scan_layers(void **state)
{
	struct suite *s = *state;
	struct store_txn *t = store_begin(s->store);

	put(t, s->parted, 2, "a", "1");
	put(t, s->parted, 2, "b", "1");
	put(t, s->parted, 2, "c", "1");
	put(t, s->parted, 2, "e", "1");
	put(t, s->parted, 1, "z", "1");
	put(t, s->parted, 3, "a", "1");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	t = store_begin(s->store);
	put(t, s->parted, 2, "b", "2");
	del(t, s->parted, 2, "c");
	put(t, s->parted, 2, "d", "2");
	del(t, s->parted, 2, "d");
	put(t, s->parted, 2, "f", "2");
	assert_int_equal(store_finish(t), 0);
	t = store_begin(s->store);
	put(t, s->parted, 2, "c", "3");
	del(t, s->parted, 2, "f");
	expect_rows(t, s->parted, 2, NULL, NULL, false, "a=1 b=2 c=3 e=1");
	expect_rows(t, s->parted, 2, NULL, NULL, true, "e=1 c=3 b=2 a=1");
	expect_rows(t, s->parted, 2, "b", "e", false, "b=2 c=3");
	expect_rows(t, s->parted, 2, "b", "e", true, "c=3 b=2");
	expect_rows(t, s->parted, 2, "aa", NULL, false, "b=2 c=3 e=1");
	expect_rows(t, s->parted, 2, NULL, "bb", true, "b=2 a=1");
	expect_rows(t, s->parted, 2, "c", "c", false, "");
	expect_rows(t, s->parted, 2, "d", "b", false, "");
	expect_rows(t, s->parted, 2, "d", "b", true, "");
	expect_rows(t, s->parted, 2, "f", NULL, false, "");
	expect_rows(t, s->parted, 2, NULL, "a", true, "");
	expect_rows(t, s->parted, 9, NULL, NULL, false, "");
	store_abandon(t);
	expect_all(s->store, s->parted, 2, "a=1 b=2 e=1 f=2");
	suite_commit(s);
}

static void
test_scan_prefix(void **state)
{
	struct suite *s = *state;
	struct store_txn *t = store_begin(s->store);
	uint8_t end[STORE_KEY_MAX];
	struct store_range r;

	put(t, s->plain, 0, "a", "1");
	put(t, s->plain, 0, "a\xff", "2");
	put(t, s->plain, 0, "a\xff\xff", "3");
	put(t, s->plain, 0, "a\xff\xff\xff", "4");
	put(t, s->plain, 0, "b", "5");
	put(t, s->plain, 0, "\xff\xff", "6");
	put(t, s->plain, 0, "\xff\xff\xff", "7");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	t = store_begin_read(s->store);
	r = store_prefix(slice_str("a\xff\xff"), end);
	assert_int_equal(r.hi.len, 1);
	expect_rows(t, s->plain, 0, "a\xff\xff", "b", false,
	    "a\xff\xff=3 a\xff\xff\xff=4");
	expect_rows(t, s->plain, 0, "a", "b", true,
	    "a\xff\xff\xff=4 a\xff\xff=3 a\xff=2 a=1");
	expect_rows(t, s->plain, 0, "\xff", NULL, true,
	    "\xff\xff\xff=7 \xff\xff=6");
	store_abandon(t);
}

static int
stop_at(void *arg, struct slice key, struct slice value)
{
	int *left = arg;

	(void)key;
	(void)value;
	if (*left < 0)
		return SC_EMALFORMED;
	return --*left == 0;
}

static void
test_scan_stop(void **state)
{
	struct suite *s = *state;
	const struct store_range all = {0};
	struct store_txn *t = store_begin(s->store);
	int left = 2;

	put(t, s->plain, 0, "a", "1");
	put(t, s->plain, 0, "b", "1");
	put(t, s->plain, 0, "c", "1");
	assert_int_equal(store_scan(t, s->plain, 0, &all, stop_at, &left), 0);
	assert_int_equal(left, 0);
	left = -1;
	assert_int_equal(store_scan(t, s->plain, 0, &all, stop_at, &left),
	    SC_EMALFORMED);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	left = 2;
	t = store_begin_read(s->store);
	assert_int_equal(store_scan(t, s->plain, 0, &all, stop_at, &left), 0);
	assert_int_equal(left, 0);
	store_abandon(t);
}

/* ---- what others see ---- */

static void
test_snapshot(void **state)
{
	struct suite *s = *state;
	struct store_txn *early, *late;
	int i;

	put_one(s->store, s->plain, 0, "a", "1");
	put_one(s->store, s->plain, 0, "b", "1");
	early = store_begin_read(s->store);
	put_one(s->store, s->plain, 0, "a", "2");
	put_one(s->store, s->plain, 0, "c", "2");
	suite_commit(s);
	late = store_begin_read(s->store);
	for (i = 0; i < 12; i++) {
		put_one(s->store, s->plain, 0, "b", "3");
		put_one(s->store, s->plain, 0, "d", "3");
		suite_commit(s);
		expect(early, s->plain, 0, "a", "1");
		expect(early, s->plain, 0, "c", NULL);
		expect_rows(early, s->plain, 0, NULL, NULL, false, "a=1 b=1");
		expect_rows(late, s->plain, 0, NULL, NULL, true,
		    "c=2 b=1 a=2");
	}
	suite_push_down(s);
	expect_rows(early, s->plain, 0, NULL, NULL, true, "b=1 a=1");
	expect_rows(late, s->plain, 0, NULL, NULL, false, "a=2 b=1 c=2");
	store_abandon(early);
	store_abandon(late);
	suite_push_down(s);
	expect_all(s->store, s->plain, 0, "a=2 b=3 c=2 d=3");
}

static void
test_value_lifetime(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;
	struct slice a, b, c;

	put_one(s->store, s->plain, 0, "a", "below");
	suite_push_down(s);
	put_one(s->store, s->plain, 0, "b", "above");
	t = store_begin_read(s->store);
	assert_int_equal(store_get(t, s->plain, 0, slice_str("a"), &a), 0);
	assert_int_equal(store_get(t, s->plain, 0, slice_str("b"), &b), 0);
	put_one(s->store, s->plain, 0, "a", "other");
	put_one(s->store, s->plain, 0, "b", "other");
	suite_push_down(s);
	assert_int_equal(store_get(t, s->plain, 0, slice_str("a"), &c), 0);
	assert_true(slice_equal(a, slice_str("below")));
	assert_true(slice_equal(b, slice_str("above")));
	assert_true(slice_equal(c, slice_str("below")));
	store_abandon(t);
}

/* ---- partitions ---- */

static void
test_drop(void **state)
{
	struct suite *s = *state;
	struct store_txn *t = store_begin(s->store), *early;

	put(t, s->parted, 1, "a", "1");
	put(t, s->parted, 2, "a", "1");
	put(t, s->parted, UINT32_MAX, "a", "1");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	early = store_begin_read(s->store);
	t = store_begin(s->store);
	put(t, s->parted, 1, "b", "1");
	assert_int_equal(store_drop(t, s->parted, 1), 0);
	expect(t, s->parted, 1, "a", NULL);
	expect(t, s->parted, 1, "b", NULL);
	expect_rows(t, s->parted, 1, NULL, NULL, false, "");
	assert_int_equal(store_put(t, s->parted, 1, slice_str("c"),
	    slice_str("1")), SC_ECONFLICT);
	expect_parts(t, s->parted, "2 4294967295");
	expect_now(s->store, s->parted, 1, "a", "1");
	assert_int_equal(store_finish(t), 0);
	expect_parts(early, s->parted, "1 2 4294967295");
	expect(early, s->parted, 1, "a", "1");
	expect_now(s->store, s->parted, 1, "a", NULL);
	suite_commit(s);
	suite_push_down(s);
	expect_rows(early, s->parted, 1, NULL, NULL, false, "a=1");
	store_abandon(early);
	suite_push_down(s);
	if (s->engine->keeps)
		suite_reopen(s);
	t = store_begin(s->store);
	expect_parts(t, s->parted, "2 4294967295");
	expect(t, s->parted, 1, "a", NULL);
	expect(t, s->parted, 2, "a", "1");
	assert_int_equal(store_put(t, s->parted, 1, slice_str("c"),
	    slice_str("1")), SC_ECONFLICT);
	assert_int_equal(store_drop(t, s->parted, 1), 0);
	assert_int_equal(store_drop(t, s->parted, 99), 0);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
}

static void
test_parts(void **state)
{
	struct suite *s = *state;
	struct store_txn *t = store_begin(s->store);

	expect_parts(t, s->parted, "");
	put(t, s->parted, 3, "a", "1");
	put(t, s->parted, 0, "a", "1");
	expect_parts(t, s->parted, "0 3");
	del(t, s->parted, 3, "a");
	expect_parts(t, s->parted, "0");
	put(t, s->parted, 5, "a", "1");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	t = store_begin(s->store);
	put(t, s->parted, 4, "a", "1");
	expect_parts(t, s->parted, "0 4 5");
	del(t, s->parted, 5, "a");
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_push_down(s);
	t = store_begin_read(s->store);
	expect_parts(t, s->parted, "0 4");
	expect_parts(t, s->plain, "");
	store_abandon(t);
}

/* ---- completions ---- */

struct order {
	pthread_mutex_t lock;
	char calls[64];
	unsigned n;
	int rc;
};

struct order_call {
	struct order *order;
	char name;
};

static void
order_done(void *arg, int rc)
{
	struct order_call *c = arg;

	pthread_mutex_lock(&c->order->lock);
	c->order->calls[c->order->n++] = c->name;
	if (rc != 0)
		c->order->rc = rc;
	pthread_mutex_unlock(&c->order->lock);
}

static void
test_completion_order(void **state)
{
	struct suite *s = *state;
	struct order order = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct order_call calls[26];
	int i;

	for (i = 0; i < 26; i++) {
		calls[i] = (struct order_call){&order, (char)('a' + i)};
		if (i % 3 != 0)		/* some batches are empty */
			put_one(s->store, s->plain, 0, "k", "v");
		store_commit(s->store, order_done, &calls[i]);
	}
	suite_commit(s);
	assert_int_equal(order.n, 26);
	assert_int_equal(order.rc, 0);
	assert_string_equal(order.calls, "abcdefghijklmnopqrstuvwxyz");
}

static void
test_barrier(void **state)
{
	struct suite *s = *state;
	struct await commits, barrier;
	int i;

	await_init(&commits);
	await_init(&barrier);
	store_barrier(s->store, await_done, &barrier);
	assert_int_equal(await_calls(&barrier), 1);
	for (i = 0; i < 20; i++) {
		put_one(s->store, s->plain, 0, "k", "v");
		store_barrier(s->store, await_done, &barrier);
		/* What is finished but not committed counts. */
		assert_int_equal(await_calls(&barrier), 1 + 2 * i);
		store_commit(s->store, await_done, &commits);
		store_barrier(s->store, await_done, &barrier);
		if (s->engine->pump != NULL)
			s->engine->pump(s->store);
		await_wait(&barrier, 3 + 2 * (unsigned)i);
	}
	await_wait(&commits, 20);
	assert_int_equal(barrier.rc, 0);
	assert_int_equal(commits.rc, 0);
	await_fini(&commits);
	await_fini(&barrier);
}

static void
test_close_completes(void **state)
{
	struct suite *s = *state;
	struct await commits, barrier;

	await_init(&commits);
	await_init(&barrier);
	put_one(s->store, s->plain, 0, "a", "kept");
	store_commit(s->store, await_done, &commits);
	put_one(s->store, s->plain, 0, "b", "lost");
	store_barrier(s->store, await_done, &barrier);
	store_close(s->store);
	assert_int_equal(await_calls(&commits), 1);
	assert_int_equal(commits.rc, 0);
	assert_int_equal(await_calls(&barrier), 1);
	assert_int_equal(barrier.rc, SC_EUNAVAILABLE);
	await_fini(&commits);
	await_fini(&barrier);
	suite_open(s, false);
	if (s->engine->keeps)
		expect_all(s->store, s->plain, 0, "a=kept");
}

static void
test_stats(void **state)
{
	struct suite *s = *state;
	struct store_stats a, b;

	store_stats(s->store, &a);
	put_one(s->store, s->plain, 0, "abc", "12345");
	suite_commit(s);
	store_stats(s->store, &b);
	assert_int_equal(b.transactions - a.transactions, 1);
	assert_int_equal(b.reruns - a.reruns, 0);
	assert_int_equal(b.batches - a.batches, 1);
	assert_int_equal(b.rows_written - a.rows_written, 1);
	assert_int_equal(b.bytes_written - a.bytes_written, 8);
	assert_true(b.syncs > a.syncs);
	/* what is written back at once takes none */
	for (unsigned i = 0; b.memory == 0 && i < 1000; i++) {
		put_one(s->store, s->plain, 0, "abc", "12345");
		suite_commit(s);
		store_stats(s->store, &b);
	}
	assert_true(b.memory > 0);
}

static void
test_reopen(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;
	int i;

	if (!s->engine->keeps)
		return;
	for (i = 0; i < 5; i++) {
		t = store_begin(s->store);
		expect(t, s->plain, 0, "n", i == 0 ? NULL : "x");
		del(t, s->plain, 0, "n");
		put(t, s->parted, (uint32_t)i, "k", "v");
		assert_int_equal(store_finish(t), 0);
		t = store_begin(s->store);
		put(t, s->plain, 0, "n", "x");
		assert_int_equal(store_finish(t), 0);
		suite_commit(s);
		put_one(s->store, s->plain, 0, "uncommitted", "lost");
		suite_reopen(s);
		expect_all(s->store, s->plain, 0, "n=x");
		if (i == 3)
			suite_push_down(s);
	}
	t = store_begin_read(s->store);
	expect_parts(t, s->parted, "0 1 2 3 4");
	store_abandon(t);
}

/* What was dropped and not committed is there again. */
static void
test_reopen_drop(void **state)
{
	struct suite *s = *state;
	struct store_txn *t;

	if (!s->engine->keeps)
		return;
	put_one(s->store, s->parted, 1, "a", "1");
	put_one(s->store, s->parted, 2, "a", "1");
	suite_commit(s);
	suite_push_down(s);
	put_one(s->store, s->parted, 1, "b", "2");
	suite_commit(s);
	t = store_begin(s->store);
	assert_int_equal(store_drop(t, s->parted, 1), 0);
	assert_int_equal(store_finish(t), 0);
	expect_all(s->store, s->parted, 1, "");
	suite_reopen(s);
	expect_all(s->store, s->parted, 1, "a=1 b=2");
	t = store_begin(s->store);
	assert_int_equal(store_drop(t, s->parted, 2), 0);
	assert_int_equal(store_finish(t), 0);
	suite_commit(s);
	suite_reopen(s);
	expect_all(s->store, s->parted, 1, "a=1 b=2");
	expect_all(s->store, s->parted, 2, "");
}

/* ---- many steps ---- */

static void
test_model(void **state)
{
	struct suite *s = *state;
	struct model *m = model_create(s->parted);
	uint64_t seed;
	int step;

	for (seed = 1; seed <= 4; seed++) {
		model_seed(m, seed);
		for (step = 0; step < 1500; step++) {
			model_write(m, s->store);
			model_read(m, s->store);
			if (step % 7 == 0)
				suite_commit(s);
			if (step % 500 == 499 && s->engine->keeps) {
				suite_commit(s);
				model_readers_end(m);
				suite_reopen(s);
				model_table(m, s->parted);
			}
		}
		model_readers_end(m);
	}
	model_destroy(m);
}

/*
 * One thread moves amounts between accounts, two check that the sum stays:
 * by scan and by single gets, in one transaction each.
 */
enum { ACCOUNTS = 40, MOVES = 4000, AMOUNT = 1000 };

struct bank {
	struct suite *suite;
	_Atomic(bool) over;
	_Atomic(unsigned) failures, checks;
};

static struct slice
account(char *name, uint64_t i)
{
	snprintf(name, 16, "account-%02u", (unsigned)(i % ACCOUNTS));
	return slice_str(name);
}

static int
sum_add(void *arg, struct slice key, struct slice value)
{
	int64_t *sum = arg, n;

	(void)key;
	memcpy(&n, value.p, sizeof(n));
	*sum += n;
	return 0;
}

/* 1: the sum is right, 0: it is not; SC_ERERUN. */
static int
bank_check(struct bank *b, bool reverse)
{
	const struct store_range all = {.reverse = reverse};
	struct suite *s = b->suite;
	struct store_txn *t = store_begin_read(s->store);
	struct slice value;
	int64_t scanned = 0, got = 0;
	char name[16];
	unsigned i;
	int rc;

	rc = store_scan(t, s->plain, 0, &all, sum_add, &scanned);
	for (i = 0; rc == 0 && i < ACCOUNTS; i++) {
		rc = store_get(t, s->plain, 0, account(name, i), &value);
		if (rc == 0)
			sum_add(&got, slice_str(name), value);
	}
	store_abandon(t);
	if (rc != 0)
		return rc;
	return scanned == AMOUNT * ACCOUNTS && got == scanned;
}

static void *
bank_audit(void *arg)
{
	struct bank *b = arg;
	bool reverse = false;
	int rc;

	while (!atomic_load(&b->over)) {
		rc = bank_check(b, reverse);
		if (rc == SC_ERERUN)	/* it was open for too long */
			continue;
		if (rc != 1)
			atomic_fetch_add(&b->failures, 1);
		atomic_fetch_add(&b->checks, 1);
		reverse = !reverse;
	}
	return NULL;
}

static void
account_add(struct suite *s, struct store_txn *t, uint64_t i, int64_t amount)
{
	char name[16];
	uint8_t row[64] = {0};
	struct slice value, key = account(name, i);
	int64_t n = 0;

	if (store_get_locked(t, s->plain, 0, key, &value) == 0)
		memcpy(&n, value.p, sizeof(n));
	n += amount;
	memcpy(row, &n, sizeof(n));
	assert_int_equal(store_put(t, s->plain, 0, key,
	    slice_of(row, sizeof(row))), 0);
}

static void
test_concurrent(void **state)
{
	struct bank b = {.suite = *state};
	struct suite *s = *state;
	uint64_t i, from, to, seed = 1;
	pthread_t readers[2];
	struct store_txn *t;

	t = store_begin(s->store);
	for (i = 0; i < ACCOUNTS; i++)
		account_add(s, t, i, AMOUNT);
	assert_int_equal(store_finish(t), 0);
	pthread_create(&readers[0], NULL, bank_audit, &b);
	pthread_create(&readers[1], NULL, bank_audit, &b);
	for (i = 0; i < MOVES || atomic_load(&b.checks) < 50; i++) {
		from = random_next(&seed);
		to = random_next(&seed);
		t = store_begin(s->store);
		account_add(s, t, from, -(int64_t)(i % 50));
		account_add(s, t, to, (int64_t)(i % 50));
		if (seed % 5 == 0)
			store_abandon(t);
		else
			assert_int_equal(store_finish(t), 0);
		if (i % 16 == 0)
			suite_commit(s);
	}
	atomic_store(&b.over, true);
	pthread_join(readers[0], NULL);
	pthread_join(readers[1], NULL);
	assert_int_equal(atomic_load(&b.failures), 0);
	assert_int_equal(bank_check(&b, false), 1);
	suite_commit(s);
}

/*
 * Rows come and go right beyond the upper bound of scans backwards, and right
 * below the lower bound of scans forwards; none of them is seen.
 */
static void *
bounds_read(void *arg)
{
	struct bank *b = arg;
	struct store_range r = {slice_str("m"), slice_str("n"), true};
	struct store_txn *t;
	int rows, rc;

	while (!atomic_load(&b->over)) {
		rows = 0x1000;
		t = store_begin_read(b->suite->store);
		rc = store_scan(t, b->suite->plain, 0, &r, stop_at, &rows);
		store_abandon(t);
		if (rc != SC_ERERUN && (rc != 0 || rows != 0x1000 - 2))
			atomic_fetch_add(&b->failures, 1);
		r.reverse = !r.reverse;
	}
	return NULL;
}

static void
test_bounds(void **state)
{
	struct bank b = {.suite = *state};
	struct suite *s = *state;
	pthread_t readers[2];
	struct store_txn *t;
	char key[16];
	int i;

	put_one(s->store, s->plain, 0, "m", "1");
	put_one(s->store, s->plain, 0, "mm", "1");
	pthread_create(&readers[0], NULL, bounds_read, &b);
	pthread_create(&readers[1], NULL, bounds_read, &b);
	for (i = 9999; i > 7000; i--) {
		t = store_begin(s->store);
		snprintf(key, sizeof(key), "n%d", i);
		put(t, s->plain, 0, key, "a value of some length");
		snprintf(key, sizeof(key), "l%d", i);
		put(t, s->plain, 0, key, "a value of some length");
		snprintf(key, sizeof(key), "n%d", i + 20);
		del(t, s->plain, 0, key);
		assert_int_equal(store_finish(t), 0);
		if (i % 8 == 0)
			suite_commit(s);
	}
	atomic_store(&b.over, true);
	pthread_join(readers[0], NULL);
	pthread_join(readers[1], NULL);
	assert_int_equal(atomic_load(&b.failures), 0);
	suite_commit(s);
}

/* clang-format off */
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
/* clang-format on */

int
suite_run(const struct suite_engine *engine)
{
	struct suite s = {.engine = engine};
	struct CMUnitTest tests[] = {
	    TEST(test_tables),
	    TEST(test_limits),
	    TEST(test_prefix),
	    TEST(test_own_writes),
	    TEST(test_abandon),
	    TEST(test_rewind),
	    TEST(test_scan_layers),
	    TEST(test_scan_prefix),
	    TEST(test_scan_stop),
	    TEST(test_snapshot),
	    TEST(test_value_lifetime),
	    TEST(test_drop),
	    TEST(test_parts),
	    TEST(test_completion_order),
	    TEST(test_barrier),
	    TEST(test_close_completes),
	    TEST(test_stats),
	    TEST(test_reopen),
	    TEST(test_reopen_drop),
	    TEST(test_model),
	    TEST(test_concurrent),
	    TEST(test_bounds),
	    TEST(test_seal),
	    TEST(test_seal_changes),
	    TEST(test_seal_drop),
	    TEST(test_seal_sizes),
	    TEST(test_seal_snapshot),
	    TEST(test_seal_reopen),
	    TEST(test_seal_undone),
	    TEST(test_seal_model),
	};
	size_t i;
	int rc;

	/* A broken invariant must not hide which test it was. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tests[i].initial_state = &s;
	rc = cmocka_run_group_tests_name(engine->name, tests, NULL, NULL);
	if (engine->cleanup != NULL)
		engine->cleanup();
	return rc;
}

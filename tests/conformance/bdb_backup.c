/* SPDX-License-Identifier: ISC */
/*
 * Copies of a store that is written all the time: each, opened, is the store
 * as it was after some whole transaction, not before the last one that was
 * durable when the copy began.
 *
 * Transaction I (1, 2, ...) writes a row of its own in partition I / 100,
 * notes I as the last one, and drops the partition three before its own; so
 * the contents follow from the number of transactions.
 */
#include "src/store/bdb/bdb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <pthread.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/conformance/dir.h"
#include "tests/conformance/kit.h"

enum { PERIOD = 100, PERIODS = 3, LARGE = 3000, COPIES = 4, AHEAD = 400 };

struct fixture {
	char dir[DIR_SIZE], copy[DIR_SIZE];
	struct store *store;
	struct store_table *rows, *parted;
	unsigned written;
	atomic_uint durable;
	/* of the copying thread */
	FILE *file;
	unsigned files, fail_at, segments;
	int rc;
	char why[256];
	atomic_bool done;
};

static void
open_store(struct fixture *f, const char *dir, bool restored)
{
	struct bdb_conf conf;
	char why[256] = "";

	bdb_conf_init(&conf, dir);
	conf.memtable_bytes = 64 << 10;
	conf.cache_bytes = 1 << 20;
	conf.log_bytes = 1 << 20;
	conf.checkpoint_ms = 5;
	conf.reserve_bytes = 0;
	conf.restored = restored;
	f->store = bdb_open(&conf, why, sizeof(why));
	if (f->store == NULL)
		fail_msg("%s", why);
	assert_int_equal(store_table_add(f->store, "rows", 0, &f->rows), 0);
	assert_int_equal(store_table_add(f->store, "parted",
	    STORE_PARTITIONED | STORE_SEALABLE, &f->parted), 0);
	if (store_start(f->store, why, sizeof(why)) != 0)
		fail_msg("%s", why);
}

static int
setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	dir_make(f.dir);
	open_store(&f, f.dir, false);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	dir_remove(f->dir);
	return 0;
}

/* ---- writing ---- */

static void
row_name(char *name, size_t size, unsigned i)
{
	snprintf(name, size, "row-%08u", i);
}

static void
is_durable(void *arg, int rc)
{
	struct fixture *f = arg;

	if (rc == 0)
		atomic_fetch_add(&f->durable, 1);
}

static void
transaction(struct fixture *f)
{
	unsigned i = ++f->written, part = i / PERIOD;
	struct store_txn *t = store_begin(f->store);
	uint8_t *value = xcalloc(1, LARGE);
	char name[32];
	bool sealed;

	row_name(name, sizeof(name), i);
	assert_int_equal(store_put(t, f->parted, part, slice_str(name),
	    slice_of(value, LARGE)), 0);
	if (part > 0)
		assert_int_equal(store_seal(t, f->parted, part - 1, &sealed),
		    0);
	assert_int_equal(store_put(t, f->rows, 0, slice_str("last"),
	    slice_of(&i, sizeof(i))), 0);
	if (part >= PERIODS && i % PERIOD == 0)
		assert_int_equal(store_drop(t, f->parted, part - PERIODS), 0);
	assert_int_equal(store_finish(t), 0);
	store_commit(f->store, is_durable, f);
	free(value);
}

/* ---- copying ---- */

static int
copy_file(void *arg, const char *name)
{
	struct fixture *f = arg;
	char path[2 * DIR_SIZE];

	if (f->file != NULL)
		fclose(f->file);
	f->files++;
	if (f->files == f->fail_at) {
		f->file = NULL;
		return SC_ENOSPC;
	}
	snprintf(path, sizeof(path), "%s/%s", f->copy, name);
	f->file = fopen(path, "wbx");
	return f->file == NULL ? SC_EIO : 0;
}

static int
copy_bytes(void *arg, const void *p, size_t n)
{
	struct fixture *f = arg;

	return fwrite(p, 1, n, f->file) == n ? 0 : SC_EIO;
}

static void *
copy_run(void *arg)
{
	struct fixture *f = arg;
	const struct bdb_backup to = {copy_file, copy_bytes, f};

	f->rc = bdb_backup(f->store, &to, f->why, sizeof(f->why));
	if (f->file != NULL)
		fclose(f->file);
	f->file = NULL;
	atomic_store(&f->done, true);
	return NULL;
}

static void
copy_begin(struct fixture *f, pthread_t *thread)
{
	char path[2 * DIR_SIZE];

	dir_make(f->copy);
	snprintf(path, sizeof(path), "%s/data", f->copy);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/log", f->copy);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/sealed", f->copy);
	assert_int_equal(mkdir(path, 0700), 0);
	f->files = 0;
	f->why[0] = '\0';
	atomic_store(&f->done, false);
	assert_int_equal(pthread_create(thread, NULL, copy_run, f), 0);
}

/* Writes until the copy is made, and somewhat more. */
static void
write_meanwhile(struct fixture *f)
{
	while (!atomic_load(&f->done))
		transaction(f);
	for (int i = 0; i < AHEAD; i++)
		transaction(f);
	commit_wait(f->store, NULL);
}

/* ---- what must be in it ---- */

static unsigned
last_of(struct fixture *f)
{
	struct store_txn *t = store_begin_read(f->store);
	struct slice value;
	unsigned last;

	assert_int_equal(store_get(t, f->rows, 0, slice_str("last"), &value),
	    0);
	assert_int_equal(value.len, sizeof(last));
	memcpy(&last, value.p, sizeof(last));
	store_abandon(t);
	return last;
}

static void
expect_contents(struct fixture *f, unsigned last)
{
	unsigned newest = last / PERIOD;
	struct store_txn *t = store_begin_read(f->store);
	struct slice value;
	char name[32];

	for (unsigned i = 1; i <= last + 1; i++) {
		unsigned part = i / PERIOD;
		bool there = i <= last && part + PERIODS > newest;

		row_name(name, sizeof(name), i);
		if (store_get(t, f->parted, part, slice_str(name), &value) !=
		    (there ? 0 : SC_ENOTFOUND))
			fail_msg("%s of %u is %s", name, last,
			    there ? "missing" : "too much");
	}
	store_abandon(t);
}

static void
expect_copy(const struct fixture *f, unsigned least)
{
	struct fixture c;
	unsigned last;

	memset(&c, 0, sizeof(c));
	open_store(&c, f->copy, true);
	last = last_of(&c);
	if (last < least || last > f->written)
		fail_msg("the copy has %u transactions, %u were durable, "
		    "%u written", last, least, f->written);
	expect_contents(&c, last);
	/* and it goes on from there, also as an ordinary store */
	c.written = last;
	transaction(&c);
	commit_wait(c.store, NULL);
	store_close(c.store);
	open_store(&c, f->copy, false);
	expect_contents(&c, last + 1);
	store_close(c.store);
}

static void
test_copies_while_written(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;

	for (int i = 0; i < AHEAD; i++)
		transaction(f);
	for (int i = 0; i < COPIES; i++) {
		unsigned least = atomic_load(&f->durable);

		copy_begin(f, &thread);
		write_meanwhile(f);
		assert_int_equal(pthread_join(thread, NULL), 0);
		if (f->rc != 0)
			fail_msg("%s", f->why);
		f->segments += dir_files(f->copy, "sealed", "0");
		expect_copy(f, least);
		dir_remove(f->copy);
	}
	assert_true(f->segments > 0);
	expect_contents(f, f->written);
}

/* When the receiver gives up, the store goes on and removes files again. */
static void
test_receiver_gives_up(void **state)
{
	struct fixture *f = *state;
	pthread_t thread;

	for (f->fail_at = 1; f->fail_at <= 4; f->fail_at++) {
		copy_begin(f, &thread);
		write_meanwhile(f);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(f->rc, SC_ENOSPC);
		dir_remove(f->copy);
	}
	for (int i = 0; i < 4 * AHEAD; i++)
		transaction(f);
	commit_wait(f->store, NULL);
	store_close(f->store);
	assert_true(dir_files(f->dir, "log", "log.") <= 4);
	assert_true(dir_files(f->dir, "data", "parted.") <= PERIODS + 1);
	open_store(f, f->dir, false);
	expect_contents(f, f->written);
}

static int
second_file(void *arg, const char *name)
{
	struct store *s = arg;
	const struct bdb_backup to = {second_file, NULL, s};
	char why[64] = "";

	(void)name;
	assert_int_equal(bdb_backup(s, &to, why, sizeof(why)), SC_ECONFLICT);
	assert_non_null(strstr(why, "another backup"));
	return SC_EUNAVAILABLE;
}

static void
test_one_at_a_time(void **state)
{
	struct fixture *f = *state;
	const struct bdb_backup to = {second_file, NULL, f->store};
	char why[64] = "";

	assert_int_equal(bdb_backup(f->store, &to, why, sizeof(why)),
	    SC_EUNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	    TEST(test_copies_while_written),
	    TEST(test_receiver_gives_up),
	    TEST(test_one_at_a_time),
	};

	return cmocka_run_group_tests_name("bdb_backup", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * What only the bdb engine has: a directory, a disk that may be full, log
 * files, readers that stay for too long.
 */
#include "src/store/bdb/bdb.h"

#include <sched.h>
#include <signal.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/conformance/dir.h"
#include "tests/conformance/kit.h"

struct fixture {
	char dir[DIR_SIZE];
	struct bdb_conf conf;
	struct store *store;
	struct store_table *rows, *parted, *more;
	unsigned errors;	/* that were logged */
};

static int
setup(void **state)
{
	static struct fixture f;

	dir_make(f.dir);
	bdb_conf_init(&f.conf, f.dir);
	f.conf.memtable_bytes = 64 << 10;
	f.conf.cache_bytes = 1 << 20;
	f.conf.log_bytes = 1 << 20;
	f.conf.reserve_bytes = 0;
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	store_close(f->store);
	f->store = NULL;
	dir_remove(f->dir);
	return 0;
}

static void
rules_open(struct fixture *f, bool with_more)
{
	char why[256] = "";

	f->store = bdb_open(&f->conf, why, sizeof(why));
	if (f->store == NULL)
		fail_msg("%s", why);
	if (with_more)
		assert_int_equal(store_table_add(f->store, "more", 0,
		    &f->more), 0);
	assert_int_equal(store_table_add(f->store, "rows", 0, &f->rows), 0);
	assert_int_equal(store_table_add(f->store, "parted",
	    STORE_PARTITIONED | STORE_SEALABLE, &f->parted), 0);
	if (store_start(f->store, why, sizeof(why)) != 0)
		fail_msg("%s", why);
}

static void
rules_close(struct fixture *f)
{
	store_close(f->store);
	f->store = NULL;
}

static void
put_zeros(struct fixture *f, const char *key, size_t len)
{
	struct store_txn *t = store_begin(f->store);
	uint8_t *zeros = xcalloc(1, len);

	assert_int_equal(store_put(t, f->rows, 0, slice_str(key),
	    slice_of(zeros, len)), 0);
	assert_int_equal(store_finish(t), 0);
	free(zeros);
}

static void
test_locked(void **state)
{
	struct fixture *f = *state;
	char why[256] = "";

	rules_open(f, false);
	assert_null(bdb_open(&f->conf, why, sizeof(why)));
	assert_non_null(strstr(why, "another process"));
	rules_close(f);
	rules_open(f, false);
}

static void
test_no_directory(void **state)
{
	struct fixture *f = *state;
	struct bdb_conf conf = f->conf;
	char why[256] = "";

	conf.dir = "/nonexistent/store";
	assert_null(bdb_open(&conf, why, sizeof(why)));
	assert_non_null(strstr(why, "/nonexistent/store"));
}

/* No file can grow any more: closing says so.  In a process of its own, as BDB
 * does not give its memory back after that. */
static void
close_without_room(struct fixture *f)
{
	struct rlimit none;

	rules_open(f, false);
	put_one(f->store, f->rows, 0, "a", "1");
	commit_wait(f->store, NULL);
	signal(SIGXFSZ, SIG_IGN);
	if (getrlimit(RLIMIT_FSIZE, &none) != 0)
		_exit(2);
	none.rlim_cur = 0;
	if (setrlimit(RLIMIT_FSIZE, &none) != 0)
		_exit(3);
	_exit(store_close(f->store) == SC_EIO ? 0 : 1);
}

static void
test_close_fails(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid = fork();

	if (pid == 0)
		close_without_room(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	rules_open(f, false);
	expect_now(f->store, f->rows, 0, "a", "1");
	assert_int_equal(store_close(f->store), 0);
	f->store = NULL;
}

static void
test_disk_nearly_full(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;

	rules_open(f, false);
	put_one(f->store, f->rows, 0, "a", "1");
	commit_wait(f->store, NULL);
	assert_int_equal(store_state(f->store), SC_OK);
	rules_close(f);
	f->conf.reserve_bytes = UINT64_MAX;
	rules_open(f, false);
	assert_int_equal(store_state(f->store), SC_ENOSPC);
	expect_now(f->store, f->rows, 0, "a", "1");
	t = store_begin(f->store);
	del(t, f->rows, 0, "a");
	assert_int_equal(store_finish(t), 0);
	commit_wait(f->store, NULL);
	expect_now(f->store, f->rows, 0, "a", NULL);
	assert_int_equal(store_state(f->store), SC_ENOSPC);
}

/* A reader that stays keeps its snapshot until too much was written; then it
 * is told so, and the writer did not have to wait for it. */
static void
test_reader_too_old(void **state)
{
	struct fixture *f = *state;
	const struct store_range all = {0};
	struct slice first, value;
	struct store_txn *t;
	int i, rc = 0;
	bool seen;

	rules_open(f, false);
	put_one(f->store, f->rows, 0, "a", "1");
	commit_wait(f->store, NULL);
	t = store_begin_read(f->store);
	assert_int_equal(store_get(t, f->rows, 0, slice_str("a"), &first), 0);
	for (i = 0; i < 1000 && rc == 0; i++) {
		put_zeros(f, "b", 2000);
		commit_wait(f->store, NULL);
		rc = store_get(t, f->rows, 0, slice_str("a"), &value);
		if (rc == 0)
			expect(t, f->rows, 0, "b", NULL);
	}
	assert_int_equal(rc, SC_ERERUN);
	assert_true(i > 100);
	assert_true(slice_equal(first, slice_str("1")));
	assert_int_equal(store_scan(t, f->rows, 0, &all, NULL, &seen),
	    SC_ERERUN);
	store_abandon(t);
	expect_now(f->store, f->rows, 0, "a", "1");
}

/* What was written before goes to the trees. */
static void
push_out(struct fixture *f)
{
	for (int i = 0; i < 200; i++) {
		put_zeros(f, "b", 2000);
		commit_wait(f->store, NULL);
	}
}

/* The writer finds VALUE, from a tree or from what it remembers of it. */
static void
expect_writer(struct fixture *f, const char *key, const char *value)
{
	for (int i = 0; i < 3; i++) {
		struct store_txn *t = store_begin(f->store);

		expect(t, f->rows, 0, key, value);
		expect(t, f->rows, 0, key, value);
		store_abandon(t);
	}
}

static void
test_writer_remembers_rows(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;

	rules_open(f, false);
	put_one(f->store, f->rows, 0, "a", "1");
	push_out(f);
	expect_writer(f, "a", "1");
	/* what is abandoned leaves no trace */
	t = store_begin(f->store);
	put(t, f->rows, 0, "a", "lost");
	expect(t, f->rows, 0, "a", "lost");
	store_abandon(t);
	expect_writer(f, "a", "1");
	put_one(f->store, f->rows, 0, "a", "2 is longer");
	expect_writer(f, "a", "2 is longer");
	push_out(f);
	expect_writer(f, "a", "2 is longer");
	t = store_begin(f->store);
	del(t, f->rows, 0, "a");
	assert_int_equal(store_finish(t), 0);
	expect_writer(f, "a", NULL);
	push_out(f);
	expect_writer(f, "a", NULL);
	put_one(f->store, f->rows, 0, "a", "3");
	push_out(f);
	expect_writer(f, "a", "3");
	expect_now(f->store, f->rows, 0, "a", "3");
}

/* A process that writes with FN and dies without closing. */
static void
die_after(struct fixture *f, void (*fn)(struct fixture *))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		fn(f);
		_exit(7);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void
write_more(struct fixture *f)
{
	rules_open(f, true);
	put_one(f->store, f->more, 0, "a", "1");
	put_one(f->store, f->rows, 0, "a", "2");
	commit_wait(f->store, NULL);
}

/* Rows of a table that nobody declares now are not lost. */
static void
test_undeclared_table(void **state)
{
	struct fixture *f = *state;

	die_after(f, write_more);
	rules_open(f, false);
	expect_now(f->store, f->rows, 0, "a", "2");
	rules_close(f);
	rules_open(f, true);
	expect_now(f->store, f->more, 0, "a", "1");
	expect_now(f->store, f->rows, 0, "a", "2");
}

static void
write_large(struct fixture *f)
{
	char key[16];
	int i;

	rules_open(f, false);
	put_one(f->store, f->rows, 0, "a", "1");
	for (i = 0; i < 5; i++) {
		snprintf(key, sizeof(key), "big-%d", i);
		put_zeros(f, key, STORE_VALUE_MAX);
	}
	put_one(f->store, f->rows, 0, "z", "1");
	commit_wait(f->store, NULL);
}

/* A batch larger than a log file. */
static void
test_large_batch(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;
	struct slice value;

	f->conf.memtable_bytes = 64 << 20;
	die_after(f, write_large);
	rules_open(f, false);
	expect_now(f->store, f->rows, 0, "a", "1");
	expect_now(f->store, f->rows, 0, "z", "1");
	t = store_begin_read(f->store);
	assert_int_equal(store_get(t, f->rows, 0, slice_str("big-4"), &value),
	    0);
	assert_int_equal(value.len, STORE_VALUE_MAX);
	store_abandon(t);
}

static void
note_writeback(void *arg, const char *point)
{
	if (strcmp(point, "writeback-done") == 0)
		await_done(arg, 0);
}

/* What is far from full and young is written back when nobody writes. */
static void
test_quiet(void **state)
{
	struct fixture *f = *state;
	struct await written;

	await_init(&written);
	f->conf.point = note_writeback;
	f->conf.point_arg = &written;
	f->conf.checkpoint_ms = 24 * 3600 * 1000;
	rules_open(f, false);
	for (unsigned round = 1; round <= 2; round++) {
		put_zeros(f, "a", f->conf.memtable_bytes / 8);
		commit_wait(f->store, NULL);
		await_wait(&written, round);
	}
	rules_close(f);
	f->conf.point = NULL;
	await_fini(&written);
}

static void
test_drop_removes_file(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;

	rules_open(f, false);
	put_one(f->store, f->parted, 1, "a", "1");
	put_one(f->store, f->parted, 2, "a", "1");
	commit_wait(f->store, NULL);
	rules_close(f);
	assert_int_equal(dir_files(f->dir, "data", "parted."), 2);
	rules_open(f, false);
	t = store_begin(f->store);
	assert_int_equal(store_drop(t, f->parted, 1), 0);
	assert_int_equal(store_finish(t), 0);
	commit_wait(f->store, NULL);
	rules_close(f);
	assert_int_equal(dir_files(f->dir, "data", "parted."), 1);
	rules_open(f, false);
	t = store_begin_read(f->store);
	expect_parts(t, f->parted, "2");
	store_abandon(t);
}

static void
drop_and_write(struct fixture *f)
{
	struct store_txn *t;

	rules_open(f, false);
	t = store_begin(f->store);
	put(t, f->parted, 1, "b", "1");
	assert_int_equal(store_drop(t, f->parted, 1), 0);
	assert_int_equal(store_finish(t), 0);
	commit_wait(f->store, NULL);
}

/* The removal that a crash prevented is done at the next start. */
static void
test_drop_after_crash(void **state)
{
	struct fixture *f = *state;

	rules_open(f, false);
	put_one(f->store, f->parted, 1, "a", "1");
	commit_wait(f->store, NULL);
	rules_close(f);
	die_after(f, drop_and_write);
	rules_open(f, false);
	assert_int_equal(dir_files(f->dir, "data", "parted."), 0);
	expect_all(f->store, f->parted, 1, "");
	rules_close(f);
	assert_int_equal(dir_files(f->dir, "data", "parted."), 0);
}

static void
test_logs_removed(void **state)
{
	struct fixture *f = *state;
	char key[16];
	int i;

	rules_open(f, false);
	for (i = 0; i < 300; i++) {
		snprintf(key, sizeof(key), "%d", i % 20);
		put_zeros(f, key, 50000);
		commit_wait(f->store, NULL);
	}
	rules_close(f);		/* 15 MB were written, in files of 1 MB */
	assert_true(dir_files(f->dir, "log", "log.") <= 4);
	rules_open(f, false);
	put_zeros(f, "0", 10);
	commit_wait(f->store, NULL);
}

static int
remove_log(const char *dir)
{
	char command[2 * DIR_SIZE];

	snprintf(command, sizeof(command), "rm -f '%s'/log/log.*", dir);
	return system(command);
}

/* Databases without their log are not a store. */
static void
test_log_missing(void **state)
{
	struct fixture *f = *state;
	char why[256] = "";

	rules_open(f, false);
	put_one(f->store, f->rows, 0, "a", "1");
	commit_wait(f->store, NULL);
	rules_close(f);
	assert_int_equal(remove_log(f->dir), 0);
	f->store = bdb_open(&f->conf, why, sizeof(why));
	assert_non_null(f->store);
	assert_int_not_equal(store_start(f->store, why, sizeof(why)), 0);
	assert_true(strlen(why) > 0);
}

/* ---- segments ---- */

enum { SEALED_ROWS = 400, SEALED_VALUE = 1000 };

static void
note_error(void *arg, int level, const char *text)
{
	struct fixture *f = arg;

	f->errors += level <= 3 && strstr(text, "is damaged") != NULL;
}

static void
seal(struct fixture *f, uint32_t part)
{
	struct store_txn *t;
	bool done;

	do {
		sched_yield();
		t = store_begin(f->store);
		assert_int_equal(store_seal(t, f->parted, part, &done), 0);
		assert_int_equal(store_finish(t), 0);
		commit_wait(f->store, NULL);
	} while (!done);
}

/* Partitions 1 and 2 with rows that do not deflate, sealed, and the store
 * closed. */
static void
make_sealed(struct fixture *f)
{
	uint8_t value[SEALED_VALUE];
	uint64_t seed = 5;
	struct store_txn *t;
	char key[16];

	f->errors = 0;
	f->conf.log = note_error;
	f->conf.log_arg = f;
	rules_open(f, false);
	for (unsigned i = 0; i < 2 * SEALED_ROWS; i++) {
		for (unsigned k = 0; k < sizeof(value); k++)
			value[k] = (uint8_t)random_next(&seed);
		snprintf(key, sizeof(key), "key%04u", i % SEALED_ROWS);
		t = store_begin(f->store);
		assert_int_equal(store_put(t, f->parted, 1 + i / SEALED_ROWS,
		    slice_str(key), slice_of(value, sizeof(value))), 0);
		assert_int_equal(store_finish(t), 0);
	}
	commit_wait(f->store, NULL);
	seal(f, 1);
	seal(f, 2);
	rules_close(f);
	assert_int_equal(dir_files(f->dir, "sealed", "0"), 2);
	assert_int_equal(dir_files(f->dir, "data", "parted.0"), 0);
}

static FILE *
open_segment(struct fixture *f, unsigned number, const char *how)
{
	char path[2 * DIR_SIZE];
	FILE *file;

	snprintf(path, sizeof(path), "%s/sealed/%016x", f->dir, number);
	file = fopen(path, how);
	assert_non_null(file);
	return file;
}

static int
get_key(struct fixture *f, uint32_t part, const char *key)
{
	struct store_txn *t = store_begin_read(f->store);
	struct slice value;
	int rc = store_get(t, f->parted, part, slice_str(key), &value);

	store_abandon(t);
	return rc;
}

static int
count(void *arg, struct slice key, struct slice value)
{
	unsigned *n = arg;

	(void)key;
	(void)value;
	(*n)++;
	return 0;
}

static int
count_rows(struct fixture *f, uint32_t part, unsigned *n)
{
	const struct store_range all = {.reverse = false};
	struct store_txn *t = store_begin_read(f->store);
	int rc;

	*n = 0;
	rc = store_scan(t, f->parted, part, &all, count, n);
	store_abandon(t);
	return rc;
}

static int
verify(struct fixture *f, char *why, size_t size)
{
	struct store *s = bdb_open(&f->conf, why, size);
	uint64_t files;
	int rc;

	assert_non_null(s);
	rc = bdb_verify(s, &files, why, size);
	store_close(s);
	return rc;
}

/* A block that is damaged is missing; all else is there. */
static void
test_segment_block(void **state)
{
	struct fixture *f = *state;
	char why[256] = "";
	unsigned n;
	FILE *file;

	make_sealed(f);
	assert_int_equal(verify(f, why, sizeof(why)), 0);
	file = open_segment(f, 1, "r+b");
	assert_int_equal(fseek(file, 100000, SEEK_SET), 0);
	assert_true(fputc(fgetc(file) ^ 1, file) != EOF);
	fclose(file);
	rules_open(f, false);
	assert_int_equal(f->errors, 0);
	assert_int_equal(count_rows(f, 1, &n), SC_EDAMAGED);
	assert_true(n > 0 && n < SEALED_ROWS);
	assert_int_equal(get_key(f, 1, "key0000"), 0);
	assert_int_equal(get_key(f, 1, "key0100"), SC_EDAMAGED);
	assert_int_equal(get_key(f, 1, "key0399"), 0);
	assert_int_equal(count_rows(f, 2, &n), 0);
	assert_int_equal(n, SEALED_ROWS);
	/* it is said once, and the store goes on */
	assert_int_equal(f->errors, 1);
	assert_int_equal(store_state(f->store), SC_OK);
	put_one(f->store, f->parted, 1, "key0100", "again");
	commit_wait(f->store, NULL);
	expect_now(f->store, f->parted, 1, "key0100", "again");
	rules_close(f);
	assert_int_equal(verify(f, why, sizeof(why)), SC_EDAMAGED);
	assert_non_null(strstr(why, "0000000000000001"));
}

/* Neither may a file be shorter, or not be there, or another one. */
static void
damaged_whole(struct fixture *f)
{
	unsigned n;

	rules_open(f, false);
	assert_int_equal(f->errors, 1);
	assert_int_equal(get_key(f, 1, "key0000"), SC_EDAMAGED);
	assert_int_equal(count_rows(f, 1, &n), SC_EDAMAGED);
	assert_int_equal(get_key(f, 2, "key0000"), 0);
	assert_int_equal(f->errors, 1);
	rules_close(f);
}

static void
test_segment_short(void **state)
{
	struct fixture *f = *state;
	char path[2 * DIR_SIZE], why[256] = "";

	make_sealed(f);
	snprintf(path, sizeof(path), "%s/sealed/%016x", f->dir, 1u);
	assert_int_equal(truncate(path, 200000), 0);
	damaged_whole(f);
	assert_int_equal(verify(f, why, sizeof(why)), SC_EDAMAGED);
	f->errors = 0;
	assert_int_equal(truncate(path, 5), 0);
	damaged_whole(f);
	f->errors = 0;
	assert_int_equal(unlink(path), 0);
	damaged_whole(f);
}

static void
test_segment_other(void **state)
{
	struct fixture *f = *state;
	char path[2][2 * DIR_SIZE];
	int i;

	make_sealed(f);
	for (i = 0; i < 2; i++)
		snprintf(path[i], sizeof(path[i]), "%s/sealed/%016x", f->dir,
		    (unsigned)i + 1);
	assert_int_equal(unlink(path[0]), 0);
	assert_int_equal(link(path[1], path[0]), 0);
	rules_open(f, false);
	/* equally long, so it is noticed when it is read */
	assert_int_equal(get_key(f, 1, "key0000"), SC_EDAMAGED);
	assert_int_equal(get_key(f, 2, "key0000"), 0);
}

/* Dropped, it gives the disk back; what a crash has left is removed. */
static void
test_segment_removed(void **state)
{
	struct fixture *f = *state;
	struct store_txn *t;

	make_sealed(f);
	fclose(open_segment(f, 77, "wb"));
	rules_open(f, false);
	assert_int_equal(dir_files(f->dir, "sealed", "0"), 2);
	t = store_begin(f->store);
	assert_int_equal(store_drop(t, f->parted, 2), 0);
	assert_int_equal(store_finish(t), 0);
	commit_wait(f->store, NULL);
	rules_close(f);
	assert_int_equal(dir_files(f->dir, "sealed", "0"), 1);
	rules_open(f, false);
	assert_int_equal(get_key(f, 1, "key0000"), 0);
	assert_int_equal(get_key(f, 2, "key0000"), SC_ENOTFOUND);
}

/* Without descriptors it can only not be read now: nothing is damaged. */
static void
test_segment_no_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit was, none;
	int next;

	make_sealed(f);
	rules_open(f, false);
	assert_int_equal(get_key(f, 2, "key0000"), 0);
	next = dup(STDIN_FILENO);
	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	none = was;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(get_key(f, 1, "key0000"), SC_ENOMEM);
	assert_int_equal(get_key(f, 2, "key0000"), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	assert_int_equal(f->errors, 0);
	assert_int_equal(get_key(f, 1, "key0000"), 0);
}

/* More than may be open. */
static void
test_segment_many(void **state)
{
	struct fixture *f = *state;
	uint32_t part;
	int round;

	rules_open(f, false);
	for (part = 1; part <= 100; part++)
		put_one(f->store, f->parted, part, "a", "1");
	commit_wait(f->store, NULL);
	for (part = 1; part <= 100; part++)
		seal(f, part);
	for (round = 0; round < 2; round++)
		for (part = 1; part <= 100; part++)
			expect_all(f->store, f->parted, part, "a=1");
}

/* clang-format off */
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
/* clang-format on */

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_locked),
	    TEST(test_no_directory),
	    TEST(test_close_fails),
	    TEST(test_disk_nearly_full),
	    TEST(test_reader_too_old),
	    TEST(test_writer_remembers_rows),
	    TEST(test_undeclared_table),
	    TEST(test_large_batch),
	    TEST(test_quiet),
	    TEST(test_drop_removes_file),
	    TEST(test_drop_after_crash),
	    TEST(test_logs_removed),
	    TEST(test_log_missing),
	    TEST(test_segment_block),
	    TEST(test_segment_short),
	    TEST(test_segment_other),
	    TEST(test_segment_removed),
	    TEST(test_segment_no_descriptors),
	    TEST(test_segment_many),
	};

	return cmocka_run_group_tests_name("bdb_rules", tests, NULL, NULL);
}

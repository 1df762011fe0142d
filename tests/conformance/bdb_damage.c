/* SPDX-License-Identifier: ISC */
/*
 * A log with bytes that are not what was written.  BDB takes the first of them
 * for the end; what was reported durable behind them must not be missing without
 * a word, and what a loss of power has torn must not keep the store closed.
 *
 * A child writes row I in batch I, so the store has a beginning of them, and is
 * killed.
 */
#include "src/store/bdb/bdb.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/common/err.h"
#include "tests/conformance/dir.h"
#include "tests/conformance/kit.h"
#include "tests/crash/tree.h"

enum { ROWS = 200, LARGE = 40000, LOG_BYTES = 1 << 20, PLACES = 40 };

struct damage {
	char dir[DIR_SIZE];
	struct store *store;
	struct store_table *rows;
	char why[1024];
};

struct content {
	uint8_t *p;
	size_t n;
};

/* BDB forgets a buffer when it cannot read the head of a log file. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libdb-5.3.so\n";
}

static int
setup(void **state)
{
	static struct damage d;

	dir_make(d.dir);
	*state = &d;
	return 0;
}

static int
teardown(void **state)
{
	struct damage *d = *state;

	dir_remove(d->dir);
	return 0;
}

/* ---- the store ------------------------------------------------------- */

static bool
damage_open(struct damage *d, bool accept, bool sync)
{
	struct bdb_conf conf;

	bdb_conf_init(&conf, d->dir);
	conf.log_bytes = LOG_BYTES;
	conf.reserve_bytes = 0;
	conf.accept_loss = accept;
	conf.sync = sync;
	d->why[0] = '\0';
	d->store = bdb_open(&conf, d->why, sizeof(d->why));
	if (d->store == NULL)
		return false;
	sc_assert(store_table_add(d->store, "rows", 0, &d->rows) == 0);
	if (store_start(d->store, d->why, sizeof(d->why)) == 0)
		return true;
	store_close(d->store);
	return false;
}

static void
row_put(struct damage *d, unsigned i, size_t size)
{
	static uint8_t value[LARGE];
	struct store_txn *t = store_begin(d->store);
	char key[16];

	snprintf(key, sizeof(key), "%08u", i);
	sc_assert(store_put(t, d->rows, 0, slice_str(key),
	    slice_of(value, size)) == 0);
	sc_assert(store_finish(t) == 0);
	commit_wait(d->store, NULL);
}

/* Rows FROM to TO, by a process that is killed or, if CLOSE, ends well. */
static void
rows_write(struct damage *d, unsigned from, unsigned to, size_t size,
    bool sync, bool close)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (!damage_open(d, false, sync)) {
			fprintf(stderr, "# %s\n", d->why);
			_exit(1);
		}
		for (; from <= to; from++)
			row_put(d, from, size);
		if (!close)
			kill(getpid(), SIGKILL);
		_exit(store_close(d->store) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (close ? status != 0 : !WIFSIGNALED(status))
		fail_msg("the writer: status %x", (unsigned)status);
}

static int
row_count(void *arg, struct slice key, struct slice value)
{
	unsigned *n = arg;
	char wanted[16];

	(void)value;
	snprintf(wanted, sizeof(wanted), "%08u", ++*n);
	assert_true(slice_equal(key, slice_str(wanted)));
	return 0;
}

/* How many rows there are: a beginning of them. */
static unsigned
rows_there(struct damage *d)
{
	const struct store_range all = {0};
	struct store_txn *t = store_begin_read(d->store);
	unsigned n = 0;

	assert_int_equal(store_scan(t, d->rows, 0, &all, row_count, &n), 0);
	store_abandon(t);
	return n;
}

static void
expect_rows_there(struct damage *d, unsigned least, unsigned most)
{
	unsigned n;

	if (!damage_open(d, false, true))
		fail_msg("%s", d->why);
	n = rows_there(d);
	store_close(d->store);
	assert_in_range(n, least, most);
}

/* ---- files ----------------------------------------------------------- */

static void
path_of(const struct damage *d, const char *name, char path[2 * DIR_SIZE])
{
	snprintf(path, 2 * DIR_SIZE, "%s/%s", d->dir, name);
}

static struct content
content_read(const struct damage *d, const char *name)
{
	char path[2 * DIR_SIZE];
	struct content c;
	struct stat st;
	int fd;

	path_of(d, name, path);
	fd = open(path, O_RDONLY);
	assert_int_equal(fstat(fd, &st), 0);
	c.n = (size_t)st.st_size;
	c.p = malloc(c.n + 1);
	assert_non_null(c.p);
	assert_int_equal(read(fd, c.p, c.n), c.n);
	close(fd);
	return c;
}

static void
content_write(const struct damage *d, const char *name,
    const struct content *c)
{
	char path[2 * DIR_SIZE];
	int fd;

	path_of(d, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, c->p, c->n), c->n);
	close(fd);
}

/* All of them are other bytes than before. */
static void
file_spoil(const struct damage *d, const char *name, size_t at, size_t n)
{
	struct content c = content_read(d, name);

	assert_in_range(at + n, 1, c.n);
	while (n-- > 0)
		c.p[at + n] ^= 0x55;
	content_write(d, name, &c);
	free(c.p);
}

static void
file_remove(const struct damage *d, const char *name)
{
	char path[2 * DIR_SIZE];

	path_of(d, name, path);
	assert_int_equal(remove(path), 0);
}

static const char first[] = "log/log.0000000001";

/* Of the first log file; the rest are zeroes, made beforehand. */
static size_t
log_used(const struct damage *d)
{
	struct content c = content_read(d, first);

	while (c.n > 0 && c.p[c.n - 1] == 0)
		c.n--;
	free(c.p);
	return c.n;
}

/* The start is refused, says so, and leaves the log as it is. */
static void
expect_refused(struct damage *d, const char *name)
{
	struct content before = content_read(d, name), after;

	if (damage_open(d, false, true)) {
		store_close(d->store);
		fail_msg("it was not noticed");
	}
	assert_non_null(strstr(d->why, "is damaged: it ends at byte"));
	assert_non_null(strstr(d->why, "stonechatctl recover"));
	after = content_read(d, name);
	assert_int_equal(after.n, before.n);
	assert_memory_equal(after.p, before.p, after.n);
	free(before.p);
	free(after.p);
}

/* What is before the damage is there if the rest is given up, and then the
 * store is like any other. */
static void
expect_given_up(struct damage *d, unsigned least, unsigned most)
{
	unsigned n;

	assert_true(damage_open(d, true, true));
	n = rows_there(d);
	assert_in_range(n, least, most);
	store_close(d->store);
	rows_write(d, n + 1, n + 5, 100, true, false);
	expect_rows_there(d, n + 5, n + 5);
}

/* ---- tests ----------------------------------------------------------- */

static void
test_middle(void **state)
{
	struct damage *d = *state;

	rows_write(d, 1, ROWS, 100, true, false);
	file_spoil(d, first, log_used(d) / 2, 1);
	expect_refused(d, first);
	expect_given_up(d, ROWS / 3, ROWS * 2 / 3);
}

/* Without the mark, or with an old one, as the disk may have it: the batches
 * behind the damage say that what was before them was durable. */
static void
test_middle_no_mark(void **state)
{
	struct damage *d = *state;

	rows_write(d, 1, ROWS, 100, true, false);
	file_spoil(d, first, log_used(d) / 2, 1);
	file_remove(d, "mark");
	expect_refused(d, first);
	expect_given_up(d, ROWS / 3, ROWS * 2 / 3);
}

static void
test_end(void **state)
{
	struct damage *d = *state;

	rows_write(d, 1, ROWS, 100, true, false);
	file_spoil(d, first, log_used(d) - 40, 1);
	expect_refused(d, first);
	expect_given_up(d, ROWS - 1, ROWS - 1);
}

/* What nobody knows to have been durable. */
static void
test_torn_end(void **state)
{
	struct damage *d = *state;

	rows_write(d, 1, ROWS, 100, true, false);
	file_spoil(d, first, log_used(d) - 40, 40);
	file_remove(d, "mark");
	expect_rows_there(d, ROWS - 1, ROWS - 1);
}

/* Written in any order and not synced: a hole, and whole batches behind it. */
static void
test_torn_hole(void **state)
{
	struct damage *d = *state;
	size_t synced;

	rows_write(d, 1, ROWS, 100, true, false);
	synced = log_used(d);
	rows_write(d, ROWS + 1, ROWS + 20, LARGE, false, false);
	assert_in_range(log_used(d), synced + (size_t)10 * LARGE, LOG_BYTES);
	file_spoil(d, first, synced + (size_t)3 * LARGE, 4096);
	expect_rows_there(d, ROWS, ROWS + 4);
	rows_write(d, ROWS + 1, ROWS + 5, 100, true, false);
}

static void
test_after_close(void **state)
{
	struct damage *d = *state;
	struct content c;

	rows_write(d, 1, ROWS, 100, true, true);
	file_spoil(d, first, log_used(d) / 2, 1);
	c = content_read(d, first);
	expect_refused(d, first);
	assert_false(damage_open(d, true, true));
	assert_non_null(strstr(d->why, "cannot go on without it: restore"));
	file_remove(d, first);
	assert_false(damage_open(d, false, true));
	assert_non_null(strstr(d->why, "is damaged: it ends at byte 0"));
	content_write(d, first, &c);
	free(c.p);
	file_spoil(d, first, log_used(d) / 2, 1);	/* as it was */
	expect_rows_there(d, ROWS, ROWS);
}

/* The last of several files is not there. */
static void
test_last_file_gone(void **state)
{
	static const char second[] = "log/log.0000000002";
	struct damage *d = *state;
	struct content c;

	rows_write(d, 1, 30, LARGE, true, false);
	c = content_read(d, second);
	file_remove(d, second);
	expect_refused(d, first);
	content_write(d, second, &c);
	free(c.p);
	expect_rows_there(d, 30, 30);
}

/* Wherever it is: all rows, or no store. */
static void
test_anywhere(void **state)
{
	struct damage *d = *state;
	char good[2 * DIR_SIZE];
	unsigned refused = 0;
	size_t used;

	rows_write(d, 1, ROWS, 100, true, false);
	used = log_used(d);
	snprintf(good, sizeof(good), "%s.good", d->dir);
	tree_copy(d->dir, good);
	for (size_t i = 0; i < PLACES; i++) {
		size_t at = (used - 1) * i / (PLACES - 1);

		dir_remove(d->dir);
		tree_copy(good, d->dir);
		if (i % 2 == 0)
			file_remove(d, "mark");
		file_spoil(d, first, at, 1);
		if (damage_open(d, false, true)) {
			if (rows_there(d) < ROWS - 1)
				fail_msg("byte %zu: %u rows", at,
				    rows_there(d));
			store_close(d->store);
		} else {
			refused++;
		}
	}
	assert_in_range(refused, PLACES / 2, PLACES);
	tree_remove(good);
}

/* A mark that is not one says nothing. */
static void
test_mark_spoilt(void **state)
{
	struct damage *d = *state;

	rows_write(d, 1, ROWS, 100, true, false);
	file_spoil(d, "mark", 20, 3);
	expect_rows_there(d, ROWS, ROWS);
	file_spoil(d, "mark", 0, 1);
	expect_rows_there(d, ROWS, ROWS);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_middle),
	    TEST(test_middle_no_mark),
	    TEST(test_end),
	    TEST(test_torn_end),
	    TEST(test_torn_hole),
	    TEST(test_after_close),
	    TEST(test_last_file_gone),
	    TEST(test_anywhere),
	    TEST(test_mark_spoilt),
	};

	return cmocka_run_group_tests_name("bdb_damage", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * The files of a partition stay as long as the log could tell of them.  A child
 * stops the threads of the store where a crash would be worst, and is killed
 * there; then a partition must be there or dropped, and never without its file.
 */
#include "src/store/bdb/bdb.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "tests/conformance/dir.h"
#include "tests/conformance/kit.h"

enum { MEMTABLE = 64 << 10, LITTLE = 4 << 10, PART = 1, OTHER = 2 };

struct fixture {
	char dir[DIR_SIZE];
	struct bdb_conf conf;
	struct store *store;
	struct store_table *rows, *parted;
	/* in the child: what happens, counted */
	const char *last;
	struct await ready;		/* the file is written */
	struct await written;		/* the write-back of a memtable */
	struct await go_on;		/* and it may end */
	struct await durable, never;
};

/* The end of it, after the first write-back, is the point LAST. */
static void
reach(void *arg, const char *name)
{
	struct fixture *f = arg;

	if (strcmp(name, f->last) == 0 && await_calls(&f->written) > 0)
		kill(getpid(), SIGKILL);
	if (strcmp(name, "segment-ready") == 0)
		await_done(&f->ready, 0);
	if (strcmp(name, "writeback-done") == 0) {
		await_done(&f->written, 0);
		await_wait(&f->go_on, 1);
	}
}

static void
on_log(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= 9)
		fprintf(stderr, "# %s\n", text);
}

static int
setup(void **state)
{
	static struct fixture f;

	dir_make(f.dir);
	bdb_conf_init(&f.conf, f.dir);
	f.conf.memtable_bytes = MEMTABLE;
	f.conf.cache_bytes = 1 << 20;
	f.conf.log_bytes = 16 << 20;
	f.conf.reserve_bytes = 0;
	f.conf.log = on_log;
	await_init(&f.ready);
	await_init(&f.written);
	await_init(&f.go_on);
	await_init(&f.durable);
	await_init(&f.never);
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
removal_open(struct fixture *f)
{
	char why[256] = "";

	f->store = bdb_open(&f->conf, why, sizeof(why));
	if (f->store == NULL ||
	    store_table_add(f->store, "rows", 0, &f->rows) != 0 ||
	    store_table_add(f->store, "parted", STORE_PARTITIONED |
	    STORE_SEALABLE, &f->parted) != 0 ||
	    store_start(f->store, why, sizeof(why)) != 0)
		fail_msg("%s", why);
}

/* ---- the child ---- */

static bool
seal_step(struct fixture *f)
{
	struct store_txn *t = store_begin(f->store);
	bool done;

	sc_assert(store_seal(t, f->parted, PART, &done) == 0);
	sc_assert(store_finish(t) == 0);
	return done;
}

/* With MEMTABLE bytes or more it is frozen with the next commit. */
static void
fill(struct fixture *f, size_t n)
{
	struct store_txn *t = store_begin(f->store);
	uint8_t *zeros = xcalloc(1, n);

	sc_assert(store_put(t, f->rows, 0, slice_str("large"),
	    slice_of(zeros, n)) == 0);
	sc_assert(store_finish(t) == 0);
	free(zeros);
}

/* The flush thread stays here: nothing later becomes durable. */
static void
durable_and_stop(void *arg, int rc)
{
	struct fixture *f = arg;

	await_done(&f->durable, rc);
	await_wait(&f->never, 1);
}

static void
ignore(void *arg, int rc)
{
	(void)arg;
	(void)rc;
}

static void
drop(struct fixture *f, uint32_t part)
{
	struct store_txn *t = store_begin(f->store);

	sc_assert(store_drop(t, f->parted, part) == 0);
	sc_assert(store_finish(t) == 0);
}

static void
child_open(struct fixture *f)
{
	f->conf.point = reach;
	f->conf.point_arg = f;
	removal_open(f);
	put_one(f->store, f->parted, PART, "a", "1");
	drop(f, OTHER);		/* the first one flushes the log */
}

/* The memtable is frozen while the file is written and nothing tells of it; the
 * seal is durable, and the drop is not, when the write-back of that memtable
 * looks for files to remove. */
static void
seal_then_drop(struct fixture *f)
{
	child_open(f);
	sc_assert(!seal_step(f));
	commit_wait(f->store, NULL);
	await_wait(&f->ready, 1);
	fill(f, MEMTABLE);
	store_commit(f->store, ignore, NULL);
	await_wait(&f->written, 1);
	while (!seal_step(f))
		;
	fill(f, MEMTABLE - LITTLE);
	store_commit(f->store, durable_and_stop, f);
	await_wait(&f->durable, 1);
	/* few enough bytes for them to stay in the buffer of the log */
	fill(f, 2 * LITTLE);
	drop(f, PART);
	await_done(&f->go_on, 0);
	store_commit(f->store, ignore, NULL);
	await_wait(&f->never, 1);
}

/* The memtable with the drop is written back before the drop is durable. */
static void
drop_undurable(struct fixture *f, bool sealed)
{
	await_done(&f->go_on, 0);
	child_open(f);
	while (sealed && !seal_step(f)) {
		commit_wait(f->store, NULL);
		sched_yield();
	}
	fill(f, MEMTABLE);
	store_commit(f->store, durable_and_stop, f);
	await_wait(&f->durable, 1);
	await_wait(&f->written, 1);
	fill(f, MEMTABLE);
	drop(f, PART);
	store_commit(f->store, ignore, NULL);
	await_wait(&f->never, 1);
}

static void
drop_sealed(struct fixture *f)
{
	drop_undurable(f, true);
}

static void
drop_plain(struct fixture *f)
{
	drop_undurable(f, false);
}

/* ---- the parent ---- */

static void
die(struct fixture *f, void (*fn)(struct fixture *), const char *last)
{
	int status;
	pid_t pid;

	f->last = last;
	fflush(stdout);
	pid = fork();
	if (pid == 0)
		fn(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	removal_open(f);
}

static int
read_a(struct fixture *f)
{
	struct store_txn *t = store_begin_read(f->store);
	struct slice v;
	int rc = store_get(t, f->parted, PART, slice_str("a"), &v);

	store_abandon(t);
	return rc;
}

static void
test_a_durable_seal_has_its_file(void **state)
{
	struct fixture *f = *state;

	die(f, seal_then_drop, "writeback-chunk");
	assert_int_equal(read_a(f), 0);
}

static void
test_a_segment_goes_after_its_drop_is_durable(void **state)
{
	struct fixture *f = *state;

	die(f, drop_sealed, "segment-removed");
	assert_int_equal(read_a(f), SC_ENOTFOUND);
}

static void
test_a_tree_goes_after_its_drop_is_durable(void **state)
{
	struct fixture *f = *state;

	die(f, drop_plain, "partition-removed");
	assert_int_equal(read_a(f), SC_ENOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_a_durable_seal_has_its_file,
		setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_segment_goes_after_its_drop_is_durable, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_tree_goes_after_its_drop_is_durable, setup, teardown),
	};

	return cmocka_run_group_tests_name("bdb_removal", tests, NULL, NULL);
}

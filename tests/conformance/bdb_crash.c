/* SPDX-License-Identifier: ISC */
/*
 * A child writes and reports every batch that it is told is durable on a
 * pipe; it is killed at a named point of the write path or at random.  What
 * is in the store afterwards must be a whole number of batches, in order, with
 * every reported one among them.
 *
 * Transaction I (1, 2, ...) writes a row named after it in partition I / 100,
 * replaces one of seven rows, deletes the row of I - 50, writes the row "z" of
 * the partition before, seals partitions behind it and drops old ones; so the
 * contents follow from the number of transactions.  The last transaction of
 * each batch records both numbers.
 */
#include "src/store/bdb/bdb.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "src/common/err.h"
#include "tests/conformance/dir.h"
#include "tests/conformance/kit.h"

enum {
	HOT = 7,		/* rows that are replaced */
	GONE = 50,		/* rows that stay */
	PERIOD = 100,		/* transactions in a partition */
	PERIODS = 3,		/* partitions that stay */
	BATCHES = 4000,		/* a child that is not killed ends here */
	LARGE = 30000,		/* bytes, in one of 40 transactions */
	MANY = 130		/* in one of 20 batches: it has several parts */
};

struct crash {
	char dir[DIR_SIZE];
	struct store *store;
	struct store_table *rows, *parted;
	/* in the child */
	const char *point;
	_Atomic(int) left;	/* times to pass the point */
	int pipe;
	uint32_t sealing;	/* partition */
};

static void
reach(void *arg, const char *name)
{
	struct crash *c = arg;

	if (c->point != NULL && strcmp(name, c->point) == 0 &&
	    atomic_fetch_sub(&c->left, 1) == 1)
		kill(getpid(), SIGKILL);
}

static void
on_log(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= 4)
		fprintf(stderr, "# %s\n", text);
}

static void
crash_open(struct crash *c)
{
	struct bdb_conf conf;
	char why[256] = "";

	bdb_conf_init(&conf, c->dir);
	conf.memtable_bytes = 64 << 10;
	conf.cache_bytes = 1 << 20;
	conf.checkpoint_ms = 5;
	conf.log_bytes = 1 << 20;
	conf.reserve_bytes = 0;
	conf.point = reach;
	conf.point_arg = c;
	conf.log = on_log;
	c->store = bdb_open(&conf, why, sizeof(why));
	if (c->store == NULL ||
	    store_table_add(c->store, "rows", 0, &c->rows) != 0 ||
	    store_table_add(c->store, "parted", STORE_PARTITIONED |
	    STORE_SEALABLE, &c->parted) != 0 ||
	    store_start(c->store, why, sizeof(why)) != 0) {
		fprintf(stderr, "# %s\n", why);
		abort();
	}
}

/* ---- the child ---- */

static void
number_put(struct store_txn *t, const struct store_table *table,
    uint32_t part, const char *name, uint64_t i, size_t len)
{
	uint8_t value[LARGE];

	memset(value, (int)(i & 0xff), len);
	memcpy(value, &i, sizeof(i));
	sc_assert(store_put(t, table, part, slice_str(name),
	    slice_of(value, len)) == 0);
}

/* One step with the partition that is being sealed, or the next one. */
static void
seal(struct crash *c, struct store_txn *t, uint32_t part)
{
	bool done;
	int rc = store_seal(t, c->parted, c->sealing, &done);

	sc_assert(rc == 0 || rc == SC_ECONFLICT);
	if ((rc != 0 || done) && c->sealing < part)
		c->sealing = c->sealing + PERIODS <= part ? part - 1
							  : c->sealing + 1;
}

static void
transaction(struct crash *c, uint64_t i, uint64_t batch, bool last)
{
	struct store_txn *t = store_begin(c->store);
	uint32_t part = (uint32_t)(i / PERIOD);
	char name[32];

	snprintf(name, sizeof(name), "row-%08u", (unsigned)i);
	number_put(t, c->parted, part, name, i, i % 40 == 0 ? LARGE : 100);
	snprintf(name, sizeof(name), "hot-%u", (unsigned)(i % HOT));
	number_put(t, c->rows, 0, name, i, 200);
	if (i > GONE && (i - GONE) / PERIOD == part) {
		snprintf(name, sizeof(name), "row-%08u", (unsigned)(i - GONE));
		sc_assert(store_del(t, c->parted, part, slice_str(name)) == 0);
	}
	if (part > 0) {
		number_put(t, c->parted, part - 1, "z", i, 100);
		seal(c, t, part - 1);
	}
	if (i % PERIOD == 0 && part >= PERIODS)
		sc_assert(store_drop(t, c->parted, part - PERIODS) == 0);
	number_put(t, c->rows, 0, "transactions", i, 8);
	if (last) {
		number_put(t, c->rows, 0, "batch", batch, 8);
		number_put(t, c->rows, 0, "batch-end", i, 8);
	}
	sc_assert(store_finish(t) == 0);
}

struct report {
	int pipe;
	uint64_t batch;
};

static void
report(void *arg, int rc)
{
	struct report *r = arg;

	if (rc == 0)
		sc_assert(write(r->pipe, &r->batch, 8) == 8);
	free(r);
}

static void
ignore(void *arg, int rc)
{
	(void)arg;
	(void)rc;
}

static uint64_t
number_get(struct crash *c, const char *name)
{
	struct store_txn *t = store_begin_read(c->store);
	struct slice v;
	uint64_t i = 0;
	int rc = store_get(t, c->rows, 0, slice_str(name), &v);

	sc_assert(rc == 0 || rc == SC_ENOTFOUND);
	if (rc == 0)
		memcpy(&i, v.p, sizeof(i));
	store_abandon(t);
	return i;
}

static void
child(struct crash *c)
{
	uint64_t i, n, batch, end, seed;
	struct report *r;

	crash_open(c);
	i = number_get(c, "transactions");
	seed = i;
	c->sealing = (uint32_t)(i / PERIOD);
	if (c->sealing > 0)
		c->sealing--;
	batch = number_get(c, "batch");
	for (end = batch + BATCHES; batch < end;) {
		batch++;
		n = batch % 20 == 0 ? MANY : random_next(&seed) % 6;
		while (n-- > 0)
			transaction(c, ++i, batch, false);
		transaction(c, ++i, batch, true);
		r = malloc(sizeof(*r));
		sc_assert(r != NULL);
		*r = (struct report){c->pipe, batch};
		store_commit(c->store, report, r);
		if (batch % 7 == 0)	/* an empty one */
			store_commit(c->store, ignore, NULL);
	}
	store_close(c->store);
	_exit(0);
}

/* ---- what must be there ---- */

/* What the rows of a partition must be. */
struct expected {
	uint64_t i;		/* of the next row */
	uint64_t late;		/* what "z" has; 0: it is not there */
	bool late_seen;
};

static int
row_check(void *arg, struct slice key, struct slice value)
{
	struct expected *e = arg;
	char name[32];
	uint64_t i;

	if (slice_equal(key, slice_str("z"))) {
		memcpy(&i, value.p, sizeof(i));
		assert_int_equal(i, e->late);
		e->late_seen = true;
		return 0;
	}
	snprintf(name, sizeof(name), "row-%08u", (unsigned)e->i);
	assert_true(slice_equal(key, slice_str(name)));
	memcpy(&i, value.p, sizeof(i));
	assert_int_equal(i, e->i);
	assert_int_equal(value.len, i % 40 == 0 ? LARGE : 100);
	assert_int_equal(value.p[value.len - 1], i & 0xff);
	e->i++;
	return 0;
}

/* Partition PART when LAST is the last transaction. */
static void
part_check(struct crash *c, struct store_txn *t, uint32_t part, uint64_t last)
{
	const struct store_range all = {0};
	uint64_t first = (uint64_t)part * PERIOD, end = first + PERIOD - 1;
	struct expected e = {0};

	if (end > last)
		end = last;
	if (first == 0)
		first = 1;
	/* Row I - GONE goes with transaction I of the same partition. */
	e.i = end >= first + GONE ? end - GONE + 1 : first;
	if (last > end)
		e.late = last < end + PERIOD ? last : end + PERIOD;
	assert_int_equal(store_scan(t, c->parted, part, &all, row_check, &e),
	    0);
	assert_int_equal(e.i, end + 1);
	assert_int_equal(e.late_seen, e.late != 0);
}

static bool
is_sealed(struct crash *c, struct store_txn *t, uint32_t part)
{
	struct store_sealed sealed;

	return store_sealed(t, c->parted, part, &sealed) == 0 && sealed.done;
}

static void
hot_check(struct crash *c, uint64_t last)
{
	char name[32];
	uint64_t i;

	for (i = last; i > 0 && i + HOT > last; i--) {
		snprintf(name, sizeof(name), "hot-%u", (unsigned)(i % HOT));
		assert_int_equal(number_get(c, name), i);
	}
}

static int
part_seen(void *arg, uint32_t part)
{
	uint32_t **next = arg;

	assert_int_equal(part, *(*next)++);
	return 0;
}

static void
check(struct crash *c, uint64_t reported)
{
	uint64_t last, batch;
	uint32_t part, first, parts[PERIODS + 2], *next = parts;
	unsigned sealed = 0;
	struct store_txn *t;

	crash_open(c);
	last = number_get(c, "transactions");
	batch = number_get(c, "batch");
	assert_true(batch >= reported);
	assert_int_equal(number_get(c, "batch-end"), last);
	if (last > 0) {
		hot_check(c, last);
		t = store_begin_read(c->store);
		part = (uint32_t)(last / PERIOD);
		first = part >= PERIODS ? part - PERIODS + 1 : 0;
		for (; first <= part; first++) {
			part_check(c, t, first, last);
			sealed += is_sealed(c, t, first);
			*next++ = first;
		}
		next = parts;
		assert_int_equal(store_parts(t, c->parted, part_seen, &next),
		    0);
		store_abandon(t);
	}
	/* nothing is left over; "." and ".." are counted, too */
	assert_int_equal(dir_files(c->dir, "sealed", ""), 2 + sealed);
	store_close(c->store);
}

/* ---- the parent ---- */

/* Reads what the child reports, kills it after KILL_AFTER reports (0: not),
 * returns the last batch reported. */
static uint64_t
watch(pid_t pid, int fd, uint64_t kill_after)
{
	uint64_t batch, last = 0, n = 0;

	while (read(fd, &batch, sizeof(batch)) == sizeof(batch)) {
		assert_true(last == 0 || batch == last + 1);
		last = batch;
		if (++n == kill_after)
			kill(pid, SIGKILL);
	}
	return last;
}

static void
cycle(struct crash *c, const char *point, int times, uint64_t kill_after)
{
	uint64_t reported;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		c->pipe = fds[1];
		c->point = point;
		atomic_store(&c->left, times);
		child(c);
	}
	close(fds[1]);
	reported = watch(pid, fds[0], kill_after);
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail_msg("point %s: not reached (status %x)",
		    point == NULL ? "-" : point, (unsigned)status);
	check(c, reported);
}

static int
setup(void **state)
{
	static struct crash c;

	dir_make(c.dir);
	*state = &c;
	return 0;
}

static int
teardown(void **state)
{
	struct crash *c = *state;

	dir_remove(c->dir);
	return 0;
}

static void
test_points(void **state)
{
	static const int times[] = {1, 4};
	const char *const *point;
	unsigned i;

	for (point = bdb_points; *point != NULL; point++) {
		for (i = 0; i < 2; i++)
			cycle(*state, *point, times[i], 0);
	}
}

static void
test_random(void **state)
{
	uint64_t seed = 1;
	int i;

	for (i = 0; i < 20; i++)
		cycle(*state, NULL, 0, 1 + random_next(&seed) % 700);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_points, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};

	return cmocka_run_group_tests_name("bdb_crash", tests, NULL, NULL);
}

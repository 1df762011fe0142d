/* SPDX-License-Identifier: ISC */
/*
 * store_layout: what storing a message costs, in three ways; the figures of
 * doc/adr/0002-store-layout.md.  Not a test.
 *
 *	store_layout [-n MESSAGES] [-k CHATS] [-m MEMTABLE_MB] [-c CACHE_MB]
 *	    [-d DIR] [-w file|trees|engine|after]
 *
 * The full size is -n 2000000.
 */
#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/common/err.h"
#include "src/store/bdb/bdb.h"
#include "tests/bench/store_load.h"

struct options {
	uint64_t messages;
	uint64_t memtable, cache;
	uint64_t chats;		/* 0: 200, then 100,000 */
	const char *dir, *what;
};

static struct options opt = {100000, 32, 256, 0, NULL, NULL};

/* ---- the engine ---- */

struct engine {
	struct store *store;
	struct store_table *entries, *chats, *slots;
};

enum { PERIOD = 7 };	/* the partition that entries go to */

static void
on_log(void *arg, int level, const char *text)
{
	(void)arg;
	if (level <= 5)
		fprintf(stderr, "# %s\n", text);
}

static void
engine_open(struct engine *e, const char *dir)
{
	struct bdb_conf conf;
	char why[256];

	bdb_conf_init(&conf, dir);
	conf.memtable_bytes = opt.memtable << 20;
	conf.cache_bytes = opt.cache << 20;
	conf.log = on_log;
	e->store = bdb_open(&conf, why, sizeof(why));
	if (e->store == NULL ||
	    store_table_add(e->store, "entries", STORE_PARTITIONED,
	    &e->entries) != 0 ||
	    store_table_add(e->store, "chats", 0, &e->chats) != 0 ||
	    store_table_add(e->store, "slots", 0, &e->slots) != 0 ||
	    store_start(e->store, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		exit(1);
	}
}

static void
engine_message(struct engine *e, struct load *l)
{
	struct store_txn *t = store_begin(e->store);
	struct slice chat, slot, v;
	int rc;

	load_next(l);
	chat = slice_of(l->chat_key, CHAT_KEY);
	slot = slice_of(l->slot_key, SLOT_KEY);
	rc = store_get_locked(t, e->chats, 0, chat, &v);
	sc_assert(rc == 0 || rc == SC_ENOTFOUND);
	rc = store_get(t, e->slots, 0, slot, &v);
	sc_assert(rc == 0 || rc == SC_ENOTFOUND);
	sc_assert(store_put(t, e->entries, PERIOD,
	    slice_of(l->entry_key, ENTRY_KEY),
	    slice_of(l->entry, ENTRY_VALUE)) == 0);
	sc_assert(store_put(t, e->chats, 0, chat,
	    slice_of(l->chat, CHAT_VALUE)) == 0);
	sc_assert(store_put(t, e->slots, 0, slot,
	    slice_of(l->slot, SLOT_VALUE)) == 0);
	sc_assert(store_finish(t) == 0);
}

static void
engine_write(struct engine *e, struct load *l)
{
	uint64_t i;

	for (i = 1; i <= l->messages; i++) {
		engine_message(e, l);
		if (i % BATCH != 0 && i != l->messages)
			continue;
		load_batch(l);
		store_commit(e->store, load_batch_done, l);
	}
	load_drain(l);
}

void
store_engine(struct load *l)
{
	struct store_stats stats;
	struct engine e;

	engine_open(&e, l->dir);
	engine_write(&e, l);
	store_stats(e.store, &stats);
	store_close(e.store);
	fprintf(stderr, "# batches %" PRIu64 " syncs %" PRIu64 " stalls %"
	    PRIu64 "\n", stats.batches, stats.syncs, stats.stalls);
}

/* ---- figures ---- */

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t size_sum, log_end_file, log_end_size;

static int
size_add(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *name = path + ftw->base;
	uint64_t file;

	if (type != FTW_F)
		return 0;
	if (strncmp(name, "log.", 4) != 0) {
		size_sum += (uint64_t)st->st_size;
		return 0;
	}
	file = strtoull(name + 4, NULL, 10);
	if (file >= log_end_file) {
		log_end_file = file;
		log_end_size = (uint64_t)st->st_size;
	}
	return 0;
}

static void
sizes(const char *dir, double *data, double *log)
{
	size_sum = log_end_file = log_end_size = 0;
	nftw(dir, size_add, 16, FTW_PHYS);
	*data = (double)size_sum;
	*log = log_end_file == 0 ? 0 :
	    (double)((log_end_file - 1) * (64 << 20) + log_end_size);
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

/* Runs one way in a process of its own, so that CPU time is its alone. */
static void
measure(const char *name, uint64_t chats, void (*way)(struct load *))
{
	double begin = seconds(), took, cpu, n = (double)opt.messages;
	double data, log;
	char dir[256];
	struct rusage ru;
	struct load l;
	pid_t pid;
	int status;

	snprintf(dir, sizeof(dir), "%s/bench-XXXXXX", opt.dir);
	sc_assert(mkdtemp(dir) != NULL);
	pid = fork();
	if (pid == 0) {
		load_init(&l, dir, opt.messages, chats);
		way(&l);
		load_fini(&l);
		exit(0);
	}
	sc_assert(wait4(pid, &status, 0, &ru) == pid && status == 0);
	took = seconds() - begin;
	cpu = (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	    (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) * 1e-6;
	sizes(dir, &data, &log);
	printf("%-8s %7" PRIu64 " chats  %8.0f messages/s  %6.2f us CPU "
	    "(%.2f system)  %5.0f B data  %5.0f B log  %4ld MB\n", name,
	    chats, n / took, cpu * 1e6 / n,
	    ((double)ru.ru_stime.tv_sec + (double)ru.ru_stime.tv_usec * 1e-6) *
	    1e6 / n, data / n, log / n, ru.ru_maxrss / 1024);
	fflush(stdout);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- what comes after storing ---- */

static int
count_row(void *arg, struct slice key, struct slice value)
{
	unsigned *left = arg;

	(void)key;
	(void)value;
	return --*left == 0;
}

static void
pages(struct engine *e, struct load *l, bool reverse)
{
	struct store_range r;
	struct store_txn *t;
	uint8_t key[CHAT_KEY], end[STORE_KEY_MAX];
	unsigned i, left, n = 20000, rows = 0;
	double start = seconds();

	for (i = 0; i < n; i++) {
		load_chat_key(key, load_random(l) % l->chats);
		r = store_prefix(slice_of(key, CHAT_KEY), end);
		r.reverse = reverse;
		left = 50;
		t = store_begin_read(e->store);
		sc_assert(store_scan(t, e->entries, PERIOD, &r, count_row,
		    &left) == 0);
		store_abandon(t);
		rows += 50 - left;
	}
	printf("pages of up to 50, %s: %.0f/s, %.1f rows each\n",
	    reverse ? "backwards" : "forwards",
	    n / (seconds() - start), (double)rows / n);
}

/* A process writes until its memtable is nearly full and is killed. */
static void
crash(const char *dir, uint64_t messages, uint64_t chats)
{
	struct engine e;
	struct load l;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		load_init(&l, dir, messages, chats);
		engine_open(&e, dir);
		engine_write(&e, &l);
		kill(getpid(), SIGKILL);
	}
	sc_assert(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
}

static bool
file_exists(const char *dir)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/data/entries.%08x", dir, PERIOD);
	return access(path, F_OK) == 0;
}

static void
drop(struct engine *e, const char *dir, struct load *l)
{
	struct store_txn *t = store_begin(e->store);
	double start = seconds(), durable;

	sc_assert(store_drop(t, e->entries, PERIOD) == 0);
	sc_assert(store_finish(t) == 0);
	load_batch(l);
	store_commit(e->store, load_batch_done, l);
	load_drain(l);
	durable = seconds();
	store_close(e->store);
	printf("drop of a partition: durable in %.1f ms; closing, which "
	    "removes the file: %.0f ms%s\n", (durable - start) * 1e3,
	    (seconds() - durable) * 1e3,
	    file_exists(dir) ? " (the file is still there)" : "");
}

static void
after(uint64_t chats)
{
	char dir[256];
	struct engine e;
	struct load l;
	double start;

	snprintf(dir, sizeof(dir), "%s/bench-XXXXXX", opt.dir);
	sc_assert(mkdtemp(dir) != NULL);
	load_init(&l, dir, opt.messages, chats);
	crash(dir, 50000, chats);
	start = seconds();
	engine_open(&e, dir);
	printf("start after a kill with 50,000 messages in the log: %.0f ms\n",
	    (seconds() - start) * 1e3);
	pages(&e, &l, true);
	engine_write(&e, &l);
	store_close(e.store);
	start = seconds();
	engine_open(&e, dir);
	printf("start after a close: %.0f ms\n", (seconds() - start) * 1e3);
	pages(&e, &l, false);
	pages(&e, &l, true);
	drop(&e, dir, &l);
	load_fini(&l);
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool
wanted(const char *what)
{
	return opt.what == NULL || strcmp(opt.what, what) == 0;
}

int
main(int argc, char **argv)
{
	uint64_t chats[] = {200, 100000};
	unsigned i;
	int c;

	opt.dir = getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp";
	while ((c = getopt(argc, argv, "n:k:m:c:d:w:")) != -1) {
		switch (c) {
		case 'n':
			opt.messages = strtoull(optarg, NULL, 10);
			break;
		case 'k':
			opt.chats = strtoull(optarg, NULL, 10);
			break;
		case 'm':
			opt.memtable = strtoull(optarg, NULL, 10);
			break;
		case 'c':
			opt.cache = strtoull(optarg, NULL, 10);
			break;
		case 'd':
			opt.dir = optarg;
			break;
		case 'w':
			opt.what = optarg;
			break;
		default:
			return 2;
		}
	}
	if (opt.chats != 0)
		chats[0] = opt.chats;
	for (i = 0; i < (opt.chats != 0 ? 1 : 2); i++) {
		if (wanted("file"))
			measure("file", chats[i], store_file);
		if (wanted("trees"))
			measure("trees", chats[i], store_trees);
		if (wanted("engine"))
			measure("engine", chats[i], store_engine);
	}
	if (wanted("after"))
		after(1000);
	return 0;
}

/* SPDX-License-Identifier: ISC */
/*
 * The embedded engine, on Berkeley DB 5.3 (the last release under the
 * Sleepycat licence).  doc/adr/0002-store-layout.md has the layout and its
 * measurements.
 *
 * One write transaction is open at a time, and none across store_commit.
 * store_commit does not wait for its own batch; it waits when rows come faster
 * than they can be brought to the disk for long (store_stats counts it).
 * No fork while it is open.
 */
#ifndef STORE_BDB_H
#define STORE_BDB_H

#include "src/store/store.h"

struct bdb_conf {
	const char *dir;		/* exists; locked while open */
	uint64_t cache_bytes;		/* of the database pages */
	uint64_t memtable_bytes;	/* written back above; 0: default */
	uint32_t checkpoint_ms;		/* at least this often, if written */
	uint32_t log_bytes;		/* of a log file; 0: default */
	uint64_t reserve_bytes;		/* SC_ENOSPC below this free space */
	bool restored;			/* the directory is a backup's: read
					 * all of the log first */
	bool accept_loss;		/* of what the log had behind damage:
					 * otherwise start refuses */
	bool sync;			/* false loses what was reported
					 * durable; for measurements only */
	/* Called at named points of the write path, for tests that kill the
	 * process there; NULL: none.  Any thread. */
	void (*point)(void *arg, const char *name);
	void *point_arg;
	/* Messages for the operator; LEVEL as in syslog(3).  Any thread. */
	void (*log)(void *arg, int level, const char *text);
	void *log_arg;
};

/* Fills in the defaults for DIR. */
void bdb_conf_init(struct bdb_conf *, const char *dir);

/* Checks the library's version, locks DIR and prepares the environment.
 * On failure NULL and a sentence in WHY that an operator can act on. */
struct store *bdb_open(const struct bdb_conf *, char *why, size_t whylen);

/*
 * A copy of the store while it is in use.  Opened by bdb_open with
 * conf.restored it has everything that was durable when bdb_backup was called,
 * and perhaps some of what came after: a whole number of batches.
 */
struct bdb_backup {
	/* The next file: its name below the directory, such as
	 * "data/chats.00000000".  0, or an error that ends the backup. */
	int (*file)(void *arg, const char *name);
	/* Bytes of it; a file's come in order. */
	int (*bytes)(void *arg, const void *p, size_t n);
	void *arg;
};

/*
 * Blocks until all is copied; writing and reading go on meanwhile, but log
 * files and dropped partitions stay on the disk until it is over.  Any thread,
 * one backup at a time: SC_ECONFLICT.  Otherwise 0, what the functions of TO
 * returned, or an error of the store with a sentence in WHY.
 */
int bdb_backup(struct store *, const struct bdb_backup *to, char *why,
    size_t whylen);

/*
 * Looks at all pages and segments of a store that is open and not started,
 * and was closed well.  *FILES gets the number of databases and segments.  SC_EDAMAGED and a sentence that
 * names the database.
 */
int bdb_verify(struct store *, uint64_t *files, char *why, size_t whylen);

/* A file in the directory that stands for "a restore is under way": while it
 * is there the store opens with conf.restored only. */
#define BDB_RESTORING "restoring"

/* The names that POINT is called with, NULL at the end. */
extern const char *const bdb_points[];

#endif

/* SPDX-License-Identifier: ISC */
/*
 * The parts of the bdb engine.  The only header that includes db.h.
 *
 * What a row goes through:
 *
 *	txn.c		a transaction's own memtable
 *	batch.c		the batch, a record in BDB's log; active memtable
 *	flush.c		log_flush, completions
 *	view.c		active memtable -> frozen memtable
 *	writeback.c	frozen memtable -> B-trees; checkpoints; log removal
 *	recover.c	log -> memtable, when the store is opened; before that
 *			renew.c and tail.c look whether the log can be believed
 *	seal.c		B-tree of an old partition -> segment
 *
 * Threads: the caller's one writer, the flush thread, the write-back thread,
 * the seal thread and readers.  LOCK guards what a comment below says it guards.  Lock order:
 * write_lock, lock; trees->lock is never held while either is taken.
 */
#ifndef STORE_BDB_PRIV_H
#define STORE_BDB_PRIV_H

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>

#include "src/common/arena.h"
#include "src/common/buf.h"
#include "src/store/bdb/bdb.h"
#include "src/store/bdb/cache.h"
#include "src/store/engine.h"
#include "src/store/snapshot.h"

struct bdb_table {
	struct store_table table;
	struct bdb_table *next;
	char name[40];
	bool declared;		/* otherwise only known from earlier */
};

/* A memtable on its way to the trees.  Guarded by LOCK but for the rows. */
struct bdb_layer {
	struct memtable *rows;
	unsigned refs;
	/* Set when it is frozen: */
	uint64_t seq;		/* of the last transaction that is committed */
	uint64_t batch;		/* the last one in it, as numbered in the log */
	DB_LSN lsn;		/* of its last record */
	struct dropset *drops;	/* as of then */
	struct sealset *seals;
	uint64_t segments_until;	/* bdb_seal_until as of then */
};

/*
 * What transactions that begin now see.  Never changes; the next freeze,
 * write-back or drop makes a new one.  GENERATION grows with each freeze.
 */
struct bdb_view {
	struct bdb_view *older, *newer;
	uint64_t generation;
	unsigned users;		/* transactions; guarded by LOCK */
	struct bdb_layer *active, *frozen;
	struct dropset *drops;
	struct sealset *seals;
	/* A view that has held back the write-back for too long: its
	 * transactions may not read any more. */
	_Atomic(bool) expired;
	_Atomic(unsigned) busy;	/* reads in progress */
};

struct bdb_txn {
	struct store_txn txn;
	struct bdb *bdb;
	struct bdb_view *view;
	struct snapshot snap;
	struct arena values;	/* of gets that went to the trees */
	bool seals;		/* it tells of a segment */
};

/* The log is on the disk up to END, which is behind BATCH. */
struct bdb_durable {
	uint64_t batch;		/* as numbered in the log */
	DB_LSN end;
};

/* mark.c */
struct bdb_mark {
	int fd;
	bool closed;		/* the store was, well, before this start */
	struct bdb_durable durable;	/* at least, at this start */
};

/* A call that waits for a batch. */
struct bdb_wait {
	struct bdb_wait *next;
	uint64_t batch;
	struct bdb_durable logged;	/* zero: nothing was */
	store_done_fn *done;
	void *arg;
};

struct bdb_queue {
	struct bdb_wait *first, **last;
};

/* The one partition that is being sealed. */
struct bdb_sealing {
	enum {
		SEALING_NONE,
		SEALING_WANTED,
		SEALING_RUNS,
		SEALING_READY,	/* the segment is there */
		SEALING_FAILED
	} state;
	struct seal seal;
	int rc;			/* why it failed */
};

struct bdb {
	struct store store;
	struct bdb_conf conf;
	int lock_fd;
	struct bdb_mark mark;
	bool started, threads;
	DB_ENV *env;
	DB *meta;
	struct bdb_trees *trees;
	struct bdb_table *tables;	/* fixed once the store is started */
	uint32_t ids;

	_Atomic(int) failed;		/* SC_EIO once it is */
	_Atomic(bool) low;		/* on disk space */
	_Atomic(int64_t) space_checked;	/* ms */

	/* Held while rows go to the active memtable or it is replaced. */
	pthread_mutex_t write_lock;
	struct memtable *active;	/* of the current view */
	struct buf batch_buf;		/* the open batch */
	struct bdb_txn *writer;		/* the open write transaction */
	struct memtable *spare;		/* for the next one's own writes */
	struct bdb_cache *cache;	/* of what writers read in the trees */
	uint64_t committed_seq;
	uint64_t logged_batch;		/* the last one in the log, and where */
	DB_LSN logged_lsn;

	pthread_mutex_t lock;
	pthread_cond_t queued;		/* a commit, or the end */
	pthread_cond_t changed;		/* views, HELD, the end */
	struct bdb_view *oldest, *current;
	uint64_t seq;			/* of the last finished transaction */
	uint64_t batch;			/* the open one, empty ones counted */
	bool dirty;			/* the open batch has contents */
	bool drops;			/* it drops or seals partitions */
	uint64_t durable_batch;
	struct bdb_durable durable;	/* the same, as logged */
	struct bdb_queue commits, barriers;
	bool stopping;			/* no more commits come */
	bool held;			/* the write-back waits for readers */
	bool freeze_wanted;
	bool grown;			/* the active memtable is worth a
					 * write-back when nobody writes */
	int64_t written_at;		/* ms: the last commit with contents */
	struct bdb_sealing sealing;
	uint64_t next_segment;	/* number */
	int64_t frozen_at, checkpointed_at;	/* ms */
	DB_LSN checkpoint_lsn;
	struct store_stats stats;
	/* Held by whoever removes files, and by a backup from end to end: then
	 * files are removed after one of the next write-backs. */
	pthread_mutex_t remove_lock;
	_Atomic(bool) backing_up;
	struct bdb_backup_run *backup;	/* with REMOVE_LOCK */
	struct bdb_segments *segments;
	pthread_t flush_thread, writeback_thread, seal_thread;
};

enum {
	BDB_PAGE = 4096,
	BDB_LOG_BYTES = 64 << 20,	/* of a log file */
	BDB_LOG_PARTS = 16,		/* of a batch, as long as they may be,
					 * in a log file */
	BDB_LOG_BUFFERS = 64,		/* of BDB's: more is written at once, and
					 * a batch is flushed long before */
	BDB_CACHE_SHARE = 4096,		/* bytes of BDB's cache for a row of the
					 * writer's */
	BDB_CACHE_MAX = 1 << 20,	/* of them */
	BDB_CHECKPOINT_LOGS = 4,	/* log files between checkpoints */
	BDB_HOLD_FACTOR = 4,		/* memtables that readers may hold up */
	BDB_QUIET_SHARE = 16,		/* so much of a memtable is written back
					 * when nothing is written for */
	BDB_QUIET_MS = 250
};

/* env.c */
struct bdb *bdb_of(struct store *);
void bdb_point(struct bdb *, const char *name);
void bdb_log(struct bdb *, int level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The store is unusable from now on; wakes whoever waits. */
int bdb_fail(struct bdb *, const char *what, int error);
/* The code for an error of a read or write of BDB; bdb_fail if it is fatal. */
int bdb_error(struct bdb *, const char *what, int error);
int64_t bdb_now(void);		/* ms, monotonic */
int bdb_env_open(struct bdb *, char *why, size_t whylen);
/* Where the log of an environment is, and its sizes; before it is opened.  0 or
 * what BDB says. */
int bdb_env_log(const struct bdb *, DB_ENV *);
int bdb_env_close(struct bdb *);

/* zeroes.c: whether pages of zeroes are taken for new ones, of all stores of the
 * process: recovery meets such pages. */
void bdb_zeroes_allow(bool yes);

/* sync.c: 0 or errno.  After a failure of a file BDB is told of no success any
 * more, until the next configure. */
void bdb_sync_configure(void);
int bdb_sync_fd(int fd);

/*
 * files.c: FOLDER is one of DIR's, or "." for DIR itself.
 *
 * Calls FN for each file until it returns something else than 0, which is
 * returned; SC_EIO with errno set if the folder cannot be read.
 */
int bdb_files_each(const struct bdb *, const char *folder,
    int (*fn)(void *arg, const char *name), void *arg);

/* The names that are in FOLDER are durable.  0 or errno. */
int bdb_folder_sync(const struct bdb *, const char *folder);

/* mark.c */
int bdb_mark_open(struct bdb *, char *why, size_t whylen);
int bdb_mark_put(struct bdb *, bool closed, const struct bdb_durable *);
int bdb_mark_sync(struct bdb *);
void bdb_mark_close(struct bdb *);

/* renew.c: what the page cache has of the log and the databases gets to the
 * disk, or is forgotten.  Before they are read. */
int bdb_renew(const struct bdb *, char *why, size_t whylen);

/* tail.c: SC_EDAMAGED if the log ends before what was durable.  Before BDB
 * writes to it. */
int bdb_tail_check(struct bdb *, char *why, size_t whylen);

/* ahead.c: whether a page was changed behind END; 0 or errno. */
int bdb_ahead(const struct bdb *, const DB_LSN *end, bool *ahead);

/* meta.c: what must be known before anything else can be read */
struct bdb_applied {
	DB_LSN lsn;		/* the trees hold all batches up to this one */
	uint64_t batch;
};
int bdb_meta_open(struct bdb *);
int bdb_meta_tables(struct bdb *);	/* gives every table its id */
int bdb_meta_applied(struct bdb *, struct bdb_applied *);
int bdb_meta_apply(struct bdb *, const struct bdb_applied *);
struct bdb_table *bdb_table_find(struct bdb *, uint32_t id);

/* view.c; LOCK is held where it says so */
int bdb_views_init(struct bdb *);
void bdb_views_fini(struct bdb *);
/* The current view with a reference; SEQ: what it sees. */
struct bdb_view *bdb_view_ref(struct bdb *, uint64_t *seq);
void bdb_view_unref(struct bdb *, struct bdb_view *);
/* Around each read; enter returns SC_ERERUN when the view expired. */
int bdb_view_enter(struct bdb_view *);
void bdb_view_leave(struct bdb *, struct bdb_view *);
/* Drops partitions in the current view.  LOCK is held. */
void bdb_view_drop(struct bdb *, uint32_t table, uint32_t part);
/* SEALS are those from now on.  LOCK is held. */
void bdb_view_seal_take(struct bdb *, struct sealset *seals);
/* Active becomes frozen.  No layer is frozen; WRITE_LOCK and LOCK are held. */
int bdb_view_freeze(struct bdb *);
/* The frozen one is in the trees. */
void bdb_view_thaw(struct bdb *);
/* Waits until nobody reads what was before the frozen memtable. */
void bdb_view_settle(struct bdb *);
/* Takes the right to read from those who hold up the write-back.  LOCK is
 * held. */
void bdb_view_expire(struct bdb *);

/* batch.c */
int bdb_batch_begin(struct bdb *);	/* an empty one */
/* Adds the rows of OWN to the batch and to the active memtable. */
int bdb_batch_add(struct bdb *, const struct memtable *own);
void bdb_commit(struct store *, store_done_fn *, void *);
/* A record of ours in the log. */
struct bdb_record {
	uint64_t batch;
	uint32_t index;
	bool last;
	struct slice rows;
};
enum {
	BDB_RECORD_HEADER = 52,
	BDB_RECORD_ZEROES = 16	/* type and zeroes at its beginning */
};
/* What all headers begin with. */
void bdb_record_head(uint8_t head[BDB_RECORD_ZEROES]);
/* Whether P is a header; and what was durable when it was written. */
bool bdb_record_vouches(const uint8_t p[BDB_RECORD_HEADER],
    struct bdb_durable *);
bool bdb_record_parse(struct slice bytes, struct bdb_record *);
/* Calls FN for each row of a batch; VALUE is NULL for a deletion. */
int bdb_batch_decode(struct slice rows,
    int (*fn)(void *, const struct memkey *, const struct slice *value),
    void *arg);

/* flush.c */
void bdb_queue_init(struct bdb_queue *);
void bdb_flush_add(struct bdb *, store_done_fn *, void *, uint64_t batch,
    const struct bdb_durable *logged);
void bdb_barrier(struct store *, store_done_fn *, void *);
void *bdb_flush_run(void *bdb);
void bdb_barriers_cancel(struct bdb *);

/* writeback.c */
void *bdb_writeback_run(void *bdb);
void bdb_writeback_now(struct bdb *);	/* at close; no thread runs */

/* backup.c */
int bdb_backup_configure(struct bdb *);	/* before the environment is open */

/* recover.c */
int bdb_recover(struct bdb *, char *why, size_t whylen);

/* tree.c: one database for each partition */
struct bdb_tree;
int bdb_trees_open(struct bdb *);
void bdb_trees_close(struct bdb *);
/* An open tree with a reference; SC_ENOTFOUND unless CREATE. */
int bdb_tree_ref(struct bdb *, uint32_t table, uint32_t part, bool create,
    struct bdb_tree **);
void bdb_tree_unref(struct bdb *, struct bdb_tree *);
DB *bdb_tree_db(const struct bdb_tree *);
bool bdb_tree_next(struct bdb *, uint32_t table, uint32_t from,
    uint32_t *part);
/* Calls FN for the file name of each tree until it returns something else
 * than 0.  They are those of one moment. */
int bdb_trees_names(struct bdb *, int (*fn)(void *arg, const char *name),
    void *arg);
/* Removes the files of dropped partitions. */
void bdb_trees_remove(struct bdb *, const struct dropset *);

/* segments.c: DIR/sealed, one file for each sealed partition */
enum { BDB_SEGMENT_NAME = 32 };
extern const struct snapshot_segments bdb_segments;	/* argument: a bdb */
/* Knows those of SEALS; the files that are not of them are removed. */
int bdb_segments_open(struct bdb *, const struct sealset *seals);
void bdb_segments_close(struct bdb *);
void bdb_segment_name(uint64_t number, char name[BDB_SEGMENT_NAME]);
/* Removes the files with numbers below UNTIL that are not of SEALS, when the
 * log is durable so far.  REMOVE_LOCK is held. */
void bdb_segments_remove(struct bdb *, const struct sealset *seals,
    uint64_t until);
/* Calls FN for the name of each file until it returns something else than 0;
 * SC_EIO with errno. */
int bdb_segments_names(struct bdb *, int (*fn)(void *arg, const char *name),
    void *arg);
/* Reads all of one. */
int bdb_segment_verify(struct bdb *, const char *name);

/* seal.c */
void *bdb_seal_run(void *bdb);
/* Segments with numbers below are told of by what is finished now, or never
 * will be.  LOCK is held. */
uint64_t bdb_seal_until(const struct bdb *);
/* A transaction with the row of a seal is finished.  LOCK is held. */
void bdb_seal_publish(struct bdb *, struct slice key,
    const struct slice *value);
int bdb_seal(struct store_txn *, const struct store_table *, uint32_t,
    bool *done);
int bdb_sealed(struct store_txn *, const struct store_table *, uint32_t,
    struct store_sealed *);

/* read.c */
extern const struct snapshot_base bdb_base;	/* its argument: a bdb_txn */
int bdb_drops_load(struct bdb *, struct dropset **, struct sealset **);

/* txn.c */
struct store_txn *bdb_begin(struct store *, bool writer);
int bdb_get(struct store_txn *, const struct store_table *, uint32_t,
    struct slice, struct slice *);
int bdb_lock(struct store_txn *, const struct store_table *, uint32_t,
    struct slice);
int bdb_put(struct store_txn *, const struct store_table *, uint32_t,
    struct slice, const struct slice *);
int bdb_scan(struct store_txn *, const struct store_table *, uint32_t,
    const struct store_range *, store_scan_fn *, void *);
/* Those of a partition itself (snapshot_scan_rows). */
int bdb_scan_rows(struct bdb_txn *, uint32_t table, uint32_t part,
    const struct store_range *, store_scan_fn *, void *);
int bdb_drop(struct store_txn *, const struct store_table *, uint32_t);
int bdb_parts(struct store_txn *, const struct store_table *,
    int (*)(void *, uint32_t), void *);
int bdb_finish(struct store_txn *);
void bdb_abandon(struct store_txn *);
int bdb_rewind(struct store_txn *);

/* space.c */
void bdb_space_check(struct bdb *);	/* looks at the disk if it is time */
int bdb_state(struct store *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * mem_priv: what the files of the store in memory share: mem.c has the store
 * and its batches, txn.c the transactions, segment.c what was sealed.
 *
 * All rows are in one memtable.  A transaction keeps its writes in a memtable
 * of its own, and the rows that it locked in another, until it finishes.
 *
 * The lock guards everything but the memtables, which guard themselves.  The
 * big memtable is replaced (compaction, crash) only while no transaction is
 * open.
 */
#ifndef STORE_MEM_PRIV_H
#define STORE_MEM_PRIV_H

#include <pthread.h>

#include "src/common/arena.h"
#include "src/common/buf.h"
#include "src/store/engine.h"
#include "src/store/snapshot.h"

struct mem_table {
	struct store_table table;
	char name[40];
	bool declared;			/* since the start or the last crash */
	struct mem_table *next;
};

/* A segment, as the file that it would be. */
struct mem_segment {
	struct mem_segment *next;
	uint64_t number;
	struct buf bytes;
	struct segment *segment;
};

struct mem_txn {
	struct store_txn txn;
	struct snapshot snap;
	struct memtable *locked;	/* rows as tombstones; writers only */
	struct dropset *drops;
	struct sealset *seals;
	struct arena values;		/* of what was read in segments */
	struct mem_txn *prev, *next;	/* of those that are open */
};

/* A call that waits for a batch. */
struct mem_wait {
	struct mem_wait *next;
	uint64_t batch;			/* its number */
	uint64_t seq;			/* of the last transaction in it */
	store_done_fn *done;
	void *arg;
};

struct mem_queue {
	struct mem_wait *first, **last;
};

struct mem {
	struct store store;
	bool auto_sync;
	pthread_mutex_t lock;
	int state;
	struct mem_table *tables;
	uint32_t ids;
	struct memtable *rows;		/* everything */
	struct memtable *locks;		/* when rows were last locked */
	struct dropset *drops;		/* as of SEQ */
	struct sealset *seals;
	struct mem_segment *segments;
	uint64_t last_segment;
	struct mem_txn *open;
	uint64_t seq, committed, durable;	/* of the last transaction */
	uint64_t batch;			/* number of the open batch */
	uint64_t batch_durable;
	size_t compacted;		/* bytes after the last compaction */
	struct mem_queue commits, barriers;
	unsigned waiting;		/* commits */
	struct store_stats stats;
};

/* ---- mem.c ---- */

/* The store, which is one in memory. */
struct mem *mem_of(struct store *);

/* Versions that neither a transaction nor a crash can ask for any more go when
 * they take as much memory as all the rest.  The lock is held. */
void mem_compact(struct mem *);

/* ---- txn.c: of the engine's table ---- */

struct store_txn *mem_begin(struct store *, bool writer);
int mem_get(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key, struct slice *value);
int mem_lock(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key);
int mem_put(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key, const struct slice *value);
int mem_scan(struct store_txn *, const struct store_table *, uint32_t part,
    const struct store_range *, store_scan_fn *, void *arg);
int mem_drop(struct store_txn *, const struct store_table *, uint32_t part);
int mem_parts(struct store_txn *, const struct store_table *,
    int (*fn)(void *, uint32_t), void *arg);
int mem_seal(struct store_txn *, const struct store_table *, uint32_t part,
    bool *done);
int mem_sealed(struct store_txn *, const struct store_table *, uint32_t part,
    struct store_sealed *);
int mem_finish(struct store_txn *);
void mem_abandon(struct store_txn *);
int mem_rewind(struct store_txn *);

/* Takes T out of the open transactions; the lock is held. */
void mem_txn_close(struct mem *, struct mem_txn *);
void mem_txn_free(struct mem_txn *);

/* ---- segment.c ---- */

/* Those of the store in the argument. */
extern const struct snapshot_segments mem_segments;

/* The rows of a partition that do not change any more. */
int mem_segment_make(struct snapshot *, const struct seal *,
    struct mem_segment *, struct segment_sum *);
void mem_segment_free(struct mem_segment *);

/* Forgets the segments of which no seal tells; the lock is held. */
void mem_segments_collect(struct mem *);

#endif

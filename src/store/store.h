/* SPDX-License-Identifier: ISC */
/*
 * store: transactional ordered tables of bytes.  Handlers see nothing else of
 * a database; which engine is behind it is chosen when it is opened
 * (src/store/bdb/bdb.h, src/store/mem/mem.h).
 *
 * Writing.  A handler gets a write transaction.  Its writes are buffered; its
 * own reads see them.  store_finish adds them to the current batch, as a
 * whole, or reports that a concurrent transaction won; store_abandon forgets
 * them, and the batch is as if they had never been.  store_commit closes the
 * batch: it survives as a whole or not at all, batches in their order, and
 * the completion says when it is on stable storage.  Later transactions see
 * earlier ones at once, durable or not; what must not be seen before it is
 * durable is held back by whoever sends (semantics R1: store_barrier).
 *
 *	store_begin -> get/put/del/scan ... -> store_finish | store_abandon
 *	... more transactions ...
 *	store_commit(done)			done(): durable
 *
 * One thread writes: store_begin (not _read), store_finish, store_commit and
 * store_drop are called by it alone.  Reading transactions may be used on any
 * thread, one thread each, many at once, and see one unchanging state: that
 * of the last finished (not only committed) batch when they began.
 *
 * Keys are compared as bytes; integers in them are big-endian.  Values start
 * with a version byte of their owner's.  Keys have 1 to 255 bytes, values at
 * most 1 MiB.
 *
 * Tables may be partitioned: each partition (a number chosen by the owner; a
 * period of time, say) is a database of its own and can be dropped whole.  A
 * dropped partition is never written again.  Unpartitioned tables have
 * partition 0 only.
 *
 * A partition that is old can be sealed, in a table that was declared
 * STORE_SEALABLE: its rows go to a compressed file that never changes.  It is
 * read and written as before, only slower: what changes in it is kept beside
 * the file.  It is dropped as before.
 *
 * Locks (semantics R24).  A handler names the rows that guard what it does,
 * with store_lock or store_get_locked, in key order.  An engine with one
 * writer at a time has nothing to do for it; one that runs handlers at once
 * promises that of two transactions that lock the same row the later one sees
 * what the earlier one wrote, or is told SC_ERERUN by store_finish.
 * Rows that were only read are not guarded.
 *
 * Every function here may return SC_EIO (the engine failed; the store is then
 * unusable and store_state says so), SC_ENOMEM or SC_EDAMAGED besides what its
 * comment says.  No engine error number, type or name gets out.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/store/table.h"

struct store;
struct store_table;
struct store_txn;

/*
 * Declares a table.  Called for each, every time the store is opened, before
 * the first transaction; NAME ([a-z0-9-]{1,32}) is kept on disk and must
 * outlive the store.  The handle belongs to the store.  SC_ECONFLICT: the
 * name is taken in this process.
 */
int store_table_add(struct store *, const char *name, unsigned flags,
    struct store_table **);

/* The name that a table was declared with. */
const char *store_table_name(const struct store_table *);

/* After the tables: recovers and makes the store usable.  WHY gets a sentence
 * on failure that an operator can act on. */
int store_start(struct store *, char *why, size_t whylen);

/* A write transaction; NULL without memory.  Does not block. */
struct store_txn *store_begin(struct store *);

/*
 * A reading transaction.  Ends with store_abandon.  NULL without memory.
 * Keep it short: while it is open an engine keeps what it sees beside all
 * that is written meanwhile.  When that grows too large every read of it
 * fails with SC_ERERUN (values that it has stay valid): begin again.
 */
struct store_txn *store_begin_read(struct store *);

/*
 * *VALUE lives until the transaction ends.  SC_ENOTFOUND.  May read the disk.
 */
int store_get(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key, struct slice *value);

/* store_get and store_lock in one. */
int store_get_locked(struct store_txn *, const struct store_table *,
    uint32_t part, struct slice key, struct slice *value);

/* Locks a row, which need not exist.  A reading transaction locks nothing. */
int store_lock(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key);

/*
 * Inserts or replaces.  Key and value are copied.  SC_EBADREQUEST,
 * SC_ETOOLARGE: the length of the key or of the value is not allowed.
 * SC_ECONFLICT: the partition is dropped.
 */
int store_put(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key, struct slice value);

/* Removes; removing what is not there is not an error.  Fails as store_put. */
int store_del(struct store_txn *, const struct store_table *, uint32_t part,
    struct slice key);

/*
 * Visits the rows with lo <= key < hi (an empty HI is no bound) in key order,
 * or backwards.  FN returns 0 to go on, 1 to stop; anything negative stops
 * and is returned.  Key and value live until FN returns.  FN must not write
 * to the scanned transaction.
 */
int store_scan(struct store_txn *, const struct store_table *, uint32_t part,
    const struct store_range *, store_scan_fn *, void *arg);

/* The range of all keys that begin with PREFIX.  END has room for
 * STORE_KEY_MAX bytes and must live as long as the range. */
struct store_range store_prefix(struct slice prefix, uint8_t *end);

/* Drops a partition, as part of the transaction.  Rows in it are not found
 * from then on; its disk space comes back some time after the commit.
 * Dropping what is dropped or was never written is not an error. */
int store_drop(struct store_txn *, const struct store_table *, uint32_t part);

/* The partitions that hold a row, ascending.  FN as for store_scan. */
int store_parts(struct store_txn *, const struct store_table *,
    int (*fn)(void *arg, uint32_t part), void *arg);

/*
 * The next step of sealing a partition, as part of the transaction; *DONE:
 * there is none after it.  Rows are read and compressed elsewhere meanwhile:
 * not done is no reason to come back at once.  One partition is worked on at a
 * time, of all tables; the first caller's.  What an end of the process has cut
 * off begins again.  SC_ECONFLICT: it is dropped.  SC_ENOSPC: the disk is
 * nearly full, and sealing needs room first.
 */
int store_seal(struct store_txn *, const struct store_table *, uint32_t part,
    bool *done);

/* Of a partition of which store_seal was called.  SC_ENOTFOUND. */
struct store_sealed {
	bool done;
	/* then, as it was sealed: */
	uint64_t rows, bytes;	/* of keys and values */
	uint64_t size;		/* on the disk */
};
int store_sealed(struct store_txn *, const struct store_table *, uint32_t part,
    struct store_sealed *);

/* Adds the writes to the batch and ends the transaction.  SC_ERERUN: nothing
 * was added, begin again.  The transaction is gone in every case. */
int store_finish(struct store_txn *);

/* Ends a transaction of either kind without a trace. */
void store_abandon(struct store_txn *);

/*
 * Forgets all that the transaction has written so far and keeps the rest: what
 * it sees and what it has locked stay as they are, so what was checked still
 * holds.  Values of rows that it wrote itself end here.  SC_ENOMEM: it can
 * only be abandoned.
 */
int store_rewind(struct store_txn *);

/*
 * Closes the batch and starts writing it; DONE is called once, with 0 when it
 * is durable or with an error when that cannot be had (then the store has
 * failed), in the order of the commits, possibly on another thread and
 * possibly before store_commit returns.  An empty batch completes after those
 * before it.
 */
typedef void store_done_fn(void *arg, int rc);

void store_commit(struct store *, store_done_fn *done, void *arg);

/*
 * The barrier of R1: calls DONE when everything that a reading transaction
 * begun before this call could have seen is durable, what is finished but not
 * yet committed included: then that is after the next commit.  Any thread.
 * DONE is called like that of store_commit, before this returns if nothing is
 * to be waited for.
 */
void store_barrier(struct store *, store_done_fn *done, void *arg);

/* SC_OK; SC_ENOSPC: the disk is nearly full, reads work, writers should
 * refuse new work (deletions still work); SC_EIO: failed.  Any thread,
 * cheap. */
int store_state(struct store *);

/* Counters since start, for `stats`.  Any thread. */
struct store_stats {
	uint64_t transactions, reruns, batches, syncs;
	uint64_t rows_written, bytes_written;	/* by finished transactions */
	uint64_t stalls;		/* commits that waited for the disk */
	uint64_t memory;		/* bytes of the engine's own tables */
};
void store_stats(struct store *, struct store_stats *);

/* Waits for everything under way (flush, checkpoint) and frees the store.
 * What was committed is durable afterwards, and the next start is quick; what
 * was finished and not committed is lost.  Every completion was called before
 * it returns; barriers that wait for a commit which will not come get
 * SC_EUNAVAILABLE.  Every transaction must have ended.  NULL is allowed.  0, or
 * SC_EIO: not all could be written to where it belongs; what was committed and
 * durable is found by the next start, as after a crash. */
int store_close(struct store *);

#endif

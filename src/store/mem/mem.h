/* SPDX-License-Identifier: ISC */
/*
 * The engine for simulation and tests: everything in memory, several write
 * transactions open at once, and a crash that keeps what was durable.
 */
#ifndef STORE_MEM_H
#define STORE_MEM_H

#include "src/store/store.h"

/*
 * AUTO_SYNC: a commit is durable at once and DONE is called before
 * store_commit returns.  Otherwise batches wait for mem_sync.
 * NULL without memory.
 */
struct store *mem_open(bool auto_sync);

/* Makes the oldest N waiting batches durable, calling their completions.
 * Returns how many there were. */
unsigned mem_sync(struct store *, unsigned n);

/* Batches that were committed and are not durable. */
unsigned mem_waiting(const struct store *);

/*
 * The power fails: what is not durable is gone, open transactions are
 * forgotten (their handles become invalid), no completion is called.  Of the
 * waiting batches the first KEEP survive, as if a sync had reached the disk
 * but nobody had been told.  The store is usable at once; handles of tables
 * stay valid, and each table may be declared once more by a new owner, who
 * gets the same handle.
 */
void mem_crash(struct store *, unsigned keep);

/* From now on store_state says STATE (SC_OK, SC_ENOSPC). */
void mem_set_state(struct store *, int state);

#endif

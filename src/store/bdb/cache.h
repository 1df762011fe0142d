/* SPDX-License-Identifier: ISC */
/*
 * cache: rows that the writer has read from the trees.  A handler reads the
 * same few rows again and again that never change, or seldom: a device, what a
 * number stands for.  In a tree each costs a walk over pages with their locks;
 * here it is one comparison.
 *
 * Only the writer's thread uses it, and only for rows that are in none of its
 * memtables: what it writes it forgets here at that moment, so that what comes
 * back to the trees later is read anew.  So it may be asked before them, and
 * these rows, the most frequent, cost no search in a memtable.  A row has one place, given by its
 * key; two that share it push each other out.
 */
#ifndef STORE_BDB_CACHE_H
#define STORE_BDB_CACHE_H

#include "src/store/memtable.h"

struct bdb_cache;

/* Longer rows are not kept. */
enum { BDB_CACHE_ROW = 512 };

/* Room for ROWS rows, a power of two; NULL without memory. */
struct bdb_cache *bdb_cache_create(size_t rows);
void bdb_cache_destroy(struct bdb_cache *);

/* *VALUE lives until the next put. */
bool bdb_cache_get(const struct bdb_cache *, const struct memkey *,
    struct slice *value);

/* Without memory it is not kept. */
void bdb_cache_put(struct bdb_cache *, const struct memkey *,
    struct slice value);

void bdb_cache_forget(struct bdb_cache *, const struct memkey *);

#endif

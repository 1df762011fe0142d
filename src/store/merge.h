/* SPDX-License-Identifier: ISC */
/*
 * merge: one ordered view of several layers of rows, newer layers hiding
 * older ones.
 */
#ifndef STORE_MERGE_H
#define STORE_MERGE_H

#include "src/store/memtable.h"
#include "src/store/store.h"

/*
 * A layer of rows in the order of the scan.  NEXT (the first call finds the
 * first row) returns 1 with key, value and dead set, 0 at the end, or a
 * negative error; key and value live until the next call of it.
 */
struct merge_source {
	int (*next)(struct merge_source *);
	struct slice key, value;
	bool dead;
};

/*
 * Visits the merged rows of COUNT sources, the newest layer first in the
 * array, all of which go in the direction that REVERSE says.  Tombstones hide
 * and are not visited.  FN and the result are those of store_scan.
 */
enum { MERGE_MAX = 16 };
int merge_scan(struct merge_source *const *, unsigned count, bool reverse,
    store_scan_fn *fn, void *arg);

/* The rows of one partition in a memtable, as of SEQ.  RANGE must live as
 * long as the source. */
struct merge_memtable {
	struct merge_source source;
	struct memcursor cursor;
	uint32_t table, part;
	uint64_t seq;
	const struct store_range *range;
	bool begun;
};

void merge_memtable_init(struct merge_memtable *, const struct memtable *,
    uint32_t table, uint32_t part, uint64_t seq, const struct store_range *);

#endif

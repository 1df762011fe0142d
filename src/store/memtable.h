/* SPDX-License-Identifier: ISC */
/*
 * memtable: an ordered map in memory from (table, partition, key) to the
 * versions of a row, newest first.  Insert-only: an update adds a version, a
 * deletion adds a tombstone, and memory comes back with the whole table.
 *
 * One thread at a time writes.  Any number of threads read meanwhile without
 * a lock: what a reader finds at a sequence number that was published to it
 * is complete and never changes.  Keys and values that are handed out live as
 * long as the table (until memtable_clear).
 */
#ifndef STORE_MEMTABLE_H
#define STORE_MEMTABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/slice.h"

struct memtable;
struct memnode;

/* The name of a row; the order is that of the members. */
struct memkey {
	uint32_t table, part;
	struct slice key;
};

struct memvalue {
	struct slice value;
	uint64_t seq;		/* of the transaction that wrote it */
	bool dead;		/* a tombstone: there is no such row */
};

/*
 * An empty table, NULL without memory.  EXPECTED, if not 0, is about how many
 * rows it will have: they get an index that finds single rows faster, for 8
 * bytes each.
 */
struct memtable *memtable_create(size_t expected);
void memtable_destroy(struct memtable *);

/* Forgets everything; keeps some memory for reuse.  No reader may be left.
 * false without memory: the table can only be destroyed then. */
bool memtable_clear(struct memtable *);

/*
 * Adds a version; VALUE NULL is a tombstone.  SEQ must not be below that of
 * the row's newest version; with an equal one the later put hides the earlier.
 * Copies key and value.  SC_ENOMEM: nothing was added.
 */
int memtable_put(struct memtable *, const struct memkey *,
    const struct slice *value, uint64_t seq);

/* The newest version at or below SEQ, which may be a tombstone; false when
 * the table knows nothing of the row at that time. */
bool memtable_get(const struct memtable *, const struct memkey *, uint64_t seq,
    struct memvalue *);

/* The sequence number of the newest version, 0 when there is none. */
uint64_t memtable_newest(const struct memtable *, const struct memkey *);

/* The least partition of TABLE at or above FROM that any version is in. */
bool memtable_next_part(const struct memtable *, uint32_t table, uint32_t from,
    uint32_t *part);

/* Bytes taken by rows, and the number of rows.  Any thread. */
size_t memtable_bytes(const struct memtable *);
size_t memtable_rows(const struct memtable *);

/*
 * Copies to TO, which is empty, of each row the newest version at or below
 * LOW and all in (LOW, HIGH]; rows that are then only a tombstone at or below
 * LOW are left out, and so is what OMIT (unless NULL) is true for.
 */
int memtable_copy(struct memtable *to, const struct memtable *from,
    uint64_t low, uint64_t high, bool (*omit)(void *, const struct memkey *),
    void *arg);

/*
 * A place in a table; valid as long as the table.  The functions that move it
 * say whether there is a row there; only then may it be looked at or moved on.
 */
struct memcursor {
	const struct memtable *table;
	const struct memnode *at;
};

bool memcursor_first(struct memcursor *, const struct memtable *);

/* The first row at or after the key. */
bool memcursor_seek(struct memcursor *, const struct memtable *,
    const struct memkey *);

/* The last row before the key. */
bool memcursor_seek_before(struct memcursor *, const struct memtable *,
    const struct memkey *);

bool memcursor_next(struct memcursor *);
bool memcursor_prev(struct memcursor *);

struct memkey memcursor_key(const struct memcursor *);

/* As memtable_get for the row that the cursor is at. */
bool memcursor_value(const struct memcursor *, uint64_t seq,
    struct memvalue *);

#endif

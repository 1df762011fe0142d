/* SPDX-License-Identifier: ISC */
/*
 * dropset: the dropped partitions at one moment.  A set never changes; a drop
 * makes a new one, and each transaction keeps the one it began with.
 */
#ifndef STORE_DROPSET_H
#define STORE_DROPSET_H

#include <stdbool.h>
#include <stdint.h>

#include "src/store/memtable.h"

struct dropset;

/* Drops are rows like others, in a table of the engine's own: its id, and
 * the partition that they are in. */
enum { DROP_TABLE = 0, DROP_PART = 0, DROP_KEY_LEN = 8 };

/* An empty set with one reference. */
struct dropset *dropset_create(void);

/* A set with one reference: the members of the old one and this. */
struct dropset *dropset_add(const struct dropset *, uint32_t table,
    uint32_t part);

/* Any thread. */
struct dropset *dropset_ref(struct dropset *);
void dropset_unref(struct dropset *);

bool dropset_has(const struct dropset *, uint32_t table, uint32_t part);

/* The members, ascending: I < dropset_count. */
unsigned dropset_count(const struct dropset *);
void dropset_at(const struct dropset *, unsigned i, uint32_t *table,
    uint32_t *part);

/* The row of a drop.  BYTES holds its key and lives as long as the result. */
struct memkey drop_row(uint8_t bytes[DROP_KEY_LEN], uint32_t table,
    uint32_t part);

/* Its value. */
struct slice drop_value(void);

/* What is dropped by the row with KEY; false when KEY is not of a drop. */
bool drop_parse(struct slice key, uint32_t *table, uint32_t *part);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * sealset: the partitions that are sealed, or on the way to it, at one moment.
 * A set never changes; a change makes a new one, and each transaction keeps
 * the one it began with.
 *
 * A partition is first SEAL_OPEN: its rows do not change any more.  What is
 * written to it goes to the same partition of another table, the overlay,
 * which is read before it.  Then its rows are in a segment (SEAL_DONE), and
 * the partition itself is dropped from under the overlay.
 *
 * In the overlay a value has a byte in front: SEAL_DEAD (there is no such row,
 * and nothing follows) or SEAL_LIVE.
 */
#ifndef STORE_SEALSET_H
#define STORE_SEALSET_H

#include "src/store/dropset.h"
#include "src/store/segment.h"

struct sealset;

/* They are rows like others, beside the drops. */
enum { SEAL_PART = 1, SEAL_VALUE_LEN = 1 + 1 + 4 + 8 + 8 + 8 + 8 + 4 };

enum seal_state { SEAL_OPEN = 1, SEAL_DONE = 2 };

enum { SEAL_DEAD = 0, SEAL_LIVE = 1 };

struct seal {
	uint32_t table, part;
	uint32_t overlay;		/* a table */
	enum seal_state state;
	/* of SEAL_DONE */
	uint64_t number;		/* of the segment */
	struct segment_sum sum;
};

struct sealset *sealset_create(void);

/* A set with one reference: the old one's members and this one, which takes
 * the place of an older one of its partition; or without a partition. */
struct sealset *sealset_put(const struct sealset *, const struct seal *);
struct sealset *sealset_del(const struct sealset *, uint32_t table,
    uint32_t part);

/* Any thread. */
struct sealset *sealset_ref(struct sealset *);
void sealset_unref(struct sealset *);

/* NULL: it is as it always was.  SET may be NULL: nothing is sealed. */
const struct seal *sealset_find(const struct sealset *, uint32_t table,
    uint32_t part);

/* The first of TABLE at or above FROM, or NULL. */
const struct seal *sealset_next(const struct sealset *, uint32_t table,
    uint32_t from);

/* The members, ascending: I < sealset_count. */
unsigned sealset_count(const struct sealset *);
const struct seal *sealset_at(const struct sealset *, unsigned i);

bool sealset_has_segment(const struct sealset *, uint64_t number);

/* The row of a seal.  KEY and VALUE hold it and live as long as the result. */
struct memkey seal_row(uint8_t key[DROP_KEY_LEN], uint32_t table,
    uint32_t part);
struct slice seal_value(uint8_t value[SEAL_VALUE_LEN], const struct seal *);

/* The seal of a row; false when it is none. */
bool seal_parse(struct slice key, struct slice value, struct seal *);

/* A new set: what a row of that key and value (NULL: it is deleted) makes of
 * the old one; NULL when it is not of a seal. */
struct sealset *sealset_apply(const struct sealset *, struct slice key,
    const struct slice *value);

#endif

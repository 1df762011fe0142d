/* SPDX-License-Identifier: ISC */
/*
 * period: where the entries of a chat are.  A partition of entries (and of the
 * movements of marks that reached them) is a period of time and a class:
 * entries that are kept for equally long.  Rows of `periods' say from which
 * seq on a chat is in which partition; what has been taken away one by one, or
 * with its partition, is said to be in CHAT_PERIOD_GONE.
 *
 * A class is a number.  The first are those of the kinds of chats, in their
 * order (direct 0, group 1 ...); the others are given to single chats.  What
 * they mean is known to whoever drops partitions.
 */
#ifndef CHAT_PERIOD_H
#define CHAT_PERIOD_H

#include "src/chat/domain.h"
#include "src/chat/model.h"

/*
 * The partition that no expiry may drop: account logs, without which a device
 * could not learn what its chats are called.
 */
enum { CHAT_PERIOD_KEPT = 0 };
#define CHAT_PERIOD_GONE UINT32_MAX

enum {
	CHAT_CLASS_BITS = 5,
	CHAT_CLASSES = 1 << CHAT_CLASS_BITS,
	CHAT_CLASS_OWN = 5	/* the first that is no kind's */
};

/* The partition of class 0 for entries written at TIME, and one of any
 * class. */
uint32_t chat_period_at(const struct domain *, int64_t time);
uint32_t chat_part(unsigned class, uint32_t period);

/* What a partition is of, and the time at which it begins. */
unsigned chat_part_class(uint32_t part);
int64_t chat_period_start(const struct domain *, uint32_t part);

/* The class of what is written in C now, and the partition for TIME. */
unsigned chat_class(const struct chat *);
uint32_t chat_part_at(const struct domain *, const struct chat *,
    int64_t time);

/* A row: from FIRST on, up to the next row, entries are in PART. */
struct period {
	uint64_t first;
	uint32_t part;
};

/* The newest that begins at or before SEQ, or (AFTER) the oldest that begins
 * above it.  SC_ENOTFOUND. */
int period_find(struct tx *, const struct chat_id *, uint64_t seq, bool after,
    struct period *);

/* C's entries from SEQ on are in PART. */
int period_put(struct tx *, const struct chat_id *, uint64_t seq,
    uint32_t part);

/* The partition that holds SEQ.  SC_ENOTFOUND. */
int chat_period(struct tx *, const struct chat_id *, uint64_t seq,
    uint32_t *part);

/* The same for a chat that has been read, most often without a read. */
int chat_period_of(struct tx *, const struct chat *, uint64_t seq,
    uint32_t *part);

/*
 * The entries of a row up to LAST are gone, or with PERIOD_WHOLE all of them.
 * Rows that say so are joined, so that a chat has one at its beginning however
 * much has been dropped.
 */
#define PERIOD_WHOLE UINT64_MAX
int period_forget(struct tx *, const struct chat_id *, const struct period *,
    uint64_t last);

#endif

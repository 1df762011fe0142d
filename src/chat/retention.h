/* SPDX-License-Identifier: ISC */
/*
 * retention: entries are counted and taken away, a bounded piece at a time.
 * PLACE is where to go on, zeroed to begin; its `more' says whether there is
 * anything left of the partition.  What is gone is read as a skip (R5).
 */
#ifndef CHAT_RETENTION_H
#define CHAT_RETENTION_H

#include "src/chat/period.h"

struct retention_sum {
	uint64_t entries, bytes;
	int64_t newest;		/* the time of the newest of them */
};

/* Adds what is in a partition, MOST entries at most, to the sum. */
int retention_count(struct tx *, uint32_t part, unsigned most,
    struct chat_place *, struct retention_sum *);

/*
 * Makes a partition be of the past: its chats, MOST of them at most, forget
 * that they have entries there, and when all have, it is dropped, with the
 * movements of marks.  Locks the chats.
 */
int retention_drop(struct tx *, uint32_t part, unsigned most,
    struct chat_place *);

/*
 * Adds the entries that all devices of all members have been given, as their
 * durable marks say, and takes them away if REMOVE; looks at some MOST entries
 * and members.  A partition whose time is over and that has become empty is
 * dropped; the movements of marks stay.  Locks the chats.
 */
int retention_delivered(struct tx *, uint32_t part, unsigned most, bool remove,
    struct chat_place *, struct retention_sum *);

/* What is written in a chat from now on is of that class; 0: of its kind's.
 * SC_ENOTFOUND; SC_EFORBIDDEN: an account log.  Locks the chat. */
int retention_set(struct tx *, const struct chat_id *, unsigned class);

#endif

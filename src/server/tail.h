/* SPDX-License-Identifier: ISC */
/*
 * tail: the newest entries, for sessions that are a little behind.  Filled
 * from released outboxes only, so that nothing in it can be undone (R1).
 */
#ifndef SERVER_TAIL_H
#define SERVER_TAIL_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/address.h"

struct event;

/* Entries are this long at most, on average: older ones give way to long ones,
 * so that senders do not choose how much memory the cache takes. */
enum { TAIL_ENTRY_BYTES = 4096 };

struct tail {
	struct event **ring;	/* the oldest is overwritten */
	size_t size, at;
	size_t first;		/* nothing older than this place is there */
	size_t bytes;		/* of all payloads */
	uint32_t *index;	/* hash of (chat, seq) -> ring position + 1 */
	size_t nindex;
};

/* SIZE entries; 0: none are kept. */
void tail_init(struct tail *, size_t size);
void tail_fini(struct tail *);
void tail_add(struct tail *, struct event *);

/* In the place of what is there of the same entry, if it is there. */
void tail_replace(struct tail *, struct event *);

/* Forgets entries written before TIME. */
void tail_prune(struct tail *, int64_t time);

/* The entry, borrowed until the next tail_add; NULL: read the store. */
struct event *tail_get(const struct tail *, const struct chat_id *,
    uint64_t seq);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * feed: a chat of which a session has not been sent everything, or of which
 * something is unacknowledged.  Chats without a feed are up to date.
 */
#ifndef SERVER_FEED_H
#define SERVER_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/address.h"
#include "protocol/names.h"

struct feed {
	struct chat_id chat;
	uint64_t number;
	enum chat_kind kind;
	bool known;		/* `sent` is: the sync has been answered */
	bool syncing;		/* was behind at the sync */
	enum skip_reason why;	/* of skip */
	uint64_t skip;		/* up to here it is not to be sent at all; 0:
				 * that is done */
	uint64_t sent;		/* everything up to here has been sent */
	uint64_t head;		/* there are entries up to here */
	uint64_t sync_head;	/* the head at the sync */
	uint64_t first;		/* from here on all of it is the user's, what
				 * is below only if a page says so (R5) */
	uint64_t unacked;	/* items sent and not acknowledged */
	uint64_t acked;		/* if there are some: up to here it is */
	bool waits;		/* the next item is too far above that */
	uint64_t stamp;		/* of the newest event */
};

/* Those of a session.  A pointer to one is good until the next is added, or
 * feeds_tidy. */
struct feeds {
	struct feed *all;
	unsigned n, cap;
	unsigned turn;		/* whose turn it is */
};

void feeds_fini(struct feeds *);

/* NULL: there is none. */
struct feed *feed_find(const struct feeds *, const struct chat_id *);
struct feed *feed_of_number(const struct feeds *, uint64_t number);

struct feed *feed_add(struct feeds *, const struct chat_id *, uint64_t number,
    enum chat_kind);

/* Drops feeds that are up to date: an idle session has none. */
void feeds_tidy(struct feeds *);

/* Whether there is more to send of the account log. */
bool feeds_account_behind(const struct feeds *);

/* Entries that wait for the device, sent or not. */
uint64_t feeds_waiting(const struct feeds *);

#endif

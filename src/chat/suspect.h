/* SPDX-License-Identifier: ISC */
/*
 * suspect: what a device seems to die of (semantics R12).
 *
 * A connection that ends although everything was delivered to it, with
 * something unacknowledged, may have been ended by what it was given.  Which of
 * it, nobody can tell; so when that has happened twice the next connection of
 * the device gets less at once, and less again, until what is unacknowledged is
 * one entry.  That is a try, and they are counted.
 */
#ifndef CHAT_SUSPECT_H
#define CHAT_SUSPECT_H

#include "protocol/address.h"
#include "src/chat/domain.h"

enum { SUSPECT_TRIES = 3 };	/* of one entry; then it is undeliverable */
#define SUSPECT_ONCE UINT32_MAX	/* a window: as it would be */

struct suspect {
	uint32_t window;	/* entries at once; 0: nothing is suspected */
	uint32_t left;		/* for so many entries yet, if tries is 0 */
	uint32_t tries;		/* failed ones, of the entry SEQ of CHAT */
	struct chat_id chat;
	uint64_t seq;
};

/* What is noted of the device, all 0 if nothing is. */
int suspect_get(struct tx *, uint64_t user, uint32_t device, struct suspect *);

/* Notes it, or forgets it if the window is 0.  A device that is not there any
 * more is not an error. */
int suspect_put(struct tx *, uint64_t user, uint32_t device,
    const struct suspect *);

#endif

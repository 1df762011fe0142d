/* SPDX-License-Identifier: ISC */
/*
 * tap: reads along one direction of a connection and makes stanzas of it.
 */
#ifndef SIM_TAP_H
#define SIM_TAP_H

#include "protocol/stanza.h"

struct deflate;

struct tap {
	struct deflate *deflate;
	struct stanza_ctx ctx;
	struct buf bytes;
	struct buf body;	/* of a deflated frame */
	bool broken;
};

void tap_init(struct tap *, struct deflate *);
void tap_fini(struct tap *);

/* Calls FN for each stanza that is complete; it lives until FN returns.  0, or
 * the first code that is not: FN's, or that of bytes that are no stanza. */
int tap_feed(struct tap *, struct slice bytes,
    int (*fn)(void *arg, const struct elem *), void *arg);

#endif

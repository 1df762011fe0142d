/* SPDX-License-Identifier: ISC */
/*
 * spare: buffers that have been written out, for the next sessions that have
 * something to send.  An idle session holds none, and one that is told something
 * need not grow its own, byte for byte, each time.
 */
#ifndef SERVER_SPARE_H
#define SERVER_SPARE_H

#include "src/common/buf.h"

enum { SPARES = 256 };	/* of a worker: a megabyte at most */

struct spares {
	struct buf all[SPARES];
	unsigned n;
};

/* Zeroed spares are empty ones. */
void spares_fini(struct spares *);

/* For B, which has no limit and holds no memory, if there is one. */
void spare_take(struct spares *, struct buf *b);

/* B, which has no limit, holds no memory afterwards. */
void spare_give(struct spares *, struct buf *b);

#endif

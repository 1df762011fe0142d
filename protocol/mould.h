/* SPDX-License-Identifier: ISC */
/*
 * mould: a stanza that many get, encoded once.  What differs between them is the
 * chat's number and the base of the first time; the rest is copied.
 */
#ifndef PROTOCOL_MOULD_H
#define PROTOCOL_MOULD_H

#include "protocol/stanza.h"

struct mould_gap {
	size_t at, len;		/* in the body */
};

struct mould {
	struct buf body;	/* as somebody gets it */
	struct mould_gap chat, time;
	int64_t when;
};

void mould_init(struct mould *);
void mould_fini(struct mould *);

/*
 * From E, with any number for its chat.  False: E is none of those for which
 * this works; they have a shape in which the number comes first, then a time,
 * and no other bytes than those of integers between, and are not about as long as
 * a frame may be.
 */
bool mould_make(struct mould *, const struct elem *e);

/* Appends the frame that stanza_put makes of E with that number. */
void mould_put(const struct mould *, const struct stanza_ctx *,
    uint64_t number, struct buf *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * telling: an entry that many sessions are told one after the other is encoded
 * once.  Only what is each one's own, the number of the chat and the base of
 * times, is written for each (protocol/mould.h).
 */
#ifndef SERVER_TELLING_H
#define SERVER_TELLING_H

#include "protocol/mould.h"

struct entry;
struct event;
struct session;
struct worker;

struct telling {
	const struct entry *entry;	/* the one at hand; NULL: none */
	bool made;			/* the mould is of it */
	struct mould mould;
};

void telling_init(struct telling *);
void telling_fini(struct telling *);

/* From here to telling_end the event is told.  It outlives that. */
void telling_begin(struct telling *, const struct event *);
void telling_end(struct telling *);

/*
 * Puts the entry, which somebody else has written, as chat NUMBER.  M makes the
 * element of it.  False: it is not the one that is told, or the session has to
 * see the element.
 */
bool telling_put(struct session *, const struct entry *, uint64_t number,
    void (*make)(struct elem_buf *, const struct entry *, uint64_t number));

#endif

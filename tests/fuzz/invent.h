/* SPDX-License-Identifier: ISC */
/*
 * invent: stanzas that are valid by their shape, out of the tables that are
 * generated from dictionary.xml: each attribute has its type, its value is
 * ordinary, at an edge, or one that exists at this moment of the conversation
 * (counters, chats, places in them, names), content and children are what the
 * row wants.  Also stanzas that differ from a given one.
 *
 * Bytes of length 1 stand for something that the other side has said: targets
 * put it in (learned.h), so that tokens and references can be used.
 */
#ifndef FUZZ_INVENT_H
#define FUZZ_INVENT_H

#include "protocol/tables.h"

enum { INVENT_CHATS = 8, INVENT_SPEAKERS = 3 };

struct invent {
	struct arena *arena;	/* what is invented lives there */
	uint64_t random;
	unsigned direction;	/* FROM_CLIENT or FROM_SERVER */
	unsigned speaker;	/* whose counter it is */
	uint64_t n[INVENT_SPEAKERS];	/* counters that were used */
	uint64_t top[INVENT_CHATS];	/* the last place of each chat number */
	uint64_t chat, first;	/* of the element at hand */
};

void invent_init(struct invent *, struct arena *, unsigned direction,
    uint64_t seed);

/* Below END, which is not 0. */
unsigned invent_below(struct invent *, unsigned end);

/* E was said before what is invented next. */
void invent_follow(struct invent *, const struct elem *e);

/* Some stanza of the side's. */
void invent_any(struct invent *, struct elem *e);

/* One that begins with TAG, by any of its rows for the side. */
void invent_tag(struct invent *, enum tag tag, struct elem *e);

/* Makes something of E different, which stays what its row wants, or gets an
 * attribute more or less. */
void invent_change(struct invent *, struct elem *e);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * acts: what people do that leaves nothing in a log: who is there, who types,
 * another device, pages of history.
 */
#ifndef STORY_ACTS_H
#define STORY_ACTS_H

#include "tests/story/verbs.h"

/* All devices of a person are shown so. */
void shows(struct tale *, const char *who, enum sc_show);
/* WHO, who watches WHOM, sees him so; now or soon. */
void watches(struct tale *, const char *who, const char *whom);
void sees(struct tale *, const char *who, const char *whom, enum sc_show);

/* WHOM, one who is there, sees that WHO types; it is said again if a connection
 * ended meanwhile. */
void types(struct tale *, const char *who, const char *where,
    const char *whom);

/* A device of the person lets another one in with a code. */
void links(struct tale *, const char *who, const char *name);
void renames(struct tale *, const char *who, const char *name);
/* A device is removed by another one, and hears of it. */
void removes(struct tale *, const char *who, const char *whom);

/* Reads a place by pages of LIMIT, from its end or from its beginning: what is
 * in the book already must be the same. */
void pages(struct tale *, const char *who, const char *where, unsigned limit,
    bool forward);
void pages_of(struct tale *, struct device *, const struct place *,
    unsigned limit, bool forward);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * verb: what a client may say, in which state, and who handles it.
 */
#ifndef SERVER_VERB_H
#define SERVER_VERB_H

struct elem;
struct session;

/* What a stanza costs (pace.h), its length apart. */
unsigned verb_cost(const struct elem *);

/* Looks the stanza up and calls its handler, or answers why not. */
void verb_dispatch(struct session *, const struct elem *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * link: codes by which a device of an account lets another one in.
 *
 * A token is an id of 4 bytes, by which it is found, and 16 secret bytes; only
 * its SHA-256 is kept.  It is good once, until its time is over.  A user has
 * LINK_OPEN of them at most: a new one ends the oldest.
 */
#ifndef CHAT_LINK_H
#define CHAT_LINK_H

#include "src/chat/domain.h"

enum { LINK_ID_SIZE = 4, LINK_TOKEN_SIZE = LINK_ID_SIZE + 16, LINK_OPEN = 3 };

/* A new one for USER, until EXPIRES.  TOKEN has room for LINK_TOKEN_SIZE. */
int link_make(struct tx *, uint64_t user, int64_t expires, uint8_t *token);

/* Whose a token is.  SC_ENOTAUTHORIZED: it is none, or not any more. */
int link_find(struct tx *, struct slice token, uint64_t *user);

/* The same, and it is used up. */
int link_take(struct tx *, struct slice token, uint64_t *user);

/* The account goes. */
int link_forget(struct tx *, uint64_t user);

#endif

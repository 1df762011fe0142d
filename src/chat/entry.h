/* SPDX-License-Identifier: ISC */
/* entry: the rows of the logs, and reading runs of them. */
#ifndef CHAT_ENTRY_H
#define CHAT_ENTRY_H

#include "src/chat/chat.h"

int entry_put(struct tx *, uint32_t period, const struct entry *);

/* *E lives until the transaction ends.  SC_ENOTFOUND: pruned, or not yet. */
int entry_get(struct tx *, const struct chat_id *, uint64_t seq,
    struct entry *e);

/*
 * What an entry says when its time has come is `<deleted/>', also before its row
 * has been changed: all functions that read give it so.
 */

/* The time of an entry whose row is VALUE. */
int entry_time(struct slice value, int64_t *time);

/*
 * Gives an entry another payload and other flags; all else of it stays (R6).
 * SC_ENOTFOUND: its row is not there, or cannot be changed any more.
 */
int entry_replace(struct tx *, const struct chat_id *, uint64_t seq,
    unsigned flags, struct slice payload);

/*
 * Changes the row of an entry whose time has come, for good (R6); *E is what it
 * is now.  *DONE: it still said something.  SC_ENOTFOUND: its row is not there,
 * or cannot be changed any more.
 */
int entry_expire(struct tx *, const struct chat_id *, uint64_t seq,
    struct entry *e, bool *done);

#endif

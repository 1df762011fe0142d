/* SPDX-License-Identifier: ISC */
/*
 * prune: days pass at once, and the retention drops what was written before:
 * whole periods, and nothing that is younger than it may be.
 */
#ifndef SIM_PRUNE_H
#define SIM_PRUNE_H

#include "tests/sim/ledger.h"

struct tx;

/* Days pass. */
void prune_leap(struct sim *);

/* Whether what was written at TIME may be gone. */
bool prune_may(const struct sim *, int64_t time);

/* Whether message SAID may be gone, so that a state from before cannot find it
 * in the log any more. */
bool prune_lost(const struct ledger *, unsigned said);

/* FIRST to LAST of a chat are not in the store. */
void prune_check(struct ledger *, const struct fact_chat *, uint64_t first,
    uint64_t last, const char *when);

/* Whether SEQ is in the store no more. */
bool prune_is_gone(struct tx *, const struct chat_id *, uint64_t seq);

#endif

/* SPDX-License-Identifier: ISC */
/* groups: what must be true of all groups, at any time and in the end. */
#ifndef SIM_GROUPS_H
#define SIM_GROUPS_H

#include "src/chat/chat.h"
#include "tests/sim/peer.h"

/* Compares the store, and what was shown, with what the logs say. */
void groups_compare(struct sim *, struct tx *, const char *when);

/* A device at the end: it holds what its user may read, and nothing else. */
void groups_check_device(struct peer *, struct tx *, const struct chat *,
    uint64_t number);

/* What has happened in them is counted, and every message in them once. */
void groups_count(struct sim *, struct tx *);

#endif

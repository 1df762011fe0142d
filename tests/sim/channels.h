/* SPDX-License-Identifier: ISC */
/* channels: what must be true of all channels, at any time and in the end. */
#ifndef SIM_CHANNELS_H
#define SIM_CHANNELS_H

#include "src/chat/chat.h"
#include "tests/sim/peer.h"

/* Compares what was shown with who may read what, and looks at the log. */
void channels_compare(struct sim *, struct tx *, const char *when);

/* A device at the end: it holds what its user may read, and nothing else. */
void channels_check_device(struct peer *, struct tx *, const struct chat *,
    uint64_t number);

/* What has happened in them is counted, and every message in them once. */
void channels_count(struct sim *, struct tx *);

#endif

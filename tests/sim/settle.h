/* SPDX-License-Identifier: ISC */
/* settle: counting, at the end, what is in a log. */
#ifndef SIM_SETTLE_H
#define SIM_SETTLE_H

#include "src/chat/chat.h"

struct sim;

/* Each message of the log is counted in the ledger. */
void settle_count_entries(struct sim *, struct tx *, const struct chat *);

#endif

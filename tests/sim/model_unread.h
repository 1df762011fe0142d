/* SPDX-License-Identifier: ISC */
/* model_unread: what is new for a user, counted by what entries say (R15). */
#ifndef SIM_MODEL_UNREAD_H
#define SIM_MODEL_UNREAD_H

#include "src/chat/chat.h"

struct sim;

/* Whether U has hidden entry SEQ of the chat that he calls NUMBER, as his
 * account log says. */
bool model_hidden(struct sim *, struct tx *, unsigned u, uint64_t number,
    uint64_t seq);

uint64_t model_unread(struct sim *, struct tx *, const struct chat *,
    unsigned u, uint64_t number);

#endif

/* SPDX-License-Identifier: ISC */
/* model_unread: what is new for a user, counted by what entries say (R15). */
#ifndef SIM_MODEL_UNREAD_H
#define SIM_MODEL_UNREAD_H

#include "src/chat/chat.h"

struct sim;

/* Reads the account log of U, what is there of it; 0, or why not. */
int model_account_read(struct sim *, struct tx *, unsigned u,
    int (*entry)(void *arg, const struct entry *), void *arg);

/* Whether U has hidden entry SEQ of the chat that he calls NUMBER, as his
 * account log says. */
bool model_hidden(struct sim *, struct tx *, unsigned u, uint64_t number,
    uint64_t seq);

uint64_t model_unread(struct sim *, struct tx *, const struct chat *,
    unsigned u, uint64_t number);

#endif

/* SPDX-License-Identifier: ISC */
/* member: the members of chats. */
#ifndef CHAT_MEMBER_H
#define CHAT_MEMBER_H

#include "src/chat/domain.h"
#include "src/chat/model.h"

/* SC_ENOTFOUND: not a member. */
int member_get(struct tx *, const struct chat_id *, uint64_t user,
    struct member *);
int member_put(struct tx *, const struct chat_id *, uint64_t user,
    const struct member *);

/* The members of a chat, by their ids.  FN as for store_scan. */
int member_list(struct tx *, const struct chat_id *,
    int (*fn)(void *arg, uint64_t user, const struct member *), void *arg);

/* Marks merge by maximum, so that restating one is harmless (R13). */
uint64_t member_merge_mark(uint64_t have, uint64_t stated);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * hidden: entries that a member has deleted for himself: they stay for the
 * others, and he gets a skip in their place.  A member's row says whether he
 * has any in the chat, so who has none pays nothing.
 */
#ifndef CHAT_HIDDEN_H
#define CHAT_HIDDEN_H

#include "src/chat/domain.h"
#include "src/chat/model.h"

/* Hides SEQ from USER, who is in the chat.  SC_ENOTFOUND: he is not. */
int hidden_add(struct tx *, const struct chat_id *, uint64_t user,
    uint64_t seq);

/*
 * As chat_read, for a member who may read all of FIRST .. LAST: runs of what he
 * has hidden are told by HIDDEN (0 to go on, 1 to stop) and not by the reader;
 * what is lost by HOLE, as by chat_read_holes; NULL: SC_EDAMAGED.
 */
int hidden_read(struct tx *, const struct chat_id *, uint64_t user,
    const struct member *, uint64_t first, uint64_t last,
    const struct chat_reader *,
    int (*hidden)(void *arg, uint64_t first, uint64_t last),
    int (*hole)(void *arg, uint64_t first, uint64_t last));

#endif

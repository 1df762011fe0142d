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

/* A member from entry FIRST on. */
struct member member_from(uint64_t number, uint64_t first);

/* Whether he is in the chat now. */
bool member_in(const struct member *);

/*
 * Whether the member may read SEQ (R5); *LAST gets the end of the run of
 * entries of which the same is true, UINT64_MAX if it has none.
 */
bool member_sees(const struct member *, uint64_t seq, uint64_t *last);

/* The newest entry he may read of a chat with that head. */
uint64_t member_head(const struct member *, uint64_t head);

/* He is in from FIRST on, and it is entry JOINED that says so: a new range, or
 * the last one again if it goes up to there. */
void member_open(struct member *, uint64_t first, uint64_t joined);

/* LAST is the last entry he may read. */
void member_close(struct member *, uint64_t last);

/* Marks merge by maximum, so that restating one is harmless (R13). */
uint64_t member_merge_mark(uint64_t have, uint64_t stated);

#endif

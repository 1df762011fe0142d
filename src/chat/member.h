/* SPDX-License-Identifier: ISC */
/*
 * member: who is in a chat, from where to where, and their marks.
 */
#ifndef CHAT_MEMBER_H
#define CHAT_MEMBER_H

#include "src/chat/domain.h"

#include "protocol/address.h"

struct member {
	uint64_t number;	/* the chat's number in the member's account */
	uint64_t first;		/* R5: the visible range begins here; one
				 * range is enough until members can leave */
	uint64_t delivered, read;	/* marks: delivered is the maximum over
				 * devices, those that are gone included (R10) */
	int64_t delivered_time, read_time;
	bool delivered_estimated, read_estimated;
	uint64_t stamp;		/* of the newest movement (R18) */
};

/* SC_ENOTFOUND: not a member. */
int member_get(struct tx *, const struct chat_id *, uint64_t user,
    struct member *);
int member_put(struct tx *, const struct chat_id *, uint64_t user,
    const struct member *);

/* Marks merge by maximum, so that restating one is harmless (R13). */
uint64_t member_merge_mark(uint64_t have, uint64_t stated);

#endif

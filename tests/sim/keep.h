/* SPDX-License-Identifier: ISC */
/*
 * keep: retention that is not by age.  In some runs entries go when everybody
 * has them, and not before, unless they are old; and the operator says of some
 * chats how long theirs are kept: what is written from then on stays for ever,
 * or goes so.
 */
#ifndef SIM_KEEP_H
#define SIM_KEEP_H

#include "src/chat/chat.h"
#include "tests/sim/clock.h"

struct fact_chat;
struct peer;
struct sim;

enum { KEEPS_MAX = 4 };

/* What was said of a chat, once. */
struct sim_keep {
	struct chat_id chat;
	bool forever;		/* else until everybody has it */
	uint64_t asked, done;	/* the head then; DONE: 0: not yet */
	bool over;		/* nobody knows whether it is */
};

struct sim_keeps {
	struct timer timer;
	struct sim_keep list[KEEPS_MAX];
	unsigned n;
	bool asking;
};

void keep_init(struct sim *);
void keep_stop(struct sim *);

/* Whether SEQ may go when everybody has it, and must stay. */
bool keep_until_delivered(const struct sim *, const struct fact_chat *,
    uint64_t seq);
bool keep_forever(const struct sim *, const struct fact_chat *, uint64_t seq);

/* Whether all who may read SEQ have said that they have it. */
bool keep_is_delivered(struct sim *, const struct fact_chat *, uint64_t seq);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * readers: who has got and read an own message, as its author is told when he
 * asks.  What is told was earned, is in the store after every crash, and stays:
 * who asks later is told no less, and a time that was no guess is the same.
 */
#ifndef SIM_READERS_H
#define SIM_READERS_H

#include "src/chat/chat.h"
#include "src/client/stonechat.h"

struct peer;

enum { READERS_MAX = 512, READERS_ASKED = 8 };

/* What was told of a member. */
struct sim_reader {
	struct chat_id chat;
	uint64_t seq, user;
	int64_t delivered_at, read_at;	/* 0: not yet */
	bool exact;
	uint64_t told;		/* at that moment */
};

/* A question of a device that is under way. */
struct app_readers {
	uint64_t id;		/* 0: none */
	uint64_t asked;		/* at that moment */
	int64_t since;		/* and time */
	unsigned seen;		/* of whom it was told: bit i is user i */
};

void readers_step(struct peer *);

/* A member in an answer, and its end. */
void readers_event(struct peer *, const struct sc_event *);

#endif

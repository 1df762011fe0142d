/* SPDX-License-Identifier: ISC */
/*
 * lists: a device asks for its chats, for what is set for them, or for stars.
 * Each thing that it is told was so at some moment between question and answer,
 * as the account log says, and what it is not told was not there.
 */
#ifndef SIM_LISTS_H
#define SIM_LISTS_H

#include "src/client/stonechat.h"

struct peer;

enum { LISTS_CHATS = 24, LISTS_SEQS = 64 };

enum list_kind { LIST_CHATS, LIST_SETTINGS, LIST_STARS };

/* What was told of a chat. */
struct list_chat {
	bool there;
	unsigned state;		/* SETTINGS: bits */
	uint64_t stars;		/* STARS: bit i is entry i */
	uint64_t last, read, unread;
	uint64_t least, least_read;	/* when it was asked */
};

/* A question of a device that is under way. */
struct app_list {
	uint64_t id;		/* 0: none */
	enum list_kind kind;
	uint64_t from;		/* the account log had so many entries */
	bool twice;		/* something was told twice */
	struct list_chat chats[LISTS_CHATS];	/* by number */
};

void lists_step(struct peer *);

/* An item of an answer, and its end. */
void lists_event(struct peer *, const struct sc_event *);

/* P has begun again. */
void lists_restarted(struct peer *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * recipients: who is told of the entries of a group or channel, in one list that
 * is shared by all events and threads that need it, and remembered from one
 * transaction to the next.
 *
 * The row of a chat has the stamp of the transaction that has last changed who
 * is in it.  A list that was read under one stamp is right for every transaction
 * that finds this stamp in the row: nothing has to be told that it is not right
 * any more.  A transaction that changes the members has a list of its own, which
 * is not remembered: it may do so twice, be run again, or leave no trace.
 */
#ifndef CHAT_RECIPIENTS_H
#define CHAT_RECIPIENTS_H

#include <stdatomic.h>

#include "src/chat/domain.h"
#include "src/chat/model.h"

/* Immutable. */
struct recipients {
	atomic_uint refs;
	struct chat_id chat;
	uint64_t roster;	/* as in the row of the chat */
	size_t n;
	struct recipient to[];
};

/* Who is in a group or channel, as its row C says.  One reference, the
 * caller's. */
int recipients_get(struct tx *, const struct chat *c, struct recipients **);

struct recipients *recipients_ref(struct recipients *);
void recipients_unref(struct recipients *);

/* Others are in C from now on: before its row is put. */
void recipients_changed(const struct tx *, struct chat *c);

/*
 * The lists that one thread remembers: of a bounded number of chats and
 * members.
 */
struct recipients_memory;

struct recipients_memory *recipients_memory_create(void);
void recipients_memory_destroy(struct recipients_memory *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * outbox: what a transaction will tell others once it is durable.  Filled by
 * handlers, emptied by the executor through job_take_event, dropped when the
 * transaction is run again or refused.
 */
#ifndef SERVER_OUTBOX_H
#define SERVER_OUTBOX_H

#include "src/chat/chat.h"
#include "src/server/event.h"

struct outbox {
	struct event *first, **last;
	struct event *newest;	/* the one added last, while it is here */
};

void outbox_init(struct outbox *);
void outbox_clear(struct outbox *);

/* Takes the reference. */
void outbox_add_take(struct outbox *, struct event *);

/* The oldest event and its reference, or NULL. */
struct event *outbox_shift(struct outbox *);

/* Adds the end of sessions.  0 or SC_ENOMEM. */
int outbox_fence(struct outbox *, const struct event_fence *);

/* Adds that USER is not in a chat any more.  0 or SC_ENOMEM. */
int outbox_gone(struct outbox *, const struct chat_id *, uint64_t user);

/* Adds that USER has hidden an entry from himself.  0 or SC_ENOMEM. */
int outbox_hidden(struct outbox *, const struct chat_id *, uint64_t user,
    uint64_t seq);

/* Adds that ENTRY is what it is now, for caches (R6).  0 or SC_ENOMEM. */
int outbox_replaced(struct outbox *, const struct entry *);

/*
 * Adds an entry to the transaction's outbox, for those who are in the chat now.
 * SESSION is that of the request.
 */
int outbox_entry(struct tx *, const struct chat *, const struct entry *,
    uint64_t session);

/* A chat_said_fn: the same without a session; ARG is the struct tx. */
int outbox_said(void *arg, const struct chat *, const struct entry *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * account: what a client knows of its account: who it is, the chats with
 * their numbers, cursors and read marks (SPEC.md, "Sessions and delivery").
 * Memory only; journal.c keeps it.
 */
#ifndef CLIENT_ACCOUNT_H
#define CLIENT_ACCOUNT_H

#include <stdbool.h>

#include "protocol/stanza.h"
#include "src/client/people.h"
#include "src/client/ticks.h"

enum {
	ACCOUNT_CHAT = 1,
	EPOCH_SIZE = 8,
	TOKEN_MAX = 1024
};

struct chat {
	uint64_t number;
	bool introduced;	/* the next four are known */
	struct chat_id id;
	enum chat_kind kind;
	uint64_t peer;		/* direct: the other user */
	char *name;		/* of the other user or the chat; or NULL */

	uint64_t cursor;	/* the application has everything up to here */
	uint64_t saved;		/* the cursor in the state */
	uint64_t sure;		/* acks up to here have arrived for sure */
	uint64_t read;		/* own read mark */
	bool read_sure;		/* the server has said that it is durable */
	int64_t read_at;	/* when it was made; 0: before this process */
	struct ticks *ticks;	/* of one's own messages; NULL: none */
	bool open;		/* the application looks at it */

	/* of this connection */
	uint64_t heard;		/* the highest seq of a message, stub or skip */
	uint64_t acked;		/* the highest acknowledged */
	bool moved;		/* the cursor has */
	int64_t moved_at;	/* when it last did; 0: before this process */
	bool others;		/* items that are no acks came since the last
				 * ack of ours */
	bool parked;		/* the application said: not now */
	bool resumed;		/* parked, and a sync has been asked for */
	bool read_due;
	bool ack_due, ack_full, ack_aged;
	int64_t ack_at;		/* when the ack must leave */
	bool listed;		/* in account.due */
	struct chat *next_due;
};

struct account {
	uint64_t user, device;	/* 0: not logged in yet */
	bool has_epoch;
	uint8_t epoch[EPOCH_SIZE];
	uint8_t token[TOKEN_MAX];
	size_t tokenlen;
	uint64_t stamp;
	struct chat **chats;	/* by number; pointers stay until forgotten */
	size_t count, cap;
	struct people people;
	struct chat *due;	/* chats with an ack or a read to be sent */
};

void account_init(struct account *);
void account_fini(struct account *);

/* NULL: there is none. */
struct chat *account_find(const struct account *, uint64_t number);

/* The chat, which is made if there is none; NULL without memory. */
struct chat *account_get(struct account *, uint64_t number);

/*
 * What an introduction says.  0 with *NEWS telling whether it was not known;
 * SC_ECONFLICT if the number has another chat; SC_ENOMEM.
 */
int account_introduce(struct account *, uint64_t number,
    const struct chat_id *id, enum chat_kind kind, uint64_t peer,
    struct slice name, bool *news);

/*
 * The chat that REF means, or NULL.  DOMAIN is the server's own and may be
 * empty: `bob@domain` and `bob` are then the same.
 */
struct chat *account_resolve(const struct account *,
    const struct chat_ref *ref, struct slice domain);

/* Drops everything that ends with an epoch: chats, cursors, marks, stamp. */
void account_forget(struct account *);

/* The sum that `sync` states (R17). */
uint64_t account_sum(const struct account *);

/* Puts the chat on the list of those that have something to send. */
void account_due(struct account *, struct chat *);

/* A connection begins or has ended: drops what was true of it. */
void account_disconnected(struct account *);

#endif

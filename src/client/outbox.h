/* SPDX-License-Identifier: ISC */
/*
 * outbox: sends that the server has not settled, in the order of their
 * counters, and the last outcomes (R8, R9).  Memory only; journal.c keeps it.
 */
#ifndef CLIENT_OUTBOX_H
#define CLIENT_OUTBOX_H

#include <stdbool.h>

#include "protocol/stanza.h"

enum { OUTBOX_WINDOW = 64, OUTBOX_SETTLED = 64 };

struct send {
	uint64_t n;
	uint64_t asked;		/* what the application was told n is */
	bool tried;		/* it may have reached the server once */
	bool chosen;		/* the application chose n: never another */
	bool inflight;		/* sent on this connection, not answered */
	bool stanza;		/* not a message: record.h, SEND_STANZA */
	uint64_t text;		/* digest of the text */
	struct chat_ref ref;	/* as it was sent first */
	struct slice payload;	/* wire form */
	uint8_t data[];		/* name and payload */
};

/* How a send ended. */
struct settled {
	uint64_t n, asked;	/* n 0: an unused place */
	int code;		/* 0: it is in the log */
	bool stanza;		/* it was no message */
	uint64_t text, ref;	/* digests */
	uint64_t chat, seq;
	int64_t time;
	uint64_t timer;		/* of the message; 0: none */
	bool ahead;		/* its entry has not passed the cursor, and the
				 * application has been told of it */
	bool again;		/* the application asks for it again */
};

struct outbox {
	struct send **sends;	/* by n */
	size_t count, cap;
	uint64_t issued;	/* the highest counter given out */
	struct settled settled[OUTBOX_SETTLED];
	unsigned next;		/* the oldest of settled, overwritten next */
};

void outbox_init(struct outbox *);
void outbox_fini(struct outbox *);

/*
 * Adds a send behind all others; *LIKE is copied, name and payload too.
 * 0, SC_ENOMEM, or SC_EMALFORMED if its counter is not above all others.
 */
int outbox_add(struct outbox *, const struct send *like);

struct send *outbox_find(const struct outbox *, uint64_t n);
/* By what the application was told, or else by counter. */
struct send *outbox_asked(const struct outbox *, uint64_t n);
struct settled *outbox_settled(struct outbox *, uint64_t n);
struct settled *outbox_settled_asked(struct outbox *, uint64_t n);

/*
 * What to tell the application of the next send: usually its counter.  A device
 * that was removed and added again counts from 1, but what the application was
 * told of those that are pending must not mean two messages.
 */
uint64_t outbox_next_asked(const struct outbox *);

/* Ends the send with that counter, if it is there, and notes the outcome. */
void outbox_settle(struct outbox *, const struct settled *);

/* Undoes the outbox_add of the newest. */
void outbox_undo(struct outbox *);

/* Pending sends get the counters that follow HIGH (R9). */
void outbox_renumber(struct outbox *, uint64_t high);

/* Whether the server's HIGH fits what is pending: every pending send either
 * was settled by it or is next. */
bool outbox_fits(const struct outbox *, uint64_t high);

/* Whether all that is pending, and what will be, is above what the server has
 * settled, with a gap: none of it can be in the log. */
bool outbox_ahead(const struct outbox *, uint64_t high);

/* Whether S is within the window that begins with the oldest pending send:
 * the server answers a repeat of any of these (R8). */
bool outbox_may_fly(const struct outbox *, const struct send *s);

/* Whether any is in flight, or keeps the counter that was chosen for it. */
bool outbox_busy(const struct outbox *);

/* N and all later ones are no longer in flight. */
void outbox_hold(struct outbox *, uint64_t n);

/* FNV-1a-64 of bytes; digests of texts and references. */
uint64_t outbox_digest(struct slice);
uint64_t outbox_ref_digest(const struct chat_ref *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * peer: what the drivers of other servers' protocols have in common: a user
 * over a stream, and the numbers of his messages.
 *
 * Those protocols have no positions: a message's number is its position.
 * Numbers go on from the clock, so that receipts for messages of earlier runs
 * are older than any of this one.  A user's ticks are counted for one
 * correspondent, in order: one that is left out holds up those behind it.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include "src/bench/link.h"
#include "src/bench/stream.h"

enum { PEER_NAME = 64, PEER_WHY = 256, PEER_FROM = 256 };

struct peer_class {
	struct stream_class stream;
	/* The protocol's part of a user: its size, a fresh connection, the
	 * end of the user. */
	size_t size;
	void (*reset)(struct link *);
	void (*forget)(struct link *);
};

struct peers {
	struct link_conf conf;
	const struct peer_class *class;
	struct streams *streams;
};

struct link {
	struct stream stream;	/* first: a stream is a link */
	struct peers *peers;
	void *owner;
	void *own;		/* the protocol's part */
	char user[PEER_NAME];
	char why[PEER_WHY];
	uint64_t sent, acked, ticked, seen;	/* the last number of each */
	char from[PEER_FROM];	/* of the last message, and its number */
	uint64_t number;
};

/* What happens to a user. */
void peer_ready(struct link *);
void peer_message(struct link *, const void *text, size_t len);
void peer_joined(struct link *, const char *group);
/* The oldest message that waits for it is acknowledged. */
void peer_acked(struct link *);
/* A receipt for message N. */
void peer_ticked(struct link *, uint64_t n);
/* Another one types. */
void peer_typing(struct link *);
/* And one that it was read. */
void peer_seen(struct link *, uint64_t n);
/* The connection is of no use. */
void peer_fail(struct link *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Of struct stream_class. */
void peer_lost(struct stream *, const char *why);

/* Of struct driver; each protocol has its own start and send. */
void *peers_start(const struct link_conf *, struct loop *,
    const struct peer_class *, char *why, size_t whylen);
void peers_stop(void *peers);
struct link *peer_create(void *peers, const char *user, unsigned index,
    void *owner, char *why, size_t whylen);
void peer_destroy(struct link *);
int peer_up(struct link *, char *why, size_t whylen);
void peer_down(struct link *);
const char *peer_why(const struct link *);
void peer_bytes(const struct link *, struct link_bytes *);
int64_t peers_turn(void *peers);

#endif

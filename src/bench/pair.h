/* SPDX-License-Identifier: ISC */
/*
 * pair: one user who sends to another one; both belong to the same generator.
 * A message is finished when it is acknowledged, has arrived and its delivered
 * tick has come, and in a mode that waits for it the one of having been read;
 * or when it is refused.  Texts name the run, the pair and their place in the
 * order, so what is lost, comes twice or out of order is seen.
 */
#ifndef BENCH_PAIR_H
#define BENCH_PAIR_H

#include "src/bench/gen.h"

enum { PAIR_TEXT_MIN = 64, PAIR_TEXT_MAX = 4096 };

/* Since when something is waited for, in order; grows as needed. */
struct waiting {
	struct { uint64_t key; int64_t since; } *v;
	size_t first, n, cap;
};

struct pair {
	uint64_t index;
	struct user *from, *to;
	uint64_t sent, acked, refused, ticked, read;
	uint64_t expected;	/* the place of the next that arrives */
	struct waiting acks;	/* by n */
	struct waiting ticks, reads;	/* by position */
};

/* The pairs of a process; a mode's state begins with them. */
struct pairs {
	struct pair *v;
	size_t n;
};

/* How many users they are. */
uint64_t pairs_users(const struct conf *);

/* Makes the mode's state, zeroed, of SIZE bytes, and in it the pairs. */
void pairs_prepare(struct gen *, size_t size);
void pairs_end(struct gen *);

/* A stage's wake when all is sent: once nothing has happened for the time of
 * patience, what is not finished counts as missing, and the stage is done. */
void pairs_give_up(struct gen *);

/* How many messages there were in STAGE, how fast, and when they came. */
void pairs_report(const struct run *, struct report *, unsigned stage);

/* The text of a message: its head, then words. */
void pair_text(const struct conf *, char *out, uint64_t pair, uint64_t place,
    int64_t since);

/* Reads what pair_text wrote; false: of another run. */
bool pair_parse(const struct conf *, const struct link_event *,
    uint64_t *pair, uint64_t *place, int64_t *since);

/* Sends the next message; its latencies are counted from SINCE. */
bool pair_send(struct gen *, struct pair *, int64_t since);

/* What happened to either of the two.  True: a message was acknowledged or
 * refused, another may be sent. */
bool pair_event(struct gen *, struct user *, const struct link_event *);

/* Whether all that was sent is finished. */
bool pair_finished(const struct gen *, const struct pair *);

void waiting_add(struct gen *, struct waiting *, uint64_t key, int64_t since);
/* Takes the first if its key is at most KEY. */
bool waiting_take(struct waiting *, uint64_t key, int64_t *since);

#endif

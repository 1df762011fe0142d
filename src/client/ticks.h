/* SPDX-License-Identifier: ISC */
/*
 * ticks: what a client knows of its account's own messages in one chat: when
 * the newest of them were written, and when the marks of others have passed
 * them.  Memory only; journal.c keeps it.
 */
#ifndef CLIENT_TICKS_H
#define CLIENT_TICKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TICKS_OWN = 256,	/* messages that are remembered */
	TICKS_MOVES = 128	/* movements of each mark that are */
};

enum ticks_mark { TICKS_DELIVERED, TICKS_READ, TICKS_MARKS };

struct ticks_own {
	uint64_t seq;
	int64_t time;
};

struct ticks_move {
	uint64_t seq;		/* the mark came up to here */
	int64_t time;
	bool estimated;
};

/* Ascending by seq; the oldest go when there are too many. */
struct ticks_moves {
	struct ticks_move *list;
	unsigned n, cap;
	bool cut;		/* some have gone */
};

/* The marks of one member. */
struct ticks_member {
	uint64_t user;
	struct ticks_moves marks[TICKS_MARKS];
};

struct ticks {
	struct ticks_own *own;	/* ascending by seq */
	unsigned nown, capown;
	struct ticks_member *members;
	unsigned nmembers;
};

/* T may be NULL. */
void ticks_free(struct ticks *t);

/* Whether ticks_own, ticks_move would change anything. */
bool ticks_own_is_news(const struct ticks *, uint64_t seq);
bool ticks_move_is_news(const struct ticks *, uint64_t user, enum ticks_mark,
    uint64_t seq);

/* An own message; *T is made if it is NULL.  0 or SC_ENOMEM. */
int ticks_own(struct ticks **t, uint64_t seq, int64_t time);

/* A mark has moved; the same. */
int ticks_move(struct ticks **t, uint64_t user, enum ticks_mark,
    const struct ticks_move *move);

/*
 * When the member had the message: *TIME, 0 if not yet.  What was read was
 * delivered.  *ESTIMATED: it may have been earlier.
 */
void ticks_when(const struct ticks_member *, enum ticks_mark, uint64_t seq,
    int64_t *time, bool *estimated);

#endif

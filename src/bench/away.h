/* SPDX-License-Identifier: ISC */
/*
 * away: of the modes in which messages are stored for users who are away.
 * Users 0 to senders - 1 send; the others are the recipients.
 */
#ifndef BENCH_AWAY_H
#define BENCH_AWAY_H

#include "src/bench/gen.h"

/* How many both are. */
uint64_t away_users(const struct conf *);

/* Whether the user is one who sends. */
bool away_sends(const struct gen *, const struct user *);

/* A stage: the recipients of this process leave; it wakes when the server has
 * had time to notice. */
void away_leave(struct gen *);

#endif

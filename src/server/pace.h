/* SPDX-License-Identifier: ISC */
/*
 * pace: how fast a session may ask.  Each frame costs units, by its verb and
 * its length (verb.c); a session earns so many a second and may save up a
 * burst.  One that has spent more is not refused anything: its connection is
 * not read for as long as it takes to earn the rest, so TCP slows the sender
 * down and nobody else notices.
 *
 * The generic cell rate algorithm (ITU-T I.371): one number per session.
 */
#ifndef SERVER_PACE_H
#define SERVER_PACE_H

#include <stdint.h>

struct server_conf;

/* Units of what is not in the table of verbs: requests that modules serve. */
enum { PACE_COST_MODULE = 50 };

/* Units of a page of an answer, on top of one for each element in it. */
enum { PACE_COST_PAGE = 20 };

struct pace {
	int64_t earned_at;	/* monotonic microseconds: when all that was
				 * spent is earned */
};

/* Spends COST at NOW (monotonic milliseconds): for how many milliseconds from
 * now nothing may be read; 0: go on. */
int64_t pace_spend(struct pace *, const struct server_conf *, uint64_t cost,
    int64_t now);

/* Monotonic milliseconds as a pace counts. */
int64_t pace_time(int64_t now);

#endif

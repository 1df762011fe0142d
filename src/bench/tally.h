/* SPDX-License-Identifier: ISC */
/*
 * tally: what one generator has counted and timed, in memory that it shares
 * with the program.  Only the generator writes; the program reads counters at
 * any time and the rest when the generator waits.
 */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include <stdatomic.h>

#include "src/bench/hist.h"
#include "src/bench/link.h"

enum count {
	COUNT_LOGINS,
	COUNT_SENT,		/* handed to the protocol */
	COUNT_ACKED,		/* the server has it */
	COUNT_RECEIVED,		/* the other side has it, in order */
	COUNT_TICKED,		/* and its delivered tick has come */
	COUNT_READ,		/* and the tick of having been read */
	COUNT_REFUSED,
	COUNT_MISSING,		/* should have come and did not */
	COUNT_DISORDERED,	/* came behind a later one, or twice */
	COUNT_DISCONNECTS,
	COUNT_JOINED,		/* members of groups */
	COUNT_ENTRIES,		/* by which the logs of groups have grown */
	COUNT_PRESENCE,		/* how somebody is, told to who watches */
	COUNT_OLD,		/* of earlier runs: drained, not counted */
	COUNTS
};

enum timing {
	TIME_LOGIN,		/* from connecting to all that waited */
	TIME_ACK,
	TIME_DELIVERY,
	TIME_TICK,
	TIME_READ,
	TIME_LAST,		/* the last of a group has it */
	TIME_PAGE,		/* of history */
	TIME_RESTART,		/* from the kill until it serves again */
	TIME_LATE,		/* sent later than intended by so much */
	TIMINGS
};

enum { TALLY_WHY = 512, STANZAS_MAX = 24, ACTIONS = 7 };

/* What has gone over the wire while something was done N times, one after the
 * other: of the user who did it, and of the other one. */
enum thing { TRAFFIC_MESSAGE, TRAFFIC_READ, TRAFFIC_TYPING, TRAFFICS };

struct traffic {
	uint64_t n;
	struct link_bytes from, to;
};

struct stanza_bytes {
	char name[16];		/* "": none */
	bool sent;
	uint64_t n, bytes;
};

struct tally {
	_Atomic uint64_t counts[COUNTS];
	struct hist times[TIMINGS];
	int64_t first, last;	/* of what the current stage is about;
				 * monotonic ns */
	struct traffic traffic[TRAFFICS];
	uint64_t actions[ACTIONS];	/* of a mixed day, by kind */
	struct stanza_bytes stanzas[STANZAS_MAX];
	char why[TALLY_WHY];	/* the generator has failed */
};

static inline void
tally_add(struct tally *t, enum count c, uint64_t n)
{
	/* one writer: no need for a locked instruction */
	atomic_store_explicit(&t->counts[c], n +
	    atomic_load_explicit(&t->counts[c], memory_order_relaxed),
	    memory_order_relaxed);
}

static inline uint64_t
tally_get(const struct tally *t, enum count c)
{
	return atomic_load_explicit(&t->counts[c], memory_order_relaxed);
}

#endif

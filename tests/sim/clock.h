/* SPDX-License-Identifier: ISC */
/*
 * clock: simulated time.  Nothing waits: the clock jumps from one timer to the
 * next.  Timers that are due at the same millisecond fire in an order that the
 * seed chooses.
 */
#ifndef SIM_CLOCK_H
#define SIM_CLOCK_H

#include "tests/sim/prng.h"

/* Owned by whoever waits; zeroed, it is not set. */
struct timer {
	void (*fn)(void *arg);
	void *arg;
	int64_t at;
	uint64_t order;		/* among those of one millisecond */
	size_t place;		/* in the heap, from 1; 0: not set */
};

struct clock {
	struct prng *rng;
	struct timer **heap;	/* [1 .. count] */
	size_t count, cap;
	int64_t mono;		/* milliseconds since start */
	int64_t wall;		/* UTC minus mono */
	int64_t jumped;		/* mono, the last time it was put */
	int64_t before;		/* the latest that it was put back from */
};

void clock_init(struct clock *, struct prng *);
void clock_fini(struct clock *);

int64_t clock_mono(const struct clock *);
int64_t clock_wall(const struct clock *);
/* The latest that it has been. */
int64_t clock_wall_most(const struct clock *);

/* The wall clock is put forward or back. */
void clock_jump(struct clock *, int64_t ms);

/* Nothing at all happens for so long: both clocks go on. */
void clock_leap(struct clock *, int64_t ms);

void timer_init(struct timer *, void (*fn)(void *), void *arg);

/* Sets or moves a timer; INT64_MAX clears it, what has passed is now. */
void timer_set(struct clock *, struct timer *, int64_t at);
void timer_in(struct clock *, struct timer *, int64_t delay);
void timer_clear(struct clock *, struct timer *);

static inline bool
timer_is_set(const struct timer *t)
{
	return t->place != 0;
}

/* Goes to the next timer at or before UNTIL and calls it; false when there is
 * none (then it is UNTIL). */
bool clock_step(struct clock *, int64_t until);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * hist: how often each duration came, in buckets that grow with the value: a
 * power of two is cut into 64 linear parts, so a percentile is at most 1.6 %
 * above what was measured.  Plain memory: may be shared between processes,
 * copied and merged.
 */
#ifndef BENCH_HIST_H
#define BENCH_HIST_H

#include <stdint.h>

enum {
	HIST_PARTS = 64,	/* of a power of two */
	HIST_BITS = 44,		/* larger values count as the largest: 4.8 h */
	HIST_BUCKETS = (HIST_BITS - 6) * HIST_PARTS + 2 * HIST_PARTS
};

struct hist {
	uint64_t count, sum, min, max;	/* exact; nanoseconds */
	uint64_t buckets[HIST_BUCKETS];
};

void hist_init(struct hist *);
void hist_add(struct hist *, int64_t ns);	/* below 0 counts as 0 */
void hist_merge(struct hist *, const struct hist *);

/* The value that PERCENT of all do not exceed; 0 if there are none. */
uint64_t hist_at(const struct hist *, double percent);
double hist_mean(const struct hist *);

#endif

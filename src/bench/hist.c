/* SPDX-License-Identifier: ISC */
#include "src/bench/hist.h"

#include <string.h>

/* Below 2 * PARTS each value has its bucket; above, 64 for each power of two:
 * the value's seven highest bits say which. */
static unsigned
bucket_of(uint64_t v)
{
	unsigned high;

	if (v < 2 * HIST_PARTS)
		return (unsigned)v;
	if (v >> (HIST_BITS + 1) != 0)
		return HIST_BUCKETS - 1;
	high = 63 - (unsigned)__builtin_clzll(v);
	return (high - 6) * HIST_PARTS + (unsigned)(v >> (high - 6));
}

/* The largest value of a bucket. */
static uint64_t
bucket_last(unsigned b)
{
	unsigned shift;

	if (b < 2 * HIST_PARTS)
		return b;
	shift = b / HIST_PARTS - 1;
	return ((uint64_t)(b - shift * HIST_PARTS + 1) << shift) - 1;
}

void
hist_init(struct hist *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

void
hist_add(struct hist *h, int64_t ns)
{
	uint64_t v = ns < 0 ? 0 : (uint64_t)ns;

	h->buckets[bucket_of(v)]++;
	h->count++;
	h->sum += v;
	if (v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
}

void
hist_merge(struct hist *to, const struct hist *from)
{
	for (unsigned i = 0; i < HIST_BUCKETS; i++)
		to->buckets[i] += from->buckets[i];
	to->count += from->count;
	to->sum += from->sum;
	if (from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
}

uint64_t
hist_at(const struct hist *h, double percent)
{
	double exact = percent / 100 * (double)h->count;
	uint64_t wanted = (uint64_t)exact, seen = 0, last;

	if (h->count == 0)
		return 0;
	if ((double)wanted < exact || wanted == 0)
		wanted++;
	for (unsigned i = 0; i < HIST_BUCKETS; i++) {
		seen += h->buckets[i];
		if (seen < wanted)
			continue;
		last = bucket_last(i);
		return i == HIST_BUCKETS - 1 || last > h->max ? h->max : last;
	}
	return h->max;
}

double
hist_mean(const struct hist *h)
{
	return h->count == 0 ? 0 : (double)h->sum / (double)h->count;
}

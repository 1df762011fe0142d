/* SPDX-License-Identifier: ISC */
#include "tests/sim/clock.h"

#include <stdlib.h>

#include "src/common/alloc.h"

enum {
	WALL_START_S = 1795000000	/* some day in November 2026 */
};

void
clock_init(struct clock *c, struct prng *rng)
{
	*c = (struct clock){0};
	c->rng = rng;
	c->mono = 1000;
	c->wall = (int64_t)WALL_START_S * 1000 +
	    (int64_t)prng_below(rng, 86400000);
}

void
clock_fini(struct clock *c)
{
	free(c->heap);
}

int64_t
clock_mono(const struct clock *c)
{
	return c->mono;
}

int64_t
clock_wall(const struct clock *c)
{
	return c->wall + c->mono;
}

int64_t
clock_wall_most(const struct clock *c)
{
	return c->before > clock_wall(c) ? c->before : clock_wall(c);
}

void
clock_jump(struct clock *c, int64_t ms)
{
	c->before = clock_wall_most(c);
	c->jumped = c->mono;
	c->wall += ms;
}

void
clock_leap(struct clock *c, int64_t ms)
{
	c->mono += ms;
	c->jumped = c->mono;	/* what was on its way still is */
}

void
timer_init(struct timer *t, void (*fn)(void *), void *arg)
{
	*t = (struct timer){0};
	t->fn = fn;
	t->arg = arg;
}

static bool
earlier(const struct timer *a, const struct timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
heap_place(struct clock *c, struct timer *t, size_t i)
{
	c->heap[i] = t;
	t->place = i;
}

static void
heap_up(struct clock *c, struct timer *t, size_t i)
{
	while (i > 1 && earlier(t, c->heap[i / 2])) {
		heap_place(c, c->heap[i / 2], i);
		i /= 2;
	}
	heap_place(c, t, i);
}

static void
heap_down(struct clock *c, struct timer *t, size_t i)
{
	size_t child;

	while ((child = 2 * i) <= c->count) {
		if (child < c->count &&
		    earlier(c->heap[child + 1], c->heap[child]))
			child++;
		if (!earlier(c->heap[child], t))
			break;
		heap_place(c, c->heap[child], i);
		i = child;
	}
	heap_place(c, t, i);
}

void
timer_clear(struct clock *c, struct timer *t)
{
	struct timer *last;
	size_t i = t->place;

	if (i == 0)
		return;
	t->place = 0;
	last = c->heap[c->count--];
	if (last == t)
		return;
	if (i > 1 && earlier(last, c->heap[i / 2]))
		heap_up(c, last, i);
	else
		heap_down(c, last, i);
}

void
timer_set(struct clock *c, struct timer *t, int64_t at)
{
	timer_clear(c, t);
	if (at == INT64_MAX)
		return;
	t->at = at < c->mono ? c->mono : at;
	t->order = prng_next(c->rng);
	if (c->count + 2 > c->cap) {
		c->cap = c->cap == 0 ? 64 : c->cap * 2;
		c->heap = xrealloc(c->heap, c->cap, sizeof(c->heap[0]));
	}
	c->count++;
	heap_up(c, t, c->count);
}

void
timer_in(struct clock *c, struct timer *t, int64_t delay)
{
	timer_set(c, t, c->mono + delay);
}

bool
clock_step(struct clock *c, int64_t until)
{
	struct timer *t;

	if (c->count == 0 || c->heap[1]->at > until) {
		c->mono = until > c->mono ? until : c->mono;
		return false;
	}
	t = c->heap[1];
	if (t->at > c->mono)
		c->mono = t->at;
	timer_clear(c, t);
	t->fn(t->arg);
	return true;
}

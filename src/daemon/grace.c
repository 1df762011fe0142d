/* SPDX-License-Identifier: ISC */
#include "src/daemon/grace.h"

#include <stdlib.h>

#include "src/common/alloc.h"

#define OUTSIDE UINT64_MAX

/*
 * All operations are sequentially consistent.  A thread writes its slot before
 * it reads the pointer; the owner replaces the pointer before it reads the
 * slots.  So if the owner finds the thread outside, the thread will find the
 * new pointer; and if it finds a number from before the retirement, the thread
 * may have the old one.
 */

struct grace_old {
	struct grace_old *next;
	uint64_t retired;	/* the number of its retirement */
	void (*free_fn)(void *);
	void *p;
};

void
grace_init(struct grace *g, size_t slots)
{
	atomic_init(&g->now, 1);
	g->slots = xcalloc(slots, sizeof(*g->slots));
	g->nslots = slots;
	g->old = NULL;
	for (size_t i = 0; i < slots; i++)
		atomic_init(&g->slots[i], OUTSIDE);
}

void
grace_enter(struct grace *g, size_t slot)
{
	atomic_store(&g->slots[slot], atomic_load(&g->now));
}

void
grace_leave(struct grace *g, size_t slot)
{
	atomic_store(&g->slots[slot], OUTSIDE);
}

void
grace_retire_take(struct grace *g, void (*free_fn)(void *), void *p)
{
	struct grace_old *o = xcalloc(1, sizeof(*o));

	o->retired = atomic_fetch_add(&g->now, 1) + 1;
	o->free_fn = free_fn;
	o->p = p;
	o->next = g->old;
	g->old = o;
}

/* Who is inside since before NUMBER sees what was retired then. */
static bool
seen_since(const struct grace *g, uint64_t number)
{
	for (size_t i = 0; i < g->nslots; i++)
		if (atomic_load(&g->slots[i]) < number)
			return true;
	return false;
}

static void
free_at(struct grace_old **at)
{
	struct grace_old *o = *at;

	*at = o->next;
	o->free_fn(o->p);
	free(o);
}

size_t
grace_collect(struct grace *g)
{
	struct grace_old **at = &g->old;
	size_t left = 0;

	while (*at != NULL) {
		if (!seen_since(g, (*at)->retired)) {
			free_at(at);
			continue;
		}
		at = &(*at)->next;
		left++;
	}
	return left;
}

void
grace_fini(struct grace *g)
{
	while (g->old != NULL)
		free_at(&g->old);
	free(g->slots);
	g->slots = NULL;
	g->nslots = 0;
}

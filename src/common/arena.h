/* SPDX-License-Identifier: ISC */
/*
 * arena: many small allocations with one end.  Bounded: an arena never holds
 * more than its limit, whatever a peer asks for.
 */
#ifndef COMMON_ARENA_H
#define COMMON_ARENA_H

#include <stddef.h>

#include "src/common/slice.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;	/* the newest first */
	size_t used, size;		/* in the newest chunk */
	size_t total;			/* in all chunks */
	size_t limit;
	struct arena_chunk *lent;	/* one that is not ours to free */
};

/* An empty arena that holds no memory.  LIMIT bytes at most; 0: no limit. */
void arena_init(struct arena *, size_t limit);

/* As arena_init; the first SIZE bytes or so are taken from P, which is aligned
 * for any type and lives as long as the arena. */
void arena_init_on(struct arena *, void *p, size_t size, size_t limit);

/* Frees everything that was allocated from it. */
void arena_fini(struct arena *);

/* Forgets everything, keeps one chunk for reuse. */
void arena_clear(struct arena *);

/* N bytes aligned for any type, zeroed; NULL when limit or memory end. */
void *arena_alloc(struct arena *, size_t n);

/* As arena_alloc for COUNT items of SIZE; checks the multiplication. */
void *arena_array(struct arena *, size_t count, size_t size);

/* A copy of S that lives as long as the arena; {NULL, 0} on failure, and for
 * an empty slice a non-NULL pointer. */
struct slice arena_copy(struct arena *, struct slice s);

#endif

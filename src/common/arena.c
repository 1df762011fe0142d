/* SPDX-License-Identifier: ISC */
#include "src/common/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;		/* of data */
	alignas(max_align_t) unsigned char data[];
};

enum { CHUNK_MIN = 1024 };

void
arena_init(struct arena *a, size_t limit)
{
	memset(a, 0, sizeof(*a));
	a->limit = limit;
}

void
arena_init_on(struct arena *a, void *p, size_t size, size_t limit)
{
	const size_t align = alignof(max_align_t);
	struct arena_chunk *c = p;

	arena_init(a, limit);
	if (size < sizeof(*c) + align)
		return;
	c->next = NULL;
	c->size = (size - sizeof(*c)) / align * align;
	a->chunks = a->lent = c;
	a->size = a->total = c->size;
}

/* Frees C and those behind it. */
static void
chunks_free(const struct arena *a, struct arena_chunk *c)
{
	struct arena_chunk *next;

	for (; c != NULL; c = next) {
		next = c->next;
		if (c != a->lent)
			free(c);
	}
}

void
arena_fini(struct arena *a)
{
	chunks_free(a, a->chunks);
	arena_init(a, a->limit);
}

void
arena_clear(struct arena *a)
{
	struct arena_chunk *keep = a->chunks;

	if (keep == NULL)
		return;
	chunks_free(a, keep->next);
	keep->next = NULL;
	a->used = 0;
	a->size = keep->size;
	a->total = keep->size;
}

static struct arena_chunk *
chunk_add(struct arena *a, size_t n)
{
	size_t size = a->chunks == NULL || a->chunks == a->lent ? CHUNK_MIN
	    : a->chunks->size * 2;
	struct arena_chunk *c;

	if (size < n)
		size = n;
	if (a->limit != 0) {
		if (n > a->limit - a->total)
			return NULL;
		if (size > a->limit - a->total)
			size = a->limit - a->total;
	}
	c = malloc(sizeof(*c) + size);
	if (c == NULL)
		return NULL;
	c->next = a->chunks;
	c->size = size;
	a->chunks = c;
	a->used = 0;
	a->size = size;
	a->total += size;
	return c;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = alignof(max_align_t);
	void *p;

	if (n > SIZE_MAX / 4)
		return NULL;
	n = n == 0 ? align : (n + align - 1) / align * align;
	if ((a->chunks == NULL || n > a->size - a->used) &&
	    chunk_add(a, n) == NULL)
		return NULL;
	p = a->chunks->data + a->used;
	a->used += n;
	return memset(p, 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / 4 / size)
		return NULL;
	return arena_alloc(a, count * size);
}

struct slice
arena_copy(struct arena *a, struct slice s)
{
	void *p = arena_alloc(a, s.len);

	if (p == NULL)
		return slice_of(NULL, 0);
	if (s.len > 0)
		memcpy(p, s.p, s.len);
	return slice_of(p, s.len);
}

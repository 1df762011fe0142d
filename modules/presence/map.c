/* SPDX-License-Identifier: ISC */
#include "presence.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS_MIN = 64 };

static size_t
bucket_of(const struct map *m, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) &
	    (m->nbuckets - 1);
}

struct node *
map_get(const struct map *m, uint64_t key)
{
	struct node *n = m->nbuckets == 0 ? NULL
	    : m->buckets[bucket_of(m, key)];

	while (n != NULL && n->key != key)
		n = n->next;
	return n;
}

static void
insert(struct map *m, struct node *n)
{
	struct node **b = &m->buckets[bucket_of(m, n->key)];

	n->next = *b;
	*b = n;
}

static bool
grow(struct map *m)
{
	size_t n = m->nbuckets == 0 ? BUCKETS_MIN : m->nbuckets * 2;
	struct map old = *m;
	struct node **buckets = calloc(n, sizeof(struct node *));

	if (buckets == NULL)
		return m->nbuckets > 0;
	m->buckets = buckets;
	m->nbuckets = n;
	for (size_t i = 0; i < old.nbuckets; i++) {
		while (old.buckets[i] != NULL) {
			struct node *at = old.buckets[i];

			old.buckets[i] = at->next;
			insert(m, at);
		}
	}
	free(old.buckets);
	return true;
}

bool
map_add(struct map *m, struct node *n, uint64_t key)
{
	if (m->count >= m->nbuckets && !grow(m))
		return false;
	n->key = key;
	insert(m, n);
	m->count++;
	return true;
}

void
map_remove(struct map *m, struct node *n)
{
	struct node **at = &m->buckets[bucket_of(m, n->key)];

	while (*at != n)
		at = &(*at)->next;
	*at = n->next;
	m->count--;
}

void
map_free(struct map *m)
{
	for (size_t i = 0; i < m->nbuckets; i++) {
		while (m->buckets[i] != NULL) {
			struct node *n = m->buckets[i];

			m->buckets[i] = n->next;
			free(n);
		}
	}
	free(m->buckets);
	memset(m, 0, sizeof(*m));
}

bool
growing_add(struct growing *g, const void *one, size_t size)
{
	size_t cap = g->cap == 0 ? 16 : g->cap * 2;
	void *v;

	if (g->n == g->cap) {
		v = realloc(g->v, cap * size);
		if (v == NULL)
			return false;
		g->v = v;
		g->cap = cap;
	}
	memcpy((char *)g->v + g->n++ * size, one, size);
	return true;
}

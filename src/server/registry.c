/* SPDX-License-Identifier: ISC */
#include "src/server/registry.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/server/session.h"

enum { BUCKETS_MIN = 64 };

static size_t
bucket_of(const struct registry *r, uint64_t user)
{
	/* ids are dense: a multiplication spreads them well enough */
	return (size_t)((user * UINT64_C(0x9e3779b97f4a7c15)) >> 32) &
	    (r->nbuckets - 1);
}

void
registry_init(struct registry *r)
{
	r->nbuckets = BUCKETS_MIN;
	r->count = 0;
	r->buckets = xcalloc(r->nbuckets, sizeof(*r->buckets));
}

void
registry_fini(struct registry *r)
{
	free(r->buckets);
	r->buckets = NULL;
}

static void
insert(struct registry *r, struct session *s)
{
	struct session **b = &r->buckets[bucket_of(r, s->user)];

	s->next_of_user = *b;
	*b = s;
}

static void
grow(struct registry *r)
{
	struct session **old = r->buckets;
	size_t n = r->nbuckets;

	r->nbuckets = n * 2;
	r->buckets = xcalloc(r->nbuckets, sizeof(*r->buckets));
	for (size_t i = 0; i < n; i++) {
		struct session *s = old[i];

		while (s != NULL) {
			struct session *next = s->next_of_user;

			insert(r, s);
			s = next;
		}
	}
	free(old);
}

void
registry_add(struct registry *r, struct session *s)
{
	if (r->count >= r->nbuckets)
		grow(r);
	insert(r, s);
	r->count++;
}

void
registry_remove(struct registry *r, struct session *s)
{
	struct session **p = &r->buckets[bucket_of(r, s->user)];

	for (; *p != NULL; p = &(*p)->next_of_user) {
		if (*p != s)
			continue;
		*p = s->next_of_user;
		s->next_of_user = NULL;
		r->count--;
		return;
	}
}

static struct session *
find(struct session *s, uint64_t user)
{
	while (s != NULL && s->user != user)
		s = s->next_of_user;
	return s;
}

struct session *
registry_first(const struct registry *r, uint64_t user)
{
	return find(r->buckets[bucket_of(r, user)], user);
}

struct session *
registry_next(const struct session *s)
{
	return find(s->next_of_user, s->user);
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/crowd.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { BUCKETS_MIN = 64, V6_PREFIX = 8 };

/* Zeroes, if it is neither kind. */
struct address {
	uint64_t high, low;
};

struct crowd_place {
	struct crowd_place *next;
	struct address at;
	uint32_t n;
	bool told;		/* that somebody was refused */
};

struct crowd {
	pthread_mutex_t lock;
	uint64_t secret;
	struct crowd_place **buckets;
	size_t nbuckets, nplaces;
	uint64_t refused;
};

struct crowd *
crowd_create(uint64_t secret)
{
	struct crowd *c = xcalloc(1, sizeof(*c));

	sc_assert(pthread_mutex_init(&c->lock, NULL) == 0);
	c->secret = secret;
	c->nbuckets = BUCKETS_MIN;
	c->buckets = xcalloc(c->nbuckets, sizeof(struct crowd_place *));
	return c;
}

void
crowd_destroy(struct crowd *c)
{
	if (c == NULL)
		return;
	sc_assert(c->nplaces == 0);
	pthread_mutex_destroy(&c->lock);
	free(c->buckets);
	free(c);
}

static struct address
address_of(const struct sockaddr *peer)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;
	struct address a = {0, 0};

	if (peer->sa_family == AF_INET) {
		memcpy(&v4, peer, sizeof(v4));
		a.low = (uint64_t)v4.sin_addr.s_addr | UINT64_C(1) << 32;
	} else if (peer->sa_family == AF_INET6) {
		memcpy(&v6, peer, sizeof(v6));
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
			memcpy(&a.low, v6.sin6_addr.s6_addr + 12, 4);
			a.low = (a.low & UINT32_MAX) | UINT64_C(1) << 32;
		} else {
			memcpy(&a.high, v6.sin6_addr.s6_addr, V6_PREFIX);
		}
	}
	return a;
}

/* Multiplied and folded twice, as murmur does at its end. */
static size_t
bucket_of(const struct crowd *c, struct address a)
{
	uint64_t h = a.high ^ c->secret;

	h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd) + a.low;
	h = (h ^ h >> 33 ^ c->secret) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (size_t)(h ^ h >> 33) & (c->nbuckets - 1);
}

static void
grow(struct crowd *c)
{
	struct crowd_place **old = c->buckets, *p, *next;
	size_t n = c->nbuckets, at;

	c->nbuckets = 2 * n;
	c->buckets = xcalloc(c->nbuckets, sizeof(struct crowd_place *));
	for (size_t i = 0; i < n; i++)
		for (p = old[i]; p != NULL; p = next) {
			next = p->next;
			at = bucket_of(c, p->at);
			p->next = c->buckets[at];
			c->buckets[at] = p;
		}
	free(old);
}

/* The place of A, which is made if need be. */
static struct crowd_place *
place_of(struct crowd *c, struct address a)
{
	struct crowd_place *p;
	size_t at;

	if (c->nplaces >= c->nbuckets)
		grow(c);
	at = bucket_of(c, a);
	for (p = c->buckets[at]; p != NULL; p = p->next)
		if (p->at.high == a.high && p->at.low == a.low)
			return p;
	p = xcalloc(1, sizeof(*p));
	p->at = a;
	p->next = c->buckets[at];
	c->buckets[at] = p;
	c->nplaces++;
	return p;
}

struct crowd_place *
crowd_enter(struct crowd *c, const struct sockaddr *peer, uint32_t max,
    bool *first)
{
	struct crowd_place *p;

	pthread_mutex_lock(&c->lock);
	p = place_of(c, address_of(peer));
	*first = false;
	if (max == 0 || p->n < max) {
		p->n++;
		p->told = false;
	} else {
		c->refused++;
		*first = !p->told;
		p->told = true;
		p = NULL;
	}
	pthread_mutex_unlock(&c->lock);
	return p;
}

void
crowd_leave(struct crowd *c, struct crowd_place *p)
{
	struct crowd_place **from;

	pthread_mutex_lock(&c->lock);
	if (--p->n == 0) {
		from = &c->buckets[bucket_of(c, p->at)];
		while (*from != p)
			from = &(*from)->next;
		*from = p->next;
		c->nplaces--;
		free(p);
	}
	pthread_mutex_unlock(&c->lock);
}

uint64_t
crowd_refused(struct crowd *c)
{
	uint64_t n;

	pthread_mutex_lock(&c->lock);
	n = c->refused;
	pthread_mutex_unlock(&c->lock);
	return n;
}

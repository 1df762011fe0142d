/* SPDX-License-Identifier: ISC */
#include "src/daemon/guesses.h"

#include <string.h>

#include "src/common/err.h"

void
guesses_init(struct guesses *g, uint64_t secret)
{
	memset(g, 0, sizeof(*g));
	g->secret = secret;
	sc_assert(pthread_mutex_init(&g->lock, NULL) == 0);
}

void
guesses_fini(struct guesses *g)
{
	pthread_mutex_destroy(&g->lock);
}

/* FNV-1a from a secret start, and its bits mixed. */
static uint64_t
hash_of(const struct guesses *g, const char *name)
{
	uint64_t h = g->secret;

	for (; *name != '\0'; name++) {
		h ^= (uint8_t)*name;
		h *= UINT64_C(0x100000001b3);
	}
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	return h;
}

/* The place of a name: its own, or that of whoever is forgotten first. */
static struct guesses_name *
place_of(struct guesses *g, uint64_t hash)
{
	struct guesses_name *set = g->names[hash % GUESSES_SETS];
	struct guesses_name *first = &set[0];

	for (int i = 0; i < GUESSES_WAYS; i++) {
		if (set[i].hash == hash)
			return &set[i];
		if (set[i].paid_at < first->paid_at)
			first = &set[i];
	}
	return first;
}

bool
guesses_allow(struct guesses *g, const struct guesses_conf *conf,
    const char *name, int64_t now)
{
	uint64_t hash = hash_of(g, name);
	const struct guesses_name *n;
	bool allowed;

	if (conf->burst == 0)
		return true;
	pthread_mutex_lock(&g->lock);
	n = place_of(g, hash);
	allowed = n->hash != hash || n->paid_at - now <=
	    (int64_t)(conf->burst - 1) * conf->every_ms;
	pthread_mutex_unlock(&g->lock);
	return allowed;
}

void
guesses_count(struct guesses *g, const struct guesses_conf *conf,
    const char *name, int64_t now)
{
	uint64_t hash = hash_of(g, name);
	struct guesses_name *n;

	if (conf->burst == 0)
		return;
	pthread_mutex_lock(&g->lock);
	n = place_of(g, hash);
	if (n->hash != hash || n->paid_at < now)
		*n = (struct guesses_name){hash, now};
	n->paid_at += conf->every_ms;
	pthread_mutex_unlock(&g->lock);
}

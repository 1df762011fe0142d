/* SPDX-License-Identifier: ISC */
#include "tests/bench/store_load.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

static void
be_store(uint8_t *p, uint64_t v, int n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t
mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t
load_random(struct load *l)
{
	return mix(l->seed += 0x9e3779b97f4a7c15);
}

void
load_init(struct load *l, const char *dir, uint64_t messages, uint64_t chats)
{
	size_t i;

	memset(l, 0, sizeof(*l));
	l->dir = dir;
	l->messages = messages;
	l->chats = chats;
	l->seqs = xcalloc(chats, sizeof(*l->seqs));
	l->counters = xcalloc(chats * DEVICES, sizeof(*l->counters));
	for (i = 0; i < ENTRY_VALUE; i++)
		l->entry[i] = (uint8_t)load_random(l);
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->changed, NULL);
}

void
load_fini(struct load *l)
{
	free(l->seqs);
	free(l->counters);
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->changed);
}

void
load_chat_key(uint8_t *key, uint64_t chat)
{
	be_store(key, mix(chat * 2 + 1), 8);	/* ids of chats are random */
	be_store(key + 8, mix(chat * 2 + 2), 8);
}

void
load_next(struct load *l)
{
	uint64_t r = load_random(l), chat = r % l->chats;
	uint64_t device = chat * DEVICES + (r >> 40) % DEVICES;
	uint64_t seq = ++l->seqs[chat], n = ++l->counters[device];

	load_chat_key(l->chat_key, chat);
	memcpy(l->entry_key, l->chat_key, CHAT_KEY);
	be_store(l->entry_key + CHAT_KEY, seq, 8);
	be_store(l->slot_key, device + 1, 8);
	be_store(l->slot_key + 8, 1, 4);
	l->slot_key[12] = (uint8_t)(n % 64);
	be_store(l->chat, seq, 8);
	be_store(l->slot, n, 8);
	be_store(l->entry, r, 8);
}

void
load_batch(struct load *l)
{
	pthread_mutex_lock(&l->lock);
	while (l->waiting >= DEPTH)
		pthread_cond_wait(&l->changed, &l->lock);
	l->waiting++;
	pthread_mutex_unlock(&l->lock);
}

void
load_batch_done(void *arg, int rc)
{
	struct load *l = arg;

	sc_assert(rc == 0);
	pthread_mutex_lock(&l->lock);
	l->waiting--;
	pthread_cond_broadcast(&l->changed);
	pthread_mutex_unlock(&l->lock);
}

void
load_drain(struct load *l)
{
	pthread_mutex_lock(&l->lock);
	while (l->waiting > 0)
		pthread_cond_wait(&l->changed, &l->lock);
	pthread_mutex_unlock(&l->lock);
}

/* SPDX-License-Identifier: ISC */
/*
 * store_load: the load of the storage benchmark and its ways to store it.
 * A message is an entry of 200 bytes under (chat, seq), a new version of the
 * chat's row and of one of the 64 slots of the sending device.
 */
#ifndef TESTS_BENCH_STORE_LOAD_H
#define TESTS_BENCH_STORE_LOAD_H

#include <pthread.h>
#include <stdint.h>

enum {
	ENTRY_KEY = 24, ENTRY_VALUE = 200,
	CHAT_KEY = 16, CHAT_VALUE = 60,
	SLOT_KEY = 13, SLOT_VALUE = 60,
	BATCH = 64, DEPTH = 4, DEVICES = 2	/* that write to a chat */
};

struct load {
	const char *dir;
	uint64_t messages, chats;
	uint64_t seed;
	uint64_t *seqs;		/* the head of each chat */
	uint64_t *counters;	/* of each device */
	/* the message */
	uint8_t entry_key[ENTRY_KEY], chat_key[CHAT_KEY], slot_key[SLOT_KEY];
	uint8_t entry[ENTRY_VALUE], chat[CHAT_VALUE], slot[SLOT_VALUE];
	/* batches under way */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned waiting;
};

void load_init(struct load *, const char *dir, uint64_t messages,
    uint64_t chats);
void load_fini(struct load *);
uint64_t load_random(struct load *);
void load_chat_key(uint8_t *key, uint64_t chat);

/* The next message, for a chat at random. */
void load_next(struct load *);

/* Counts a batch; waits while DEPTH are under way. */
void load_batch(struct load *);
void load_batch_done(void *load, int rc);
void load_drain(struct load *);

/* The ways to store it all. */
void store_file(struct load *);		/* append, fdatasync per batch */
void store_trees(struct load *);	/* three B-trees, log_flush thread */
void store_engine(struct load *);	/* src/store/bdb */

#endif

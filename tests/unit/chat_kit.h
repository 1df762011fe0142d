/* SPDX-License-Identifier: ISC */
/*
 * chat_kit: the domain on the mem store, for tests that call it within
 * transactions of their own.  What goes wrong fails the test.
 */
#ifndef UNIT_CHAT_KIT_H
#define UNIT_CHAT_KIT_H

#include "src/chat/chat.h"
#include "src/chat/domain.h"

enum { KIT_PERIOD_S = 60 };

struct chat_kit {
	struct store *store;
	struct domain d;
	struct arena arena;
	int64_t now;
	uint64_t stamp;
	uint8_t next_random;
};

/* A store with its tables, and nobody in it. */
void kit_init(struct chat_kit *);
void kit_fini(struct chat_kit *);

struct tx kit_begin(struct chat_kit *);
void kit_commit(struct chat_kit *, struct tx *);

/* A partition of entries is dropped for its age: its chats know. */
int kit_prune(struct tx *, uint32_t part);

/* A new user, and a device of a user. */
uint64_t kit_user(struct tx *, const char *name);
uint32_t kit_device(struct tx *, uint64_t user, const char *name);

/* What a chat is introduced with is of no interest; ARG, if it is not NULL,
 * counts how often (an int). */
int kit_ignore(void *arg, const struct chat *, const struct entry *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * verify: whether the rows of all tables agree with each other.  Reads
 * everything; for a store that nobody writes to.
 */
#ifndef CHAT_VERIFY_H
#define CHAT_VERIFY_H

#include "src/chat/domain.h"

struct verified {
	uint64_t users, devices, chats, entries, pruned;
	uint64_t problems;
};

/*
 * Calls PROBLEM with a sentence for each thing that does not fit (ids only,
 * never what was written).  0 when all could be read, with or without
 * problems.
 */
int domain_verify(struct tx *, struct verified *,
    void (*problem)(void *arg, const char *text), void *arg);

#endif

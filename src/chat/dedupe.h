/* SPDX-License-Identifier: ISC */
/*
 * dedupe: one counter per device (R8).  The last 64 outcomes of a device are
 * rows keyed by n mod 64; the highest settled counter follows from them.
 */
#ifndef CHAT_DEDUPE_H
#define CHAT_DEDUPE_H

#include "src/chat/domain.h"

enum { DEDUPE_SLOTS = 64, OUTCOME_REPLY_MAX = 1024 };

enum outcome_kind {
	OUTCOME_SENT = 1,	/* it appended an entry */
	OUTCOME_REFUSED = 2,
	OUTCOME_VOID = 3,
	OUTCOME_DONE = 4	/* it changed something else */
};

struct outcome {
	enum outcome_kind kind;
	uint64_t number;	/* SENT: the chat in the sender's account */
	uint64_t seq;
	int64_t time;
	uint32_t timer;		/* of the entry */
	int code;		/* REFUSED: SC_E... */
	struct slice reply;	/* DONE: the answer's bytes; REFUSED: why, or
				 * nothing.  OUTCOME_REPLY_MAX at most */
};

enum dedupe { DEDUPE_NEW, DEDUPE_REPEAT, DEDUPE_CONFLICT };

/*
 * What a request with counter N and DIGEST is: new (n = high + 1), a repeat
 * (*O is the outcome, its reply
 * in the transaction's arena) or in conflict (*HIGH is stated).  *WHAT gets it.
 */
int dedupe_check(struct tx *, uint64_t user, uint32_t device, uint64_t n,
    uint64_t digest, enum dedupe *what, struct outcome *o, uint64_t *high);

/* The outcome that is settled for N, of whatever digest, without its reply.
 * SC_ENOTFOUND: none is known. */
int dedupe_outcome(struct tx *, uint64_t user, uint32_t device, uint64_t n,
    struct outcome *o);

/* Settles N.  SC_ETOOLARGE: a reply longer than there may be. */
int dedupe_settle(struct tx *, uint64_t user, uint32_t device, uint64_t n,
    uint64_t digest, const struct outcome *o);

/* The highest settled counter; 0: none. */
int dedupe_high(struct tx *, uint64_t user, uint32_t device, uint64_t *high);

/*
 * The digest of a request, built up piece by piece, eight bytes at a time: it
 * tells a repeat from a mistake, not friend from foe.  The kind of request comes
 * first.
 */
enum digest_kind { DIGEST_MESSAGE, DIGEST_VOID, DIGEST_STANZA };

#define DIGEST_INIT UINT64_C(0xcbf29ce484222325)
uint64_t digest_add(uint64_t digest, const void *p, size_t n);
uint64_t digest_add_u64(uint64_t digest, uint64_t v);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * chat: the append-only logs.  An entry is (chat id, seq); seq is dense from
 * 1; the time never goes back within a chat (R2, R4).
 */
#ifndef CHAT_CHAT_H
#define CHAT_CHAT_H

#include "protocol/stanza.h"
#include "src/chat/domain.h"
#include "src/chat/model.h"
#include "src/chat/user.h"

/* SC_ENOTFOUND. */
int chat_get(struct tx *, const struct chat_id *, struct chat *);
int chat_get_locked(struct tx *, const struct chat_id *, struct chat *);

/* A new empty chat of a kind, with a random id; chat_put stores it. */
void chat_new(struct tx *, enum chat_kind, struct chat *);
int chat_put(struct tx *, const struct chat *);

/* The chat that a user calls NUMBER.  SC_ENOTFOUND. */
int chat_by_number(struct tx *, uint64_t user, uint64_t number,
    struct chat_id *);

/* The direct chat of two users (who may be one).  SC_ENOTFOUND. */
int chat_direct(struct tx *, uint64_t a, uint64_t b, struct chat_id *);

/*
 * Called for an entry that the server itself has written: the chat as it is
 * after it.
 */
typedef int chat_said_fn(void *arg, const struct chat *, const struct entry *);

/*
 * Appends an entry of the server's own, with that element as its content, to
 * an account log or another chat, which it locks.
 */
int chat_say(struct tx *, const struct chat_id *, const struct elem *content,
    chat_said_fn *said, void *arg);

/*
 * As chat_direct, made if it is not there: member rows, numbers, and an entry
 * in each account log that introduces it, which SAID is called for.  Locks the
 * users, the direct row and the chat.
 */
int chat_direct_make(struct tx *, uint64_t a, uint64_t b, chat_said_fn *said,
    void *arg, struct chat *);

/* Whether a chat has any number of members, that come and go. */
static inline bool
chat_has_roster(const struct chat *c)
{
	return c->kind == CHAT_KIND_GROUP || c->kind == CHAT_KIND_CHANNEL;
}

/* USER calls the chat NUMBER from now on. */
int chat_set_number(struct tx *, uint64_t user, uint64_t number,
    const struct chat_id *);

/* Which of a direct chat's two members USER is: 0, 1, or -1. */
int chat_side(const struct chat *, uint64_t user);

/* Whether a direct chat takes messages: both members are still there. */
bool chat_is_open(const struct chat *);

/*
 * USER's account goes: the other member of a direct chat keeps it, what nobody
 * else can read is deleted with its entries, *LEFT rows at most, which is less
 * then; 0: this is to be done again.  Locks the chat.
 */
int chat_abandon(struct tx *, const struct chat_id *, uint64_t user,
    unsigned *left);

/*
 * Appends: gives E its chat, seq, time and stamp, stores it, and the chat row.
 * C was read with chat_get_locked in this transaction.
 */
int chat_append(struct tx *, struct chat *c, struct entry *e);

/*
 * Reads the entries FIRST .. LAST in order.  Runs of pruned ones are reported
 * by SKIP.  SC_EDAMAGED at one that is missing and should be there: all but those
 * of periods that are gone (period.h).
 */
int chat_read(struct tx *, const struct chat_id *, uint64_t first,
    uint64_t last, const struct chat_reader *);

/* As chat_read, but HOLE, which is like SKIP, has those that are missing or
 * cannot be read; SC_EDAMAGED if the store cannot read very many of them. */
int chat_read_holes(struct tx *, const struct chat_id *, uint64_t first,
    uint64_t last, const struct chat_reader *,
    int (*hole)(void *arg, uint64_t first, uint64_t last));

/*
 * The boundary of TIME in a chat: the entries from *SEQ on were written at TIME
 * or later, those below before it; what has been dropped just below one that
 * is too late belongs to it.  head + 1: none is that late.
 */
int chat_seq_at(struct tx *, const struct chat *, int64_t time, uint64_t *seq);

/* How many entries by others that count as unread are above READ, MAX at most
 * (R15). */
int chat_unread(struct tx *, const struct chat *, uint64_t user, uint64_t read,
    uint32_t max, uint32_t *n);

/* The chats of a user from number FIRST on: number and id, in the order of
 * numbers. */
int chat_list(struct tx *, uint64_t user, uint64_t first,
    int (*fn)(void *arg, uint64_t number, const struct chat_id *), void *arg);

/* Chats of a user, as many as there is room for, with numbers from FIRST on, and
 * in the order of their rows, in which they are locked (R24). */
struct chat_some {
	struct {
		struct chat_id id;
		uint64_t number;
	} chats[64];
	size_t n;
	uint64_t next;		/* the number to go on with; 0: that is all */
};
int chat_some(struct tx *, uint64_t user, uint64_t first, struct chat_some *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * domain: the tables of chats, users and devices, and the transaction that
 * every function of src/chat works in.
 *
 * Rows.  Integers in keys are big-endian; a value is a version byte and a
 * sequence of varints and length-prefixed bytes (row.h).
 *
 *	meta        name                          see domain.c
 *	users       user                          user.c
 *	names       canonical name                user id
 *	devices     user, device                  device.c
 *	slots       user, device, n mod 64        dedupe.c
 *	delivered   user, device, chat number     marks.c
 *	chats       chat id                       chat.c
 *	hidden      user, chat id, seq            hidden.c
 *	suspects    user, device                  suspect.c
 *	links       0, user; or 1, id             link.c
 *	leaving     user                          leaving.c
 *	directs     lower user, higher user       chat id
 *	members     chat id, user                 member.c
 *	numbers     user, chat number             chat id
 *	periods     chat id, first seq            the partition from there on:
 *						  period.c
 *	entries  p  chat id, seq                  entry.c
 *	moves    p  chat id, user, mark, seq      marks.c
 *
 * Locks, in this order (semantics R24): user rows and rows of the users'
 * devices by id, then the direct row, then the chat row.
 */
#ifndef CHAT_DOMAIN_H
#define CHAT_DOMAIN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/arena.h"
#include "src/store/store.h"

struct recipients_memory;
struct deflate;
struct job;		/* of src/server */
struct outbox;		/* of src/server: what a transaction tells others */

struct domain_conf {
	uint32_t max_devices;	/* per user */
	int64_t token_ms;	/* age at which a token is replaced; 0: none */
	uint32_t push_members;	/* a chat with more is pulled */
	uint32_t period_s;	/* seconds that share a partition of entries */
};

struct domain {
	struct domain_conf first;	/* as at the start */
	_Atomic(const struct domain_conf *) conf;
	struct store *store;
	struct store_table *meta, *users, *names, *devices, *slots, *delivered,
	    *hidden, *suspects, *links, *leaving, *chats, *directs, *members,
	    *numbers, *periods, *entries, *moves;
	uint8_t epoch[8];	/* set by domain_start */
	uint8_t token_key[32];
};

/* One run of a handler.  Everything it may know comes from here. */
struct tx {
	const struct domain *d;
	struct store_txn *st;
	int64_t now;		/* UTC milliseconds */
	uint64_t stamp;		/* of this transaction (R18) */
	void (*random)(void *arg, void *p, size_t n);
	void *random_arg;
	struct arena *arena;	/* for results; lives as long as the job */
	struct arena *scratch;	/* of a job: until its function returns */
	struct deflate *deflate;	/* to open payloads; NULL: only those
				 * that are not deflated */
	struct recipients_memory *recipients;	/* lists that this thread
				 * remembers; NULL: it does not */
	/* of src/server; nothing here looks into them */
	struct outbox *outbox;	/* told when it is durable */
	const struct job *job;	/* whose transaction it is; NULL: the start */
};

/* What it is now.  A transaction may use it until it ends; another may find
 * another. */
static inline const struct domain_conf *
domain_conf(const struct domain *d)
{
	return atomic_load(&d->conf);
}

/* CONF from now on, period_s excepted, which must not change.  It is used, and
 * so was the one before, until no transaction that was open at this call is
 * open any more. */
void domain_configure(struct domain *, const struct domain_conf *conf);

/* Declares the tables on a store that is open and not started. */
int domain_init(struct domain *, struct store *, const struct domain_conf *);

/*
 * Loads epoch and token key, in a transaction of a started store; makes them
 * in a new one.  SC_EDAMAGED when only one is there.
 */
int domain_start(struct domain *, struct tx *);

/* A new epoch (R3): what clients know of numbers means nothing any more. */
int domain_new_epoch(struct tx *);

/*
 * Takes COUNT numbers of a counter that never gives one twice: *VALUE is the
 * first of them.  A counter begins with FIRST.  Locks its row.
 */
int domain_take(struct tx *, const char *counter, uint64_t first,
    uint64_t count, uint64_t *value);

/* Deletes all rows whose keys begin with PREFIX.  What is in a dropped
 * partition is gone already. */
int domain_delete_prefix(struct tx *, const struct store_table *,
    uint32_t part, struct slice prefix);

/* The same for *LEFT of them at most, which is less by their number then: 0: there
 * may be more of them. */
int domain_delete_some(struct tx *, const struct store_table *, uint32_t part,
    struct slice prefix, unsigned *left);

/* Stamps up to the one returned may be in use: new ones begin above it.
 * Reserves COUNT more, to be made durable before they are given out. */
int domain_reserve_stamps(struct tx *, uint64_t count, uint64_t *floor);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * module_retention: how long entries are kept.  Entries of a period of time
 * and a class are together, and go together.  The first classes are those of
 * the kinds of chats (enum chat_kind); those from SC_CLASS_OWN on are given to
 * chats by scm_chat_set_class, and mean what the module says.
 *
 * Functions with a PLACE do a bounded piece of work, and go on from there when
 * they are called again; it is zeroed to begin, and its `more' says whether
 * there is more to do.  What is gone is read as a skip, and caches are told
 * (R5, R6).
 */
#ifndef SERVER_MODULE_RETENTION_H
#define SERVER_MODULE_RETENTION_H

#include "src/chat/model.h"

struct sc_module;
struct tx;

enum { SC_CLASS_OWN = 5, SC_CLASSES = 32 };

struct sc_period {
	uint32_t part;
	unsigned class;
	int64_t begin, end;	/* what was written from BEGIN to before END */
	bool entries;		/* false: only movements of marks are left */
	bool moves;		/* there are some */
	bool sealed;		/* all that there is; */
	uint64_t size;		/* then, bytes on the disk */
};

struct sc_sum {
	uint64_t entries, bytes;
	int64_t newest;		/* the time of the newest of them */
};

/* The periods in which there is something, by class, then by time.  Account
 * logs are in none.  FN: 0 to go on, 1 to stop; below 0 stops and is
 * returned. */
int scm_periods(struct tx *,
    int (*fn)(void *arg, const struct sc_period *), void *arg);

/* Adds up MOST entries of a period. */
int scm_period_count(struct tx *, uint32_t part, unsigned most,
    struct chat_place *, struct sc_sum *);

/* Drops a period, MOST chats of it at a time, with the movements of marks. */
int scm_period_drop(struct tx *, uint32_t part, unsigned most,
    struct chat_place *);

/* Adds up what all devices of all members have been given, looking at MOST
 * entries and members, and takes it away if REMOVE.  The movements of marks
 * stay until the period is dropped. */
int scm_period_delivered(struct tx *, uint32_t part, unsigned most,
    bool remove, struct chat_place *, struct sc_sum *);

/*
 * The next step of sealing a period that is over: what is in it goes to a
 * compressed file, and is read and changed as before.  *DONE: it is sealed.
 * Otherwise the work goes on elsewhere: call again, in seconds rather than at
 * once.  SC_ENOSPC: not while the disk is nearly full.
 */
int scm_period_seal(struct tx *, const struct sc_period *, bool *done);

/* The class of what is written in C from now on. */
unsigned scm_chat_class(const struct chat *);

/* Sets it; 0: that of its kind.  SC_ENOTFOUND; SC_EFORBIDDEN: an account log.
 * Locks the chat. */
int scm_chat_set_class(struct tx *, const struct chat_id *, unsigned class);

/* Whether the clocks can be trusted with deletions (R4): sweeps are not run
 * otherwise; commands ask. */
bool scm_clocks_agree(const struct sc_module *);

#endif

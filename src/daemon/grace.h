/* SPDX-License-Identifier: ISC */
/*
 * grace: when may be freed what other threads may still be reading?
 *
 * One thread, the owner, replaces a pointer that others read without a lock.
 * Each of the others has a slot and says when it begins to use what it may
 * find behind such pointers (grace_enter), and when it is done
 * (grace_leave).  What was replaced is given to grace_retire_take, and freed by
 * grace_collect once every slot has been outside at least once since.
 */
#ifndef DAEMON_GRACE_H
#define DAEMON_GRACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct grace_old;

struct grace {
	atomic_uint_fast64_t now;	/* how often something was retired */
	atomic_uint_fast64_t *slots;	/* NOW as the thread found it; or
					 * UINT64_MAX: it is outside */
	size_t nslots;
	struct grace_old *old;		/* the owner's */
};

void grace_init(struct grace *, size_t slots);

/* Nobody is inside any more: frees everything. */
void grace_fini(struct grace *);

/* The thread of SLOT.  Pointers are read after entering. */
void grace_enter(struct grace *, size_t slot);
void grace_leave(struct grace *, size_t slot);

/* The owner, after the pointer was replaced: FREE_FN(P) when that is safe. */
void grace_retire_take(struct grace *, void (*free_fn)(void *), void *p);

/* The owner: frees what nobody can see any more; returns how many are left. */
size_t grace_collect(struct grace *);

#endif

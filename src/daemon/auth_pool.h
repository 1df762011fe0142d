/* SPDX-License-Identifier: ISC */
/*
 * auth_pool: a few threads that check logins by SASL and hash passwords, which
 * takes milliseconds.
 */
#ifndef DAEMON_AUTH_POOL_H
#define DAEMON_AUTH_POOL_H

#include "src/chat/user.h"

struct auth_pool;
struct auth_request;
struct runtime;
struct worker_thread;

/* NULL if there can be no threads. */
struct auth_pool *auth_pool_create(const struct runtime *);

/* Does what is queued and frees it. */
void auth_pool_destroy(struct auth_pool *);

/* Takes a step of a login; the answer comes by worker_thread_checked, when the
 * credential that it was checked against is durable (R1).  Any thread. */
void auth_pool_check(struct auth_pool *, struct worker_thread *,
    struct auth_request *);

/* Frees the `state' of a login that goes no further.  Any thread. */
void auth_pool_end(void *state);

struct auth_pool_stats {
	uint64_t checked, derived, limited;	/* since the start */
	uint64_t queued;		/* now */
};

/* Any thread. */
void auth_pool_stats(struct auth_pool *, struct auth_pool_stats *);

/*
 * Derives what is kept of PASSWORD, of which a copy is made; DONE is called on
 * the main loop, with a credential if RC is 0 (password_derive).  Any thread.
 */
typedef void auth_pool_derived_fn(void *arg, int rc,
    const struct credential *);

void auth_pool_derive(struct auth_pool *, const char *password,
    auth_pool_derived_fn *done, void *arg);

#endif

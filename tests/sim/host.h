/* SPDX-License-Identifier: ISC */
/*
 * host: the machine that the server runs on: its store, which outlives
 * crashes, the server core, the workers with their connections, the mailboxes
 * between threads, and the check of passwords.
 */
#ifndef SIM_HOST_H
#define SIM_HOST_H

#include "src/server/server.h"
#include "src/server/worker.h"
#include "tests/sim/executor.h"
#include "tests/sim/net.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

enum { HOST_WORKERS_MAX = 3 };

struct host;

/* Who checks passwords: 0 and the user's id, or SC_E... */
typedef int host_password_fn(void *arg, struct slice user, struct slice data,
    uint64_t *id);

/* Whether this build has a module at all. */
bool host_has(const char *module);

/* Modules that are left out, by name; "" for none. */
struct host_without {
	const char *a, *b;
	bool until;		/* entries go when everybody has them */
};

/* A new store and a server on it. */
struct host *host_create(struct world *, const struct server_conf *,
    const struct host_without *, host_password_fn *, void *arg);
void host_destroy(struct host *);

/* A client connects; the wire has been attached on the client's side. */
void host_connect(struct host *, struct wire *);

/* The power fails; the host is down until host_start. */
void host_crash(struct host *);
void host_start(struct host *);
bool host_up(const struct host *);

/* FN in a transaction of the scribe, DONE when it is durable. */
void host_call(struct host *, int (*fn)(struct tx *, void *),
    void (*done)(void *, int rc), void *arg);

/* Removes an account, as the operator does. */
void host_user_delete(struct host *, uint64_t user,
    void (*done)(void *, int rc), void *arg);

/* The operator says how long entries of a chat are kept. */
void host_keep(struct host *, const struct chat_id *, const char *keep,
    void (*done)(void *, int rc), void *arg);

/* A transaction to look at the store with; ended by host_look_end. */
void host_look(struct host *, struct tx *, struct arena *);
void host_look_end(struct tx *);

struct store *host_store(struct host *);
struct executor *host_executor(struct host *);
const struct server_conf *host_conf(const struct host *);

/* Bytes that any session had to keep for its client at most. */
size_t host_backlog_max(const struct host *);

#endif

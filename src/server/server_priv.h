/* SPDX-License-Identifier: ISC */
/* The inside of a server, for src/server only. */
#ifndef SERVER_SERVER_PRIV_H
#define SERVER_SERVER_PRIV_H

#include <stdatomic.h>

#include "src/chat/domain.h"
#include "src/server/module.h"
#include "src/server/server.h"

/*
 * What server_reconfigure replaces, all at once.  Jobs read it where they run:
 * it is kept until none that began with it is running.
 */
struct server_settings {
	struct server_conf conf;
	struct domain_conf domain;
	size_t nmodules;
	void *modules[];	/* the options of each */
};

struct sc_module {
	const struct sc_module_def *def;
	size_t index;
	atomic_uint_fast64_t *stats;
	struct store_table **tables;
	int64_t *sweep_at;	/* monotonic, per sweep; 0: not yet planned */
	struct server *server;
};

struct server {
	_Atomic(struct server_settings *) settings;
	struct domain domain;
	struct store *store;
	struct sc_module *modules;
	size_t nmodules;
	/* stamps: `last` is given out; up to `reserved` it is safe to */
	atomic_uint_fast64_t stamp_last;
	uint64_t stamp_reserved;
	atomic_uint_fast64_t session_last;	/* ids of sessions */
	int64_t clocks_apart;	/* wall - mono at the first sweep; 0: not yet */
	bool sweeps_stopped;
};

/* With the defaults of MODULES. */
struct server_settings *settings_create(const struct server_conf *,
    const struct sc_module_def *const *modules);

/* A new session id, unique in the process. */
uint64_t server_session_id(struct server *);

/* Calls the `mark` hooks of all modules. */
int server_hook_mark(struct server *, struct tx *, const struct mark_stated *,
    const struct mark_moved *, struct outbox *);

/* Calls the `sync_chat` hooks. */
int server_hook_sync(struct server *, struct tx *, struct sc_sync_chat *,
    struct sync_result *);

#endif

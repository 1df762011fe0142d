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
	/* Looked at inside a transaction, so that who has seen all threads
	 * outside of theirs knows that none of it runs any more. */
	atomic_bool on;
	atomic_uint life;	/* how often it was switched on */
	size_t live_offset;	/* in the memory of a session */
	bool started;		/* `start' has run, and not yet `stop' */
	bool counted;		/* it is on, or was */
	void *state;
	atomic_uint_fast64_t *stats;
	struct store_table **tables;
	size_t ntables;
	int64_t *sweep_at;	/* monotonic, per sweep; 0: not yet planned */
	int64_t *sweep_look;	/* when to look whether it wants more */
	atomic_bool *sweep_more;	/* it does */
	struct server *server;
};

struct server {
	_Atomic(struct server_settings *) settings;
	struct domain domain;
	struct store *store;
	struct sc_module *modules;
	size_t nmodules;
	size_t live_size;	/* memory of modules with each session */
	unsigned nworkers;
	/* stamps: `last` is given out; up to `reserved` it is safe to */
	atomic_uint_fast64_t stamp_last;
	uint64_t stamp_reserved;
	atomic_uint_fast64_t session_last;	/* ids of sessions */
	uint64_t sessions_before;	/* more than all earlier starts had */
	int64_t clocks_apart;	/* wall - mono at the first sweep; 0: not yet */
	atomic_bool sweeps_stopped;	/* set by the main thread */
	/* what scm_log is given to; NULL: nobody listens */
	void (*log)(void *arg, int level, const char *event,
	    const char *fields);
	void *log_arg;
};

/* With the defaults of MODULES. */
struct server_settings *settings_create(const struct server_conf *,
    const struct sc_module_def *const *modules);

/* The rows of a module's table.  Each kind of row begins with its name; one
 * without a name ends the table. */
size_t module_rows(const void *table, size_t size);
#define MODULE_ROWS(TABLE) module_rows((TABLE), sizeof((TABLE)[0]))

/* Declares what MODULES have; all of them are on.  0, or WHY not. */
int modules_create(struct server *, const struct sc_module_def *const *,
    char *why, size_t whylen);
void modules_destroy(struct server *);

/* Starts those that are on.  How many have something to start, or an error and
 * in WHY what failed. */
int modules_start(struct server *, struct tx *, char *why, size_t whylen);

static inline bool
module_is_on(const struct sc_module *m)
{
	return atomic_load_explicit(&m->on, memory_order_seq_cst);
}

static inline const struct store_table *
module_table(const struct sc_module *m, unsigned index)
{
	sc_assert(index < m->ntables);
	return m->tables[index];
}

/* Calls the `mark` hooks of all modules that are on. */
int server_hook_user_gone(struct server *, struct tx *, uint64_t user);
int server_hook_mark(struct server *, struct tx *, const struct mark_stated *,
    const struct mark_moved *);

/* Calls the `sync_chat` hooks. */
int server_hook_sync(struct server *, struct tx *, struct sc_sync_chat *,
    struct sync_result *);

/* The module that serves chats of a kind, and is on; or NULL. */
const struct sc_chats_def *server_chats(struct server *, enum chat_kind,
    struct sc_module **);

/* The kind of content with that tag, of a module that is on; or NULL. */
const struct sc_kind_def *server_kind(struct server *, enum tag tag,
    struct sc_module **);

#endif

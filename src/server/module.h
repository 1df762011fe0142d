/* SPDX-License-Identifier: ISC */
/*
 * module: what is optional.  A module is one const table of everything it
 * adds; the core registers it, and withdraws it by never having known more.
 *
 * Where its functions run.  Handlers and `mark` run on the scribe, `sync_chat`
 * on a reader, each in a transaction and possibly several times: they take
 * time and randomness from it, keep nothing between calls, and tell others
 * only through the outbox (scm_publish_...).  All of them see the module's
 * configuration, which never changes while it runs, and its counters.
 */
#ifndef SERVER_MODULE_H
#define SERVER_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include "protocol/stanza.h"
#include "src/chat/chat.h"
#include "src/chat/marks.h"
#include "src/server/event.h"

#define SC_MODULE_ABI 1

struct outbox;		/* what a transaction will tell when it is durable */
struct sc_module;	/* one running module */
struct sync_result;	/* what a sync will send */

enum sc_conf_type { SC_CONF_UINT, SC_CONF_BOOL };

/* One option: an attribute of <module name="..."> in the configuration. */
struct sc_conf_def {
	const char *name;
	enum sc_conf_type type;
	size_t offset;		/* of a uint32_t (UINT) or bool in the struct */
	uint32_t min, max, dflt;
	const char *help;	/* a sentence, with the unit */
};

struct sc_stat_def {
	const char *name;
	const char *help;
};

/* A chat of the user who syncs. */
struct sc_sync_chat {
	uint64_t user;
	uint32_t device;
	uint64_t number;
	struct chat chat;
	uint64_t cursor;	/* what the client has */
	uint64_t since;		/* the stamp of its last sync */
	/* out: entries above the cursor are delivered; if nobody sets it they
	 * are skipped as not kept (the account log is always delivered) */
	bool deliver;
};

/* A job done now and then. */
struct sc_sweep_def {
	const char *name;
	uint32_t every_s;
	int (*run)(struct sc_module *, struct tx *, struct outbox *);
};

/*
 * A request of a client's.  The answer is `result` with the request's id and
 * REPLY's elements (in the transaction's arena), or `error` with the code that
 * RUN returns, one of the wire's, and WHY (static) if it is set.
 */
struct sc_request {
	uint64_t user;
	uint32_t device;
	const struct elem *stanza;
	struct outbox *outbox;
	struct elem *reply;
	size_t nreply;
	const char *why;
};

/* A verb: stanzas with this tag and an `id`, from sessions that are logged in.
 * It runs on the scribe if it writes, else on a reader. */
struct sc_verb_def {
	const char *name;
	enum tag tag;
	bool writes;
	int (*run)(struct sc_module *, struct tx *, struct sc_request *);
};

/* A table of the module's own; the name is unique in the store. */
struct sc_table_def {
	const char *name;
	unsigned flags;		/* enum store_table_flags */
};

struct sc_module_def {
	uint32_t abi;		/* SC_MODULE_ABI */
	const char *name;
	const char *summary;
	/* each table ends with a NULL name, or is NULL */
	const struct sc_conf_def *conf;
	size_t conf_size;
	const struct sc_stat_def *stats;
	const struct sc_sweep_def *sweeps;
	const struct sc_verb_def *verbs;
	const struct sc_table_def *tables;
	/* hooks; NULL: none.  A result other than 0 fails the transaction. */
	int (*mark)(struct sc_module *, struct tx *, const struct mark_stated *,
	    const struct mark_moved *, struct outbox *);
	int (*sync_chat)(struct sc_module *, struct tx *, struct sc_sync_chat *,
	    struct sync_result *);
};

#define SC_MODULE(NAME)                                                       \
	extern const struct sc_module_def sc_module_##NAME;                   \
	const struct sc_module_def sc_module_##NAME

/* The configuration struct that sc_module_def.conf describes. */
const void *scm_conf(const struct sc_module *);

/* The module's table at INDEX of its declaration. */
const struct store_table *scm_table(const struct sc_module *, unsigned index);

/* Adds to the counter at INDEX of the module's table.  Any thread. */
void scm_count(struct sc_module *, unsigned index, uint64_t n);

/*
 * A receipt for TO: the marks of STATED's user in MOVED's chat, where they
 * have moved.  Released when the transaction is durable (R13).
 */
int scm_publish_mark(struct outbox *, const struct mark_stated *,
    const struct mark_moved *, const struct recipient *to, size_t n);

/* Entries written before TIME are gone: caches forget them (R6). */
int scm_publish_pruned(struct outbox *, int64_t time);

/* A receipt in answer to a sync: MEMBER's marks, of USER. */
int scm_sync_mark(struct sync_result *, const struct sc_sync_chat *,
    uint64_t user, const struct member *);

#endif

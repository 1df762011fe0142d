/* SPDX-License-Identifier: ISC */
/*
 * module: what is optional.  A module is one const table of everything it
 * adds; the core registers it, switches it on and off, and withdraws it by
 * never having known more.  A module knows this header, what it includes, and
 * the pure functions of libstonechat-module; stonechat-module(3) has them all.
 *
 * Where its functions run.  `mark`, `user_gone`, sweeps, entry kinds, `start`,
 * and verbs and commands that write run on the scribe, `sync_chat` and other
 * verbs and commands on a reader, each in a transaction and possibly several
 * times: they take time and randomness from it, keep nothing between calls,
 * and tell others only through it.  Nothing of a module runs on two scribes at
 * once, but readers run beside the scribe and each other.  What is not stored
 * is done on the workers, without a transaction (module_live.h).
 */
#ifndef SERVER_MODULE_H
#define SERVER_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/chat/model.h"
#include "src/common/err.h"
#include "src/store/table.h"

#define SC_MODULE_ABI 6

struct sc_module;	/* one running module */
struct tx;		/* one transaction, and what it will tell others */

#include "src/server/module_chat.h"
#include "src/server/module_command.h"
#include "src/server/module_entry.h"
#include "src/server/module_expiry.h"
#include "src/server/module_live.h"
#include "src/server/module_request.h"
#include "src/server/module_retention.h"
#include "src/server/module_table.h"

enum sc_conf_type {
	SC_CONF_UINT,
	SC_CONF_BOOL,
	SC_CONF_KEEP	/* days, or SC_KEEP_FOREVER, "forever"; min 0 allows
			 * SC_KEEP_UNTIL_DELIVERED, "until-delivered" */
};

#define SC_KEEP_UNTIL_DELIVERED 0
#define SC_KEEP_FOREVER UINT32_MAX

/* Such a value as it is typed, and back; false: it is none. */
enum { SC_KEEP_TEXT = 16 };
const char *scm_keep_print(uint32_t value, char out[SC_KEEP_TEXT]);
bool scm_keep_parse(const char *text, uint32_t *value);

/* One option: an attribute of <module name="..."> in the configuration. */
struct sc_conf_def {
	const char *name;
	enum sc_conf_type type;
	size_t offset;		/* in the struct: of a bool, or a uint32_t */
	uint32_t min, max, dflt;
	const char *help;	/* a sentence, with the unit */
};

/* A counter; names begin with the module's, as in "offline.entries". */
struct sc_stat_def {
	const char *name;
	const char *help;
};

/* A job done now and then, while the module is switched on.  RUN: 0, or
 * SC_SWEEP_MORE: it has done its piece of work, and wants to come again soon. */
enum { SC_SWEEP_MORE = 1 };

struct sc_sweep_def {
	const char *name;
	uint32_t every_s;
	int (*run)(struct sc_module *, struct tx *);
};

/* A table of the module's own; the name is unique in the store. */
struct sc_table_def {
	const char *name;	/* [a-z0-9-]{1,32} */
	unsigned flags;		/* enum store_table_flags */
};

struct sc_module_def {
	uint32_t abi;		/* SC_MODULE_ABI */
	const char *name;	/* [a-z0-9-]{1,32} */
	const char *summary;	/* "users list the devices of their accounts" */
	/* each table ends with a NULL name, or is NULL */
	const struct sc_conf_def *conf;
	size_t conf_size;
	const struct sc_stat_def *stats;
	const struct sc_sweep_def *sweeps;
	const struct sc_verb_def *verbs;
	const struct sc_table_def *tables;
	const struct sc_kind_def *kinds;
	const struct sc_command_def *commands;
	const struct sc_chats_def *chats;
	const struct sc_expiry_def *expiry;	/* one, or NULL */
	/* hooks; NULL: none.  A result other than 0 fails the transaction. */
	int (*mark)(struct sc_module *, struct tx *, const struct mark_stated *,
	    const struct mark_moved *);
	int (*sync_chat)(struct sc_module *, struct tx *, struct sc_sync_chat *,
	    struct sync_result *);
	/* An account goes, and with it what the module has of USER; the account
	 * is still there.  On the scribe. */
	int (*user_gone)(struct sc_module *, struct tx *, uint64_t user);
	/* When it is switched on, before anything else of it runs, in a
	 * transaction.  A result other than 0: it stays off. */
	int (*start)(struct sc_module *, struct tx *);
	/* When it has been switched off, or the server ends, and nothing of it
	 * runs any more.  There is no transaction. */
	void (*stop)(struct sc_module *);
	/* Memory of its own (scm_state), zeroed before `start`. */
	size_t state_size;
	/* What it does on the workers; NULL: nothing. */
	const struct sc_live_def *live;
};

/*
 * Defines the module.  A file that is loaded is found by the symbol sc_module;
 * linked into a program, next to others, the module has a name of its own.
 */
#define SC_MODULE(NAME)                                                       \
	extern const struct sc_module_def sc_module_##NAME;                   \
	extern const struct sc_module_def sc_module                           \
	    __attribute__((weak, alias("sc_module_" #NAME),                   \
		visibility("default")));                                      \
	const struct sc_module_def sc_module_##NAME

/* The configuration struct that sc_module_def.conf describes, for this call:
 * the next may find another one (a reload). */
const void *scm_conf(const struct sc_module *);

/* The module's state_size bytes.  What `start` leaves there all its functions
 * may read; after `start` nothing may be written without atomic operations. */
void *scm_state(struct sc_module *);

/* Adds to the counter at INDEX of the module's table.  Any thread. */
void scm_count(struct sc_module *, unsigned index, uint64_t n);

/* ---- the transaction ---- */

/* Its time, UTC milliseconds. */
int64_t scm_now(const struct tx *);

/* Fills P with N random bytes, good enough for keys. */
void scm_random(struct tx *, void *p, size_t n);

/* Memory that lives as long as the transaction's answer: zeroed, or a copy.
 * NULL, {NULL, 0} without memory, or after some megabytes. */
void *scm_alloc(struct tx *, size_t n);
struct slice scm_copy(struct tx *, struct slice);

/* ---- the log ---- */

enum sc_level {		/* as in syslog(3) */
	SC_LOG_ERROR = 3,
	SC_LOG_WARNING = 4,
	SC_LOG_NOTICE = 5,
	SC_LOG_INFO = 6,
	SC_LOG_DEBUG = 7
};

/*
 * A line of unit `module'.  EVENT is a word, FMT makes "key=value key=value";
 * the module's name and whose request it is are put before them.  TX may be
 * NULL.  Never a text, a password or a token.  A transaction that runs again
 * says it again.
 */
void scm_log(struct sc_module *, const struct tx *, enum sc_level,
    const char *event, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif

/* SPDX-License-Identifier: ISC */
/*
 * module: what is optional.  A module is one const table of everything it
 * adds; the core registers it, and withdraws it by never having known more.
 *
 * Where its functions run.  `mark`, sweeps and verbs that write run on the
 * scribe, `sync_chat` and other verbs on a reader, each in a transaction and
 * possibly several times: they take time and randomness from it, keep nothing
 * between calls, and tell others only through the outbox (scm_publish_...).
 * All of them see the module's configuration and its counters.
 */
#ifndef SERVER_MODULE_H
#define SERVER_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/stanza.h"
#include "src/chat/chat.h"
#include "src/chat/marks.h"
#include "src/server/event.h"

#define SC_MODULE_ABI 1

struct outbox;		/* what a transaction will tell when it is durable */
struct request;
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
 * A request of a client's.  The verb's function answers it by its result and
 * by what it leaves here:
 *
 *	0	`result' with the elements that were added (scm_add); for
 *		SC_VERB_LIST `page's with them, and then `result'; for
 *		SC_VERB_COUNTED that has appended an entry (scm_append) `ack'
 *	below	`error' with that code and WHY.  Nothing that it has written
 *		is kept
 *
 * A request with a counter is settled by its result, and gets the same answer
 * when it is repeated, but for SC_EUNAVAILABLE, SC_ERATELIMITED and
 * SC_EINTERNAL, which mean: not now, send it again.  SC_ECONFLICT is the
 * counter's own, so a verb may not use it.
 */
struct sc_request {
	uint64_t user;
	uint32_t device;
	uint64_t n;		/* SC_VERB_COUNTED: the counter */
	const struct elem *stanza;
	/* out; all of it is empty when a run begins */
	const char *why;	/* static, or in the transaction's arena */
	struct elem *reply;	/* by scm_add */
	size_t nreply;
	/* SC_VERB_LIST, out: attributes of the page, on top of `id' */
	struct attr attrs[2];
	size_t nattr;
	/* There is more: the page is sent, and RUN is called again, in a new
	 * transaction, for the next one.  RESUME is the module's own; it is
	 * zero in the first run and then as the run before left it. */
	bool more;
	uint64_t resume[4];
	/* the core's */
	struct request *core;
	size_t room, cap;
};

enum sc_verb_kind {
	SC_VERB_READ,		/* `id', on a reader; writes nothing */
	SC_VERB_LIST,		/* the same, answered in pages.  These are
				 * deflated: no keys or tokens in them */
	SC_VERB_WRITE,		/* `id', on the scribe */
	SC_VERB_COUNTED		/* `n', on the scribe, once (R8) */
};

/* A verb: stanzas with this tag, and `id' or `n' as the kind says, from
 * sessions that are logged in.  A tag may be there once with each. */
struct sc_verb_def {
	const char *name;
	enum tag tag;
	enum sc_verb_kind kind;
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

/* The configuration struct that sc_module_def.conf describes, for this call:
 * the next may find another one (a reload). */
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

/*
 * Adds a copy of an element to the answer.  0; 1 if a list's page is full (it
 * was not added; the first always is); SC_ETOOLARGE if an answer gets too long
 * for a frame.
 */
int scm_add(struct tx *, struct sc_request *, const struct elem *);

/* The chat that the stanza's attribute NAME means to the user, also his account
 * log.  SC_ENOTFOUND: there is none, or it is not his (R25). */
int scm_chat(struct tx *, const struct sc_request *, enum attr_name name,
    struct chat *);

/* The direct chat with PEER, made and introduced if it is not there. */
int scm_direct(struct tx *, uint64_t peer, struct sc_request *, struct chat *);

/*
 * SC_VERB_COUNTED: appends the request's entry to a chat that was read with
 * chat_get_locked, or by scm_direct, and tells its members.  Payload and flags
 * of E are the caller's; the rest is filled in.  Once a request.
 */
int scm_append(struct tx *, struct sc_request *, struct chat *,
    struct entry *e);

/* An entry with that content in an account log: all devices of USER get it. */
int scm_account_say(struct tx *, uint64_t user, const struct elem *content);

/* Ends a device of the user: account.h.  SC_ENOTFOUND. */
int scm_device_revoke(struct tx *, struct sc_request *, uint32_t device);

/* A receipt in answer to a sync: MEMBER's marks, of USER. */
int scm_sync_mark(struct sync_result *, const struct sc_sync_chat *,
    uint64_t user, const struct member *);

#endif

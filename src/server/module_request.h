/* SPDX-License-Identifier: ISC */
/* module_request: requests of clients that a module serves. */
#ifndef SERVER_MODULE_REQUEST_H
#define SERVER_MODULE_REQUEST_H

#include "src/chat/model.h"

struct request;
struct sc_module;
struct sc_user;
struct server;
struct tx;

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
	const char *why;	/* static, or in the transaction's memory */
	struct elem *reply;	/* by scm_add */
	size_t nreply;
	bool secret;		/* out: what was added is wiped when it has been
				 * sent; not for SC_VERB_COUNTED, which keeps
				 * answers */
	/* SC_VERB_LIST, out: attributes of the page, on top of `id' */
	struct attr attrs[2];
	size_t nattr;
	/* There is more: the page is sent, and RUN is called again, in a new
	 * transaction, for the next one.  RESUME is the module's own; it is
	 * zero in the first run and then as the run before left it. */
	bool more;
	uint64_t resume[4];
	/* the core's */
	const struct server *server;
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

/* Not an error: the request is about a chat of a kind that another module has,
 * and nothing was written or answered. */
enum { SC_NOT_MINE = 1 };

/* Done, and what other modules do about it is wanted, too: the answer has what
 * all of them have added.  Not for SC_VERB_LIST. */
enum { SC_AND_OTHERS = 2 };

/*
 * A verb: stanzas with this tag, and `id' or `n' as the kind says, from
 * sessions that are logged in.  A tag may be there once with each; or once
 * for each action.  Several modules may serve the same tag with actions: each
 * is asked in its turn, until one says neither SC_NOT_MINE nor SC_AND_OTHERS.
 */
struct sc_verb_def {
	const char *name;
	enum tag tag;
	enum sc_verb_kind kind;
	int (*run)(struct sc_module *, struct tx *, struct sc_request *);
	unsigned actions;	/* SC_ACTION of each value of the attribute
				 * `action' that it serves; 0: whatever it is */
};

#define SC_ACTION(ACTION) (1u << (ACTION))
_Static_assert(ACTION_COUNT <= 32, "an action is a bit");

/*
 * Adds a copy of an element to the answer.  0; 1 if a list's page is full (it
 * was not added; the first always is); SC_ETOOLARGE if an answer gets too long
 * for a frame.
 */
int scm_add(struct tx *, struct sc_request *, const struct elem *);

/* The chat that the stanza's attribute NAME means to the user, also his account
 * log.  SC_ENOTFOUND: there is none, or it is not his (R25).  SC_EBADREQUEST:
 * there is no such attribute, or it is no chat. */
int scm_chat(struct tx *, const struct sc_request *, enum attr_name name,
    struct chat *);

/* The user that the attribute NAME means, by id or by name.  Fails as
 * scm_chat. */
int scm_user(struct tx *, const struct sc_request *, enum attr_name name,
    struct sc_user *);

/* The direct chat with PEER, made and introduced if it is not there. */
int scm_direct(struct tx *, uint64_t peer, struct sc_request *, struct chat *);

/*
 * SC_VERB_COUNTED: appends the request's entry to a chat that was read with
 * scm_chat_get_locked, or by scm_direct, and tells its members.  Payload and
 * flags of E are the caller's; the rest is filled in.  Once a request.
 */
int scm_append(struct tx *, struct sc_request *, struct chat *,
    struct entry *e);

/* Ends a device of the user: tokens, slots and marks go, its sessions end, the
 * account log says so. */
int scm_device_revoke(struct tx *, struct sc_request *, uint32_t device);

/* Gives a device of the user another name, and the account log says so.
 * SC_EBADREQUEST: it is no name; SC_ENOTACCEPTABLE: another device has it. */
int scm_device_rename(struct tx *, struct sc_request *, uint32_t device,
    struct slice name);

/* A code by which another device may log in, once and until EXPIRES.  A user has
 * three at most: then the oldest ends. */
enum { SC_LINK_SIZE = 20 };
int scm_device_link(struct tx *, struct sc_request *, int64_t expires,
    uint8_t token[SC_LINK_SIZE]);

#endif

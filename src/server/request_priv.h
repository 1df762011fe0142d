/* SPDX-License-Identifier: ISC */
/*
 * What the kinds of requests share.  Each embeds a struct request first and
 * gives its functions: message.c, module_request.c, and in request.c those
 * that need nothing more.
 */
#ifndef SERVER_REQUEST_PRIV_H
#define SERVER_REQUEST_PRIV_H

#include "src/chat/dedupe.h"
#include "src/server/job_priv.h"

struct elem;
struct request;
struct server;
struct session;

struct request_type {
	struct job_type job;	/* by REQUEST_JOB */
	/*
	 * With a counter: what tells a repeat from another request (R8).
	 * 0, or an error that leaves the counter unsettled.
	 */
	int (*digest)(struct request *, struct tx *, uint64_t *digest);
	/* The same as it is when nothing of what it names is known; NULL: it
	 * names nothing. */
	uint64_t (*said)(struct request *);
	/*
	 * In the transaction.  With a counter: 0 with r->outcome, or a code,
	 * which settles the counter if it is the last word (SPEC.md, "The
	 * counter").  Without: 0, or the code of the error.
	 */
	int (*perform)(struct request *, struct tx *);
	/* On the worker: the result of a request without a counter. */
	void (*answer)(struct session *, struct request *);
	/* Frees what is the kind's own; NULL: nothing. */
	void (*fini)(struct request *);
};

struct request {
	struct job job;
	const struct request_type *type;
	struct server *server;
	uint64_t session, user, login;
	uint32_t device;
	enum attr_name key;	/* ATTR_N or ATTR_ID */
	uint64_t number;	/* its value */
	bool by_number;		/* the client named the chat by number */
	const char *why;	/* of a refusal; NULL: the code's phrase.  Static,
				 * or in the transaction's arena */
	/* the result */
	enum dedupe what;
	struct outcome outcome;
	uint64_t high;
	bool stale;		/* a newer session has the device (R9) */
	bool ended;		/* the request ended its own device */
	struct event *entry;	/* what it has appended, of `session' */
	struct event **intros;	/* new in the account log of `user' */
	size_t nintros;
	struct request *next;	/* list.h */
};

int request_run(struct job *, struct tx *);
void request_done(struct job *);
void request_fini(struct job *);

#define REQUEST_JOB(PLACE) {PLACE, request_run, request_done, request_fini}

/*
 * A request of SIZE bytes, zeroed but for what comes from the session and E,
 * which has the attribute KEY.  NULL without memory.
 */
struct request *request_create(struct session *,
    const struct request_type *, const struct elem *e, enum attr_name key,
    size_t size);

/* Appends E in the binary form that is the same for every repeat. */
int request_bytes(const struct elem *e, struct buf *to);

#endif

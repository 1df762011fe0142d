/* SPDX-License-Identifier: ISC */
/*
 * session: one connection, from accept to close.
 *
 *	HELLO   waits for <hello>
 *	AUTH    waits for <auth>
 *	LOGIN   credentials are being checked; input is held unparsed (R16)
 *	RESPONSE  a challenge is out; waits for <response>, then LOGIN again
 *	LIVE    logged in; waits for <sync>, then entries flow
 *	CLOSED  on its way out; nothing is read any more
 *
 * Everything here belongs to the worker's thread.
 */
#ifndef SERVER_SESSION_H
#define SERVER_SESSION_H

#include <stdbool.h>

#include "protocol/stanza.h"
#include "src/common/buf.h"
#include "src/server/delivery.h"
#include "src/server/job_priv.h"
#include "src/server/pace.h"

struct request;
struct sc_module;
struct worker;

enum session_state {
	SESSION_HELLO = 1,
	SESSION_AUTH = 2,
	SESSION_LOGIN = 4,
	SESSION_RESPONSE = 8,
	SESSION_LIVE = 16,
	SESSION_CLOSED = 32
};

/* A mark that waits for the next marks job. */
struct mark_waiting {
	uint64_t number;
	uint64_t delivered, read;
	int64_t age;
	bool restated;
};

/* A question whose answer comes from a module (live.h). */
struct session_ask {
	struct sc_module *module;
	uint64_t id;
};

struct session {
	struct worker *worker;
	void *conn;
	uint64_t id;		/* unique in the process */
	enum session_state state;
	struct stanza_ctx ctx;	/* of what leaves */
	struct stanza_ctx hears; /* of what comes: the base of the login, as
				  * nobody knows which <base/> it crosses */
	struct buf in;		/* an incomplete frame, or what is held */
	struct buf out;
	uint64_t put;		/* bytes that were ever put into `out` */
	bool secret_out;	/* a token is or was in `out' */
	bool dirty;		/* in worker->dirty */
	bool in_input;		/* worker_input is on the stack */
	bool traced;		/* trace.h */
	bool damage_said;	/* an entry could not be read, and the log says so */
	struct session *next_dirty;
	struct session *next, **link;	/* all of the worker */

	/* who */
	uint64_t user;
	uint32_t device;
	uint64_t login;		/* number of this login (R9) */
	struct session *next_of_user;	/* registry.h */

	/* requests */
	struct job_tag handling;	/* the one at hand, while it is */
	struct job *jobs;
	unsigned njobs;
	struct job *login_waits;	/* in RESPONSE; ours */
	unsigned nsyncs;	/* of them: reading all chats of the account */
	uint64_t first_n;	/* the lowest counter settled by this session */
	uint64_t last_acked;	/* the highest counter of an ack that was sent */
	struct request *lists;	/* wait for their turn (list.h) */
	unsigned nlists;
	bool listing;		/* one is being read */

	struct pace pace;

	/* time: all monotonic milliseconds, 0: not running */
	int64_t accepted;
	int64_t heard;		/* last byte from the peer */
	int64_t pinged;		/* when the unanswered ping was sent, or the
				 * network has moved since */
	int64_t taken;		/* bytes that the network had taken then */
	int64_t held_until;	/* it has spent too much: nothing is read */
	int64_t deadline;	/* in the worker's heap: not after the one that
				 * is true */
	size_t heap_at;		/* index there */

	struct delivery delivery;
	struct watch *watches;	/* watch.h */
	unsigned nwatches;
	struct mark_waiting *marks;
	size_t nmarks, capmarks;
	struct session *next_marks;
	bool in_marks;

	/* modules (live.h), while it is LIVE */
	unsigned char *live;		/* their memory */
	struct session_ask *asks;	/* questions that are open */
	unsigned nasks;
};

/* Appends a frame to the output.  The session is flushed this turn. */
void session_put(struct session *, const struct elem *);

/* The same for what may be damaged: false, and nothing is appended, if no frame
 * can hold it. */
bool session_put_if(struct session *, const struct elem *);

/* For who appends a frame by himself: the output, which has had BEFORE bytes. */
struct buf *session_out(struct session *);
void session_out_end(struct session *, size_t before);

/* Appends ready frame bytes, which no trace shows. */
void session_put_frame(struct session *, struct slice frame);

/* The element with this tag and nothing else. */
void session_put_tag(struct session *, enum tag);

/* <error>: for request n, or for a request with an id.  TEXT may be NULL;
 * HIGH is stated if not 0. */
void session_error(struct session *, enum attr_name key, uint64_t n, int code,
    const char *text, uint64_t high);

/* Makes times near NOW cost few bytes: sends <base> when TIME is far above the
 * base (SPEC.md). */
void session_rebase(struct session *, int64_t time);

/*
 * Says why and closes once that is sent.  The session is gone when the current
 * call into the worker ends; it is in state CLOSED until then.
 */
void session_bye(struct session *, enum bye_reason, const char *text);

/* Closes without a word. */
void session_close(struct session *);

/* A session that is live takes over what its user still owes, and leaves it
 * behind when it ends. */
void session_take_debt(struct session *);
void session_leave_debt(struct session *);

/* Pays for COST units (pace.h); if that is more than it has, what it sends next
 * must wait. */
void session_spend(struct session *, uint64_t cost);

/* Bytes that have gone out and are still on this machine. */
size_t session_unsent(const struct session *);

/* Takes part in the worker's timers: the deadline may be earlier now.  One that
 * has moved back is found out when the old one has come. */
void session_schedule(struct session *);

/* The deadlines that have passed. */
void session_tick(struct session *);

/* Adds marks to those that the next marks job states (R13: coalesced). */
void session_mark(struct session *, const struct mark_waiting *);

/* Handles the frames in S->in. */
void session_process(struct session *);

/* The login has succeeded or failed (login.c). */
void session_logged_in(struct session *);

#endif

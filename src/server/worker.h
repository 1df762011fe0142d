/* SPDX-License-Identifier: ISC */
/*
 * worker: the sessions of one event loop.  Sans-I/O: bytes, time and
 * completions go in through these functions, effects come out through
 * struct worker_io.  Everything of a worker is used by one thread.
 *
 * A turn of the executor's loop:
 *
 *	worker_time
 *	worker_accept, worker_input, worker_writable, worker_closed,
 *	worker_job_done, worker_event		as they come
 *	worker_tick				if its time has come
 *	worker_flush				once, at the end
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "src/chat/user.h"
#include "src/common/buf.h"
#include "src/common/slice.h"

struct event;
struct event_fence;
struct job;
struct server;
struct server_conf;
struct session;
struct trace_event;
struct worker;

/*
 * A login by SASL, on its way to the executor's authentication for one step
 * and back by worker_auth_done.  Whoever has it may use all of it; it ends with
 * its job.
 */
struct auth_request {
	struct job *job;
	unsigned mechanism;	/* enum mechanism of the dictionary */
	struct slice user;	/* name as sent, without the domain; empty with
				 * a code of linking, which says whose it is */
	struct slice data;	/* the client's message */
	struct slice binding;	/* of the channel (tls-exporter); empty: this
				 * connection is not offered -PLUS */
	void *state;		/* the executor's between the steps, NULL before
				 * the first; ended by io.auth_end */
	/* the answer */
	int rc;			/* 0: it is `id'; SC_EMORE: `reply' is a
				 * challenge; SC_ENOTACCEPTABLE: the channel is
				 * not bound as it must; or SC_E... */
	uint64_t id;
	uint8_t salt[CREDENTIAL_SALT];	/* of the credential: if it is another
				 * when the login is written, it fails */
	struct buf reply;	/* for the client, may be empty */
};

/* Whether nobody waits for the answer any more; what is checked then is checked
 * in vain.  Any thread. */
bool auth_request_is_lost(const struct auth_request *);

struct worker_io {
	/*
	 * Bytes for the connection: take as many as it can have now off the
	 * front of OUT (buf_consume).  If some remain, call worker_writable
	 * when there is room again.
	 */
	void (*write)(void *conn, struct buf *out);
	/* Send what was taken, then close.  The session is gone when this is
	 * called; nothing more may be said of it. */
	void (*close)(void *conn);
	/* How many bytes that were taken are still on this machine (own buffers
	 * and the kernel's queue).  0: the network has them (R20). */
	size_t (*unsent)(void *conn);
	/* Stop reading the connection, or go on; what is already on its way may
	 * still come.  NULL: everything comes. */
	void (*hold)(void *conn, bool hold);
	/* To the scribe, or to a reader; they come back by worker_job_done. */
	void (*submit)(void *arg, struct job *);
	void (*read)(void *arg, struct job *);
	/* The binding of the channel, which only its two ends know, into OUT:
	 * its length, or 0 if it has none.  NULL: none has. */
	size_t (*binding)(void *conn, uint8_t *out, size_t size);
	/* Where the connection comes from, for the log, into OUT.  NULL: nobody
	 * knows. */
	void (*peer)(void *conn, char *out, size_t size);
	/* Take a step of a login; comes back by worker_auth_done. */
	void (*authenticate)(void *arg, struct auth_request *);
	/* Hand an event to the worker with that number (they count from 0, in
	 * the order in which they were created), or if it is below 0 to each,
	 * this one included: by worker_event on its thread, in the order of
	 * these calls.  The reference goes with it. */
	void (*publish)(void *arg, struct event *, int worker);
	/* Free the executor's state of a login that goes no further. */
	void (*auth_end)(void *arg, void *state);
	/* A stanza of a session that is traced (trace.h).  NULL: nobody can
	 * trace. */
	void (*trace)(void *arg, const struct trace_event *);
	/* One line for the log: an event and its fields, "key=value ..."; level
	 * as in syslog(3).  LOGS: whether lines of a level are written (NULL:
	 * all). */
	void (*log)(void *arg, int level, const char *event,
	    const char *fields);
	bool (*logs)(void *arg, int level);
	void *arg;
};

/* All workers of a server are created before one of them is used. */
struct worker *worker_create(struct server *, const struct worker_io *);

/* After server_module_set, on the worker's thread: it goes along.  After all
 * have, none runs anything of a module that was switched off. */
void worker_follow_modules(struct worker *);

/* New numbers (server_reconfigure_take), a copy: sessions go on with them. */
void worker_configure(struct worker *, const struct server_conf *);

/* Says goodbye to N sessions at most and closes them; returns how many are
 * left. */
size_t worker_dismiss(struct worker *, size_t n);

/* Says goodbye to every session and closes it; jobs under way must have come
 * back before worker_destroy. */
void worker_shutdown(struct worker *);
void worker_destroy(struct worker *);

/* The clocks, at the start of a turn: MONO never goes back; WALL is UTC.
 * Milliseconds. */
void worker_time(struct worker *, int64_t mono, int64_t wall);

/* A connection, after TLS.  ID was taken when it came (server_session_id); PEER
 * is for the log.  NULL: refused (a limit). */
struct session *worker_accept(struct worker *, uint64_t id, void *conn,
    const char *peer);

/*
 * Bytes from the peer; all are consumed.  The session may close in it
 * (io.close is then called before this returns, and the result is false: the
 * session is gone).
 */
bool worker_input(struct session *, struct slice bytes);

/* What was left by io.write has been sent. */
void worker_writable(struct session *);

/* The peer is gone; GOODBYE: it has closed TLS in order, which nothing does that
 * dies.  The session is gone afterwards; io.close is not called. */
void worker_closed(struct session *, bool goodbye);

/* A job is back. */
void worker_job_done(struct worker *, struct job *);

/* The answer to io.authenticate. */
void worker_auth_done(struct worker *, struct auth_request *);

/* Something happened.  The reference stays the caller's. */
void worker_event(struct worker *, struct event *);

/* What EVENT_FENCE does, at once and on this worker only; how many sessions
 * have ended. */
size_t worker_fence(struct worker *, const struct event_fence *);

/* Runs what is due; returns the monotonic time of the next tick, INT64_MAX for
 * none. */
int64_t worker_tick(struct worker *);

/* Calls io.write for each session with something to send. */
void worker_flush(struct worker *);

/* Counters, for `stats`. */
struct worker_stats {
	uint64_t sessions, logins, login_failures;
	uint64_t frames_in, frames_out, bytes_in, bytes_out;
	uint64_t messages_in, entries_out, receipts_out;
	uint64_t refused, malformed, slow_closed, idle_closed, throttled;
	uint64_t signals_out, signals_dropped, undeliverable;
};
void worker_stats(const struct worker *, struct worker_stats *);

#endif

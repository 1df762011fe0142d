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

/* A password login on its way to the executor's authentication. */
struct auth_request {
	struct job *job;	/* give it back by worker_auth_done */
	struct slice user;	/* as sent; lives as long as the request */
	struct slice data;	/* the SASL PLAIN message */
};

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
	/* Check a password; comes back by worker_auth_done. */
	void (*authenticate)(void *arg, const struct auth_request *);
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

struct worker *worker_create(struct server *, const struct worker_io *);

/* New numbers (server_reconfigure_take), a copy: sessions go on with them. */
void worker_configure(struct worker *, const struct server_conf *);

/* Says goodbye to every session and closes it; jobs under way must have come
 * back before worker_destroy. */
void worker_shutdown(struct worker *);
void worker_destroy(struct worker *);

/* The clocks, at the start of a turn: MONO never goes back; WALL is UTC.
 * Milliseconds. */
void worker_time(struct worker *, int64_t mono, int64_t wall);

/* A connection, after TLS.  PEER is for the log.  NULL: refused (a limit). */
struct session *worker_accept(struct worker *, void *conn, const char *peer);

/*
 * Bytes from the peer; all are consumed.  The session may close in it
 * (io.close is then called before this returns, and the result is false: the
 * session is gone).
 */
bool worker_input(struct session *, struct slice bytes);

/* What was left by io.write has been sent. */
void worker_writable(struct session *);

/* The peer is gone.  The session is gone afterwards; io.close is not called. */
void worker_closed(struct session *);

/* A job is back. */
void worker_job_done(struct worker *, struct job *);

/* The answer to io.authenticate: RC 0 and the user's id, or SC_E... */
void worker_auth_done(struct worker *, struct job *, int rc, uint64_t user);

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
};
void worker_stats(const struct worker *, struct worker_stats *);

#endif

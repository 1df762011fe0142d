/* SPDX-License-Identifier: ISC */
/*
 * worker_thread: one thread with a loop, a worker of the core and the
 * connections that it serves.
 */
#ifndef DAEMON_WORKER_THREAD_H
#define DAEMON_WORKER_THREAD_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/daemon/mailbox.h"
#include "src/daemon/transport.h"
#include "src/server/server.h"
#include "src/server/worker.h"

struct conn_arrival;
struct event;
struct job;
struct runtime;
struct worker_thread;

/* Makes it; NULL when the system has no descriptors or memory left.  The
 * runtime must outlive it and is read from the start on. */
struct worker_thread *worker_thread_create(const struct runtime *);

/* 0 or -1. */
int worker_thread_start(struct worker_thread *);

/* The core's worker in it, for job_worker. */
struct worker *worker_thread_worker(const struct worker_thread *);

/*
 * Says goodbye to all sessions.  When the last connection is closed and the
 * last job is back, the thread ends and DONE is posted to the main loop.
 */
void worker_thread_stop(struct worker_thread *, const struct mail *done);

/* After DONE, or if it was never started, and after the last post. */
void worker_thread_destroy(struct worker_thread *);

/* Hands over a connected socket.  Any thread. */
void worker_thread_connect(struct worker_thread *,
    const struct conn_arrival *);

/* Connections it has, or is about to have.  Any thread. */
unsigned worker_thread_load(const struct worker_thread *);

/* Mail for a worker, to be posted in lists: a job that is done, an event
 * (with a reference). */
struct mail worker_thread_job(struct job *);
struct mail worker_thread_event(struct event *);
void worker_thread_post(struct worker_thread *, struct mail_list *);

/* A step of a login has been taken: gives it back.  Any thread. */
void worker_thread_checked(struct worker_thread *, struct auth_request *);

struct worker_thread_stats {
	struct worker_stats core;
	uint64_t connections, accepted, handshakes, tls_failures, tls_broken;
	struct transport_counts transport;
};

/* What the traces of its worker get (src/server/trace.h): a copy, posted to
 * the main loop.  To be freed. */
struct traced {
	void *trace;
	uint64_t session;
	uint32_t device;
	bool out;
	char xml[];
};

/* ---- worker_ask.c: what the main thread wants of it ------------------- */

/* On its own thread only. */
void worker_thread_stats(const struct worker_thread *,
    struct worker_thread_stats *stats);

/* Calls FN(ARG, this) on its thread, then posts DONE to the main loop.  Not
 * after worker_thread_stop: nobody may be there to answer. */
typedef void worker_thread_fn(void *arg, struct worker_thread *);
void worker_thread_ask(struct worker_thread *, worker_thread_fn *fn,
    void *arg, const struct mail *done);

/* What follows is asked of it like that. */

/* The part of the configuration that workers have; TLS is referenced. */
struct worker_settings {
	struct server_conf core;
	SSL_CTX *tls;
	uint32_t handshakes, handshake_ms, linger_ms;
};

/* Goes on with new settings: new handshakes use the new TLS. */
void worker_thread_configure(struct worker_thread *,
    const struct worker_settings *, const struct mail *done);

/* What there was after a step of draining. */
struct worker_thread_left {
	size_t sessions, connections, jobs;
};

/* Takes no connections from now on, says goodbye to N sessions at most, and
 * fills *LEFT. */
void worker_thread_drain(struct worker_thread *, size_t n,
    struct worker_thread_left *left, const struct mail *done);

/* Goes along with modules that were switched (worker.h). */
void worker_thread_follow(struct worker_thread *, const struct mail *done);

/* Does nothing: the thread is alive. */
void worker_thread_ping(struct worker_thread *, const struct mail *done);

#endif

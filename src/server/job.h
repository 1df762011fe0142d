/* SPDX-License-Identifier: ISC */
/*
 * job: one unit of work on the store.  A session (or the executor) makes it,
 * the executor carries it to the thread where it runs, and back:
 *
 *	worker: job made -> io.submit or io.read
 *	scribe: for a batch of jobs: store_begin, job_run, job_finish;
 *	        store_commit; when durable, in the order of the batch: for each
 *	        job worker_job_done on its worker, then each of its events
 *	        (job_events) to every worker by worker_event
 *	reader: store_begin_read, job_run, store_abandon by job_finish;
 *	        store_barrier; worker_job_done on its worker
 *
 * Whoever has a job owns it: exactly one thread at a time.
 */
#ifndef SERVER_JOB_H
#define SERVER_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/store/store.h"

struct recipients_memory;
struct deflate;
struct domain;
struct event;
struct job;
struct tx;
struct worker;

enum job_place { JOB_SCRIBE, JOB_READER };

/* What the executor gives to a running job. */
struct job_env {
	struct store_txn *txn;	/* begun by the executor, ended by job_finish */
	int64_t now;		/* UTC milliseconds */
	uint64_t stamp;		/* scribe: this transaction's stamp; reader: the
				 * last finished before the snapshot (R18) */
	void (*random)(void *arg, void *p, size_t n);
	void *random_arg;
	struct deflate *deflate;	/* of this thread, to open payloads */
	struct recipients_memory *recipients;	/* of this thread, if it writes */
};

/* Runs the handler on the transaction.  After SC_ERERUN from job_finish it may
 * be run again with a new environment. */
void job_run(struct job *, const struct job_env *);

/* Ends the transaction: the handler's writes join the batch, or it was a
 * refusal and leaves no trace.  0, SC_ERERUN (run it again), or an error of
 * the store, which the job then reports to its session. */
int job_finish(struct job *);

/* Tells a job that its batch did not become durable. */
void job_failed(struct job *, int rc);

enum job_place job_place(const struct job *);

/* Its result: 0, a refusal (a code of the wire), or a fault of the server's
 * own. */
int job_result(const struct job *);
bool job_faulty(const struct job *);

/* For the log, whose request it is: "session=7 user=1 device=2 n=5 ", or
 * nothing.  Returns OUT. */
const char *job_describe(const struct job *, char *out, size_t size);

/* Where to bring it when it is done; NULL: nowhere, call job_destroy (a job of
 * the executor's own: its completion was called by job_complete). */
struct worker *job_worker(const struct job *);

/* The rows of one device are locked by its jobs in this order: jobs with the
 * same key (not 0) must not overtake one another. */
uint64_t job_order_key(const struct job *);

/* The events to hand to every worker, in order.  Each has one reference, which
 * goes to the caller. */
struct event *job_take_event(struct job *);

/*
 * A job of the executor's own (control commands, sweeps).  FN runs like a
 * handler: 0, or an error after which nothing of it is kept.  DONE is called by
 * job_complete with the result once it is durable.
 */
struct job *job_create_call(struct domain *, enum job_place,
    int (*fn)(struct tx *, void *arg), void (*done)(void *arg, int rc),
    void *arg);

/* For jobs without a worker: completes and destroys the job.  Its events have
 * been taken before. */
void job_complete(struct job *);

void job_destroy(struct job *);

#endif

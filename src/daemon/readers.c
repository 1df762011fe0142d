/* SPDX-License-Identifier: ISC */
#include "src/daemon/readers.h"

#include <pthread.h>
#include <stdlib.h>

#include "protocol/deflate.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/log.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/queue.h"
#include "src/daemon/runtime.h"
#include "src/daemon/scribe.h"
#include "src/server/job.h"
#include "src/store/store.h"

/* A job whose snapshot is taken away so often is given up for now. */
enum { RUNS_MAX = 10 };

/* One thread. */
struct reader {
	struct readers *readers;
	pthread_t thread;
	size_t slot;		/* in the runtime's grace */
	struct deflate *deflate;	/* the thread's */
};

struct readers {
	const struct runtime *rt;
	struct queue queue;
	struct reader *threads;
	size_t nthreads;
};

struct barrier {
	const struct runtime *rt;
	struct job *job;
};

/* What the job has seen is durable. */
static void
barrier_done(void *arg, int rc)
{
	struct barrier *b = arg;
	struct release r;

	if (rc != 0)
		job_failed(b->job, rc);
	release_init(&r, b->rt);
	release_job(&r, b->rt, b->job);
	release_post(&r, b->rt);
	free(b);
}

static int
run_once(struct readers *r, struct job *j, struct deflate *deflate)
{
	struct job_env env = {
		.now = clock_wall(),
		/* Before the snapshot: all of it is in there (R18). */
		.stamp = scribe_stamp(r->rt->scribe),
		.random = runtime_random,
		.deflate = deflate,
	};

	env.txn = store_begin_read(r->rt->store);
	if (env.txn == NULL) {
		job_failed(j, SC_ENOMEM);
		return SC_ENOMEM;
	}
	job_run(j, &env);
	return job_finish(j);
}

static void
run_job(struct readers *r, struct job *j, struct deflate *deflate)
{
	struct barrier *b = xcalloc(1, sizeof(*b));
	unsigned runs = 1;
	char who[128];

	/* A snapshot that stays too long is taken away (store.h). */
	while (run_once(r, j, deflate) == SC_ERERUN) {
		if (runs++ < RUNS_MAX)
			continue;
		job_failed(j, SC_EUNAVAILABLE);
		break;
	}
	if (job_faulty(j) || runs > RUNS_MAX)
		log_line(r->rt->log, UNIT_READER, LOG_ERR, "read.failed",
		    "%scode=%d why=\"%s\"", job_describe(j, who, sizeof(who)),
		    job_result(j), sc_strerror(job_result(j)));
	/* A page that could not be read may have been the end of the store;
	 * who only reads would be the only one to know. */
	if (store_state(r->rt->store) == SC_EIO)
		r->rt->failed(r->rt->failed_arg, SC_EIO);
	b->rt = r->rt;
	b->job = j;
	store_barrier(r->rt->store, barrier_done, b);
}

static void *
run(void *arg)
{
	struct reader *me = arg;
	struct readers *r = me->readers;
	void *j;

	pthread_setname_np(pthread_self(), "reader");
	while (queue_take(&r->queue, &j, 1) == 1) {
		grace_enter(r->rt->grace, me->slot);
		run_job(r, j, me->deflate);
		grace_leave(r->rt->grace, me->slot);
	}
	return NULL;
}

struct readers *
readers_create(const struct runtime *rt)
{
	struct readers *r = xcalloc(1, sizeof(*r));
	struct reader *me;

	r->rt = rt;
	queue_init(&r->queue);
	r->threads = xcalloc(rt->conf->readers, sizeof(*r->threads));
	for (; r->nthreads < rt->conf->readers; r->nthreads++) {
		me = &r->threads[r->nthreads];
		me->readers = r;
		me->slot = GRACE_READERS + r->nthreads;
		me->deflate = deflate_create();
		if (me->deflate == NULL ||
		    pthread_create(&me->thread, NULL, run, me) != 0)
			break;
	}
	if (r->nthreads > 0)
		return r;
	readers_destroy(r);
	return NULL;
}

void
readers_destroy(struct readers *r)
{
	size_t i;

	if (r == NULL)
		return;
	queue_close(&r->queue);
	for (i = 0; i < r->nthreads; i++)
		pthread_join(r->threads[i].thread, NULL);
	for (i = 0; i < r->rt->conf->readers; i++)
		deflate_destroy(r->threads[i].deflate);
	queue_fini(&r->queue);
	free(r->threads);
	free(r);
}

void
readers_push(struct readers *r, struct job *const *jobs, size_t n)
{
	queue_push(&r->queue, (void *const *)jobs, n);
}

size_t
readers_queued(struct readers *r)
{
	return queue_length(&r->queue);
}

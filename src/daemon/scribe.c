/* SPDX-License-Identifier: ISC */
#include "src/daemon/scribe.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "protocol/deflate.h"
#include "src/chat/recipients.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/log.h"
#include "src/daemon/mailbox.h"
#include "src/daemon/queue.h"
#include "src/daemon/runtime.h"
#include "src/server/event.h"
#include "src/server/job.h"
#include "src/server/server.h"

/* A job that loses so often against others is given up for now. */
enum { RUNS_MAX = 100 };

struct scribe {
	const struct runtime *rt;
	struct queue queue;
	pthread_t thread;
	struct deflate *deflate;	/* the thread's */
	struct recipients_memory *recipients;	/* the thread's */
	pthread_mutex_t lock;
	pthread_cond_t landed;
	unsigned flying;	/* batches not yet durable; under the lock */
	_Atomic uint64_t stamp;
	_Atomic uint64_t jobs, reruns, batches;
};

struct batch {
	struct scribe *scribe;
	size_t n;
	void *jobs[];
};

/* ---- a batch is durable, or will never be ---------------------------- */

static void
log_failure(struct scribe *s, const struct job *j, int rc)
{
	char who[128];

	log_line(s->rt->log, UNIT_SCRIBE, LOG_ERR, "job.failed",
	    "%scode=%d why=\"%s\"", job_describe(j, who, sizeof(who)), rc,
	    sc_strerror(rc));
}

/* On a thread of the store's, in the order of the commits. */
static void
batch_done(void *arg, int rc)
{
	struct batch *b = arg;
	struct scribe *s = b->scribe;
	struct release r;
	size_t i;

	runtime_point(s->rt, "batch-durable");
	release_init(&r, s->rt);
	for (i = 0; i < b->n; i++) {
		if (rc != 0) {
			job_failed(b->jobs[i], rc);
			log_failure(s, b->jobs[i], rc);
		}
		release_job(&r, s->rt, b->jobs[i]);
	}
	release_post(&r, s->rt);
	runtime_point(s->rt, "batch-released");
	free(b);
	if (rc != 0)
		s->rt->failed(s->rt->failed_arg, rc);
	pthread_mutex_lock(&s->lock);
	s->flying--;
	pthread_cond_signal(&s->landed);
	pthread_mutex_unlock(&s->lock);
}

static void
wait_for_flying(struct scribe *s, unsigned fewer_than)
{
	pthread_mutex_lock(&s->lock);
	while (s->flying >= fewer_than)
		pthread_cond_wait(&s->landed, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

/* ---- running --------------------------------------------------------- */

/* One try.  0, SC_ERERUN, or an error that the job reports. */
static int
run_once(struct scribe *s, struct job *j)
{
	struct job_env env = {
		.now = clock_wall(),
		.stamp = server_stamp_next(s->rt->server),
		.random = runtime_random,
		.deflate = s->deflate,
		.recipients = s->recipients,
	};
	int rc;

	env.txn = store_begin(s->rt->store);
	if (env.txn == NULL) {
		job_failed(j, SC_ENOMEM);
		return SC_ENOMEM;
	}
	job_run(j, &env);
	rc = job_finish(j);
	atomic_store(&s->stamp, env.stamp);
	return rc;
}

static void
run_job(struct scribe *s, struct job *j)
{
	int rc, runs = 0;

	while ((rc = run_once(s, j)) == SC_ERERUN && ++runs < RUNS_MAX)
		atomic_fetch_add(&s->reruns, 1);
	if (rc == SC_ERERUN)
		job_failed(j, SC_EUNAVAILABLE);
	/* What was refused is between the session and its client. */
	if (rc != 0 || job_faulty(j))
		log_failure(s, j, rc != 0 ? rc : job_result(j));
}

static void
run_batch(struct scribe *s, struct batch *b)
{
	size_t i;

	grace_enter(s->rt->grace, GRACE_SCRIBE);
	for (i = 0; i < b->n; i++)
		run_job(s, b->jobs[i]);
	grace_leave(s->rt->grace, GRACE_SCRIBE);
	runtime_point(s->rt, "batch-run");
	atomic_fetch_add(&s->jobs, b->n);
	atomic_fetch_add(&s->batches, 1);
	pthread_mutex_lock(&s->lock);
	s->flying++;
	pthread_mutex_unlock(&s->lock);
	store_commit(s->rt->store, batch_done, b);
}

static void *
run(void *arg)
{
	struct scribe *s = arg;
	const struct config *conf = s->rt->conf;
	struct batch *b;

	pthread_setname_np(pthread_self(), "scribe");
	for (;;) {
		wait_for_flying(s, conf->batch_depth);
		b = xcalloc(1, sizeof(*b) + conf->batch_jobs *
		    sizeof(b->jobs[0]));
		b->scribe = s;
		b->n = queue_take(&s->queue, b->jobs, conf->batch_jobs);
		if (b->n == 0)
			break;
		run_batch(s, b);
	}
	free(b);
	wait_for_flying(s, 1);
	return NULL;
}

/* ---- life ------------------------------------------------------------ */

struct scribe *
scribe_create(const struct runtime *rt)
{
	struct scribe *s = xcalloc(1, sizeof(*s));

	s->rt = rt;
	queue_init(&s->queue);
	sc_assert(pthread_mutex_init(&s->lock, NULL) == 0);
	sc_assert(pthread_cond_init(&s->landed, NULL) == 0);
	atomic_store(&s->stamp, server_stamp_last(rt->server));
	s->deflate = deflate_create();
	s->recipients = recipients_memory_create();
	if (s->deflate != NULL &&
	    pthread_create(&s->thread, NULL, run, s) == 0)
		return s;
	deflate_destroy(s->deflate);
	recipients_memory_destroy(s->recipients);
	queue_fini(&s->queue);
	pthread_cond_destroy(&s->landed);
	pthread_mutex_destroy(&s->lock);
	free(s);
	return NULL;
}

void
scribe_destroy(struct scribe *s)
{
	if (s == NULL)
		return;
	queue_close(&s->queue);
	pthread_join(s->thread, NULL);
	deflate_destroy(s->deflate);
	recipients_memory_destroy(s->recipients);
	queue_fini(&s->queue);
	pthread_cond_destroy(&s->landed);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
scribe_push(struct scribe *s, struct job *const *jobs, size_t n)
{
	queue_push(&s->queue, (void *const *)jobs, n);
}

uint64_t
scribe_stamp(const struct scribe *s)
{
	return atomic_load(&s->stamp);
}

void
scribe_stats(struct scribe *s, struct scribe_stats *st)
{
	st->jobs = atomic_load(&s->jobs);
	st->reruns = atomic_load(&s->reruns);
	st->batches = atomic_load(&s->batches);
	st->queued = queue_length(&s->queue);
}

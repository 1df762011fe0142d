/* SPDX-License-Identifier: ISC */
#include "tests/sim/executor.h"

#include <stdlib.h>

#include "protocol/deflate.h"
#include "src/chat/recipients.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/event.h"
#include "src/store/mem/mem.h"

/* A job on its way. */
struct executor_task {
	struct executor *ex;
	struct executor_task *prev, *next;	/* in a list of reads */
	struct job *job;
	struct store_txn *txn;		/* a reader's */
	uint64_t stamp;
	struct timer timer;		/* a reader's next step */
	bool ran, finished;
};

/* The jobs of one commit, in the order in which they finished. */
struct executor_batch {
	struct executor *ex;
	struct executor_batch *next;
	struct executor_task *jobs, **end;
	unsigned count;
	bool released;
};

static void step_schedule(struct executor *);
static void executor_step(void *arg);
static void executor_sync(void *arg);

void
executor_init(struct executor *ex, struct world *w, struct store *store,
    struct server *server, const struct executor_out *out)
{
	struct prng *rng = &w->rng;

	*ex = (struct executor){0};
	ex->w = w;
	ex->store = store;
	ex->server = server;
	ex->out = *out;
	ex->open_max = 1 + (unsigned)prng_below(rng, EXECUTOR_OPEN_MAX);
	ex->batch_max = 1 + (unsigned)prng_below(rng, 64);
	ex->sync_max = prng_one_in(rng, 3) ? prng_between(rng, 200, 800)
					   : prng_skewed(rng, 0, 400);
	ex->read_max = prng_skewed(rng, 0, 400);
	ex->deflate = deflate_create();
	sc_assert(ex->deflate != NULL);
	ex->recipients = recipients_memory_create();
	ex->queue_end = &ex->queue;
	timer_init(&ex->step, executor_step, ex);
	timer_init(&ex->sync, executor_sync, ex);
}

static struct executor_task *
task_create(struct executor *ex, struct job *job)
{
	struct executor_task *t = xcalloc(1, sizeof(*t));

	t->ex = ex;
	t->job = job;
	ex->jobs++;
	return t;
}

static struct job *
task_free(struct executor_task *t)
{
	struct job *job = t->job;

	timer_clear(&t->ex->w->clock, &t->timer);
	t->ex->jobs--;
	free(t);
	return job;
}

static struct executor_batch *
batch_create(struct executor *ex)
{
	struct executor_batch *b = xcalloc(1, sizeof(*b));

	b->ex = ex;
	b->end = &b->jobs;
	return b;
}

/* ---- durable: everything of a batch goes back ---- */

/* Of one job; a sweep may have one for each entry that it takes out. */
enum { EVENTS_MAX = 256 };

static void
release_job(struct executor *ex, struct executor_task *t)
{
	struct job *job = task_free(t);
	struct event *events[EVENTS_MAX], *e;
	unsigned n = 0;

	while (n < EVENTS_MAX && (e = job_take_event(job)) != NULL)
		events[n++] = e;
	sc_assert(n < EVENTS_MAX);
	ex->out.job_done(ex->out.arg, job, JOB_SCRIBE);
	for (unsigned i = 0; i < n; i++)
		ex->out.event(ex->out.arg, events[i]);
}

static void
batch_release(struct executor_batch *b)
{
	struct executor_task *t;

	b->released = true;
	while ((t = b->jobs) != NULL) {
		b->jobs = t->next;
		release_job(b->ex, t);
	}
}

static void
batch_durable(void *arg, int rc)
{
	struct executor_batch *b = arg, *first = b->ex->committed;

	sc_assert(rc == 0 && b == first);
	b->ex->committed = b->next;
	if (!b->released)
		batch_release(b);
	free(b);
}

/* How long the disk takes. */
static int64_t
sync_delay(struct executor *ex)
{
	return prng_skewed(&ex->w->rng, 0,
	    ex->w->healed && ex->sync_max > 50 ? 50 : ex->sync_max);
}

static void
executor_sync(void *arg)
{
	struct executor *ex = arg;
	unsigned waiting = mem_waiting(ex->store);

	if (waiting > 0)
		mem_sync(ex->store,
		    1 + (unsigned)prng_below(&ex->w->rng, waiting));
	if (mem_waiting(ex->store) > 0)
		timer_in(&ex->w->clock, &ex->sync, sync_delay(ex));
}

static void
batch_commit(struct executor *ex)
{
	struct executor_batch *b = ex->batch, **end = &ex->committed;

	while (*end != NULL)
		end = &(*end)->next;
	*end = b;
	ex->batch = NULL;
	if (mem_waiting(ex->store) > 0)
		report_count(&ex->w->report, COUNT_BATCHES_OPEN);
	store_commit(ex->store, batch_durable, b);
	if (ex->early_ack)
		batch_release(b);
	if (!timer_is_set(&ex->sync))
		timer_in(&ex->w->clock, &ex->sync, sync_delay(ex));
}

/* ---- the scribe ---- */

/* Whether a job with T's key is open, or queued before it. */
static bool
task_blocked(const struct executor *ex, const struct executor_task *t)
{
	uint64_t key = job_order_key(t->job);
	const struct executor_task *q;

	if (key == 0)
		return false;
	for (unsigned i = 0; i < ex->nopen; i++) {
		if (job_order_key(ex->open[i]->job) == key)
			return true;
	}
	for (q = ex->queue; q != t; q = q->next) {
		if (job_order_key(q->job) == key)
			return true;
	}
	return false;
}

/* One of those that may begin now. */
static struct executor_task **
task_choose(struct executor *ex)
{
	struct executor_task **at, **chosen = NULL;
	unsigned n = 0;

	for (at = &ex->queue; *at != NULL && n < 6; at = &(*at)->next) {
		if (task_blocked(ex, *at))
			continue;
		if (prng_below(&ex->w->rng, ++n) == 0)
			chosen = at;
	}
	return chosen;
}

static void
task_run(struct executor *ex, struct executor_task *t, uint64_t stamp)
{
	struct job_env env = {t->txn, clock_wall(&ex->w->clock), stamp,
	    prng_fill, &ex->w->rng, ex->deflate,
	    job_place(t->job) == JOB_SCRIBE ? ex->recipients : NULL};

	job_run(t->job, &env);
	t->ran = true;
}

static void
task_begin(struct executor *ex, struct executor_task **at)
{
	struct executor_task *t = *at;

	*at = t->next;
	if (*at == NULL)
		ex->queue_end = at;
	t->next = NULL;
	t->stamp = server_stamp_next(ex->server);
	t->txn = store_begin(ex->store);
	sc_assert(t->txn != NULL);
	ex->open[ex->nopen++] = t;
}

/* Back to the front of the queue, so that its order holds. */
static void
task_again(struct executor *ex, struct executor_task *t)
{
	report_count(&ex->w->report, COUNT_RERUNS);
	report_trace(&ex->w->report, "scribe", "rerun");
	t->ran = false;
	t->next = ex->queue;
	if (ex->queue == NULL)
		ex->queue_end = &t->next;
	ex->queue = t;
}

/* The next step of an open one: its handler runs, or it finishes. */
static void
task_advance(struct executor *ex, unsigned i)
{
	struct executor_task *t = ex->open[i];

	if (!t->ran) {
		task_run(ex, t, t->stamp);
		return;
	}
	ex->open[i] = ex->open[--ex->nopen];
	if (job_finish(t->job) == SC_ERERUN) {
		task_again(ex, t);
		return;
	}
	if (ex->batch == NULL)
		ex->batch = batch_create(ex);
	*ex->batch->end = t;
	ex->batch->end = &t->next;
	ex->batch->count++;
}

static void
executor_step(void *arg)
{
	struct executor *ex = arg;
	struct prng *rng = &ex->w->rng;
	struct executor_task **at = NULL;

	if (ex->nopen < ex->open_max && prng_below(rng, 3) > 0)
		at = task_choose(ex);
	if (at != NULL)
		task_begin(ex, at);
	else if (ex->nopen > 0 && prng_below(rng, 3) > 0)
		task_advance(ex, (unsigned)prng_below(rng, ex->nopen));
	else if (ex->batch != NULL && (ex->batch->count >= ex->batch_max ||
	    (ex->queue == NULL && ex->nopen == 0) || prng_one_in(rng, 4)))
		batch_commit(ex);
	step_schedule(ex);
}

static void
step_schedule(struct executor *ex)
{
	if (timer_is_set(&ex->step) || (ex->queue == NULL &&
	    ex->nopen == 0 && ex->batch == NULL))
		return;
	timer_in(&ex->w->clock, &ex->step,
	    prng_skewed(&ex->w->rng, 0, ex->w->healed ? 1 : 6));
}

void
executor_submit(struct executor *ex, struct job *job)
{
	struct executor_task *t = task_create(ex, job);

	sc_assert(job_place(job) == JOB_SCRIBE);
	*ex->queue_end = t;
	ex->queue_end = &t->next;
	step_schedule(ex);
}

/* ---- readers ---- */

static void
read_unlink(struct executor_task *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		t->ex->reads = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
}

static void
read_visible(void *arg, int rc)
{
	struct executor_task *t = arg;
	struct executor *ex = t->ex;

	sc_assert(rc == 0);
	read_unlink(t);
	ex->out.job_done(ex->out.arg, task_free(t), JOB_READER);
}

/* No stamp passes the oldest transaction that is still open (R18). */
static uint64_t
stamp_before(const struct executor *ex)
{
	uint64_t stamp = server_stamp_last(ex->server);

	for (unsigned i = 0; i < ex->nopen; i++) {
		if (ex->open[i]->stamp <= stamp)
			stamp = ex->open[i]->stamp - 1;
	}
	return stamp;
}

static void
read_step(void *arg)
{
	struct executor_task *t = arg;
	struct executor *ex = t->ex;

	if (t->txn == NULL) {
		t->txn = store_begin_read(ex->store);
		sc_assert(t->txn != NULL);
		t->stamp = stamp_before(ex);
	} else if (!t->ran) {
		task_run(ex, t, t->stamp);
	} else {
		(void)job_finish(t->job);
		t->finished = true;
		if (mem_waiting(ex->store) > 0)
			report_count(&ex->w->report, COUNT_BARRIERS);
		store_barrier(ex->store, read_visible, t);
		/* A barrier also waits for what is not committed yet. */
		step_schedule(ex);
		return;
	}
	timer_in(&ex->w->clock, &t->timer,
	    prng_skewed(&ex->w->rng, 0, ex->read_max));
}

void
executor_read(struct executor *ex, struct job *job)
{
	struct executor_task *t = task_create(ex, job);

	sc_assert(job_place(job) == JOB_READER);
	timer_init(&t->timer, read_step, t);
	t->next = ex->reads;
	if (t->next != NULL)
		t->next->prev = t;
	ex->reads = t;
	timer_in(&ex->w->clock, &t->timer,
	    prng_skewed(&ex->w->rng, 0, ex->read_max));
}

bool
executor_idle(const struct executor *ex)
{
	return ex->jobs == 0 && ex->committed == NULL;
}

/* ---- the end ---- */

static void
drop_list(struct executor_task *t, void (*drop)(void *, struct job *),
    void *arg)
{
	struct executor_task *next;

	for (; t != NULL; t = next) {
		next = t->next;
		drop(arg, task_free(t));
	}
}

static void
drop_batch(struct executor_batch *b, void (*drop)(void *, struct job *),
    void *arg)
{
	if (b == NULL)
		return;
	drop_list(b->jobs, drop, arg);
	free(b);
}

static void
transactions_end(struct executor *ex)
{
	struct executor_task *t;

	for (unsigned i = 0; i < ex->nopen; i++) {
		if (ex->open[i]->ran)
			(void)job_finish(ex->open[i]->job);
		else
			store_abandon(ex->open[i]->txn);
	}
	for (t = ex->reads; t != NULL; t = t->next) {
		if (t->ran && !t->finished)
			(void)job_finish(t->job);
		else if (t->txn != NULL && !t->ran)
			store_abandon(t->txn);
	}
}

void
executor_crash(struct executor *ex, void (*drop)(void *, struct job *),
    void *arg)
{
	unsigned waiting = mem_waiting(ex->store), keep, i;
	struct executor_batch *b;

	keep = (unsigned)prng_below(&ex->w->rng, waiting + 1);
	ex->w->report.counts[COUNT_LOST_BATCHES] += waiting - keep;
	ex->w->report.counts[COUNT_KEPT_BATCHES] += keep;
	report_trace(&ex->w->report, "store", "crash: %u of %u batches survive",
	    keep, waiting);
	transactions_end(ex);
	mem_crash(ex->store, keep);
	timer_clear(&ex->w->clock, &ex->step);
	timer_clear(&ex->w->clock, &ex->sync);
	drop_list(ex->queue, drop, arg);
	for (i = 0; i < ex->nopen; i++)
		drop_list(ex->open[i], drop, arg);
	drop_batch(ex->batch, drop, arg);
	while ((b = ex->committed) != NULL) {
		ex->committed = b->next;
		drop_batch(b, drop, arg);
	}
	drop_list(ex->reads, drop, arg);
	ex->queue = ex->reads = NULL;
	ex->queue_end = &ex->queue;
	ex->batch = NULL;
	ex->nopen = 0;
}

void
executor_fini(struct executor *ex)
{
	timer_clear(&ex->w->clock, &ex->step);
	timer_clear(&ex->w->clock, &ex->sync);
	deflate_destroy(ex->deflate);
	recipients_memory_destroy(ex->recipients);
}

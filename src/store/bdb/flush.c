/* SPDX-License-Identifier: ISC */
/*
 * The flush thread: takes all batches that are in the log, makes them durable
 * with one log_flush and tells their owners in order.  What is committed
 * meanwhile is the next round: the slower the disk, the larger the rounds.
 */
#include "src/store/bdb/bdb_priv.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

void
bdb_queue_init(struct bdb_queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_add(struct bdb_queue *q, struct bdb_wait *w)
{
	*q->last = w;
	q->last = &w->next;
}

static struct bdb_wait *
queue_take(struct bdb_queue *q)
{
	struct bdb_wait *w = q->first;

	q->first = w->next;
	if (q->first == NULL)
		q->last = &q->first;
	w->next = NULL;
	return w;
}

static struct bdb_wait *
wait_create(store_done_fn *done, void *arg, uint64_t batch,
    const struct bdb_durable *logged)
{
	struct bdb_wait *w = xcalloc(1, sizeof(*w));

	w->batch = batch;
	if (logged != NULL)
		w->logged = *logged;
	w->done = done;
	w->arg = arg;
	return w;
}

/* The open batch is closed and wants to be durable. */
void
bdb_flush_add(struct bdb *b, store_done_fn *done, void *arg, uint64_t batch,
    const struct bdb_durable *logged)
{
	struct bdb_wait *w = wait_create(done, arg, batch, logged);

	pthread_mutex_lock(&b->lock);
	sc_assert(batch == b->batch);
	queue_add(&b->commits, w);
	b->batch++;
	b->dirty = b->drops = false;
	b->stats.batches++;
	pthread_mutex_unlock(&b->lock);
	/* not before: it would only come to wait for the lock */
	pthread_cond_signal(&b->queued);
}

void
bdb_barrier(struct store *s, store_done_fn *done, void *arg)
{
	struct bdb *b = bdb_of(s);
	struct bdb_wait *w = wait_create(done, arg, 0, NULL);
	int rc;

	pthread_mutex_lock(&b->lock);
	rc = atomic_load(&b->failed);
	w->batch = b->dirty ? b->batch : b->batch - 1;
	if (rc == 0 && w->batch > b->durable_batch) {
		queue_add(&b->barriers, w);
		w = NULL;
	}
	pthread_mutex_unlock(&b->lock);
	if (w != NULL) {
		done(arg, rc);
		free(w);
	}
}

/* Calls the barriers that waited for BATCH; after a failure all. */
static void
barriers_release(struct bdb *b, uint64_t batch, int rc)
{
	struct bdb_wait *w;

	pthread_mutex_lock(&b->lock);
	while ((w = b->barriers.first) != NULL &&
	    (w->batch <= batch || rc != 0)) {
		queue_take(&b->barriers);
		pthread_mutex_unlock(&b->lock);
		w->done(w->arg, rc);
		free(w);
		pthread_mutex_lock(&b->lock);
	}
	pthread_mutex_unlock(&b->lock);
}

void
bdb_barriers_cancel(struct bdb *b)
{
	barriers_release(b, UINT64_MAX, SC_EUNAVAILABLE);
}

/* The name of a log file is durable before anything in it counts. */
static int
log_sync(struct bdb *b, const struct bdb_durable *to)
{
	DB_LSN lsn = {to->end.file, to->end.offset - 1};
	int ret = b->env->log_flush(b->env, &lsn);

	if (ret == 0 && to->end.file != b->durable.end.file)
		ret = bdb_folder_sync(b, "log");
	return ret == 0 ? 0 : bdb_fail(b, "flushing the log", ret);
}

/* Makes all of a round durable. */
static int
round_flush(struct bdb *b, const struct bdb_wait *round)
{
	const struct bdb_durable *to = NULL;
	bool synced = false;
	uint64_t batch = 0;
	int rc;

	for (; round != NULL; round = round->next) {
		if (round->logged.batch != 0)
			to = &round->logged;
		batch = round->batch;
	}
	rc = atomic_load(&b->failed);
	if (rc == 0 && to != NULL && b->conf.sync) {
		rc = log_sync(b, to);
		synced = rc == 0;
	}
	if (rc != 0)
		return rc;
	/* If this fails the mark says less. */
	if (synced)
		(void)bdb_mark_put(b, false, to);
	pthread_mutex_lock(&b->lock);
	if (synced)
		b->durable = *to;
	b->durable_batch = batch;
	b->stats.syncs += to != NULL;
	pthread_mutex_unlock(&b->lock);
	if (to != NULL)
		bdb_point(b, "log-flushed");
	return 0;
}

static void
round_complete(struct bdb *b, struct bdb_wait *round, int rc)
{
	struct bdb_wait *next;

	for (; round != NULL; round = next) {
		next = round->next;
		round->done(round->arg, rc);
		barriers_release(b, round->batch, rc);
		free(round);
	}
}

void *
bdb_flush_run(void *arg)
{
	struct bdb *b = arg;
	struct bdb_wait *round;

	pthread_setname_np(pthread_self(), "store-flush");
	pthread_mutex_lock(&b->lock);
	for (;;) {
		round = b->commits.first;
		if (round == NULL && atomic_load(&b->failed) != 0 &&
		    b->barriers.first != NULL) {
			pthread_mutex_unlock(&b->lock);
			barriers_release(b, 0, atomic_load(&b->failed));
			pthread_mutex_lock(&b->lock);
			continue;
		}
		if (round == NULL && b->stopping)
			break;
		if (round == NULL) {
			pthread_cond_wait(&b->queued, &b->lock);
			continue;
		}
		bdb_queue_init(&b->commits);
		pthread_mutex_unlock(&b->lock);
		round_complete(b, round, round_flush(b, round));
		pthread_mutex_lock(&b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

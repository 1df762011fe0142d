/* SPDX-License-Identifier: ISC */
#include "src/daemon/queue.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

void
queue_init(struct queue *q)
{
	memset(q, 0, sizeof(*q));
	sc_assert(pthread_mutex_init(&q->lock, NULL) == 0);
	sc_assert(pthread_cond_init(&q->filled, NULL) == 0);
	q->cap = 64;
	q->v = xcalloc(q->cap, sizeof(*q->v));
}

void
queue_fini(struct queue *q)
{
	sc_assert(q->n == 0);
	free(q->v);
	pthread_cond_destroy(&q->filled);
	pthread_mutex_destroy(&q->lock);
}

static void
grow(struct queue *q)
{
	void **v = xcalloc(q->cap * 2, sizeof(*v));
	size_t i;

	for (i = 0; i < q->n; i++)
		v[i] = q->v[(q->head + i) & (q->cap - 1)];
	free(q->v);
	q->v = v;
	q->head = 0;
	q->cap *= 2;
}

void
queue_push(struct queue *q, void *const *items, size_t n)
{
	bool wake, several;
	size_t i;

	pthread_mutex_lock(&q->lock);
	sc_assert(!q->closed);
	while (q->n + n > q->cap)
		grow(q);
	for (i = 0; i < n; i++)
		q->v[(q->head + q->n++) & (q->cap - 1)] = items[i];
	wake = q->waiting > 0;
	several = q->waiting > 1 && n > 1;
	pthread_mutex_unlock(&q->lock);
	if (several)
		pthread_cond_broadcast(&q->filled);
	else if (wake)
		pthread_cond_signal(&q->filled);
}

size_t
queue_take(struct queue *q, void **items, size_t max)
{
	size_t n = 0;

	pthread_mutex_lock(&q->lock);
	while (q->n == 0 && !q->closed) {
		q->waiting++;
		pthread_cond_wait(&q->filled, &q->lock);
		q->waiting--;
	}
	for (; q->n > 0 && n < max; q->n--) {
		items[n++] = q->v[q->head];
		q->head = (q->head + 1) & (q->cap - 1);
	}
	pthread_mutex_unlock(&q->lock);
	return n;
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = true;
	pthread_mutex_unlock(&q->lock);
	pthread_cond_broadcast(&q->filled);
}

size_t
queue_length(struct queue *q)
{
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}

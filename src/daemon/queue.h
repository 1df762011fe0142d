/* SPDX-License-Identifier: ISC */
/*
 * queue: pointers from many threads to one or more that wait for them, in
 * order.
 */
#ifndef DAEMON_QUEUE_H
#define DAEMON_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct queue {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	void **v;		/* a ring of cap places, a power of two */
	size_t head, n, cap;
	unsigned waiting;
	bool closed;
};

void queue_init(struct queue *);

/* Must be empty. */
void queue_fini(struct queue *);

void queue_push(struct queue *, void *const *items, size_t n);

/*
 * Waits for something and takes at most MAX items.  0: closed, and everything
 * has been taken.
 */
size_t queue_take(struct queue *, void **items, size_t max);

/* No more will be pushed. */
void queue_close(struct queue *);

/* How many items wait. */
size_t queue_length(struct queue *);

#endif

/* SPDX-License-Identifier: ISC */
/* The inside of a worker's thread: worker_thread.c serves connections,
 * worker_ask.c what the main thread wants of it. */
#ifndef DAEMON_WORKER_THREAD_PRIV_H
#define DAEMON_WORKER_THREAD_PRIV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "src/daemon/conn.h"
#include "src/daemon/worker_thread.h"

struct config;

/* Jobs of one turn, pushed together. */
struct job_list {
	void **v;
	size_t n, cap;
};

struct worker_thread {
	const struct runtime *rt;
	struct loop *loop;
	struct mailbox box;
	struct alarm *alarm;
	struct worker *worker;
	struct conn_group group;
	struct job_list writes, reads;
	struct mail_list *posts;	/* of one turn, to each worker */
	unsigned jobs;		/* away */
	bool timed;		/* this turn knows the time */
	bool stopping;
	bool draining;		/* takes no connection any more */
	struct mail stopped;	/* posted when all is done */
	atomic_uint load;
	pthread_t thread;
	bool started;
};

/* What a worker has of the configuration and of its own reference to TLS. */
void worker_thread_take_numbers(struct worker_thread *, const struct config *,
    SSL_CTX *tls);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * runtime: what the threads of the daemon know of each other.  Filled in
 * before the first of them starts, fixed while they run.  That holds for
 * `conf', too: it is the configuration that the server was started with, and
 * only what cannot change without a restart is read from it; what a reload may
 * change is handed to those who need it (reload.h).
 *
 *	main	accepts connections, control socket, signals, sweeps
 *	worker	(several) TLS and sessions; each has a mailbox
 *	scribe	runs what changes the store; the store's own thread tells
 *		when a batch is durable
 *	reader	(several) runs what only reads the store
 *	auth	(several) hashes passwords
 */
#ifndef DAEMON_RUNTIME_H
#define DAEMON_RUNTIME_H

#include <openssl/ssl.h>
#include <stdatomic.h>
#include <stddef.h>

#include "src/daemon/grace.h"

struct auth_pool;
struct config;
struct crowd;
struct event;
struct job;
struct log;
struct mail_list;
struct mailbox;
struct readers;
struct scribe;
struct server;
struct store;
struct worker_thread;

struct runtime {
	const struct config *conf;
	struct log *log;
	SSL_CTX *tls;			/* main; workers have a reference */
	atomic_uint iterations;		/* for new passwords */
	atomic_uint guesses, guess_ms;	/* guesses.h */
	struct crowd *crowd;
	/* What a job may be reading of the server's configuration; the slots
	 * are the scribe's and the readers'. */
	struct grace *grace;
	struct store *store;
	struct server *server;
	struct worker_thread **workers;
	size_t nworkers;
	struct mailbox *main;		/* of the main loop */
	int smaps;			/* of this process; -1: none */
	struct scribe *scribe;
	struct readers *readers;
	struct auth_pool *auth;
	/* The store has failed: stop.  Any thread. */
	void (*failed)(void *arg, int rc);
	void *failed_arg;
};

/* A named point of the configuration's (config.h) is reached. */
void runtime_point(const struct runtime *, const char *name);

enum { GRACE_SCRIBE, GRACE_READERS };

/* Good enough for keys; aborts if there is none.  For struct job_env. */
void runtime_random(void *arg, void *p, size_t n);

/*
 * Where a job goes when it is done: POSTS has a list for each worker and one
 * more for the main loop.  release_job adds a job that was run, and then its
 * events for every worker; release_post posts the lists and frees them.
 */
struct release {
	struct mail_list *posts;
};

void release_init(struct release *, const struct runtime *);
void release_job(struct release *, const struct runtime *, struct job *);
void release_post(struct release *, const struct runtime *);

#endif

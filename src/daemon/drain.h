/* SPDX-License-Identifier: ISC */
/*
 * drain: the server gets rid of its clients without losing anything.
 *
 * The listeners are closed.  Sessions are told goodbye, so many a second
 * (<process><drain-rate>; faster if a stop is under way and would take too
 * long), so that they do not come back, or go elsewhere, all at once.  It is
 * done when every connection is closed and every job of theirs is back, which
 * is when what they had asked for is durable.
 */
#ifndef DAEMON_DRAIN_H
#define DAEMON_DRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct daemon;
struct drain_watcher;
struct worker_thread_left;

struct drain_progress {
	size_t sessions;	/* not told yet */
	size_t connections;	/* not closed yet */
	size_t jobs;		/* under way */
	bool done;
};

struct drain {
	enum { DRAIN_OFF, DRAIN_GOING, DRAIN_DONE } state;
	struct alarm *alarm;
	struct worker_thread_left *left;	/* of each worker */
	size_t waiting;		/* workers that have not answered */
	bool counted;		/* the first answers are there */
	size_t total;		/* sessions when it began */
	uint64_t owed;		/* thousandths of a goodbye */
	struct drain_progress progress;
	TAILQ_HEAD(, drain_watcher) watchers;
};

/* 0 or -1. */
int drain_init(struct daemon *);
void drain_fini(struct daemon *);

/* Once is enough.  When sessions are gone and the daemon is stopping, the
 * workers are ended (stop.h). */
void drain_begin(struct daemon *);

/* Calls FN when something has changed, the last time with `done' set. */
void drain_watch(struct daemon *,
    void (*fn)(void *arg, const struct drain_progress *), void *arg);

#endif

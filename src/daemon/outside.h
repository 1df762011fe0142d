/* SPDX-License-Identifier: ISC */
/*
 * outside: what the daemon wants of the world outside its directory after it
 * has started.  With a parent it asks it, over a line (line.h); alone, as in
 * tests, it does it itself.  Main thread, but for outside_journal.
 */
#ifndef DAEMON_OUTSIDE_H
#define DAEMON_OUTSIDE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doors;
struct log;
struct log_conf;
struct loop;
struct texts;
struct watch;

struct outside {
	int line;		/* -1: alone */
	pthread_mutex_t sending;
	atomic_bool gone;	/* there was a parent, and it has died */
	struct log *log;
	struct watch *watch;
	struct doors *doors;	/* alone: ours */
	const char *file;	/* alone: of the configuration */
};

/* LINE -1: alone, with DOORS, and the configuration in FILE. */
void outside_init(struct outside *, int line, struct log *, struct doors *,
    const char *file);
void outside_fini(struct outside *);

/* Notices when the parent dies, as long as there is the loop.  0 or -1. */
int outside_watch(struct outside *, struct loop *);
void outside_unwatch(struct outside *);

/* The process that signals are for. */
long outside_pid(const struct outside *);

/* Clients are served now: the files with process and port are written.  0, or
 * -1 and a sentence in WHY. */
int outside_ready(struct outside *, char *why, size_t whylen);

/* It cannot start, for the reason in WHY. */
void outside_failed(struct outside *, const char *why);

/*
 * The configuration, certificate and key as they are on the disk now, to be
 * parsed again; with LOG also the log that they name, open.  0, or -1 and a
 * sentence in WHY; then there is nothing to free.  outside_accepted: what was
 * read last is in use from now on.
 */
int outside_read(struct outside *, struct texts *, int *log, char *why,
    size_t whylen);
void outside_accepted(struct outside *);

/* The file of the log of CONF again, after it was moved away; -1: it cannot be
 * opened. */
int outside_reopen(struct outside *, const struct log_conf *);

/* The listeners are closed for good. */
void outside_shut(struct outside *);

/* When this process has ended, another is to take its place.  0, or -1 and a
 * sentence in WHY: nothing happens. */
int outside_restart(struct outside *, char *why, size_t whylen);

/* This process ends as it should: files and control socket are removed when
 * this returns. */
void outside_ending(struct outside *);

/* Tells the service manager, as sd_notify(3). */
void outside_notify(struct outside *, const char *state);

/* For struct log's journal.  Any thread. */
int outside_journal(void *outside, int level, const char *unit,
    const char *event, const char *fields);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * stop: the end of the daemon.  Sessions are told goodbye as drain.h says, fast
 * enough for <process><stop-ms>; then the workers end, and with the last of
 * them the loop.
 */
#ifndef DAEMON_STOP_H
#define DAEMON_STOP_H

struct daemon;

/* Once is enough. */
void stop_begin(struct daemon *);

/* All sessions are gone: the workers end. */
void stop_workers(struct daemon *);

/* For struct runtime: the store has failed.  Any thread. */
void stop_failed(void *daemon, int rc);

/* When it has taken too long: ends the process. */
void stop_too_late(void *daemon);

/* Somebody has lost patience: ends the process. */
_Noreturn void stop_at_once(struct daemon *);

/* After a start that failed half way: returns when no worker runs any more. */
void stop_half_started(struct daemon *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * readers: a few threads that run jobs which only read, so that a page that
 * is not in memory stalls no worker.  A job goes back when everything that it
 * could have seen is durable (R1).
 */
#ifndef DAEMON_READERS_H
#define DAEMON_READERS_H

#include <stddef.h>

struct job;
struct readers;
struct runtime;

/* NULL if there can be no threads. */
struct readers *readers_create(const struct runtime *);

/* Runs what is queued and frees it.  Nothing may be pushed any more, and the
 * scribe must still be there: barriers wait for it. */
void readers_destroy(struct readers *);

/* Jobs that wait.  Any thread. */
size_t readers_queued(struct readers *);

/* Any thread. */
void readers_push(struct readers *, struct job *const *, size_t n);

#endif

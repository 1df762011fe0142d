/* SPDX-License-Identifier: ISC */
/*
 * scribe: the thread that owns all writes.  It takes what is queued, runs the
 * jobs one after another, commits them as one batch, and takes the next while
 * that one is on its way to the disk; only so many batches are under way, so
 * that under load they grow.  When a batch is durable its jobs go back, each
 * followed by its events.
 */
#ifndef DAEMON_SCRIBE_H
#define DAEMON_SCRIBE_H

#include <stddef.h>
#include <stdint.h>

struct job;
struct runtime;
struct scribe;

/* NULL if there can be no thread. */
struct scribe *scribe_create(const struct runtime *);

/* Runs what is queued, waits until it is durable, and frees it.  Nothing may
 * be pushed any more. */
void scribe_destroy(struct scribe *);

/* Any thread. */
void scribe_push(struct scribe *, struct job *const *, size_t n);

/*
 * The stamp up to which every transaction has finished: what a snapshot that
 * begins after this call has seen.  Any thread.
 */
uint64_t scribe_stamp(const struct scribe *);

struct scribe_stats {
	uint64_t jobs, reruns, batches, queued;
};
void scribe_stats(struct scribe *, struct scribe_stats *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * loop: an event loop for one thread.  loop.c is the only file that knows
 * libuv.  A turn of the loop: timers, the end of the turn, waiting, then
 * descriptors, wake-ups and signals as they come.  "The end of the turn" comes
 * right before waiting, after everything that happened.
 *
 * Everything but loop_wake belongs to the loop's thread (or to whoever sets it
 * up and takes it down, while it does not run).
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct watch;
struct alarm;

struct loop_hooks {
	void (*turn_end)(void *arg);	/* may be NULL */
	void (*wake)(void *arg);	/* after loop_wake; calls are merged */
	void *arg;
};

/* NULL when the system has no descriptors or memory left. */
struct loop *loop_create(const struct loop_hooks *);

/* Runs until loop_stop. */
void loop_run(struct loop *);
void loop_stop(struct loop *);

/* Frees the loop and everything that was created on it. */
void loop_destroy(struct loop *);

/* Calls the wake hook soon.  Any thread. */
void loop_wake(struct loop *);

/* Calls FN(ARG, SIGNO) from the loop when the signal arrives.  0 or -1. */
int loop_signal(struct loop *, int signo, void (*fn)(void *arg, int signo),
    void *arg);

/*
 * Watches a descriptor, level-triggered.  A broken descriptor is readable and
 * writable: the next read says what is wrong.  NULL without memory.
 */
typedef void watch_fn(void *arg, bool readable, bool writable);

struct watch *watch_create(struct loop *, int fd, watch_fn *, void *arg);
void watch_set(struct watch *, bool readable, bool writable);

/*
 * As watch_set without READABLE, but the end of the other side is watched for,
 * too, however much there is unread before it: `readable' means that from now
 * on.
 */
void watch_set_ending(struct watch *, bool writable);

/* Stops watching and closes the descriptor.  FN is not called again. */
void watch_destroy(struct watch *);

/* Calls FN once, MS milliseconds from now.  NULL without memory. */
struct alarm *alarm_create(struct loop *, void (*fn)(void *arg), void *arg);
void alarm_set(struct alarm *, int64_t ms);
void alarm_stop(struct alarm *);
void alarm_destroy(struct alarm *);

#endif

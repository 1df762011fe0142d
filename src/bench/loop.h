/* SPDX-License-Identifier: ISC */
/*
 * loop: waits for descriptors and for one moment in time, which is met to
 * some 50 microseconds.  The only file of the program that knows epoll.
 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Belongs to the caller, set to zero at first; fd and what is waited for are
 * the loop's. */
struct watch {
	void (*ready)(struct watch *, bool readable, bool writable);
	int fd;			/* as last set, while `set' */
	uint32_t events;
	bool set;
};

/* Monotonic nanoseconds. */
int64_t loop_clock(void);

struct loop *loop_create(void);		/* NULL: no descriptors left */
void loop_destroy(struct loop *);

/*
 * Waits for FD, -1 for nothing.  A descriptor may have been closed and its
 * number given to another one since.  0, or an errno.
 */
int loop_watch(struct loop *, struct watch *, int fd, bool readable,
    bool writable);

/* Calls what is ready; waits for that until UNTIL (monotonic nanoseconds,
 * INT64_MAX: for ever). */
void loop_turn(struct loop *, int64_t until);

#endif

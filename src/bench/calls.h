/* SPDX-License-Identifier: ISC */
/*
 * calls: how many system calls a process makes, all threads of it, as the
 * kernel counts them (perf_event_open(2)).  Every process pays a little while
 * that goes on.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct calls;

/* Counts from now on.  NULL: it cannot be known; WHY says what it needs. */
struct calls *calls_create(pid_t, const char **why);
void calls_destroy(struct calls *);

/* So many until now. */
bool calls_read(const struct calls *, uint64_t *n);

#endif

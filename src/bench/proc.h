/* SPDX-License-Identifier: ISC */
/*
 * proc: what /proc says of a process: the CPU time it has used, its memory.
 */
#ifndef BENCH_PROC_H
#define BENCH_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct proc_usage {
	int64_t cpu_us;		/* of all threads, user and system */
	uint64_t pss;		/* bytes: shared pages count in part */
	uint64_t anonymous;	/* bytes: heap, stacks and the like */
};

/* False: there is no such process, or it is not ours to look at. */
bool proc_usage(pid_t, struct proc_usage *);

/* The CPU time alone: cheap. */
bool proc_cpu_us(pid_t, int64_t *us);

/* The value of NAME in /proc/PID/status, "" if there is none. */
void proc_status(pid_t, const char *name, char *out, size_t size);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * process: a program that the stage runs, with what it prints.  It gets a
 * process group of its own, so that nothing of it stays behind.
 */
#ifndef SCENARIO_PROCESS_H
#define SCENARIO_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "src/common/buf.h"

struct polls;

struct process {
	pid_t pid;		/* 0: none */
	int fd;			/* its output; -1: it has ended */
	int at;			/* in the polls of this turn */
	int status;		/* as waitpid has it, after the end */
	struct buf output;
	size_t lines_seen;	/* bytes of output given by process_line */
};

void process_init(struct process *);

/*
 * Starts ARGV.  INPUT, if not NULL, is its standard input, which should be
 * short; its standard error, and output with BOTH, go to OUTPUT.  FILES: the
 * most descriptors that it may open, 0 as we.  0 or -1 with errno.
 */
int process_start(struct process *, char *const *argv, const char *input,
    bool both, unsigned files);

/* The loop's part.  step returns true when something came, or the end. */
void process_poll(struct process *, struct polls *);
bool process_step(struct process *, const struct polls *);

/* The next whole line of the output, without its end; false: none yet. */
bool process_line(struct process *, struct slice *line);

/* Kills it if it runs, waits for it, and forgets the output. */
void process_fini(struct process *);

#endif

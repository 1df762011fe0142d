/* SPDX-License-Identifier: ISC */
/*
 * stage: where a scenario happens: a private directory, the server, the
 * clients and connections by their names, and the one loop in which all of
 * them make progress.  Nothing waits but in stage_wait, and that has a limit.
 */
#ifndef SCENARIO_STAGE_H
#define SCENARIO_STAGE_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "protocol/deflate.h"
#include "tests/scenario/script.h"

struct host;
struct person;
struct tool;
struct wire;

struct stage {
	const struct script *script;
	const struct line *line;	/* that is being played */
	char dir[64];
	int limit_s;
	struct host *host;
	struct tool *tool;		/* that is running, or NULL */
	struct person *persons;
	struct wire *wires;
	struct deflate *deflate;
	struct variable *variables;
	uint64_t seed;			/* of random bytes: always the same */
	struct buf transcript;
	size_t step_at;			/* where this step begins there */
	char *why;			/* what is wrong; NULL: nothing */
	bool skipped;
};

/* 0, or -1 with stage_why. */
int stage_init(struct stage *, const struct script *);
void stage_fini(struct stage *);

/* Says what is wrong with the step; -1. */
int stage_fail(struct stage *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds a line to the transcript. */
void stage_note(struct stage *, const char *who, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Lets everybody make progress until DONE says 1, or -1 after stage_fail.
 * When the limit is over: -1, and what was waited for.
 */
int stage_wait(struct stage *, int (*done)(struct stage *, void *), void *arg,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Milliseconds of the clock that the drivers use. */
int64_t stage_now(void);

/* Writes a file of the directory: 0, or -1 after stage_fail. */
int stage_file(struct stage *, const char *name, struct slice bytes);

/* "DIR/NAME" in OUT of SIZE. */
const char *stage_path(const struct stage *, const char *name, char *out,
    size_t size);

/* TEXT with its ${...} replaced; NULL after stage_fail.  To be freed. */
char *stage_expand(struct stage *, const char *text);

/*
 * For those that take part in the loop.  A part adds what it waits for (and
 * lowers *TIMEOUT_MS), and is told what came.
 */
enum { POLLS_MAX = 256 };

struct polls {
	struct pollfd fds[POLLS_MAX];
	nfds_t count;
	int timeout_ms;
};

/* The place of the descriptor, for polls_got; -1: there is no room. */
int polls_add(struct polls *, int fd, short events);
short polls_got(const struct polls *, int at);

#endif

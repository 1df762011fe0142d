/* SPDX-License-Identifier: ISC */
/*
 * steps: what a line of a script means.  A step is a pattern of words: those
 * in small letters stand for themselves, those in capitals for an argument:
 * TEXT is in quotes, XML a stanza, NUMBER digits, LIST... all that follows,
 * the others one bare word.  README.md describes each.
 */
#ifndef SCENARIO_STEPS_H
#define SCENARIO_STEPS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/scenario/stage.h"

enum { ARGS_MAX = 8 };

struct call {
	struct stage *stage;
	char *arg[ARGS_MAX];	/* TEXT is expanded, XML is not */
	size_t nargs;
	const struct word *list;	/* LIST... */
	size_t nlist;
};

struct step {
	const char *pattern;
	int (*play)(struct call *);	/* 0, or -1 after stage_fail */
};

/* Each ends in a row of NULLs. */
extern const struct step server_steps[];
extern const struct step person_steps[];
extern const struct step send_steps[];
extern const struct step wire_steps[];
extern const struct step bytes_steps[];

uint64_t call_number(const struct call *, size_t arg);

/* Plays a line: 0, or -1 after stage_fail. */
int steps_play(struct stage *, const struct line *);

/* All patterns, a line each, to standard output. */
void steps_print(void);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * stage: where a story is told: the server that its options name, and verdicts
 * as TAP.
 *
 *	--server PATH --conf FILE --ca FILE --log FILE --socket PATH
 */
#ifndef STORY_STAGE_H
#define STORY_STAGE_H

#include "tests/story/cast.h"

struct stage_conf {
	char *server, *file, *ca, *log;
	char *socket;		/* of the office */
};

/* Rows of a table for getopt_long, and the letters they take. */
#define STAGE_OPTIONS                                                         \
	{"server", 1, NULL, 's'}, {"conf", 1, NULL, 'c'},                     \
	{"ca", 1, NULL, 'C'}, {"log", 1, NULL, 'l'}, {"socket", 1, NULL, 'S'}

/* Takes what getopt_long has found; false: it is none of those. */
bool stage_option(struct stage_conf *, int opt);

/* Whether all are there. */
bool stage_complete(const struct stage_conf *);

/* cast_init, with that server. */
void stage_cast(struct cast *, const struct stage_conf *);

/* For stories that know nobody in advance. */
struct stage {
	struct cast cast;
	const char *socket;
	unsigned number, failed;	/* verdicts */
};

void stage_init(struct stage *, const struct stage_conf *);

/* Adds a user. */
void stage_add_user(struct stage *, const char *user);

/* Adds a user with one device, which is on. */
struct device *stage_enter(struct stage *, const char *user);

/* A device that was off is on. */
void stage_on(struct stage *, struct device *);

void stage_verdict(struct stage *, bool ok, const char *what);

/* The server has to end well.  Prints the plan, and forgets all; the exit
 * status. */
int stage_end(struct stage *);

#endif

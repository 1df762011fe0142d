/* SPDX-License-Identifier: ISC */
/*
 * ending: what must be true when a story is over.
 */
#ifndef STORY_ENDING_H
#define STORY_ENDING_H

#include "tests/story/verbs.h"

/* Makes the claims.  What is the same however the story went, line by line,
 * goes to the file PATH. */
void ending(struct tale *, const char *path);

/* The server has ended: its tables, in the directory DIR, hold nothing of what
 * was deleted (logs for recovery do, until they are removed). */
void ending_on_disk(struct tale *, const char *dir);

#endif

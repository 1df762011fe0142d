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

#endif

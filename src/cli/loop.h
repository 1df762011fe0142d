/* SPDX-License-Identifier: ISC */
#ifndef CLI_LOOP_H
#define CLI_LOOP_H

#include "src/cli/cli.h"

/* Milliseconds of a clock that never goes back. */
int64_t loop_now(void);

/* Does what is due, waits LEFT milliseconds at most, handles what came.  False
 * if the connection cannot go on. */
bool loop_turn(struct cli *, int64_t left);

#endif

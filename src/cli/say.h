/* SPDX-License-Identifier: ISC */
/* say: commands that send one message and wait until the server has it. */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include "src/cli/cli.h"

enum { SAY_OPTIONS_MAX = 32 };	/* of a poll */

struct say {
	const char *to;
	struct sc_message m;
	uint64_t n;
	/* forward: what is asked for, first */
	const char *from;
	uint64_t id;
	bool found;
};

/* Sends s->m to s->to, or if there is s->from entry ASKED of that chat.  The
 * exit status. */
int say_run(struct cli *, struct say *s, uint64_t asked);

#endif

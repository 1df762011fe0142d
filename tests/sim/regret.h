/* SPDX-License-Identifier: ISC */
/*
 * regret: a message is deleted for everyone while a device is away, which then
 * comes and must not be told what it said (R6), whoever remembers it.
 */
#ifndef SIM_REGRET_H
#define SIM_REGRET_H

#include "tests/sim/clock.h"

struct sim;

struct sim_regret {
	struct timer timer;
	unsigned peer;		/* whose message it is */
	unsigned said;		/* the message; SAID_NONE: not yet */
	unsigned tries;
};

void regret_init(struct sim *);
void regret_stop(struct sim *);

#endif

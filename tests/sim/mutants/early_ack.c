/* SPDX-License-Identifier: ISC */
/*
 * A deliberate bug: the executor completes jobs when their batch is committed
 * and not yet durable.  A crash then takes back what was acknowledged (R1) or
 * ticks that were shown (R13), and the simulation must say so.
 */
#include "tests/sim/runner.h"

int
main(void)
{
	const struct sim_options o = {.early_ack = true};

	return runner_expect(&o, NULL, 1, 100, "R1 R13");
}

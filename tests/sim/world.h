/* SPDX-License-Identifier: ISC */
/* world: what every part of a simulation shares: time, chance, the report. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "tests/sim/clock.h"
#include "tests/sim/prng.h"
#include "tests/sim/report.h"

struct world {
	struct prng rng;
	struct clock clock;
	struct report report;
	bool healed;		/* nothing bad happens any more */
};

#endif

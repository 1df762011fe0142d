/* SPDX-License-Identifier: ISC */
/* runner: runs seeds and prints TAP. */
#ifndef SIM_RUNNER_H
#define SIM_RUNNER_H

#include "tests/sim/sim.h"

/* One seed, with what it covered.  An exit status. */
int runner_one(const struct sim_options *);

/*
 * Seeds FIRST .. LAST in groups, a test each, and a test for every counter,
 * which must not be zero at the end.  HOW is the command that runs one.
 */
int runner_many(const struct sim_options *, uint64_t first, uint64_t last,
    const char *how);

/*
 * One test: some seed of FIRST .. LAST must break one of RULES (names and
 * spaces), whatever else others break first.  Skipped if the build has no MODULE
 * (NULL: none is needed).
 */
int runner_expect(const struct sim_options *, const char *module,
    uint64_t first, uint64_t last, const char *rules);

#endif

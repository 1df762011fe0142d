/* SPDX-License-Identifier: ISC */
/* seal: a module of the simulation's own that seals periods as soon as they are
 * over: a run lasts minutes, and the module retention counts in days. */
#ifndef TESTS_SIM_SEAL_H
#define TESTS_SIM_SEAL_H

struct sc_module_def;
struct tx;

extern const struct sc_module_def sim_module_seal;

/* The periods of entries that are sealed. */
unsigned seal_count(const struct tx *);

#endif

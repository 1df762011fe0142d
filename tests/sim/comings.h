/* SPDX-License-Identifier: ISC */
/*
 * comings: which connection of a device is its last one, of those that the
 * server has heard a login on: only the others may be told that they are
 * replaced (R9), in whatever order their logins are done.
 */
#ifndef SIM_COMINGS_H
#define SIM_COMINGS_H

#include <stdint.h>

struct sim;

enum { COMINGS_MAX = 256 };

/* Whose login: DEVICE 0: not known yet, any of the user's. */
struct sim_coming {
	uint64_t user;
	uint32_t device;
	unsigned wire;		/* they count in the order of connecting */
};

struct sim_comings {
	struct sim_coming last[COMINGS_MAX];
	unsigned n;
};

/* The server has heard a login. */
void comings_heard(struct sim *, const struct sim_coming *);

/* The server says that it is replaced. */
void comings_replaced(struct sim *, const struct sim_coming *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * world: a server on the mem store for fuzz targets, with three accounts of one
 * device each and three connections: alice's, bob's, and one that has said
 * nothing.  What an input can do but for stanzas and time is here.
 */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "src/chat/device.h"
#include "tests/fuzz/learned.h"
#include "tests/unit/server_kit.h"

enum { WORLD_CONNS = 3, WORLD_USERS = 3 };

/* Steps of its own; those of a connection are WHAT + its number. */
enum {
	WORLD_SPEAKS = 0,	/* from now on this one */
	WORLD_RENEWED = 3,	/* closed and opened */
	WORLD_ALICE = 6,	/* and logged in, and synced */
	WORLD_BOB = 9,
	WORLD_STUCK = 12,	/* takes no bytes, or does again */
	WORLD_CAROL = 15,
	WORLD_ALICE_ONLY = 18,	/* logged in, and no more */
	WORLD_UNSENT = 21,	/* its bytes stay on this machine, or leave */
	WORLD_DAY,		/* passes on the wall clock */
	WORLD_SWEEPS,		/* that are due */
	WORLD_SMALL,		/* other numbers in the configuration */
	WORLD_MODULES,		/* and up: one is switched */
	WORLD_OWNS = WORLD_MODULES + 16
};

struct world {
	struct kit *kit;
	uint8_t tokens[WORLD_USERS][DEVICE_TOKEN_SIZE];
	struct kit_conn conns[WORLD_CONNS];
	struct learned learned;
	unsigned now;		/* the connection that speaks */
	bool small;
};

struct world *world_create(void);
void world_destroy(struct world *);

void world_own(struct world *, unsigned what);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * engine: a client engine for fuzz targets, whose state must always be one that
 * it can start from again.
 */
#ifndef FUZZ_ENGINE_H
#define FUZZ_ENGINE_H

#include "protocol/stanza.h"
#include "tests/crash/memory.h"

struct engine {
	struct memory memory;
	struct sc_client *client;	/* NULL: it did not start */
	int64_t now;
	uint64_t seed;
	unsigned decline;	/* so many entries */
};

/* Starts from the state in MEMORY, which is the engine's then. */
void engine_init(struct engine *, const struct memory *);
void engine_fini(struct engine *);

/* The engine dies; another one starts from its state. */
void engine_restart(struct engine *);

/* Takes the output: frames with stanzas, or the target fails. */
void engine_output(struct engine *);

#endif

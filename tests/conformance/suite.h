/* SPDX-License-Identifier: ISC */
/*
 * suite: what every store engine must do.  A program names its engine and runs
 * the suite; rules of one engine alone have programs of their own.
 */
#ifndef TESTS_CONFORMANCE_SUITE_H
#define TESTS_CONFORMANCE_SUITE_H

#include "src/store/store.h"

struct suite_engine {
	const char *name;
	/* A store to which no table was added yet.  FRESH: an empty one,
	 * otherwise what the last one left.  Fails the test, never NULL. */
	struct store *(*open)(bool fresh);
	/* Makes commits durable if the engine does not do so by itself. */
	void (*pump)(struct store *);
	bool keeps;		/* what was stored survives a close */
	/* After all tests. */
	void (*cleanup)(void);
};

int suite_run(const struct suite_engine *);

#endif

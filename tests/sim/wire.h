/* SPDX-License-Identifier: ISC */
/*
 * wire: one connection between a client and the host, with a tap at each end
 * of each direction: what was said and what was heard differ when a
 * connection breaks.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include "tests/sim/net.h"
#include "tests/sim/tap.h"

struct wire;

enum wire_point {
	WIRE_CLIENT_SAYS,
	WIRE_SERVER_HEARS,
	WIRE_SERVER_SAYS,
	WIRE_CLIENT_HEARS,
	WIRE_POINTS
};

/* Called for each stanza that passes a point. */
typedef void wire_fn(void *arg, struct wire *, enum wire_point,
    const struct elem *);

struct wire_env {
	struct world *w;
	struct net *net;
	struct deflate *deflate;
	wire_fn *fn;
	/* A wire nobody holds any more. */
	void (*end)(void *arg, struct wire *);
	void *arg;
};

struct wire {
	const struct wire_env *env;
	struct link *link;
	unsigned id;
	char name[40];		/* for the trace */
	void *watch;		/* the observer's */
	struct tap taps[WIRE_POINTS];
	bool gone[2];		/* by side */
	bool behind;		/* the server had more to say, and no room */
};

struct wire *wire_create(const struct wire_env *, unsigned id,
    const char *client);

/* As the functions of links, but what passes is looked at. */
size_t wire_write(struct wire *, enum net_side, const void *, size_t n);
size_t wire_read(struct wire *, enum net_side, void *, size_t n, bool *end);

/* The side lets go; GRACE: what was taken is still sent. */
void wire_release(struct wire *, enum net_side, bool grace);

#endif

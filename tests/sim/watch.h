/* SPDX-License-Identifier: ISC */
/*
 * watch: the rules that can be checked on one connection, while the bytes
 * pass.
 */
#ifndef SIM_WATCH_H
#define SIM_WATCH_H

#include "tests/sim/wire.h"

struct peer;
struct sim;

/* A client is about to use a new wire. */
void watch_begin(struct sim *, struct wire *, struct peer *);

/* The callbacks of struct wire_env; ARG is the simulation. */
void watch_stanza(void *sim, struct wire *, enum wire_point,
    const struct elem *);
void watch_end(void *sim, struct wire *);

/* The client ends the connection because of what it was sent. */
void watch_client_closes(struct wire *, int rc);

#endif

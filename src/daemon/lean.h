/* SPDX-License-Identifier: ISC */
/*
 * lean: a transport whose records are our own (record.h).  A connection has
 * keys and counters and no buffer, but for a record of which only a part has
 * come.  What the two ends say to each other apart from data is here: new keys,
 * alerts, goodbyes.
 */
#ifndef DAEMON_LEAN_H
#define DAEMON_LEAN_H

#include "src/daemon/transport.h"

struct handoff;

/* A transport that goes on from there.  0, or -1 without memory, and *T is as
 * it was. */
int lean_open(struct transport *t, struct transport_io *,
    const struct handoff *);

#endif

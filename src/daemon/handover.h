/* SPDX-License-Identifier: ISC */
/*
 * handover: all that a worker needs from outside its directory, ready to use.
 */
#ifndef DAEMON_HANDOVER_H
#define DAEMON_HANDOVER_H

#include <stddef.h>
#include <stdint.h>

#include "src/daemon/config.h"
#include "src/daemon/texts.h"

struct doors;

struct handover {
	struct texts texts;
	int log, control;
	int listeners[CONFIG_ADDRESSES];
	size_t nlisteners;
	int64_t alive_ms;	/* signs of life that the service manager wants
				 * to have; 0: none */
};

/* Sends it over a line (line.h).  0 or -1. */
int handover_send(int line, const struct handover *);

/* The worker's side.  0, or -1: that was no handover. */
int handover_receive(int line, struct handover *);

/* Copies of the descriptors of the doors, and of LOG, in an empty one.  0, or
 * -1: there are none left. */
int handover_copy(struct handover *, const struct doors *, int log);

void handover_init(struct handover *);

/* Closes what is left in it, and overwrites the texts. */
void handover_fini(struct handover *);

#endif

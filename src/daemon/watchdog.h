/* SPDX-License-Identifier: ISC */
/*
 * watchdog: tells the service manager, as often as it wants to hear it, that
 * the main loop and all workers still turn.  A worker that does not answer
 * keeps it silent, and the service manager starts the server again.
 */
#ifndef DAEMON_WATCHDOG_H
#define DAEMON_WATCHDOG_H

#include <stddef.h>
#include <stdint.h>

struct daemon;

struct watchdog {
	struct alarm *alarm;
	int64_t every_ms;
	size_t waiting;		/* workers that have not answered */
};

/* 0 or -1. */
int watchdog_init(struct daemon *);

/* With the workers running. */
void watchdog_start(struct daemon *);
void watchdog_stop(struct daemon *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * cast: all devices of a story, the server, and the one loop.  Whoever waits
 * for something turns the loop; meanwhile the server may be killed, and is there
 * again.  What goes wrong ends the program, with a reason.
 */
#ifndef STORY_CAST_H
#define STORY_CAST_H

#include <poll.h>

#include "tests/crash/server.h"
#include "tests/story/device.h"

/* When the server is killed. */
struct doom {
	unsigned left;		/* kills */
	uint64_t random;
	uint64_t share;		/* events between two, about */
	uint64_t at;		/* with so many events in all the next is due */
	unsigned workers, servers;	/* killed so far */
	unsigned in_a_row;	/* workers of the same parent */
};

struct cast {
	struct server server;
	const char *ca;
	struct deflate *deflate;
	struct device **devices;
	size_t n;
	struct pollfd *polls;
	struct sc_driver_wait *waits;
	struct doom doom;
};

void cast_init(struct cast *, const char *ca);
void cast_fini(struct cast *);

/* Prints why, ends the server and the program. */
_Noreturn void __attribute__((format(printf, 2, 3)))
cast_fail(struct cast *, const char *fmt, ...);

/* The server is started, or stopped; it has to be well. */
void cast_start(struct cast *);
void cast_stop(struct cast *);

/* A device more, which is off; the cast owns it. */
struct device *cast_add(struct cast *, const char *user, const char *name);
/* The device; it must be there. */
struct device *cast_device(struct cast *, const char *user,
    const char *name);

/* One turn of the loop. */
void cast_turn(struct cast *);

/* Turns until FN says so. */
void __attribute__((format(printf, 4, 5)))
cast_until(struct cast *, bool (*fn)(void *arg), void *arg, const char *fmt,
    ...);

/* Until all devices that are on have logged in and got all. */
void cast_settle(struct cast *);

/* From here on the server is killed KILLS times, after some SHARE events each,
 * as SEED says. */
void cast_doom(struct cast *, unsigned kills, uint64_t share, uint64_t seed);

/* What is left of the kills comes now; all are there again. */
void cast_doom_ends(struct cast *);

/* Events that devices were told, in all. */
uint64_t cast_events(const struct cast *);

#endif

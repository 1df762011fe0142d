/* SPDX-License-Identifier: ISC */
/*
 * load: all members of a run and their one loop.  A turn hands over what may
 * be handed over, waits until something happens anywhere, and moves on.
 */
#ifndef CRASH_LOAD_H
#define CRASH_LOAD_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/crash/member.h"
#include "tests/crash/server.h"

struct load_conf {
	unsigned pairs;
	unsigned window;	/* of unanswered messages of a side 0 */
	unsigned away;		/* one member in so many is away; 0: none */
	const char *state_dir;	/* NULL: states in memory */
	const char *ca;
};

struct load {
	struct load_conf conf;
	struct ledger *ledger;
	struct server *server;
	uint64_t random;
	struct member *members;		/* 2 for each pair */
	struct member *auditors;	/* 1 for each pair */
	struct fate *fate;
	uint64_t swap_at;		/* acks at which somebody goes */
	bool still;			/* nobody comes or goes */
	const uint64_t *tops;		/* of each pair, if the server has an
					 * older copy; NULL: it has all */
	struct pollfd *polls;
	struct sc_driver_wait *waits;
};

void load_init(struct load *, const struct load_conf *, struct ledger *,
    struct server *, uint64_t seed);
void load_fini(struct load *);

uint64_t load_random(struct load *, uint64_t below);

/* All that are not away have the application running and connect to the
 * server, which is another one than before. */
void load_connect(struct load *);
/* Applications end. */
void load_close(struct load *);

/*
 * Runs until ACKED messages are acknowledged in all.  False: the server died
 * before, or there is no progress.
 */
bool load_run(struct load *, uint64_t acked);

/* Runs until all that are there have logged in and got all, while nobody else
 * comes or goes; as load_run. */
bool load_settle(struct load *);

/* Their connections are going to end. */
void load_unsettle(struct load *);

/* How often members have logged in. */
uint64_t load_logins(const struct load *);

/* New auditors trust CA. */
void load_audit_ca(struct load *, const char *ca);

/* Some more turns of the same, for chance. */
bool load_turns(struct load *, unsigned turns);

/* Everybody comes; nothing new is said; until all is answered, given, shown. */
bool load_drain(struct load *);

/*
 * Other devices read the logs of COUNT pairs from FIRST on (around again), the
 * last DEPTH entries of each (0: all), and the ledger compares.
 */
bool load_audit(struct load *, unsigned first, unsigned count,
    uint64_t depth);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * sim: one run: a host, users with their devices, the network between, the
 * ledger of what everybody was told, and the trouble.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "src/server/server.h"
#include "tests/sim/comings.h"
#include "tests/sim/host.h"
#include "tests/sim/invites.h"
#include "tests/sim/keep.h"
#include "tests/sim/ledger.h"
#include "tests/sim/links.h"
#include "tests/sim/lists.h"
#include "tests/sim/peer.h"
#include "tests/sim/privacy.h"
#include "tests/sim/regret.h"
#include "tests/sim/removal.h"
#include "tests/sim/signals.h"
#include "tests/sim/world.h"

enum {
	SIM_USERS_MAX = 5,
	SIM_PEERS_MAX = 10,
	SIM_REVOKED_MAX = 64,
	SIM_GROUPS_MAX = 4
};

struct sim_options {
	uint64_t seed;
	uint64_t steps;		/* at most; 0: no limit */
	bool trace;
	bool early_ack;		/* the deliberate bug of the executor */
};

struct watch;

struct sim_user {
	char name[24], password[24];
	uint64_t id;		/* the server's; 0: not made yet */
	bool again;		/* somebody else had the name before */
	struct sim_privacy privacy;
};

/* A device that another one was asked to remove. */
struct sim_revoked {
	unsigned user;
	uint32_t device;
};

struct sim {
	struct world w;
	struct net net;
	struct wire_env wire_env;
	struct deflate *deflate;
	struct host *host;
	struct ledger ledger;
	struct sim_user users[SIM_USERS_MAX];
	unsigned nusers;
	struct peer *peers[SIM_PEERS_MAX];
	unsigned npeers;
	struct sim_revoked revoked[SIM_REVOKED_MAX];
	unsigned nrevoked;
	struct sim_invite invites[SIM_INVITES_MAX];
	unsigned ninvites;
	struct sim_signal signals[SIGNALS_MAX];
	unsigned nsignals;
	struct sim_link links[LINKS_MAX];
	unsigned nlinks;
	struct sim_reader readers[READERS_MAX];
	unsigned nreaders;
	uint64_t told_reads[SIM_USERS_MAX][LISTS_CHATS];	/* in lists */
	unsigned names;		/* new ones that devices were given */
	unsigned link_asks[SIM_USERS_MAX];	/* codes that were wanted */
	unsigned groups, channels;	/* that somebody has asked to make */
	struct sim_comings comings;
	struct sim_removal removal;
	struct sim_regret regret;
	struct sim_keeps keeps;
	struct watch *watches;
	uint64_t moments;	/* for their order */
	unsigned wires;		/* made so far */
	/* the trouble (workload.c) */
	struct timer chat, trouble, keeper, restart, crash, leap;
	bool offline, receipts;	/* the modules that are loaded */
	bool timers;		/* users set those of chats */
	bool leaps;		/* days pass */
	bool until;		/* entries go when all have them */
	bool crowd;		/* they are mostly in groups */
	bool privacy;		/* users turn switches of it */
	bool full;		/* the disk */
	int64_t chaos_end;
};

/* Runs one seed; the report has the result. */
void sim_run(const struct sim_options *, struct report *);

/* The number of the user with that id; SIM_USERS_MAX: nobody. */
unsigned sim_user_of(const struct sim *, uint64_t id);

/* Whether somebody has asked to remove the device. */
bool sim_was_revoked(const struct sim *, unsigned user, uint32_t device);

/* Starts and stops the workload of a run. */
void workload_start(struct sim *);
void workload_stop(struct sim *);

/* The end: what must be true once nothing bad happens any more. */
struct settled {
	bool reached;
	const char *rule;	/* that it would break for ever */
	char why[200];
};

bool settle_reached(struct sim *, struct settled *);
void settle_check(struct sim *);

#endif

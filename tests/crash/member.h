/* SPDX-License-Identifier: ISC */
/*
 * member: a device of an account of a pair: engine, connection, and the
 * application that reports to the ledger.  Its state is kept in memory or in a
 * directory and survives member_close.
 */
#ifndef CRASH_MEMBER_H
#define CRASH_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/client/stonechat.h"
#include "tests/crash/ledger.h"
#include "tests/crash/memory.h"

/* When a process of clients dies: at the LEFT-th of the moments that matter. */
struct fate {
	long left;		/* 0: never */
	pid_t companion;	/* is killed with it; 0: none */
};

void fate_step(struct fate *);

struct member {
	struct ledger *ledger;
	struct fate *fate;		/* NULL: none */
	unsigned pair, side;
	const char *state_dir;		/* of all states; NULL: in memory */
	const char *ca;
	char name[16], other[16], device[16];

	struct memory memory;
	struct sc_state *state;
	struct sc_state_io io;		/* of the state itself */
	struct sc_client *client;	/* NULL: away */
	struct sc_driver *driver;
	bool refused;			/* the login was */
	bool synced;			/* since it logged in last */
	uint64_t logins;

	/* as an auditor: */
	bool auditor;
	struct audit audit;
	uint64_t from;		/* the cursor to begin at, or earlier */
};

void member_init(struct member *, struct ledger *, unsigned pair,
    unsigned side, const char *state_dir, const char *ca);
void member_fini(struct member *);

/* The application starts: a client with its state, and a connection to PORT
 * of this machine. */
void member_open(struct member *, uint16_t port);

/* It ends, without a word. */
void member_close(struct member *);

/* The same client connects to another server. */
void member_reconnect(struct member *, uint16_t port);

/* Hands over messages until WINDOW of them are unanswered; how many. */
unsigned member_say(struct member *, unsigned window);

#endif

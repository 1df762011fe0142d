/* SPDX-License-Identifier: ISC */
/*
 * bench: what the parts of stonechat-bench share.
 *
 * The program (run.h) starts generator processes (gen.h), each with some of
 * the users.  A run has stages: every generator has ended one before any
 * begins the next, and between them the program looks at the server.  What
 * happens in the stages is a mode: a row of tables here, a file mode_NAME.c.
 * What is counted and timed goes to memory that all share (tally.h).
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "src/bench/link.h"

struct gen;
struct report;
struct run;
struct user;

struct conf {
	const struct driver *driver;
	const struct mode *mode;
	struct link_conf link;
	const char *prefix;	/* users are called prefix0, prefix1 ... */
	const char *control;	/* the server's control socket, or NULL */
	const char *crash;	/* a command that kills it and starts it */
	pid_t server;		/* 0: not known */
	bool create, json;
	uint64_t users, pairs, senders, window, size, messages, rate;
	uint64_t groups, members, posters;
	uint64_t seconds, processes, logins, patience, watch;
	uint32_t run;		/* tells this run's messages from others */
};

struct stage {
	const char *name;
	void (*begin)(struct gen *);
	/* When gen_wake_at has come. */
	void (*wake)(struct gen *);
};

struct mode {
	const char *name, *help;
	bool receipts;		/* it waits for ticks */
	bool reads;		/* and for those of what was read */
	bool outlives;		/* it is told of connections that end, which
				 * is no failure */
	bool alone;		/* one process */
	bool own;		/* for Stonechat's own protocol */
	bool calls;		/* the server's system calls are counted */
	/* How many users it needs. */
	uint64_t (*users)(const struct conf *);
	/* Adds those of this process (gen_add_user). */
	void (*prepare)(struct gen *);
	void (*end)(struct gen *);	/* frees g->state; NULL: there is none */
	const struct stage *stages;	/* ends with a NULL name */
	void (*event)(struct gen *, struct user *, const struct link_event *);
	/* Each stanza, where a driver tells them; NULL: they are not asked
	 * to. */
	void (*stanza)(struct gen *, struct user *, bool sent,
	    const char *name, size_t bytes);
	/* What was found; the rest is reported for all modes. */
	void (*report)(const struct run *, struct report *);
};

extern const struct mode mode_idle, mode_pairs, mode_rate, mode_offline,
    mode_group, mode_storm,
    mode_receipts, mode_crash, mode_wire, mode_mixed, mode_echo;

/* Ends in NULL. */
extern const struct mode *const modes[];

#endif

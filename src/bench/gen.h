/* SPDX-License-Identifier: ISC */
/*
 * gen: a generator: a process with some of the users, which does what the
 * stages of the mode say.
 */
#ifndef BENCH_GEN_H
#define BENCH_GEN_H

#include "src/bench/bench.h"
#include "src/bench/tally.h"

enum { USER_NAME = 64 };

struct user {
	struct link *link;
	uint64_t index;		/* of all users */
	char name[USER_NAME];
	bool ready;		/* logged in; what waited has come */
	bool coming;		/* gen_come, and not ready */
	int64_t since;		/* when it began to log in */
	void *state;		/* the mode's */
};

struct gen {
	const struct conf *conf;
	unsigned process;	/* 0 .. conf->processes - 1 */
	struct tally *tally;
	void *state;		/* the mode's */
	struct user **users;
	size_t nusers;

	/* below: gen.c's own */
	int channel;
	struct loop *loop;
	void *shared;		/* the driver's */
	const struct stage *stage;
	bool stage_done, failed;
	int64_t wake_at;
	/* logging in: users from NEXT on, at most conf->logins at a time */
	void (*all_in)(struct gen *);
	size_t next, under_way, missing;
	uint64_t progress;	/* as of the last gen_progress */
};

/* Runs the generator on its end of the channel to the program; the exit
 * status. */
int gen_main(const struct conf *, unsigned process, struct tally *,
    int channel);

/* ---- for modes ---- */

/* A mode's users: as many as --users says. */
uint64_t gen_users(const struct conf *);

/* The name of a user; OUT has USER_NAME bytes. */
void gen_user_name(const struct conf *, uint64_t index, char *out);

/* A user of this process, not connected. */
struct user *gen_add_user(struct gen *, uint64_t index, void *state);

/* Logs in the users that are not ready, and calls DONE when all are. */
void gen_login(struct gen *, void (*done)(struct gen *));

/* A stage: all log in.  No progress for the time of patience: it has failed. */
void gen_login_all(struct gen *);
void gen_login_late(struct gen *);

/* For modes in which nobody is to get anything: counts what comes from earlier
 * runs. */
void gen_event_old(struct gen *, struct user *, const struct link_event *);

/* Logs in one who has left; no other login may be under way but by this. */
void gen_come(struct gen *, struct user *);

/* Whether anything has been counted since this was last asked; if so, the
 * stage's wake is put off by the time of patience. */
bool gen_progress(struct gen *);

/* The user's connection ends without a word. */
void gen_leave(struct gen *, struct user *);

/* Sends; on an error the generator has failed. */
bool gen_send(struct gen *, struct user *from, const char *to,
    const char *text, size_t len, uint64_t *n);

/* The same to a group. */
bool gen_post(struct gen *, struct user *from, const char *group,
    const char *text, size_t len, uint64_t *n);

/* Calls the stage's wake then (monotonic ns); INT64_MAX: not at all. */
void gen_wake_at(struct gen *, int64_t ns);

/* This process has done its part of the stage. */
void gen_stage_done(struct gen *);

/* It cannot go on; the first reason counts. */
void gen_fail(struct gen *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Allocates, zeroed, or ends the process with a sentence. */
void *gen_alloc(struct gen *, size_t n, size_t size);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * person: a device of a user, run by libstonechat: its state in a directory,
 * its engine and driver, and all that it has been told.
 */
#ifndef SCENARIO_PERSON_H
#define SCENARIO_PERSON_H

#include <stdbool.h>
#include <stdint.h>

#include "src/client/stonechat.h"
#include "src/common/buf.h"

struct polls;
struct stage;

struct received {
	uint64_t chat, seq;
	bool own;		/* by another device of the user, or as a copy */
	bool taken;		/* a step has asked for it */
	bool skip;		/* seq .. last will never come; text: why */
	uint64_t last;
	char *text;		/* "" for other kinds of messages */
	char from[64];
	struct buf payload;
};

struct sent {
	uint64_t n, chat, seq;
	char *text;
	bool settled;
	int code;		/* 0, or why it was refused */
};

/* The marks of others, and one's own read mark, in a chat. */
struct mark {
	uint64_t chat, delivered, read, own_read;
};

struct person {
	struct person *next;
	struct stage *stage;
	char name[136];		/* user or user/device, as scripts say */
	char user[64], device[64];
	struct sc_state *state;
	struct sc_client *client;	/* NULL: not running */
	struct sc_driver *driver;	/* NULL: frozen out, or not running */
	uint16_t port;		/* that the driver knows */
	int over;		/* why the driver will not go on, or 0 */
	bool frozen, holding;
	int at;			/* in the polls of this turn */
	unsigned logins, logins_seen;
	bool synced;		/* since the last login */
	int failure;		/* the login was refused: code */
	char *failure_why, *bye_why;
	struct received *received;
	size_t nreceived, newest;	/* newest: last taken, plus 1 */
	struct sent *sent;
	size_t nsent;
	struct mark *marks;
	size_t nmarks;
};

/* The person NAME; NULL if there is none yet. */
struct person *person_find(struct stage *, const char *name);
/* ... who is made; NULL after stage_fail for what is no name. */
struct person *person_get(struct stage *, const char *name);

/* Starts the client from the state of the device.  PASSWORD NULL: that of the
 * user.  0, or -1 after stage_fail. */
int person_start(struct person *, const char *password, enum sc_mechanism);
/* The process dies: nothing is said to the server. */
void person_crash(struct person *);
/* Says goodbye first. */
int person_leave(struct person *);
/* The connection breaks. */
int person_cut(struct person *);
/* What the application declined is given to it again. */
int person_resume(struct person *);
/* Keeps a copy of the state, and puts it back, of a client that is not
 * running. */
int person_save(struct person *);
int person_restore(struct person *);

/* The number of the direct chat with USER; 0: not known yet. */
uint64_t person_chat(const struct person *, const char *user);
/* The next of the chat that no step has taken; NULL: none. */
struct received *person_next(struct person *, uint64_t chat);
void person_take(struct person *, struct received *);
/* The newest send with the text (NULL: any); NULL: none. */
struct sent *person_sent(struct person *, const char *text);
struct mark *person_mark(struct person *, uint64_t chat);
/* Remembers what sc_client_send took. */
void person_remember(struct person *, const char *text, uint64_t n);

/* Connects everybody's client to where the server is now. */
int persons_readdress(struct stage *);
/* What somebody was given and no step took: -1 after stage_fail. */
int persons_finish(struct stage *);
void persons_poll(struct stage *, struct polls *);
void persons_step(struct stage *, const struct polls *);
void persons_fini(struct stage *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * links: codes by which a device lets another one of its user in.  One is good
 * once, for its user, until its time is over; a new one is good.  What the new
 * device then gets is that of a login with the password.
 */
#ifndef SIM_LINKS_H
#define SIM_LINKS_H

#include "protocol/elem.h"
#include "src/chat/domain.h"
#include "src/client/stonechat.h"

struct peer;
struct server;
struct sim;
struct sc_module_def;

enum { LINKS_MAX = 64, LINK_TEXT_MAX = 48 };

struct sim_link {
	char text[LINK_TEXT_MAX];
	unsigned user;
	int64_t expires;
	unsigned tries;		/* logins that the server has heard */
	unsigned used;		/* logins that were told to be good */
	bool hopeless;		/* a try after its time */
};

/* What a connection logs in with: which link and 1; 0: it is none. */
struct link_login {
	struct sim *sim;
	unsigned link;
	unsigned user;		/* who tries */
};

/* The codes of a server last so short that some expire. */
void links_configure(struct server *, const struct sc_module_def *const *);

/* The check of a login by code, as the server's machine does it. */
int links_find(struct tx *, struct slice token, uint64_t *user);

/* P's user wants a code, or has a device begin anew that will use one. */
void links_step(struct peer *);

/* The answer. */
void links_event(struct peer *, const struct sc_event *);

/* The code for P, which begins without a state; NULL: the password. */
const char *links_choose(struct peer *);

/* A login with it was heard, and answered: with CODE, 0: it is in. */
void links_heard(const struct link_login *);
void links_answered(const struct link_login *, int code);

#endif

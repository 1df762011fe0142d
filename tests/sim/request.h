/* SPDX-License-Identifier: ISC */
/*
 * request: what a device wants changed other than by a message: each is
 * settled, with a code that it may have.
 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include "src/client/stonechat.h"

struct peer;

enum request_kind {
	REQUEST_NONE,
	REQUEST_SETTING,
	REQUEST_HIDE,
	REQUEST_RENAME,		/* a device */
	REQUEST_TIMER,		/* of a chat */
	REQUEST_REVOKE,		/* a device */
	REQUEST_PRIVACY,
	REQUEST_GROUP,		/* anything of a group but these: */
	REQUEST_CHANNEL,
	REQUEST_INVITE,
	REQUEST_UNINVITE,
	REQUEST_JOIN
};

struct app_request {
	uint64_t n;
	enum request_kind kind;
	uint64_t number;	/* of the chat */
	unsigned said;		/* what names something; SAID_NONE */
	unsigned invite;	/* in the simulation */
	bool fresh;		/* a name that nothing else has */
	bool hopeless;		/* it must be refused */
	bool settled;
};

/* It has been handed to the client, which calls it R->n. */
void request_note(struct peer *, const struct app_request *);

/* That or an invitation which came with the answer. */
void request_event(struct peer *, const struct sc_event *);

#endif

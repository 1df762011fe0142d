/* SPDX-License-Identifier: ISC */
/*
 * invites: invitations to groups.  One lets in as often as it may be used, as
 * long as it holds; a join that was refused uses nothing up, and one that need
 * not be refused is not.
 */
#ifndef SIM_INVITES_H
#define SIM_INVITES_H

#include "src/chat/chat.h"
#include "tests/sim/request.h"

struct peer;
struct sim;

enum { SIM_INVITES_MAX = 32 };

/* An invitation that a device has been given. */
struct sim_invite {
	char token[64];
	struct chat_id chat;
	int64_t expires;
	uint64_t limit;
	unsigned tries;		/* joins by it that may have used it */
	unsigned users;		/* who has tried: bit i is user i */
	bool ended;		/* somebody has asked to take it back */
	bool revoked;		/* and it was acknowledged */
	bool loose;		/* a state that was put back may try again */
};

/* P has been given one, which it had asked for with R. */
void invites_note(struct peer *, const struct app_request *r,
    const struct sc_event *);

/* P is about to join by it. */
void invites_try(struct peer *, struct app_request *r);

/* A request about one is settled with CODE; it is so for the first time. */
void invites_settled(struct peer *, const struct app_request *r, int code);

/* An old state of P has been put back. */
void invites_restored(struct peer *);

/* That one was told to have been used so often; at the end. */
void invites_told(struct peer *, const struct sc_event *, uint8_t *used);
void invites_check_told(struct sim *, struct tx *, unsigned invite,
    uint64_t used);

/* At the end: who has come into groups by them. */
void invites_check(struct sim *, struct tx *);

#endif

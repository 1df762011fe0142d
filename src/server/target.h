/* SPDX-License-Identifier: ISC */
/* target: which chat a client means by a number, an id, a user or a name. */
#ifndef SERVER_TARGET_H
#define SERVER_TARGET_H

#include "src/chat/chat.h"
#include "src/chat/member.h"

struct server;

/* A chat that is there, or the direct chat with PEER, which may not be. */
struct target {
	bool direct;
	bool there;		/* CHAT was read, locked */
	uint64_t peer;		/* direct */
	struct chat_id id;	/* otherwise, and if it is there */
	struct chat chat;
	struct member member;	/* of a group or channel: the user's own, who
				 * may have left it */
};

/*
 * What REF means to USER.  SC_ENOTFOUND: nothing, or nothing of his (R25);
 * SC_EFORBIDDEN: his account log, which T names.  A chat that REF names by
 * number or id is locked.
 */
int target_find(struct tx *, const struct server *, uint64_t user,
    const struct chat_ref *ref, struct target *);

/* The user with an address, `name' or `name@domain' of this domain.
 * SC_ENOTFOUND. */
int target_user(struct tx *, const struct server *, struct slice address,
    uint64_t *id);

/* The chat itself, also his account log.  SC_ENOTFOUND. */
int target_chat(struct tx *, const struct server *, uint64_t user,
    const struct chat_ref *ref, struct chat *);

#endif

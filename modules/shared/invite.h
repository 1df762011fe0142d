/* SPDX-License-Identifier: ISC */
/*
 * invite: invitations to groups and to channels.  A part of each module that
 * has them, as room.h is.
 *
 * One is a token, which whoever has it joins with: a number, by which its row is
 * found and which begins with the kind of the chat, and a secret.  One that was
 * taken back, has expired or is used up is like one that never was (R25).
 */
#ifndef MODULES_SHARED_INVITE_H
#define MODULES_SHARED_INVITE_H

#include "modules/shared/room.h"

enum {
	INVITE_NUMBER_SIZE = 8,
	INVITE_SECRET_SIZE = 16,
	INVITE_TOKEN_SIZE = INVITE_NUMBER_SIZE + INVITE_SECRET_SIZE,
	INVITES_MAX = 256	/* the most that a configuration may allow */
};

struct invite {
	uint8_t token[INVITE_TOKEN_SIZE];	/* number, secret */
	uint64_t by;
	int64_t created;
	int64_t expires;	/* 0: never */
	uint64_t limit;		/* of uses; 0: none */
	uint64_t uses;
};

/* Those of a module. */
struct invites {
	struct sc_module *m;
	struct tx *tx;
	unsigned rows;		/* a table; chat, number: an invitation */
	unsigned tokens;	/* a table; number: the chat of the invitation */
	const char *what;	/* they are to: "group" */
};

/* Whether the request has a token that is of a chat of that kind, if of any. */
bool invite_is_to(const struct sc_request *, enum chat_kind);

/*
 * What admins ask of a chat, which is locked.  An invitation as the request's
 * `expires' and `limit' say, which is its answer: MOST that hold may be there
 * at a time; the request's one is taken back; and all that hold.
 */
int invite_make(const struct invites *, struct sc_request *,
    const struct chat *, uint32_t most);
int invite_revoke(const struct invites *, struct sc_request *,
    const struct chat *);
int invite_list(const struct invites *, struct sc_request *,
    const struct chat *);

/*
 * The chat that the request's token is to, locked, and the invitation, which
 * holds; or a refusal.  Who asks is locked before.  It is used when invite_use
 * says so, once more.
 */
int invite_open(const struct invites *, struct sc_request *, struct chat *,
    struct invite *);
int invite_use(const struct invites *, const struct chat *, struct invite *);

/* All of a chat's. */
int invite_erase(const struct invites *, const struct chat_id *);

#endif

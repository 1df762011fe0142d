/* SPDX-License-Identifier: ISC */
/*
 * leaving: accounts that are being removed.  The first transaction, user_leave,
 * takes away what others find an account by; what it had goes in pieces
 * (user_erase), each a transaction, and the row of its removal with the last of
 * them.  So a removal that was cut off is found, and goes on.
 */
#ifndef CHAT_LEAVING_H
#define CHAT_LEAVING_H

#include "src/chat/domain.h"

struct leaving {
	uint64_t user;
	/* of whoever removes it; both begin with 0 */
	uint64_t stage;
	uint64_t number;	/* the chat number to go on with */
};

/* That of USER, or with 0 the first.  SC_ENOTFOUND. */
int leaving_get(struct tx *, uint64_t user, struct leaving *);
int leaving_put(struct tx *, const struct leaving *);
int leaving_del(struct tx *, uint64_t user);

#endif

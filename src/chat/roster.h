/* SPDX-License-Identifier: ISC */
/*
 * roster: who is in a group or channel.  Whoever changes it has locked the
 * users (roster_lock_users), then read the chat with chat_get_locked, and
 * appends the entry that says so: after roster_admit, before roster_dismiss,
 * so that who comes and who goes both see it (R5).
 */
#ifndef CHAT_ROSTER_H
#define CHAT_ROSTER_H

#include "src/chat/chat.h"
#include "src/chat/member.h"

/* Sorts IDS, and locks the rows of these users in that order (R24).
 * SC_ENOTFOUND: one of them is not there. */
int roster_lock_users(struct tx *, uint64_t ids[], size_t n);

struct roster_new {
	uint64_t user;
	enum role role;
	uint64_t recent;	/* so many entries from before he may read */
	struct slice name;	/* of the chat, for his account log; or empty */
};

/*
 * USER is in the chat from the next entry on.  The chat has a number in his
 * account, the old one if he returns, and his account log introduces it, for
 * which SAID is called.  SC_ENOTFOUND: there is no such user; SC_ECONFLICT: he
 * is in it already.
 */
int roster_admit(struct tx *, struct chat *, const struct roster_new *,
    chat_said_fn *said, void *arg, uint64_t *number);

/* SC_ENOTFOUND: he is not in it. */
int roster_set_role(struct tx *, const struct chat *, uint64_t user,
    enum role);

/* What comes after the head USER may not read.  SC_ENOTFOUND: he is not in
 * it. */
int roster_dismiss(struct tx *, struct chat *, uint64_t user);

/* Who is in the chat now: TO has room for its `members'. */
int roster_list(struct tx *, const struct chat *, struct recipient *to);

#endif

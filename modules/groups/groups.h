/* SPDX-License-Identifier: ISC */
/*
 * groups: what the files of this module share.
 *
 * Who changes a group locks in this order (R24): the users that come into it,
 * then its chat, which guards everything of the group.
 */
#ifndef MODULES_GROUPS_GROUPS_H
#define MODULES_GROUPS_GROUPS_H

#include <stonechat/module.h>
#include <stonechat/row.h>

#include "modules/shared/room.h"

/* Indexes into the tables of groups.c. */
enum group_table {
	GROUP_ROWS,		/* chat: struct group */
	GROUP_INVITES,		/* chat, number: an invitation */
	GROUP_TOKENS,		/* number: the chat of the invitation */
	GROUP_REQUESTS,		/* chat, user: when he asked to join */
	GROUP_ASKED		/* user, chat: that he did */
};

enum group_counter {
	GROUPS_CREATED,
	GROUPS_ADDED,
	GROUPS_JOINED,
	GROUPS_REMOVED,
	GROUPS_LEFT,
	GROUPS_CHANGED,
	GROUPS_INVITED,
	GROUPS_REQUESTED
};

struct groups_conf {
	uint32_t members, add, invites, requests;
};

enum { GROUP_RECENT_MAX = 10000 };

/* What is kept of a group besides its members. */
struct group {
	struct room_texts texts;
	enum role post, edit;	/* who may write; who may change the texts */
	bool approval;		/* who has an invitation only asks to join */
	uint64_t recent;	/* so much of the past who comes may read */
	uint64_t owner;		/* one of the owners, when it was looked last;
				 * 0: not known */
};

/* A request of somebody's about a group. */
struct acting {
	struct sc_module *m;
	struct tx *tx;
	struct sc_request *r;
	struct chat chat;
	struct member self;
	struct group group;
};

/* A user that a request names. */
struct named {
	uint64_t id;
	const char *name;
	enum role role;		/* ROLE_COUNT: not said */
};

/* ---- group.c: the group's row, and what all requests do ---- */

int group_get(struct sc_module *, struct tx *, const struct chat_id *,
    struct group *);
int group_put(struct sc_module *, struct tx *, const struct chat_id *,
    const struct group *);
/* Everything of a group that has no members any more. */
int group_erase(struct sc_module *, struct tx *, const struct chat_id *);

/* Why a request is refused. */
#define group_refuse(A, ...) room_refuse((A)->tx, (A)->r, __VA_ARGS__)

/*
 * Finds and locks the group that the request's `chat' means, and checks that
 * who asks is in it and has at least that role.  A group that is to be changed
 * has an owner then, or has one again.
 */
int group_open(struct acting *, enum role least);

/* The texts and settings that the request states, over those of *G; *CHANGED
 * gets the elements for an entry, of which there are *N, 2 at most. */
int group_take(struct acting *, struct group *g, struct elem_buf changed[2],
    size_t *n);

/* The users of the request's <member> elements, once each.  There must be LEAST
 * at least. */
int group_named(struct acting *, size_t least, struct named **, size_t *n);
/* Locks them, and who asks with SELF, before the group is opened. */
int group_lock(struct acting *, const struct named *, size_t n, bool self);

/* ---- say.c: the entry that says what has changed ---- */

struct saying {
	struct tx *tx;
	struct elem *elems;
	struct elem_buf *bufs;
	size_t n, cap;
};

/* For so many elements. */
int saying_begin(struct saying *, struct tx *, size_t cap);
/* <member user action [role] [name]/>; ROLE_COUNT and NULL are left out. */
void saying_member(struct saying *, uint64_t user, enum action,
    enum role, const char *name);
/* A copy of an element. */
void saying_add(struct saying *, const struct elem_buf *);
/* The entry, by USER. */
int saying_post(struct saying *, struct chat *, uint64_t user);

/* ---- verbs ---- */

typedef int group_verb(struct acting *);

group_verb group_create, group_set;			/* change.c */
group_verb group_add, group_remove, group_role, group_leave;	/* member.c */
group_verb group_invite, group_revoke, group_invites, group_join;
							/* invite.c */
group_verb group_approve, group_refuse_joiners;		/* request.c */
group_verb group_info, group_list, group_requests;	/* list.c */

/* ---- member.c ---- */

/* USER leaves: an entry says so, and who is the owner now if nobody is left
 * who was; without members the group ends. */
int group_let_go(struct sc_module *, struct tx *, struct chat *,
    uint64_t user);

/* Whether there is room for so MANY more. */
int group_room(struct acting *, size_t many);
/* Lets users in and says so, by USER; WHAT is what they did, or was done. */
int group_admit(struct acting *, const struct named *, size_t n,
    enum action what, uint64_t user);

/* ---- request.c ---- */

/* Who asks joins only when an admin says so. */
int group_request(struct acting *, struct sc_user *joiner);
/* Whether USER waits to be let in.  SC_ENOTFOUND: he does not. */
int group_waits(struct acting *, uint64_t user);
/* USER does not wait any more, if he did. */
int group_request_end(struct sc_module *, struct tx *, const struct chat_id *,
    uint64_t user);
/* Nobody does. */
int group_requests_erase(struct sc_module *, struct tx *,
    const struct chat_id *);
/* USER's account goes. */
int group_requests_of_gone(struct sc_module *, struct tx *, uint64_t user);

/* ---- invite.c ---- */

/* All of a group's. */
int group_invites_erase(struct sc_module *, struct tx *,
    const struct chat_id *);

#endif

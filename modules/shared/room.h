/* SPDX-License-Identifier: ISC */
/*
 * room: what groups and channels have in common.  A part of each module that
 * needs it, which calls nothing but the module API and keeps nothing.
 *
 * A request that is refused gets a sentence in R->why, and a code.
 */
#ifndef MODULES_SHARED_ROOM_H
#define MODULES_SHARED_ROOM_H

#include <stonechat/module.h>
#include <stonechat/row.h>

enum {
	ROOM_NAME_MAX = 100,	/* code points */
	ROOM_TOPIC_MAX = 1000,
	ROOM_AVATAR_MAX = 256,	/* bytes */
	/* of a row: all texts, with their lengths */
	ROOM_TEXTS_ROW = 16 + 4 * (ROOM_NAME_MAX + ROOM_TOPIC_MAX) +
	    ROOM_AVATAR_MAX
};

/* What it is called.  The texts live as long as the transaction, or the
 * request. */
struct room_texts {
	struct slice name, topic, avatar;
};

void room_texts_write(struct row_out *, const struct room_texts *);
void room_texts_read(struct row_in *, struct room_texts *);

/* CODE; FMT makes the sentence. */
int room_refuse(struct tx *, struct sc_request *, int code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The texts that the request states, over those of T; CHANGED says which, and
 * has no attributes if there are none.  WHAT: "group". */
int room_take_texts(struct tx *, struct sc_request *, const char *what,
    struct room_texts *t, struct elem_buf *changed);

/* Whether the chat is named by who else is in it: it is a direct one, then. */
bool room_is_direct(const struct sc_request *);

/* The timer that the request states, if it does: CHANGED says so; and C, which is
 * locked, has it. */
void room_take_timer(const struct sc_request *, struct elem_buf *changed);
int room_set_timer(struct sc_module *, struct tx *, struct sc_request *,
    struct chat *c);

/* The user of a child of the request, <member user/>. */
int room_take_user(struct tx *, struct sc_request *, const struct elem *child,
    struct sc_user *);

/* ---- answers ---- */

/* <chat number ref kind name [topic] [avatar] role members last read [timer]>,
 * to which more may be added. */
void room_describe(struct elem_buf *, const struct chat *,
    const struct member *self, const struct room_texts *);

/* The answer to who has come: <chat number ref kind name/>. */
int room_answer(struct tx *, struct sc_request *, const struct chat *,
    uint64_t number, struct slice name);

/* A list in pages, by a number that each of its elements has; `resume' of the
 * request is the list's. */
struct room_list {
	struct tx *tx;
	struct sc_request *r;
	uint64_t limit;		/* of elements in the answer; 0: none */
	uint64_t next;		/* the first number that is wanted */
	enum role least;	/* of the members that are listed */
};

struct room_list room_list_begin(struct tx *, struct sc_request *);
/* Adds an element, after which the list goes on at NEXT.  0; 1: no more. */
int room_list_add(struct room_list *, const struct elem *, uint64_t next);
/* What a chat is called. */
typedef int room_texts_fn(struct sc_module *, struct tx *,
    const struct chat_id *, struct room_texts *);

/* The chats of that kind that the user is in, as by room_describe. */
int room_list_chats(struct room_list *, struct sc_module *, enum chat_kind,
    room_texts_fn *);
/* <member user role name/> of those who are in the chat. */
int room_list_members(struct room_list *, const struct chat *);

/* ---- owners ---- */

/* <member user action="role" role [name]/>, for an entry; NAME may be NULL. */
void room_role_elem(struct elem_buf *, uint64_t user, enum role,
    const char *name);

/* Who comes first in a chat: an owner, or else the oldest admin, or else the
 * oldest member. */
struct room_heir {
	uint64_t user;		/* 0: there is nobody */
	enum role role;
	uint64_t joined;
	unsigned owners;	/* how many there are */
};

/* WITHOUT: a user who is not looked at; LEAST: the role that an heir has at
 * least. */
int room_heir(struct tx *, const struct chat *, uint64_t without,
    enum role least, struct room_heir *);

/* USER becomes owner of a chat that is locked; an entry by BY (0: the server)
 * says so. */
int room_make_owner(struct tx *, struct chat *, uint64_t by, uint64_t user);

/*
 * Sees to it that a locked chat has an owner, who may have gone with his
 * account while nobody looked: then the next one is made owner, and an entry of
 * the server's says so.  *KNOWN is where an owner is noted, so that the members
 * are looked through only if he is none any more; 0: nobody is noted.  1: it is
 * to be kept as it is now.
 */
int room_see_owner(struct tx *, struct chat *, enum role least,
    uint64_t *known);

#endif

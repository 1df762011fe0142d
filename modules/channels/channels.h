/* SPDX-License-Identifier: ISC */
/*
 * channels: what the files of this module share.
 *
 * Who changes a channel locks the users that are concerned, then its chat,
 * which guards everything of it (R24).
 */
#ifndef MODULES_CHANNELS_CHANNELS_H
#define MODULES_CHANNELS_CHANNELS_H

#include <stonechat/module.h>
#include <stonechat/row.h>

#include "modules/shared/room.h"

enum channel_table {
	CHANNEL_ROWS,		/* chat: struct channel */
	CHANNEL_VIEWS,		/* chat, seq: by how many it was read */
	CHANNEL_INVITES,	/* chat, number: an invitation */
	CHANNEL_TOKENS		/* number: the chat of the invitation */
};

enum channel_counter {
	CHANNELS_CREATED,
	CHANNELS_SUBSCRIBED,
	CHANNELS_LEFT,
	CHANNELS_CHANGED,
	CHANNELS_VIEWED,
	CHANNELS_INVITED
};

struct channels_conf {
	uint32_t members, recent, invites;
};

/* What is kept of a channel besides its members. */
struct channel {
	struct room_texts texts;
	uint64_t owner;		/* one of the owners, when it was looked last;
				 * 0: not known */
	bool closed;		/* the id lets nobody in */
};

/* A request of somebody's about a channel. */
struct asking {
	struct sc_module *m;
	struct tx *tx;
	struct sc_request *r;
	struct chat chat;
	struct member self;
	struct channel channel;
};

/* ---- channel.c ---- */

int channel_get(struct sc_module *, struct tx *, const struct chat_id *,
    struct channel *);
int channel_put(struct sc_module *, struct tx *, const struct chat_id *,
    const struct channel *);

/* CODE; the sentence is static. */
int channel_refuse(struct asking *, int code, const char *why);

/*
 * Finds and locks the channel that the request's `chat' means, and checks that
 * who asks is in it and has at least that role.  SC_NOT_MINE: the chat is
 * another kind's.  If an admin changes it, it has an owner then, or has one
 * again.
 */
int channel_open(struct asking *, enum role least);

/* Appends an entry by USER with that element, which does not count. */
int channel_say(struct asking *, uint64_t user, const struct elem_buf *);

/* The answer to who has come. */
int channel_answer(struct asking *, uint64_t number);

/* ---- verbs ---- */

typedef int channel_verb(struct asking *);

channel_verb channel_create, channel_set;		/* channels.c */
channel_verb channel_join, channel_leave, channel_remove, channel_role;
							/* subscribe.c */
channel_verb channel_invite, channel_revoke, channel_invites;	/* invite.c */
channel_verb channel_info, channel_list;			/* list.c */
channel_verb channel_views;				/* views.c */

/* ---- subscribe.c ---- */

/* USER goes, without a word; if he was the only owner, the oldest admin is the
 * owner now, if there is one. */
int channel_let_go(struct sc_module *, struct tx *, struct chat *,
    uint64_t user);

/* ---- invite.c ---- */

/* The request has an invitation: the channel is found and locked, and who asks
 * before.  It is used by channel_invite_use. */
struct invite;
int channel_invited(struct asking *, struct invite *);
int channel_invite_use(struct asking *, struct invite *);

/* All of a channel's. */
int channel_invites_erase(struct sc_module *, struct tx *,
    const struct chat_id *);

/* ---- views.c ---- */

/* A read mark has moved over some entries. */
int channel_viewed(struct sc_module *, struct tx *, const struct mark_stated *,
    const struct mark_moved *);
/* Forgets the views of what is old when another entry is to come. */
int views_forget(struct sc_module *, struct tx *, const struct chat *);
/* All of a channel's. */
int views_erase(struct sc_module *, struct tx *, const struct chat_id *);

#endif

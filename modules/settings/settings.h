/* SPDX-License-Identifier: ISC */
/*
 * settings: what the files of the module share.  settings.c has the settings
 * of chats and the module's table, star.c the stars, chats.c the list of
 * chats and what is unread in them.
 *
 * Tables.  Keys are big-endian integers in this order:
 *
 *	settings     user, chat number         struct settings; no row: none set
 *	stars        user, chat number, seq    when
 *	star-counts  user                      how many stars
 */
#ifndef SETTINGS_SETTINGS_H
#define SETTINGS_SETTINGS_H

#include <stonechat/module.h>
#include <stonechat/row.h>

enum { TABLE_SETTINGS, TABLE_STARS, TABLE_STAR_COUNTS };

enum {
	COUNT_CHANGED,
	COUNT_STARRED,
	COUNT_HIDDEN,
	COUNT_LISTED,
	COUNT_UNREAD
};

enum { ACCOUNT_LOG = 1 };	/* its number in every account */

struct settings_conf {
	uint32_t stars, unread;
};

/* Of one chat, in one account. */
struct settings {
	int64_t muted;		/* until then; 0: not */
	bool archived, pinned;
};

/* The chat of a request, as its user sees it. */
struct settings_chat {
	struct chat chat;
	struct member member;
};

/* Finds what the attribute `chat' names, which is not the account log.  An
 * error leaves a sentence in r->why. */
int settings_chat(struct tx *, struct sc_request *r, struct settings_chat *);

/* The rows of a user from chat number FIRST on, mute that is over left out.
 * FN: 0 to go on, 1 to stop; below 0 stops and is returned. */
int settings_list(struct sc_module *, struct tx *, uint64_t user,
    uint64_t first, int (*fn)(void *arg, uint64_t number,
    const struct settings *), void *arg);

/* Deletes the rows of a table whose keys begin with the user. */
int settings_forget(struct sc_module *, struct tx *, unsigned table,
    uint64_t user);

/* ---- star.c ---- */

int star_set(struct sc_module *, struct tx *, struct sc_request *);
int star_list(struct sc_module *, struct tx *, struct sc_request *);
int hide(struct sc_module *, struct tx *, struct sc_request *);

/* ---- chats.c ---- */

int chats_list(struct sc_module *, struct tx *, struct sc_request *);
int unread_get(struct sc_module *, struct tx *, struct sc_request *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * room: what the commands for groups and for channels have in common.  A
 * command is a table of actions; each starts one request and waits for its
 * end.
 */
#ifndef CLI_ROOM_H
#define CLI_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include "src/client/stonechat.h"
#include "src/common/buf.h"

struct cli;
struct room;

enum { ROOM_USERS_MAX = 256 };

/* One action: how many words it takes, and how it is asked for. */
struct room_action {
	const char *name;	/* NULL: the end of the table */
	bool of_room;		/* the first word says which */
	int least, most;	/* words behind it */
	const char *usage;	/* what they are, but for the room */
	/* Puts the counter into N or the id into ID.  0, below 0 as the
	 * library says, 1: wrong usage */
	int (*start)(struct cli *, struct room *);
};

struct room_kind {
	const char *name;	/* "group", which is the command, too */
	const char *word;	/* "GROUP", which of them */
	const struct room_action *actions;
	/* asks for those that one is in */
	int (*list)(struct sc_client *, uint64_t *id);
	bool info_members;	/* `info' lists them, too */
};

struct room {
	const struct room_kind *kind;
	const struct room_action *action;
	char **words;		/* behind the action */
	int nwords;
	uint64_t n, id;
	/* its own */
	uint64_t lookup;	/* the request for which chat has that name */
	unsigned found;
	char address[SC_CHAT_ID_SIZE];	/* if its name was said: this device
				 * may not know the number yet */
	bool waits;		/* to join */
	bool members;		/* info: they have been asked for */
};

extern const struct room_kind room_group, room_channel;

/* One of an answer: SC_EVENT_CHAT, _MEMBER, _INVITE, _REQUEST, _VIEWS; as an
 * object, printed, or as lines of text with newlines between them. */
void room_json(const struct cli *, const struct room *,
    const struct sc_event *);
void room_text(const struct cli *, const struct sc_event *, struct buf *);

/* The command. */
int room_run(struct cli *, const struct room_kind *, int argc, char **argv);

/* ---- for actions ---- */

/* The chat that the first word means. */
const char *room_chat(const struct room *);

/* "member", "admin" or "owner". */
bool room_role(const char *word, enum sc_role *);

/* A change of the users that are named by the words from FROM on. */
int room_change(struct cli *, struct room *, enum sc_group_change, int from,
    enum sc_role);

int room_set(struct cli *, struct room *, const struct sc_group *);

/* What `set topic TEXT' and `set picture REF' say; false: something else.
 * REF is base64url and is decoded in its place. */
bool room_take_text(const struct room *, struct sc_group *);

/* list; info; members; leave; remove and role, of users; rename; invite,
 * invites, revoke */
int room_start_list(struct cli *, struct room *);
int room_start_info(struct cli *, struct room *);
int room_start_members(struct cli *, struct room *);
int room_start_leave(struct cli *, struct room *);
int room_start_remove(struct cli *, struct room *);
int room_start_role(struct cli *, struct room *);
int room_start_rename(struct cli *, struct room *);
int room_start_invite(struct cli *, struct room *);
int room_start_invites(struct cli *, struct room *);
int room_start_revoke(struct cli *, struct room *);

#endif

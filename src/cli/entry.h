/* SPDX-License-Identifier: ISC */
/*
 * entry: the messages of a chat as the conversation client knows them, in
 * their order, each with what later ones say about it: edits, reactions, votes,
 * deletions.  Pure: knows what a message says, and neither screen nor server.
 */
#ifndef CLI_ENTRY_H
#define CLI_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/client/stonechat.h"

enum { ENTRIES_MAX = 4000 };	/* of a chat; then the oldest are forgotten */

enum entry_state {
	ENTRY_KEPT,		/* not sent yet */
	ENTRY_SENT,
	ENTRY_DELIVERED,
	ENTRY_READ,
	ENTRY_REFUSED
};

/* A reaction, or a vote. */
struct entry_said {
	struct entry_said *next;
	enum sc_kind kind;
	uint64_t user, seq;
	uint64_t choices;	/* VOTE */
	char *text;		/* REACTION */
};

struct entry {
	struct entry *next, *before;
	uint64_t key;		/* its own, for ever */
	uint64_t seq;		/* 0: not known yet */
	uint64_t n;		/* of an own one that was sent here; else 0 */
	int64_t time;
	int64_t expires;	/* when it says nothing any more; 0: it stays */
	uint64_t from;
	char *name;		/* of the sender; "" if it was not known */
	bool known;		/* the message itself has come, and not only
				 * what is said about it */
	bool shown;
	bool own;
	bool note;		/* text is ours */
	bool counts;		/* as unread, unless it is an own one */
	bool forwarded, top, star, hidden;
	enum sc_kind kind;
	char *text;
	size_t len;
	size_t fixed;		/* bytes of it that an edit does not replace */
	uint64_t reply;
	char **options;		/* POLL, whose question is the text */
	size_t noptions;
	uint64_t edit_seq, edit_from;	/* the last edit; 0: none */
	char *edit;
	bool deleted;
	uint64_t deleted_by;	/* 0: its time was over */
	struct entry_said *said;	/* the oldest first */
	/* of an own one */
	enum entry_state state;
	int64_t at[ENTRY_READ + 1];	/* when it got there; KEPT: typed */
	unsigned delivered_to, read_by;	/* so many members */
};

struct entries {
	struct entry *first, *last;	/* those without seq are last */
	size_t n;
	int64_t expiry;		/* none disappears before; INT64_MAX: none */
	uint64_t *keys;		/* how many were given, to all chats */
};

void entries_init(struct entries *, uint64_t *keys);
void entries_free(struct entries *);

/* NULL: it is not known. */
struct entry *entries_find(const struct entries *, uint64_t seq);
/* The same, and if it is not known, a place for it.  NULL: no memory. */
struct entry *entries_get(struct entries *, uint64_t seq);
struct entry *entries_by_n(const struct entries *, uint64_t n);

/*
 * Takes MESSAGE, SKIP and the same of pages.  NAME: of the sender; CHANGE: what
 * it says instead of a text, or NULL.  The message it is, or that it is about;
 * NULL if there is nothing to be shown, or no memory.  *NEWS: it is one, and
 * was not known.
 */
struct entry *entries_take(struct entries *, const struct sc_event *,
    const char *name, const char *change, bool *news);

/* An own message, of user FROM, that is being sent as N.  NULL: no memory. */
struct entry *entries_send(struct entries *, uint64_t n, uint64_t from,
    const struct sc_message *, int64_t now);

/* It is in the log: to its place.  What has come as this entry meanwhile is
 * the same, and goes. */
void entries_sent(struct entries *, struct entry *, uint64_t seq,
    int64_t time);

/* One that is there disappears then; 0: it does not. */
void entries_lasts(struct entries *, struct entry *, int64_t expires);

/* The first that has had its time, at NOW (UTC milliseconds): it says nothing
 * any more, nor does what was said about it.  NULL: there is none. */
struct entry *entries_expire(struct entries *, int64_t now);

/* All of FROM are in TO then. */
void entries_move(struct entries *from, struct entries *to);

/* Numbers mean nothing any more: only what is not sent stays. */
void entries_renumber(struct entries *);

/* What it says now: its text, or that of the last edit.  "" if it was
 * deleted. */
const char *entry_text(const struct entry *, size_t *n);
bool entry_edited(const struct entry *);

/* How many have chosen the option, from 0; *OWN: USER has. */
unsigned entry_votes(const struct entry *, unsigned option, uint64_t user,
    bool *own);

#endif

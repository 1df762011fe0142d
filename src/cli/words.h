/* SPDX-License-Identifier: ISC */
/*
 * words: the commands of the conversation client, which are rows of tables:
 * words_chat.c (chats and what is seen of them), words_message.c (messages),
 * words_room.c (groups and channels) and words_account.c (the account).
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "src/cli/room.h"
#include "src/cli/talk.h"

/* What a first argument is, for completion. */
enum word_kind { WORD_NONE, WORD_CHAT, WORD_MESSAGE, WORD_OWN, WORD_ONE_OF,
	WORD_COMMAND };

struct word {
	const char *name;	/* NULL: the end of a table */
	const char *usage;	/* its arguments */
	const char *help;	/* what it does, in one line */
	void (*run)(struct talk *, char *rest);
	enum word_kind kind;
	bool open;		/* a chat must be open */
	const char *one_of;	/* WORD_ONE_OF: words, with spaces between */
	const char *like;	/* it is another name of this one; NULL: none */
};

extern const struct word words_chat[], words_message[], words_room[],
    words_account[];

/* Calls FN for each, in the order of /help, until it returns false. */
void words_each(bool (*fn)(void *arg, const struct word *), void *arg);
const struct word *words_find(const char *name, size_t n);

void words_help(struct talk *, const char *name);
/* The usage of a command, as an error. */
void words_usage(struct talk *, const char *name);
/* What was mistyped. */
void words_unknown(struct talk *, const char *name);

/* ---- words_take.c: arguments ---- */

/* The next word of *REST, which may stand in quotes; NULL: there is none. */
char *words_take(char **rest);
/* All of them, MAX at most; how many there are, or -1: too many. */
int words_split(char *rest, char **list, int max);
/* The name of a chat, which may hold spaces if there is such a chat: it is
 * made if there is none.  NULL: no word, or no memory. */
struct talk_chat *words_take_chat(struct talk *, char **rest);
/*
 * The message that the next word means, a number or `.', which is the last one
 * (OWN: of one's own, else of others).  NULL after an error was told.
 */
struct entry *words_take_message(struct talk *, char **rest, bool own,
    const char *usage);
/* Whether the next word may be such a one. */
bool words_is_message(const char *rest);
/* "off", or nothing (then *ON is true); false: anything else. */
bool words_take_off(const char *rest, bool *on);

/* How many letters must be changed to get one from the other. */
unsigned words_distance(const char *, const char *);

#endif

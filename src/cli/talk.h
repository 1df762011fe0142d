/* SPDX-License-Identifier: ISC */
/*
 * talk: the conversation client, split over cmd_talk.c (its life and the
 * loop), talk_event.c (what the server says), talk_line.c (what the user
 * says), talk_ask.c (what is asked of the server), talk_chats.c (what is
 * remembered) and talk_show.c (what is printed).
 *
 * It keeps no messages: what was not read is given again at the next start
 * (struct sc_client_conf.unread_again), and waits in memory until its chat is
 * opened; what was read comes from the server's history.
 */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include "src/cli/changes.h"
#include "src/cli/cli.h"
#include "src/cli/term.h"

enum {
	TALK_WAITING_MAX = 2000,	/* messages of a chat in memory; then
					 * the rest waits at the server */
	TALK_OWN_MAX = 200	/* own messages that are remembered, but for
				 * those that are not sent yet */
};

/* A message that waits to be shown, or a note in its place. */
struct talk_message {
	struct talk_message *next;
	uint64_t seq;
	int64_t time;
	bool own;
	bool note;		/* text is ours */
	bool quiet;		/* nothing that is unread: a note, a reaction */
	char *name;		/* of the sender; "" if it was not known */
	uint64_t from;
	char *text;
	size_t len;
};

struct talk_chat {
	struct talk_chat *next;	/* in the order in which they were met */
	uint64_t number;	/* 0: the server has not said it yet */
	char *name;
	struct talk_message *waiting, **last;
	size_t nwaiting;
	size_t unread;		/* by others, among those that wait */
	bool declined;		/* more waits at the server */
	uint64_t asked;		/* the request for what came before, until
				 * whose answer all waits; 0: none */
	bool begun;		/* that has been asked, once */
	bool news;		/* since the connection was lost */
	int64_t time;		/* of the newest message; 0: not known */
	struct term_spot notice;
};

enum talk_state {
	TALK_KEPT,		/* not sent yet */
	TALK_SENT,
	TALK_DELIVERED,
	TALK_READ,
	TALK_REFUSED
};

/* An own message, whose ticks are followed. */
struct talk_own {
	struct talk_own *next;	/* in the order in which they were seen */
	struct talk_chat *chat;
	uint64_t n;		/* 0: sent by another device */
	uint64_t seq;		/* 0: not known yet */
	enum talk_state state;
	int64_t at[TALK_READ + 1];	/* when it got there; KEPT: typed */
	char *text;
	size_t len;
	struct term_spot spot;
};

struct talk {
	struct cli *c;
	struct term *term;
	bool edits, json, colours;
	struct talk_chat *chats, *open;
	struct talk_own *own, **own_last;
	size_t nown;
	bool online, was_online, synced, greeted;
	bool failed;		/* a line was not done, a message not sent */
	int64_t end_at;		/* the input has ended; 0: it has not */
	int shown_day;		/* of the last message that was shown */
	uint64_t history, devices;	/* requests under way; 0: none */
	struct talk_chat *history_of;
	struct changes changes;
	char *why;		/* there is no connection, as told last */
	char *prompt;
};

/* ---- cmd_talk.c ---- */

/* There are no more lines. */
void talk_end(struct talk *);

/* ---- talk_chats.c ---- */

/* NULL: there is none, or no memory. */
struct talk_chat *talk_by_number(const struct talk *, uint64_t number);
struct talk_chat *talk_by_name(const struct talk *, const char *name);
/* The chat, which is made if there is none. */
struct talk_chat *talk_get(struct talk *, uint64_t number, const char *name);
/* The chat is called so from now on. */
void talk_rename(struct talk_chat *, const char *name);
/* The chat that a name or a number of the user's means. */
struct talk_chat *talk_meant(struct talk *, const char *to);
/* CHAT has got this number; another chat may have had it: the one that stays. */
struct talk_chat *talk_bind(struct talk *, struct talk_chat *,
    uint64_t number);
/* How the engine is told which chat is meant; until the next call. */
const char *talk_address(const struct talk_chat *, char *buf, size_t size);

/* Lets a message wait; false without memory. */
bool talk_wait(struct talk_chat *, const struct sc_event *, const char *name,
    const char *change);
/* Takes the first one out; free it with talk_message_free. */
struct talk_message *talk_take(struct talk_chat *);
void talk_message_free(struct talk_message *);
/* Forgets those up to SEQ. */
void talk_forget(struct talk_chat *, uint64_t seq);

/* A message of a page of the server's; CHANGE is what it says instead of a text,
 * or NULL. */
struct talk_message *talk_message_new(const struct sc_event *,
    const char *name, const char *change);

struct talk_own *talk_own_add(struct talk *, struct talk_chat *, uint64_t n,
    struct slice text);
/* One that has been sent already, here or elsewhere. */
struct talk_own *talk_own_sent(struct talk *, struct talk_chat *,
    uint64_t seq, int64_t time, struct slice text);
struct talk_own *talk_own_by_n(struct talk *, uint64_t n);

/* The server has been restored: numbers mean nothing any more. */
void talk_renumber(struct talk *);
void talk_free(struct talk *);

/* ---- talk_ask.c ---- */

/* What came before, which is shown first.  False: there is no way to know. */
bool talk_ask_before(struct talk *, struct talk_chat *);
void talk_ask_history(struct talk *, unsigned max);
void talk_ask_devices(struct talk *);
void talk_page(struct talk *, const struct sc_event *);
void talk_device(struct talk *, const struct sc_event *);
void talk_result(struct talk *, const struct sc_event *);
/* How far an own message has come, as the engine knows it. */
void talk_learn_ticks(struct talk *, struct talk_own *);

/* ---- talk_show.c ---- */

void talk_note(struct talk *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What the user wanted was not done. */
void talk_error(struct talk *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void talk_show_message(struct talk *, const struct talk_message *);
void talk_show_own(struct talk *, struct talk_own *);
/* The state of OWN has changed, at TIME. */
void talk_show_tick(struct talk *, struct talk_own *, int64_t time);
void talk_show_refused(struct talk *, struct talk_own *, const char *why);
/* A line for what cannot be rewritten, and for BEFORE others. */
void talk_show_last_tick(struct talk *, const struct talk_own *,
    unsigned before);
void talk_show_chats(struct talk *, bool only_unread);
void talk_json_chat(const struct talk *, const struct talk_chat *);
void talk_show_ticks(struct talk *, unsigned max);
/* Something waits in a chat that is not open. */
void talk_show_notice(struct talk *, struct talk_chat *,
    const struct sc_event *);

/* ---- talk_event.c ---- */

int talk_event(struct cli *, const struct sc_event *);

/* ---- talk_line.c ---- */

void talk_line(void *arg, char *line, size_t n);
void talk_complete(void *arg, const char *line, const char *word,
    struct buf *words);
/* Shows what waits in the open chat, and says that it was read. */
void talk_show_waiting(struct talk *);
/* What has been shown of the open chat has been read, own messages too. */
void talk_mark_read(struct talk *);

#endif

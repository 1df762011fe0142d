/* SPDX-License-Identifier: ISC */
/*
 * talk: the conversation client, split over cmd_talk.c (its life and the
 * loop) and talk_*.c: what the server says (event), what is asked of it (ask,
 * request), what is remembered (chats), what is said (say), printed (show,
 * json), what the user types (line, and the commands in words_*.c), who is
 * there (people, status), that he types (typing), and older pages (page).
 *
 * It keeps no messages beyond its end: what was not read is given again at the
 * next start (struct sc_client_conf.unread_again), and waits in memory until
 * its chat is opened; what was read comes from the server's history.
 */
#ifndef CLI_TALK_H
#define CLI_TALK_H

#include "src/cli/changes.h"
#include "src/cli/cli.h"
#include "src/cli/entry.h"
#include "src/cli/layout.h"
#include "src/cli/term.h"

enum {
	TALK_WAITING_MAX = 2000	/* messages of a chat in memory; then the rest
				 * waits at the server */
};

struct talk;

struct talk_chat {
	struct talk_chat *next;	/* in the order in which they were met */
	uint64_t number;	/* 0: the server has not said it yet */
	char *name;
	struct entries entries;
	size_t nwaiting;	/* messages that were not shown */
	size_t unread;		/* by others, among those */
	bool declined;		/* more waits at the server */
	uint64_t asked;		/* the request for what came before, until
				 * whose answer all waits; 0: none */
	bool begun;		/* that has been asked, once */
	bool news;		/* since the connection was lost */
	int64_t time;		/* of the newest message; 0: not known */
	uint64_t notice;	/* its key on the screen */
	int64_t muted;		/* until when; 0: not */
	bool archived, pinned;
	unsigned members;	/* others, of a group; 0: not known */
	bool beginning;		/* there is nothing older */
};

struct room_kind;

/* What a command has asked for. */
struct talk_request {
	struct talk_request *next;
	const char *what;	/* the command */
	uint64_t n, id;		/* one of these */
	struct talk_chat *chat;	/* that was open */
	/* what comes for it, but for the end; and a good end.  NULL: nothing
	 * is done */
	void (*event)(struct talk *, struct talk_request *,
	    const struct sc_event *);
	void (*done)(struct talk *, struct talk_request *,
	    const struct sc_event *);
	/* of the command */
	bool found;
	bool silent;		/* nobody is told how it ends */
	struct talk_chat *to;
	const struct room_kind *kind;
};

/* Something about another message, until the server has it. */
struct talk_said {
	struct talk_said *next;
	struct talk_chat *chat;
	uint64_t n;
	enum sc_kind kind;
	uint64_t seq, choices;
	char *text;
};

struct talk {
	struct cli *c;
	struct term *term;
	bool edits, json, colours;
	struct talk_chat *chats, *open;
	struct talk_said *said;
	uint64_t keys;		/* of what is on the screen, that were given */
	bool online, was_online, synced, greeted;
	bool failed;		/* a line was not done, a message not sent */
	int64_t end_at;		/* the input has ended; 0: it has not */
	int64_t shown_time;	/* of the last message that was shown */
	uint64_t history, devices;	/* requests under way; 0: none */
	struct talk_chat *history_of;
	struct changes changes;
	char *why;		/* there is no connection, as told last */
	char *prompt;
	struct talk_person *people;	/* in the open chat; talk_people.c */
	uint64_t members;	/* the request for them; 0: none */
	bool members_known;	/* it is answered */
	char *status;		/* as it is shown; NULL: not yet */
	int64_t retry_at;	/* the next attempt to connect, and in how */
	unsigned retry_s;	/* many seconds it was when that was known */
	bool typing_begun;	/* a key, since the others were told */
	int64_t typing_told;	/* that the user types; 0: not */
	int64_t typing_until;	/* he has stopped then, if no key comes */
	struct talk_request *requests;
	uint64_t link;		/* key of a code that is shown; 0: none */
	uint64_t older_top, older_bottom;	/* keys, while PgUp is shown */
	bool older_wanted;	/* PgUp waits for what was asked for */
	unsigned older_news;	/* what has come below meanwhile */
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
bool talk_is_group(const struct talk *, const struct talk_chat *);

/* Counts again what waits. */
void talk_count(struct talk_chat *);
/* What is there up to SEQ counts as shown. */
void talk_pass(struct talk_chat *, uint64_t seq);

/* The own message that was sent as N, and its chat. */
struct entry *talk_own(const struct talk *, uint64_t n,
    struct talk_chat **chat);

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

/* ---- talk_say.c ---- */

/* To a chat; a text of one's own, or anything else.  False: it was not sent,
 * and why is told. */
bool talk_say(struct talk *, struct talk_chat *, const struct sc_message *);
void talk_say_text(struct talk *, struct talk_chat *, struct slice text,
    uint64_t reply);

/* The server has message n, or has refused it. */
void talk_sent(struct talk *, const struct sc_event *);
void talk_refused(struct talk *, const struct sc_event *);

/* A member's marks. */
void talk_receipt(struct talk *, const struct sc_event *);
/* How far an own message has come, as the engine knows it. */
void talk_learn_ticks(struct talk *, const struct talk_chat *,
    struct entry *);

/* ---- talk_expire.c ---- */

/* Messages whose time is over say nothing any more. */
void talk_expire_turn(struct talk *);
/* When the next one is, by loop_now; INT64_MAX: never. */
int64_t talk_expire_deadline(const struct talk *);

/* ---- talk_show.c ---- */

void talk_note(struct talk *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* What the user wanted was not done. */
void talk_error(struct talk *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A line, harmless already. */
void talk_print(struct talk *, const struct buf *line);
struct layout talk_layout(const struct talk *, const struct talk_chat *);
void talk_show(struct talk *, struct talk_chat *, struct entry *);
/* It has changed; EVENT says how, if there was one, for a line if it cannot be
 * shown in its place.  Whether it could. */
bool talk_show_again(struct talk *, struct talk_chat *, struct entry *,
    const struct sc_event *);
/* A line for what cannot be rewritten, and for BEFORE others. */
void talk_show_last_tick(struct talk *, const struct talk_chat *,
    const struct entry *, unsigned before);
void talk_show_chats(struct talk *, bool only_unread);
void talk_show_ticks(struct talk *, unsigned max);
/* Who has got and read a message. */
void talk_show_who(struct talk *, struct talk_chat *, struct entry *);
/* A message that was looked for. */
void talk_show_found(struct talk *, struct talk_chat *, struct entry *);
/* Something waits in a chat that is not open. */
void talk_show_notice(struct talk *, struct talk_chat *,
    const struct sc_event *);

/* ---- talk_json.c ---- */

void talk_json_chat(const struct talk *, const struct talk_chat *);
void talk_json_tick(const struct talk_chat *, const struct entry *,
    int64_t time);
/* Something about another message is in the log. */
void talk_json_said(const struct talk_chat *, const struct sc_event *sent);
void talk_json_refused(const struct talk_chat *, uint64_t n,
    const char *why);
/* SC_EVENT_READER, _VIEWS */
void talk_json_reader(const struct sc_event *);
void talk_json_found(const struct talk_chat *, const struct entry *);
void talk_json_ticks(const struct talk_chat *, const struct entry *);

/* ---- talk_event.c ---- */

int talk_event(struct cli *, const struct sc_event *);

/* ---- talk_open.c ---- */

void talk_open(struct talk *, struct talk_chat *);
/* Shows what waits in the open chat, and says that it was read. */
void talk_show_waiting(struct talk *);
/* What has been shown of the open chat has been read, own messages too. */
void talk_mark_read(struct talk *);

/* ---- talk_request.c ---- */

/* Notes a request that RC says has been made; put n or id into it.  NULL after an
 * error was told. */
struct talk_request *talk_request(struct talk *, const char *what, int rc);
/* Whether the event belongs to one. */
bool talk_request_event(struct talk *, const struct sc_event *);
void talk_requests_free(struct talk *);

/* ---- talk_older.c ---- */

/* For term: PgUp, PgDn, another size. */
void talk_older_page(void *arg, int direction);
/* Back to the conversation. */
void talk_older_end(struct talk *);

/* ---- talk_people.c ---- */

/* The open chat: from now on, and no longer. */
void talk_people_enter(struct talk *);
void talk_people_leave(struct talk *);
/* What the server says of them. */
void talk_people_member(struct talk *, const struct sc_event *);
void talk_people_result(struct talk *, const struct sc_event *);
void talk_people_changed(struct talk *, uint64_t chat);
void talk_people_presence(struct talk *, const struct sc_event *);
void talk_people_typing(struct talk *, const struct sc_event *);
void talk_people_said(struct talk *, const struct sc_event *);
/* There is no connection. */
void talk_people_lost(struct talk *);
/* When the next one types no more; INT64_MAX: nobody types. */
int64_t talk_people_deadline(const struct talk *);
/* "online", "last seen 10:02", "typing…", "4 members, 2 of them online". */
void talk_people_put(const struct talk *, struct buf *);

/* ---- talk_status.c ---- */

/* For term: the row above the prompt. */
const char *talk_status(void *arg);
/* Takes the prompt off the screen if the status is another one now. */
void talk_status_turn(struct talk *);

/* ---- talk_typing.c ---- */

/* For term: what is being typed. */
void talk_typed(void *arg, const char *line, size_t n);
void talk_typing_stop(struct talk *);
/* A message is sent, which says that. */
void talk_typing_sent(struct talk *);
void talk_typing_turn(struct talk *);

/* ---- talk_line.c ---- */

void talk_line(void *arg, char *line, size_t n);
void talk_complete(void *arg, const char *line, const char *word,
    struct buf *words);

#endif

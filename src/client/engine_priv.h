/* SPDX-License-Identifier: ISC */
/*
 * The engine, split over create.c (its beginning and end), engine.c (the
 * connection's life), look.c (what it knows), journal.c (what is kept), login.c (from hello to success), receive*.c (what
 * the server says), flush.c (what the client says), send.c (what the
 * application wants done), ask.c (what it wants to know), settings.c (both, of
 * its own settings of chats), groups.c, channels.c, presence.c, and tap.c (for
 * tools that debug).
 *
 * Order of things in every entry point: what is learnt changes memory and is
 * appended to the state (journal_put); then, once, engine_flush makes the
 * state durable and only after that writes what depends on it.
 */
#ifndef CLIENT_ENGINE_PRIV_H
#define CLIENT_ENGINE_PRIV_H

#include "protocol/deflate.h"
#include "protocol/stanza.h"
#include "src/client/account.h"
#include "src/client/ack_pace.h"
#include "src/client/link.h"
#include "src/client/outbox.h"
#include "src/client/record.h"
#include "src/client/scram.h"
#include "src/client/stonechat.h"

enum {
	FRAME_LOGIN_MAX = 4096,	/* before success */
	FRAME_LIVE_MAX = 65536,
	CONTENT_MAX = 65000,	/* of a message, inflated */
	OUT_MAX = 256 * 1024,	/* no further sends above this */
	ARENA_MAX = 4 * 1024 * 1024,
	RECORD_SMALL = 256,	/* records of numbers only */
	HELD_MAX = 200,

	/* milliseconds */
	BINDING_MAX = 32,	/* of a connection, for SCRAM */
	LOGIN_MS = 30000,	/* from the connection to success */
	PONG_MS = 5000,
	WAITING_MS = 5000,	/* R23: what waits must have come */
	OWN_ACK_MS = 1000,	/* acks of own messages wait for company */
	STEADY_MS = 30000,	/* online this long: back-off starts anew */
	RETRY_MIN_MS = 1000,	/* after a temporary refusal */
	RETRY_MAX_MS = 60000
};

enum phase {
	PHASE_OFFLINE,
	PHASE_HELLO,		/* hello and auth are on the way */
	PHASE_LOGIN,		/* the server has said hello */
	PHASE_ONLINE		/* success */
};

struct sc_client {
	struct sc_client_conf conf;	/* strings are ours */
	char *user, *password, *device;
	bool linking;		/* log in with the code, until it is used */
	uint8_t link[LINK_SIZE];

	struct account account;
	struct outbox outbox;

	/* the state */
	bool loading;
	bool formatted;		/* the format record is there */
	bool dirty;		/* records were appended since the last sync */
	bool stale;		/* one could not be: replace them all */
	uint64_t journal_bytes, compact_at;
	struct buf record;	/* a record's bytes */
	char *why;		/* while loading: what is wrong */
	size_t whylen;

	/* time */
	int64_t now;
	int64_t connect_at;	/* INT64_MAX: not at all */
	unsigned failures;	/* connections that ended early */
	bool stopped;		/* never connect again */
	bool at_once;		/* connect again without delay, once */
	bool used_at_once;

	/* the connection */
	enum phase phase;
	int error;		/* why it must be closed; 0: it need not */
	bool token_tried;
	struct scram *scram;	/* a login by SCRAM, until it is proved */
	bool challenged;	/* it has been answered, success may come */
	bool plus_refused;	/* the server says it does not offer -PLUS */
	uint8_t binding[BINDING_MAX];
	size_t bindinglen;
	bool syncing;
	bool resynced;		/* a second sync was asked for */
	bool renumber;		/* R9: once the sync is done */
	uint64_t login_high;	/* of success */
	uint64_t high;		/* the highest that is known to be settled */
	bool leaving, said_bye;
	struct stanza_ctx ctx;	/* of what comes */
	struct stanza_ctx said;	/* of what leaves: the base of the login */
	char domain[256];
	uint64_t max_text;	/* code points; 0: not known */
	struct ack_pace pace;
	int64_t silence_ms;
	int64_t connected_at, online_at, heard_at;
	int64_t pinged_at;	/* 0: no answer is awaited */
	bool asked;		/* the server wanted our cursors */
	uint64_t waiting;	/* entries that the last ping announced */
	int64_t waiting_at;	/* when they must have come; 0: none */
	uint64_t arrived;	/* entries since the ping before */
	int64_t retry_at;	/* held sends; 0: none are */
	uint32_t retry_ms;
	char held[HELD_MAX];	/* why the server takes no send now, or "" */
	bool again;		/* an outcome is to be told again */
	struct ask *asks;	/* requests with an id, by id (ask.c) */
	uint64_t last_id;
	unsigned show;		/* enum sc_show */
	struct watch *watches;	/* presence.c */

	unsigned in_callback;
	struct chat *giving;	/* whose entry the application is looking at */
	uint64_t giving_seq;

	struct buf in, out;
	struct arena arena;	/* for one stanza */
	struct arena inside;	/* of one payload, while it is told */
	struct sc_message message;	/* the same, its parts in the arena */
	struct buf frame;	/* an inflated frame */
	struct buf scratch;	/* an inflated payload */
	struct deflate *deflate;	/* made when first needed */
};

/* ---- journal.c ---- */

/* Loads the state; a sentence in c->why on failure. */
int journal_load(struct sc_client *);

/*
 * Changes memory as R says and appends R.  An error means that nothing
 * changed; a record that cannot be appended is no error but makes the next
 * journal_flush write the whole state again.
 */
int journal_put(struct sc_client *, const struct record *r);

/* Everything put so far survives a crash, or an error. */
int journal_flush(struct sc_client *);

/* Shorthands of journal_put. */
int journal_put_uints(struct sc_client *, enum record_type, uint64_t a,
    uint64_t b);

/* ---- login.c ---- */

int login_begin(struct sc_client *);	/* hello, auth, and sync if it can */
int login_hello(struct sc_client *, const struct elem *e);
int login_challenge(struct sc_client *, const struct elem *e);
int login_success(struct sc_client *, const struct elem *e);
int login_failure(struct sc_client *, const struct elem *e);
int login_sync(struct sc_client *);		/* asks for a sync */

/* ---- receive.c ---- */

/* One stanza from the server.  Negative: close. */
int receive(struct sc_client *, const struct elem *e);

/* ---- receive_answer.c ---- */

int receive_ack(struct sc_client *, const struct elem *e);
int receive_result(struct sc_client *, const struct elem *e);
int receive_error(struct sc_client *, const struct elem *e);

/* ---- receive_entry.c ---- */

int receive_message(struct sc_client *, const struct elem *e);
int receive_stub(struct sc_client *, const struct elem *e);
int receive_skip(struct sc_client *, const struct elem *e);

/* The chat that a stanza names by number; NULL without memory or number, and
 * then which of these it is. */
struct chat *receive_chat(struct sc_client *, const struct elem *e);
int receive_chat_error(const struct elem *e);

/* The application has everything of the chat up to SEQ; OWN: as a message that
 * it has sent. */
int receive_advance(struct sc_client *, struct chat *, uint64_t seq, bool own);

/* What an entry of CHAT (NULL: not known) says: all of EV but its type, chat
 * and id. */
int receive_entry(struct sc_client *, const struct chat *,
    const struct elem *e, struct sc_event *ev);

/* What <device> says, but for its time; its name lives as long as the stanza.
 */
void receive_device(struct sc_client *, const struct elem *e,
    struct sc_event *ev);

/* <chat number ref kind peer? name? role?/>, in the account log or an answer:
 * from now on the chat has that number. */
int receive_introduction(struct sc_client *, const struct elem *e);

/* Words for the reason of a <skip>. */
const char *receive_skip_reason(const struct elem *e);

/* Seconds after which what E is about disappears; 0: it stays. */
uint64_t receive_timer(const struct elem *e);

/* ---- ask.c ---- */

/* Puts what may be sent now. */
void ask_flush(struct sc_client *);

/* A request with that tag, of a chat unless that is NULL. */
int ask_start(struct sc_client *, enum tag, const struct chat_ref *,
    uint64_t *id);

/* The same with that action. */
int ask_action(struct sc_client *, enum tag, const struct chat_ref *,
    enum action, uint64_t *id);

/* The chats of a kind. */
int ask_kind(struct sc_client *, enum chat_kind, uint64_t *id);

/* The same about entries of a chat; 0: not said. */
struct ask_about {
	uint64_t first, last, seq;
};
int ask_about(struct sc_client *, enum tag, const struct chat_ref *,
    const struct ask_about *, uint64_t *id);

/* <page id>, or the content of <result id>; and the end of request ID, which may
 * not be known any more. */
int ask_page(struct sc_client *, const struct elem *e);
void ask_ended(struct sc_client *, uint64_t id, int code, const char *why);

/* The connection is gone: what was sent on it is answered.  What was not waits
 * for the next one, unless there will be none. */
void ask_closed(struct sc_client *);
/* Another epoch: what waits may name a chat by a number that means nothing any
 * more, so it is as if it had been under way. */
void ask_forget(struct sc_client *);
void ask_free(struct sc_client *);

/* ---- settings.c ---- */

/* What E says of settings, stars, chats or unread messages: in the answer of
 * request ID, or (0) in the account log. */
void settings_tell(struct sc_client *, const struct elem *e, uint64_t id);

/* ---- link.c ---- */

/* <link token expires/> in the answer of request ID. */
void link_tell(struct sc_client *, const struct elem *e, uint64_t id);

/* ---- presence.c ---- */

int receive_presence(struct sc_client *, const struct elem *e);
int receive_typing(struct sc_client *, const struct elem *e);
int receive_signal(struct sc_client *, const struct elem *e);

/* <user last-seen online receipts/>, of this account: in the answer of request
 * ID, or (0) in the account log. */
void presence_privacy(struct sc_client *, const struct elem *e, uint64_t id);

/* In the answer of request ID. */
void presence_tell(struct sc_client *, const struct elem *e, uint64_t id);

/* A user that parse_user knew. */
void presence_add_user(struct elem_buf *, const struct chat_ref *);

/* What must be said in one flight with the login; and after it. */
void presence_in_flight(struct sc_client *);
void presence_online(struct sc_client *);
void presence_free(struct sc_client *);

/* ---- channels.c ---- */

/* Everything that waited is here: what the application looks at is asked for. */
void channels_synced(struct sc_client *);

/* The account is in CHAT, maybe once more: the server knows of no watch. */
void channels_introduced(struct sc_client *, const struct chat *);

/* <views> in an answer. */
void channels_tell(struct sc_client *, const struct elem *e,
    const struct sc_event *of);

/* ---- flush.c ---- */

/*
 * Makes the state durable, then writes sends, acks and marks that are due.
 * Does nothing inside a callback.  Negative: close.
 */
int engine_flush(struct sc_client *);

/* When engine_flush has something to do by itself; INT64_MAX: never. */
int64_t flush_deadline(const struct sc_client *);

void flush_ping(struct sc_client *);


/* Answers a <sync/>: all cursors, and the marks that may be missing. */
int flush_cursors(struct sc_client *);

/* ---- groups.c ---- */

/* An element that the server adds to an answer, to a page, or to the account
 * log; OF says which: id, or n and asked, or chat, and time. */
int groups_tell(struct sc_client *, const struct elem *e,
    const struct sc_event *of);

/* An element of an entry, which the event describes. */
int groups_entry(struct sc_client *, const struct elem *e,
    const struct sc_event *entry);

/* What is said of a group in a request. */
void groups_add(struct elem_buf *, const struct sc_group *);

/* What <chat> or <changed> says of a group but for its name; texts live as long
 * as the stanza. */
void groups_describe(struct sc_client *, const struct elem *e,
    struct sc_event *ev);

/* ---- tap.c ---- */

/* Shows a stanza to whoever looks. */
void tap_sent(struct sc_client *, const struct elem *e);
void tap_received(struct sc_client *, const struct elem *e);

/* Instead of a state, and instead of what an engine does with a stanza. */
struct sc_state_io tap_raw_state(void);
int tap_raw_receive(struct sc_client *, const struct elem *e);

/* ---- engine.c ---- */

/* Appends a stanza; a failure is kept in c->error. */
void engine_put(struct sc_client *, const struct elem *e);

/* Gives an event to the application. */
int engine_event(struct sc_client *, const struct sc_event *ev);

struct deflate *engine_deflate(struct sc_client *);

/* ---- send.c ---- */

/* How S ended, as far as S says it. */
struct settled send_outcome(const struct send *s, int code);

/* The outcome of a send: tells the application, then keeps it. */
int send_settle(struct sc_client *, const struct settled *how,
    const char *why);

/*
 * R9: the server knows counters that this state does not.  Gives what is
 * pending new ones, as soon as the sync has shown which are in the log and
 * every answer that is on its way has come.
 */
int send_renumber(struct sc_client *);
/* At once, if the server knows less than this client: the sync cannot show
 * anything of what waits. */
int send_renumber_ahead(struct sc_client *);

/* What TO names, as it is.  0 or SC_CODE_BAD_REQUEST. */
int send_parse(const char *to, struct chat_ref *);

/*
 * What the application calls a chat; it is named by its number if it has one.
 * SC_CODE_FORBIDDEN: the account log, which REF names.
 */
int send_resolve(const struct sc_client *, const char *to,
    struct chat_ref *ref);

/* Keeps E, which has no n yet, as a message is kept. */
int send_request(struct sc_client *, const struct elem *e, uint64_t *n);

/* Tells outcomes again that the application asked for. */
void send_again(struct sc_client *);

/* Whether PAYLOAD (wire form) has the same content as S. */
bool send_same_content(struct sc_client *, const struct send *s,
    struct slice payload);

#endif

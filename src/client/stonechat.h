/* SPDX-License-Identifier: ISC */
/*
 * libstonechat: the client side of Stonechat.
 *
 * Two layers.  The engine (struct sc_client) is the protocol and nothing
 * else: bytes and time go in, bytes and events come out; it opens no socket
 * and creates no thread.  The driver (sc_driver_*, at the end) runs one engine
 * over TLS with an event loop of its own, for programs that have none.
 *
 * What the engine promises.  A message handed to sc_client_send is kept in the
 * state until the server has acknowledged it, and is sent again, with the same
 * counter, after every reconnect: it is in the log exactly once.  Entries are
 * given to the application in the order of each chat, each once, and never
 * with a hole: what the server cannot give arrives as SC_EVENT_SKIP.  An entry
 * counts as received when its callback has returned 0; then it is recorded in
 * the state and acknowledged.  A crash inside the callback may repeat that one
 * entry after a restart, so an application that must never see a repeat stores
 * (chat, seq) with its own data and drops what it has (protocol/SPEC.md,
 * "Sessions and delivery").
 *
 * One thread at a time per client.  No function here aborts, blocks (but for
 * the driver's and the file state's) or keeps global state.
 *
 * Every int result is 0 or a negative SC_E... code.
 */
#ifndef STONECHAT_H
#define STONECHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SC_API __attribute__((visibility("default")))

enum sc_code {
	SC_CODE_OK = 0,
	SC_CODE_BAD_REQUEST = -1,
	SC_CODE_NOT_AUTHORIZED = -2,
	SC_CODE_FORBIDDEN = -3,
	SC_CODE_NOT_FOUND = -4,
	SC_CODE_CONFLICT = -5,
	SC_CODE_TOO_LARGE = -6,
	SC_CODE_RATE_LIMITED = -7,
	SC_CODE_RESOURCE = -8,
	SC_CODE_NOT_ACCEPTABLE = -9,
	SC_CODE_UNAVAILABLE = -10,
	SC_CODE_INTERNAL = -11,
	SC_CODE_MALFORMED = -65,
	SC_CODE_NO_MEMORY = -66,
	SC_CODE_IO = -68
};

/* A phrase for a code; never NULL. */
SC_API const char *sc_code_text(int code);

/* ---- state ----------------------------------------------------------- */

/*
 * Where a client keeps what must survive it: its device's token, the counter,
 * unacknowledged sends, cursors, marks, chats.  A journal of records: the
 * engine appends, asks for a sync before anything depends on it, and now and
 * then replaces the whole by a shorter one.
 */
struct sc_state_io {
	/* Calls RECORD for each record, in order.  0 or an error. */
	int (*load)(void *arg,
	    int (*record)(void *engine, const void *p, size_t n), void *engine);
	/* Adds a record; it may stay in memory until sync.  After an error
	 * the engine does not append again but replaces. */
	int (*append)(void *arg, const void *p, size_t n);
	/* All appended records survive a crash from here on. */
	int (*sync)(void *arg);
	/* Atomically replaces all records by those that FILL appends; they
	 * survive a crash then.  After an error the old ones are still there.
	 * NULL: an error of append or sync cannot be mended. */
	int (*replace)(void *arg,
	    int (*fill)(void *engine, int (*add)(void *ctx, const void *p,
	    size_t n), void *ctx), void *engine);
	void *arg;
};

/*
 * The state in a directory (created with mode 0700), locked while open.
 * DURABLE: sync waits for the disk (fdatasync).  SC_CODE_CONFLICT: another
 * process has it.  On success *IO is filled; close with sc_state_close.
 */
struct sc_state;
SC_API int sc_state_open(const char *dir, bool durable, struct sc_state **,
    struct sc_state_io *io, char *why, size_t whylen);
SC_API void sc_state_close(struct sc_state *);

/* ---- the engine ------------------------------------------------------ */

struct sc_client;

/* What a message is. */
enum sc_kind {
	SC_KIND_NONE,		/* nothing that is known here, or opaque */
	SC_KIND_TEXT,
	SC_KIND_EDIT,		/* entry SEQ has another TEXT now.  Only if both
				 * are of the same sender */
	SC_KIND_DELETE,		/* entry SEQ is gone for everyone */
	SC_KIND_REACTION,	/* TEXT to entry SEQ; "" takes it back.  Each
				 * user has one for an entry, the last */
	SC_KIND_LOCATION,	/* NAME, and TEXT: the address */
	SC_KIND_CARD,		/* NAME, USER, and TEXT: a vCard */
	SC_KIND_MEDIA,		/* TEXT: the caption */
	SC_KIND_STICKER,
	SC_KIND_POLL,		/* NAME: the question; OPTIONS, MOST */
	SC_KIND_VOTE,		/* CHOICES in the poll that entry SEQ is; the last
				 * of each user counts */
	SC_KIND_PIN,		/* entry SEQ is shown on top */
	SC_KIND_UNPIN,
	SC_KIND_DELETED,	/* what was here USER has deleted, with entry
				 * SEQ; USER 0: its time was over.  With EDITED
				 * it was an edit of that entry, to be shown as
				 * nothing */
	SC_KIND_COUNT
};

/* Code points FIRST to LAST of a text name a user. */
struct sc_mention {
	uint64_t user, first, last;
};

/*
 * What a message says, to be sent and as it has come.  What a kind does not
 * have is 0, NULL or empty; texts have a 0 behind them when they have come.
 */
struct sc_message {
	enum sc_kind kind;
	uint64_t seq;
	uint64_t edited;	/* DELETED */
	const char *text;
	size_t textlen;
	const char *name;
	uint64_t user;
	int64_t latitude, longitude;	/* ten millionths of a degree */
	uint64_t accuracy;	/* metres */
	int64_t until;		/* it is live up to then; UTC milliseconds */
	const char **options;
	size_t noptions;
	uint64_t most;		/* options that may be chosen; 0 is 1 */
	uint64_t choices;	/* bit 0: the first option */
	/* MEDIA, STICKER: a file that was uploaded */
	const void *ref, *hash, *key;
	size_t reflen, hashlen, keylen;
	const char *mime;
	uint64_t size;
	/* beside any kind */
	uint64_t reply;		/* it answers this entry */
	bool forwarded;		/* it was written elsewhere */
	const struct sc_mention *mentions;
	size_t nmentions;
	/* What its sender had seen of another chat, `#id' (protocol/SPEC.md,
	 * "What messages refer to"). */
	const char *after;
	uint64_t after_seq;
};

enum sc_event_type {
	SC_EVENT_ONLINE,	/* logged in; sends go out from here on */
	SC_EVENT_SYNCED,	/* all that waited has been given */
	SC_EVENT_MESSAGE,	/* an entry of a chat */
	SC_EVENT_SKIP,		/* entries first..last will never come */
	SC_EVENT_SENT,		/* message n is in the log: chat, seq, time */
	SC_EVENT_REFUSED,	/* message n was refused: code, text */
	SC_EVENT_RECEIPT,	/* a member's marks: user, delivered, read */
	SC_EVENT_READ,		/* own read mark moved by another device */
	SC_EVENT_CHAT,		/* a chat is new to this account: kind, name,
				 * role.  With id, one of sc_client_chats: chat,
				 * kind, name, user (the other one), last, read,
				 * unread; or a group or channel, as
				 * sc_client_group_ask and _channels say */
	SC_EVENT_FAILURE,	/* login refused: code, why; no reconnect */
	SC_EVENT_BYE,		/* the server ends the connection: why */
	SC_EVENT_PAGE_MESSAGE,	/* an entry of a chat that sc_client_history
				 * asked for: as MESSAGE, with id; it moves no
				 * cursor and is not acknowledged */
	SC_EVENT_PAGE_SKIP,	/* entries first..last of it cannot be had: why */
	SC_EVENT_DEVICE,	/* id: one of sc_client_devices: device, name,
				 * created, time (of its last login).  Without
				 * id, news: it was added, renamed, or is gone */
	SC_EVENT_RESULT,	/* the end of request id, or of request n, with
				 * code (0: done) and why */
	SC_EVENT_SETTINGS,	/* of a chat: muted, archived, pinned; what was
				 * set on any device.  With id, one of
				 * sc_client_settings */
	SC_EVENT_STAR,		/* entry seq of a chat has a star, or none any
				 * more (gone).  With id, one of
				 * sc_client_stars */
	SC_EVENT_HIDDEN,	/* entry seq of a chat has been deleted for this
				 * account only, on any device: show it no
				 * more */
	SC_EVENT_UNREAD,	/* the answer of sc_client_unread: chat (0: of
				 * the account), unread */
	SC_EVENT_LINK,		/* the answer of sc_client_link: text, the code;
				 * time, until when it is good */
	SC_EVENT_PRESENCE,	/* a user who is watched (name or user, as he
				 * was named): show, time (last seen; 0: not
				 * said).  With id, the answer of
				 * sc_client_presence */
	SC_EVENT_TYPING,	/* a member of a chat types: chat, user, name,
				 * activity.  Forget it after
				 * SC_TYPING_MS, or at his next message */
	SC_EVENT_SIGNAL,	/* what sc_client_signal sent: chat or device
				 * (the sender's), user, payload */
	SC_EVENT_MEMBER,	/* before the MESSAGE or PAGE_MESSAGE of an entry
				 * (chat, seq, time, from, own) that changes who
				 * is in a group: user, name (of the user), what
				 * happened (action) and role.  With id of
				 * sc_client_group_ask: one of its members */
	SC_EVENT_CHANGED,	/* in the same way, what a group is called and
				 * what one may: changed says which of name,
				 * topic, avatar, post, edit, approval, recent,
				 * timer, closed.  Of direct chats, too: timer */
	SC_EVENT_INVITE,	/* id: one of the invitations of a group or
				 * channel; n: the one that was made: token,
				 * expires, limit, used */
	SC_EVENT_REQUEST,	/* user (name) wants to join a group.  id: one of
				 * those who wait, since time; n: this account
				 * waits now.  Without: news, to its admins;
				 * action APPROVED or REFUSED: that is decided;
				 * chat 0: this account is refused */
	SC_EVENT_READER,	/* id: a member who may read the message seq of
				 * a chat that sc_client_receipts asked of: user,
				 * name, delivered_at, read_at, estimated */
	SC_EVENT_PRIVACY,	/* what the account shows of itself: changed says
				 * which of last_seen, online, receipts.  With
				 * id, of sc_client_privacy_get, one or more;
				 * without, news */
	SC_EVENT_VIEWS,		/* id: so many members have read entry seq of a
				 * channel */
	SC_EVENT_EPOCH		/* the server was restored from a backup: chat
				 * numbers and seqs known so far mean nothing
				 * any more, all entries come again */
};

enum sc_chat_kind {
	SC_CHAT_DIRECT, SC_CHAT_GROUP, SC_CHAT_CHANNEL, SC_CHAT_STATUS,
	SC_CHAT_SYSTEM
};

enum sc_show { SC_SHOW_ONLINE, SC_SHOW_AWAY, SC_SHOW_OFFLINE };

enum sc_activity {
	SC_ACTIVITY_PAUSED, SC_ACTIVITY_COMPOSING, SC_ACTIVITY_RECORDING
};

/* Who may see something; SHARED: who has a group with the user, or a direct
 * chat in which the user has written. */
enum sc_privacy {
	SC_PRIVACY_NOBODY = 0, SC_PRIVACY_EVERYONE = 2, SC_PRIVACY_SHARED = 3
};

enum {
	SC_TYPING_MS = 6000,		/* that somebody types is true so long */
	SC_SIGNAL_MAX = 60000		/* bytes; servers may take less */
};

enum sc_role {
	SC_ROLE_MEMBER, SC_ROLE_ADMIN, SC_ROLE_OWNER,
	SC_ROLE_UNSAID		/* for the library to leave out */
};

enum sc_member_action {
	SC_MEMBER_IS,		/* none: he is in the group, or wants to */
	SC_MEMBER_CREATED, SC_MEMBER_ADDED, SC_MEMBER_JOINED,
	SC_MEMBER_APPROVED, SC_MEMBER_REMOVED, SC_MEMBER_LEFT, SC_MEMBER_ROLE,
	SC_MEMBER_REFUSED
};

enum sc_changed {		/* bits */
	SC_CHANGED_NAME = 1, SC_CHANGED_TOPIC = 2, SC_CHANGED_AVATAR = 4,
	SC_CHANGED_POST = 8, SC_CHANGED_EDIT = 16, SC_CHANGED_APPROVAL = 32,
	SC_CHANGED_RECENT = 64, SC_CHANGED_TIMER = 128,
	SC_CHANGED_CLOSED = 256,
	SC_CHANGED_LAST_SEEN = 1024, SC_CHANGED_ONLINE = 2048,
	SC_CHANGED_RECEIPTS = 4096
};

struct sc_event {
	enum sc_event_type type;
	uint64_t chat;		/* account-local chat number */
	uint64_t seq;
	uint64_t first, last;	/* SKIP; CHAT: last is the newest entry */
	uint64_t n;		/* SENT, REFUSED; MESSAGE of this device */
	uint64_t id;		/* PAGE_..., DEVICE, RESULT: of which request */
	uint64_t asked;		/* SENT, REFUSED, RESULT of n: what
				 * sc_client_send said that n is; another only
				 * if this device's state was older than the
				 * server's memory of it, or the device was
				 * removed and is another one now */
	int64_t time;		/* UTC milliseconds */
	uint64_t from;		/* MESSAGE: user id of the sender */
	uint64_t user;		/* RECEIPT: whose marks */
	uint64_t delivered, read;	/* RECEIPT, READ; 0: not moved.  CHAT:
					 * read is one's own mark */
	uint64_t unread;	/* CHAT, UNREAD: so many, 999 of a chat at
				 * most */
	enum sc_chat_kind kind;	/* CHAT */
	int64_t muted;		/* SETTINGS: until when, SC_FOREVER; 0: not */
	bool archived, pinned;	/* SETTINGS */
	enum sc_role role;	/* CHAT: one's own; MEMBER */
	enum sc_member_action action;	/* MEMBER, REQUEST */
	unsigned changed;	/* CHAT, CHANGED: which of these are said */
	enum sc_role post, edit;	/* who may write; who may change the
					 * texts */
	bool approval;		/* invitations only allow to ask */
	bool closed;		/* of a channel: the id lets nobody in */
	uint64_t recent;	/* entries from before that who comes may read */
	const char *topic;	/* CHAT, CHANGED; NULL: not said */
	const void *avatar;	/* the reference of a picture */
	size_t avatarlen;
	uint64_t members;	/* CHAT: of a group */
	uint64_t views;		/* VIEWS */
	const char *token;	/* INVITE: text to join with; else NULL */
	const char *address;	/* CHAT, one that was asked for: "#...", which
				 * names it also before it is introduced; else
				 * NULL */
	int64_t expires;	/* MESSAGE, PAGE_MESSAGE, SENT: when what it
				 * says disappears.  The server then says it to
				 * nobody any more, and does not tell: whoever
				 * keeps or shows it forgets it by himself.
				 * INVITE.  0: never */
	uint64_t timer;		/* CHANGED, CHAT: what is written in the chat
				 * disappears after so many seconds; 0: it does
				 * not */
	uint64_t limit, used;	/* INVITE: how often it may be used (0: always)
				 * and was */
	uint32_t device;	/* DEVICE: its number */
	int64_t created;	/* DEVICE: when it was added; CHAT: when a group
				 * was made; 0: not said */
	enum sc_show show;	/* PRESENCE */
	enum sc_activity activity;	/* TYPING */
	bool gone;		/* DEVICE, STAR: it has been removed */
	bool renamed;		/* DEVICE: it has another name */
	bool linked;		/* DEVICE: it was let in by a code */
	bool own;		/* MESSAGE, MEMBER, CHANGED: by this account */
	bool estimated;		/* RECEIPT: time is a guess; READER: one of the
				 * two is */
	int64_t delivered_at, read_at;	/* READER: when; 0: not yet, or not
					 * told */
	enum sc_privacy last_seen, online;	/* PRIVACY */
	bool receipts;		/* PRIVACY: others learn what one has read */
	const char *name;	/* MESSAGE: of the sender; RECEIPT, MEMBER,
				 * REQUEST: of the user; CHAT: of the chat;
				 * DEVICE: its own; "" if unknown */
	const char *text;	/* MESSAGE: body, or NULL for other kinds */
	size_t textlen;
	const struct sc_message *said;	/* MESSAGE: all of it; NULL for other
				 * events */
	const void *payload;	/* MESSAGE: as on the wire */
	size_t payloadlen;
	int code;		/* REFUSED, FAILURE, RESULT */
	const char *why;	/* SKIP, REFUSED, FAILURE, BYE, RESULT; never
				 * NULL */
};

/*
 * Called from inside the engine's functions; pointers in the event live until
 * it returns.  For MESSAGE and SKIP a result other than 0 means "not now": it
 * is not acknowledged, and comes again at sc_client_resume or after the next
 * reconnect.  For others the result is ignored.  It may call
 * sc_client_send, sc_client_read, the requests and what the state knows
 * (below), nothing else of the engine.
 */
typedef int sc_event_fn(void *arg, const struct sc_event *);

/*
 * For tools that debug, not for applications: sees each stanza that comes and
 * (SENT) each that is put into the output.  BODY is its binary form, inflated,
 * with times relative to BASE (protocol/SPEC.md, "Stanzas").  Secrets are not
 * shown: the attributes token, password, old and key, wherever they are, and
 * the data of auth and response, are empty.  It may call sc_client_base and nothing else of
 * the engine.
 */
typedef void sc_tap_fn(void *arg, bool sent, const void *body, size_t n,
    int64_t base);

/* How the password is shown to the server. */
enum sc_mechanism {
	/* By SCRAM, bound to the connection if the transport has told what
	 * binds it (sc_client_binding) and the server offers that.  The
	 * password stays here, and a server that does not prove that it knows
	 * it, too, is not trusted. */
	SC_MECHANISM_AUTOMATIC,
	SC_MECHANISM_PLAIN,	/* the server gets the password */
	SC_MECHANISM_SCRAM_SHA_256,	/* not bound */
	SC_MECHANISM_SCRAM_SHA_256_PLUS	/* bound or not at all */
};

struct sc_client_conf {
	const char *user;	/* name or name@domain */
	const char *password;	/* NULL: only the token in the state */
	enum sc_mechanism mechanism;
	const char *link;	/* a code that another device of the user has
				 * made (SC_EVENT_LINK): logs in, once, in place
				 * of a password, and of the state's token */
	const char *device;	/* name of this device */
	sc_event_fn *event;
	void *event_arg;
	struct sc_state_io state;
	/* Bytes from the random number generator of the caller's choice. */
	void (*random)(void *arg, void *p, size_t n);
	void *random_arg;
	bool no_ack;		/* do not acknowledge entries, and do not keep
				 * cursors: a new process gets them again */
	bool plain;		/* never deflate what is sent; saves some 400
				 * KiB for each language that is tried */
	uint32_t backoff_min_ms, backoff_max_ms;	/* 0: 500 and 60,000 */
	uint32_t silence_ms;	/* no byte for this long: ping, then give up;
				 * 0: as the server's heartbeat says */
	/* An application that stores cursors with its own data states them
	 * here: called for each chat at start, may lower the engine's; NULL:
	 * the state's are used. */
	uint64_t (*cursor)(void *arg, uint64_t chat, uint64_t engine_cursor);
	/* Start at the read marks: what an application without a store of its
	 * own was given and did not mark read comes again. */
	bool unread_again;
	sc_tap_fn *tap;		/* NULL: nobody looks */
	void *tap_arg;
	/* For tools that debug: the engine says nothing by itself, neither
	 * hello nor the answer to a ping, understands only the times, and
	 * connects once.  SC_EVENT_ONLINE comes when the transport is there.
	 * No state and no password are needed. */
	bool raw;
};

/* Loads the state.  Strings are copied.  *WHY gets a sentence on failure. */
SC_API int sc_client_create(const struct sc_client_conf *,
    struct sc_client **, char *why, size_t whylen);
SC_API void sc_client_destroy(struct sc_client *);

/*
 * What binds a login to the connection that is to be announced next: the
 * tls-exporter of TLS 1.3 (RFC 9266), 32 bytes.  Without this call, or with an N
 * of 0, there is none.  Forgotten when the connection is gone.
 */
SC_API void sc_client_binding(struct sc_client *, const void *p, size_t n);

/* The transport has been connected (after TLS).  NOW: milliseconds of a clock
 * that never goes back, in this and all functions below. */
SC_API void sc_client_connected(struct sc_client *, int64_t now);

/* Bytes from the server.  A negative result: close the connection.  Takes some
 * milliseconds, once, when it logs in by SCRAM: passwords are slow to check. */
SC_API int sc_client_input(struct sc_client *, const void *p, size_t n,
    int64_t now);

/* Bytes for the server: *P and the count, until the next call into the
 * engine; sc_client_written says how many were taken. */
SC_API size_t sc_client_output(struct sc_client *, const void **p);
SC_API void sc_client_written(struct sc_client *, size_t n);

/* The connection is gone (or could not be made). */
SC_API void sc_client_closed(struct sc_client *, int64_t now);

/* When the engine next wants sc_client_tick, INT64_MAX for never; and when, if
 * not connected, the driver should connect (INT64_MAX: not at all). */
SC_API int64_t sc_client_deadline(const struct sc_client *);
SC_API int64_t sc_client_connect_at(const struct sc_client *);
/* A negative result: close the connection. */
SC_API int sc_client_tick(struct sc_client *, int64_t now);

/*
 * Sends TEXT to a chat: `bob`, `bob@example.org`, `#chatid`, `~userid` or a
 * chat number in decimal digits.  When it returns 0 the message survives a
 * crash (inside a callback: when the engine's function returns), and it is
 * sent and repeated until the server has settled it, which SC_EVENT_SENT or
 * SC_EVENT_REFUSED tells once.  *N is its counter.
 *
 * If *N is not 0 on entry it is the counter to use: the next one, or a repeat
 * of what was sent with it, whose outcome is then told again
 * (SC_CODE_CONFLICT otherwise).  The outcomes of the last 64 are known.
 *
 * On an error nothing is sent, and *N is unchanged.  SC_CODE_BAD_REQUEST: no
 * name, no text, or not UTF-8.  SC_CODE_NOT_FOUND: no such chat number.
 * SC_CODE_IO: the state cannot be written.
 */
SC_API int sc_client_send(struct sc_client *, const char *to,
    const char *text, size_t textlen, uint64_t *n);

/*
 * The same for any kind of message.  What refers to another entry is refused
 * by the server if that is not there, or too late.  SC_CODE_BAD_REQUEST also: a
 * kind that cannot be sent, or lacks what it needs.
 */
SC_API int sc_client_say(struct sc_client *, const char *to,
    const struct sc_message *, uint64_t *n);

/* Marks a chat read up to SEQ, which the application must have been given
 * (SC_CODE_BAD_REQUEST otherwise).  Kept until the server has it. */
SC_API int sc_client_read(struct sc_client *, uint64_t chat, uint64_t seq);

/* ---- requests ---- */

/*
 * Requests that only ask.  They are answered by events that carry *ID: any
 * number of pages' worth, then one SC_EVENT_RESULT.  Nothing of them is kept:
 * while there is no connection they wait for the next one; one that was under
 * way when the connection ended is answered with SC_CODE_UNAVAILABLE, and
 * asking again is the application's choice.  The bytes leave with the next
 * sc_client_output.  SC_CODE_UNAVAILABLE: the engine connects no more.
 * SC_CODE_RATE_LIMITED: a thousand are waiting.
 */

/* Which entries: 0 is not said.  What is said must all be so; of more than the
 * limit come the newest, or with AFTER and SINCE alone the oldest. */
struct sc_history {
	uint64_t before;	/* those below this seq */
	uint64_t after;		/* those above it */
	uint32_t limit;		/* so many at most; the server may give fewer */
	int64_t since;		/* UTC milliseconds: written then or later */
	int64_t until;		/* written before then */
};

/*
 * Entries of a chat, oldest first, as SC_EVENT_PAGE_MESSAGE and _PAGE_SKIP;
 * their chat is 0 while the server has not said what number it has.
 * WHAT NULL: the newest.  CHAT as for sc_client_send; it may be the account
 * log, 1.
 */
SC_API int sc_client_history(struct sc_client *, const char *chat,
    const struct sc_history *what, uint64_t *id);

/* The devices of the account, as SC_EVENT_DEVICE. */
SC_API int sc_client_devices(struct sc_client *, uint64_t *id);

/*
 * Removes a device of the account for good; its own number (the one in
 * sc_client_device) logs this one out.  As a message it is kept until the
 * server has settled it, over restarts, with the counter *N; SC_EVENT_RESULT
 * with n and asked tells how, at least once.  SC_CODE_BAD_REQUEST: 0 is no
 * device.  SC_CODE_IO: the state cannot be written.
 */
SC_API int sc_client_revoke(struct sc_client *, uint32_t device, uint64_t *n);

/* ---- own settings of chats ---- */

/* A time that does not come: the last of the year 9999. */
#define SC_FOREVER INT64_C(253402300799999)

/* What this account sets for a chat, on all of its devices; nobody else is
 * told. */
struct sc_settings {
	const int64_t *muted;	/* until when: SC_FOREVER, or 0: not muted */
	const bool *archived, *pinned;	/* NULL: as it is */
};

/*
 * Requests that are kept as a message is, with the counter *N, until the
 * server has settled them: SC_EVENT_RESULT with n and asked.  What changes by
 * them comes as SC_EVENT_SETTINGS or _STAR to each device, this one too.
 * CHAT as for sc_client_send.  SC_CODE_BAD_REQUEST: nothing is to be changed,
 * or there is no such entry; SC_CODE_FORBIDDEN: the account log.
 */
SC_API int sc_client_set(struct sc_client *, const char *chat,
    const struct sc_settings *, uint64_t *n);
SC_API int sc_client_star(struct sc_client *, const char *chat, uint64_t seq,
    bool on, uint64_t *n);

/* Deletes an entry for this account, on all of its devices, and for nobody
 * else: SC_EVENT_HIDDEN; later SC_EVENT_SKIP comes in its place. */
SC_API int sc_client_hide(struct sc_client *, const char *chat, uint64_t seq,
    uint64_t *n);

/* Requests that only ask, see above: the chats of the account, in the order of
 * their numbers; what is set for any; all stars. */
SC_API int sc_client_chats(struct sc_client *, uint64_t *id);
SC_API int sc_client_settings(struct sc_client *, uint64_t *id);
SC_API int sc_client_stars(struct sc_client *, uint64_t *id);

/* How many messages are unread in a chat; CHAT NULL: in all that are not
 * muted. */
SC_API int sc_client_unread(struct sc_client *, const char *chat,
    uint64_t *id);

/*
 * A code by which another device may log in as this user, within minutes and
 * once (struct sc_client_conf.link): SC_EVENT_LINK.  Whoever has it is in: show
 * it to nobody else, and do not keep it.  When it has been used,
 * SC_EVENT_DEVICE says so, with linked.
 */
SC_API int sc_client_link(struct sc_client *, uint64_t *id);

/* Gives a device of the account another name, of 1 to 64 bytes.  Kept like
 * sc_client_revoke. */
SC_API int sc_client_rename(struct sc_client *, uint32_t device,
    const char *name, uint64_t *n);
/* ---- who is there ---- */

/*
 * Nothing of this is kept or answered, unless it is said.  A USER is a name or
 * `~userid'.
 *
 * How this device is shown: now, and at each login of this engine, in one
 * flight with it.  SC_SHOW_OFFLINE hides it.
 */
SC_API int sc_client_show(struct sc_client *, enum sc_show);

/* Watches a user, now and after each login, or not any more: his presence comes
 * as SC_EVENT_PRESENCE, and again when it changes.  While a chat is open, and
 * for few others: the server has a limit. */
SC_API int sc_client_watch(struct sc_client *, const char *user, bool on);

/* A request that only asks, see above: one SC_EVENT_PRESENCE. */
SC_API int sc_client_presence(struct sc_client *, const char *user,
    uint64_t *id);

/* Tells a chat that the user types: when he begins, then every 3 s at most, and
 * PAUSED when he stops.  SC_CODE_UNAVAILABLE: not online. */
SC_API int sc_client_typing(struct sc_client *, const char *chat,
    enum sc_activity);

/* Sends N bytes to the members of a chat who are there (DEVICE 0), or to a
 * device of a user.  SC_CODE_UNAVAILABLE: not online. */
SC_API int sc_client_signal(struct sc_client *, const char *to,
    uint32_t device, const void *p, size_t n);

/*
 * Who may see this account; and whether others learn what it has read, which
 * who does not tell does not learn of others either.  What was read stays told
 * or not, whatever is said later.  Kept as a message is (sc_client_set).
 */
SC_API int sc_client_privacy(struct sc_client *, enum sc_privacy last_seen,
    enum sc_privacy online, uint64_t *n);
SC_API int sc_client_privacy_receipts(struct sc_client *, bool on,
    uint64_t *n);
/* A request that only asks: SC_EVENT_PRIVACY. */
SC_API int sc_client_privacy_get(struct sc_client *, uint64_t *id);

/* ---- groups ---- */

/*
 * Groups are sent to and read like other chats.  Who is in them and what they
 * are called is changed by entries of their logs, which come as SC_EVENT_MEMBER
 * and _CHANGED right before their SC_EVENT_MESSAGE (without text), on the
 * device that made the change, too.  Entries say the names of those who come;
 * those of who was there before are known after
 * sc_client_group_ask(SC_GROUP_MEMBERS), and kept.
 */

/* What a group is called and what one may in it.  NULL: as it is. */
struct sc_group {
	const char *name;
	const char *topic;	/* "": none */
	const void *avatar;	/* the reference of a picture */
	size_t avatarlen;	/* 0: none */
	const enum sc_role *post, *edit;	/* MEMBER or ADMIN: who may
						 * write; who may change the
						 * above */
	const bool *approval;	/* invitations only allow to ask */
	const bool *closed;	/* of a channel, and of nothing else: one joins
				 * by an invitation, the id lets nobody in */
	const uint32_t *recent;	/* entries from before, for who comes */
	const uint32_t *timer;	/* as sc_client_timer */
};

struct sc_member {
	const char *user;	/* `bob', `bob@example.org' or `~userid' */
	enum sc_role role;	/* UNSAID: member */
};

/*
 * Requests that are kept as a message is, with the counter *N, until the
 * server has settled them: SC_EVENT_RESULT with n and asked, and chat where one
 * was made or joined.  CHAT as for sc_client_send.  SC_CODE_BAD_REQUEST:
 * something is missing or is no name, no token, no UTF-8.
 */
SC_API int sc_client_group_create(struct sc_client *, const struct sc_group *,
    const struct sc_member *, size_t nmembers, uint64_t *n);
SC_API int sc_client_group_set(struct sc_client *, const char *chat,
    const struct sc_group *, uint64_t *n);

/*
 * What is written in a chat of any kind from now on disappears after SECONDS; 0:
 * no more.  As above; a direct chat may be new.  SC_EVENT_CHANGED tells all who
 * are in it; SC_GROUP_INFO, of a direct chat as well, has what it is.
 */
SC_API int sc_client_timer(struct sc_client *, const char *chat,
    uint32_t seconds, uint64_t *n);

enum sc_group_change {
	SC_GROUP_ADD, SC_GROUP_REMOVE, SC_GROUP_ROLE,
	SC_GROUP_LEAVE,		/* oneself: without members */
	SC_GROUP_APPROVE, SC_GROUP_REFUSE	/* who want to join */
};
SC_API int sc_client_group_change(struct sc_client *, const char *chat,
    enum sc_group_change, const struct sc_member *, size_t nmembers,
    uint64_t *n);

/* An invitation, SC_EVENT_INVITE with n and asked before the RESULT: until
 * EXPIRES (0: for ever), for LIMIT uses (0: any number).  Taking it back. */
SC_API int sc_client_group_invite(struct sc_client *, const char *chat,
    int64_t expires, uint64_t limit, uint64_t *n);
SC_API int sc_client_group_revoke(struct sc_client *, const char *chat,
    const char *token, uint64_t *n);

/* Joins by an invitation.  If an admin has to decide first SC_EVENT_REQUEST with
 * n and asked comes before the RESULT, whose chat is 0. */
SC_API int sc_client_group_join(struct sc_client *, const char *token,
    uint64_t *n);

/* Requests that only ask, see above. */
enum sc_group_question {
	SC_GROUP_MINE,		/* CHAT NULL: the groups one is in, as
				 * SC_EVENT_CHAT: role, members, topic, avatar */
	SC_GROUP_INFO,		/* one of them: and created, post, edit,
				 * approval, recent */
	SC_GROUP_MEMBERS,	/* SC_EVENT_MEMBER: user, name, role */
	SC_GROUP_INVITES,	/* SC_EVENT_INVITE; for admins */
	SC_GROUP_REQUESTS	/* SC_EVENT_REQUEST; for admins */
};
SC_API int sc_client_group_ask(struct sc_client *, const char *chat,
    enum sc_group_question, uint64_t *id);

/* ---- channels ---- */

/*
 * Few write, many read, and these do not see each other.  What is said of groups
 * is true of channels, too, but: they have a name, topic, picture, timer and
 * `closed' only; nobody is added; one member at a time is removed or gets a role
 * (admins write); and of the questions there are INFO, INVITES, and MEMBERS,
 * which tells those who write, and to these all.  Who may read one has its id,
 * sc_client_chat_id, which others join by if it is not closed; by an invitation
 * sc_client_group_join joins.
 */
SC_API int sc_client_channel_create(struct sc_client *,
    const struct sc_group *, uint64_t *n);
SC_API int sc_client_channel_join(struct sc_client *, const char *id,
    uint64_t *n);

/* Requests that only ask: the channels one is in, as SC_EVENT_CHAT: role,
 * members, topic, avatar; by how many entries FIRST..LAST (0: all that are
 * counted) of one were read, as SC_EVENT_VIEWS. */
SC_API int sc_client_channels(struct sc_client *, uint64_t *id);
SC_API int sc_client_views(struct sc_client *, const char *chat,
    uint64_t first, uint64_t last, uint64_t *id);

/*
 * The application looks at a chat, or no more.  Entries of a large group or
 * channel come while it is looked at, and otherwise with the next login only;
 * all others come anyway, so it may be said of each chat that is shown.  It is
 * said again after each login.  A server takes 16 at a time.
 * SC_CODE_NOT_FOUND: no such chat.
 */
SC_API int sc_client_open(struct sc_client *, uint64_t chat);
SC_API int sc_client_close(struct sc_client *, uint64_t chat);

/* What a user is called; "" if that is not known.  Until the next call. */
SC_API const char *sc_client_user_name(const struct sc_client *,
    uint64_t user);

/* Offers the entries again that a callback declined. */
SC_API void sc_client_resume(struct sc_client *, int64_t now);

/*
 * For tools that debug, beside sc_client_conf.tap: puts a stanza in binary
 * form into the output, as it is, with times relative to sc_client_base, the
 * time of the login.  The engine does not know of it: answers to it are for
 * the tap.
 * SC_CODE_UNAVAILABLE: not online.  SC_CODE_MALFORMED: it is no stanza.
 * SC_CODE_TOO_LARGE: no frame may be so long.
 */
SC_API int sc_client_put(struct sc_client *, const void *body, size_t n);
SC_API int64_t sc_client_base(const struct sc_client *);

/* Ends politely: what is queued is sent, then bye; does not wait for answers.
 * The engine connects no more. */
SC_API void sc_client_bye(struct sc_client *);

/* What the state knows. */
SC_API bool sc_client_online(const struct sc_client *);
SC_API size_t sc_client_pending(const struct sc_client *);	/* sends */
/* Why the server takes none of them now, in its words; "": it does.  They are
 * sent again by themselves. */
SC_API const char *sc_client_held(const struct sc_client *);
SC_API uint64_t sc_client_cursor(const struct sc_client *, uint64_t chat);
SC_API uint64_t sc_client_user(const struct sc_client *);	/* own id */
SC_API uint32_t sc_client_device(const struct sc_client *);	/* 0: none yet */
/* The number of the direct chat with NAME, or of `#chatid`; 0: not known. */
SC_API uint64_t sc_client_chat(const struct sc_client *, const char *to);
SC_API const char *sc_client_chat_name(const struct sc_client *, uint64_t);
/* `#chatid', by which others name it; "" if it is not known. */
enum { SC_CHAT_ID_SIZE = 28 };
SC_API const char *sc_client_chat_id(const struct sc_client *, uint64_t,
    char id[SC_CHAT_ID_SIZE]);
SC_API enum sc_chat_kind sc_client_chat_kind(const struct sc_client *,
    uint64_t);
/* The chat after NUMBER, in the order of numbers; 0 at the end. */
SC_API uint64_t sc_client_next_chat(const struct sc_client *, uint64_t number);
SC_API uint64_t sc_client_read_mark(const struct sc_client *, uint64_t chat);

/*
 * How far a message of this account has come, as far as receipts have said.
 * Times are UTC milliseconds; those of the server.
 */
struct sc_tick {
	uint64_t chat, seq;
	int64_t sent;		/* when it was written */
	uint64_t user;		/* the member that the rest is about; 0: nobody
				 * has said anything yet */
	const char *name;	/* of the member, "" if unknown; until the next
				 * call into the engine */
	int64_t delivered, read;	/* when; 0: not yet.  What was read was
				 * delivered */
	bool delivered_estimated, read_estimated;	/* or earlier */
};

/* 0: go on; anything else ends sc_client_ticks, which returns it. */
typedef int sc_tick_fn(void *arg, const struct sc_tick *);

/*
 * Calls FN for the own messages FIRST..LAST of a chat, whichever device sent
 * them, in their order: once for each member that has a mark in the chat, or
 * once.  The newest 256 of a chat are remembered, and the last 128 movements
 * of each mark; the state keeps them.  SC_CODE_NOT_FOUND: no such chat.
 */
SC_API int sc_client_ticks(const struct sc_client *, uint64_t chat,
    uint64_t first, uint64_t last, sc_tick_fn *fn, void *arg);

/* The same of one message, of any age, for each other member of the chat, asked
 * of the server: a request that only asks, SC_EVENT_READER.  Of a channel it is
 * refused: see sc_client_views. */
SC_API int sc_client_receipts(struct sc_client *, const char *chat,
    uint64_t seq, uint64_t *id);

/* ---- the driver ------------------------------------------------------ */

struct sc_driver;

struct sc_driver_conf {
	const char *host;
	uint16_t port;		/* 0: 5290 */
	const char *ca_file;	/* PEM; NULL: the system's */
	bool insecure;		/* do not verify the server: tests only */
	const char *server_name;	/* to be verified; NULL: host */
	const char *local;	/* a numeric address of this machine to connect
				 * from; NULL: any */
	/* A driver whose TLS set-up is shared (whom to trust: ca_file and
	 * insecure are not looked at), for programs with thousands of them.
	 * All that share one belong to one thread; it may end first. */
	const struct sc_driver *like;
};

SC_API int sc_driver_create(const struct sc_driver_conf *, struct sc_client *,
    struct sc_driver **, char *why, size_t whylen);
SC_API void sc_driver_destroy(struct sc_driver *);

/*
 * Connects when the engine wants to, moves bytes, ticks.  Returns after
 * something happened or TIMEOUT_MS (-1: none) passed.  The only wait is
 * poll(), but for the resolution of the host's name.  0; or an error that
 * retrying cannot mend, with sc_driver_why saying what to do: the
 * certificate does not verify (SC_CODE_NOT_AUTHORIZED), the port is that of
 * another service (SC_CODE_NOT_ACCEPTABLE); or SC_CODE_UNAVAILABLE when
 * nothing is left to be done, because the engine does not connect any more
 * (after sc_client_bye, SC_EVENT_FAILURE, or a BYE that says "replaced" or
 * "revoked").
 */
SC_API int sc_driver_run(struct sc_driver *, int timeout_ms);

/*
 * The same in two halves, for programs with an event loop of their own.
 * sc_driver_poll does what is due (connects, writes what the application has
 * asked for) and says in *WAIT what to wait for; then, when the descriptor is
 * ready or the time is over, sc_driver_step goes on.  Call sc_driver_poll again
 * after each step and after each call into the engine: the descriptor may be
 * another one then, or none.  Both return what sc_driver_run does; neither
 * waits, but for the resolution of the host's name.
 */
struct sc_driver_wait {
	int fd;			/* -1: none, there is only the time */
	bool readable, writable;	/* what to wait for */
	int timeout_ms;		/* -1: for ever; 0: step at once */
};

SC_API int sc_driver_poll(struct sc_driver *, struct sc_driver_wait *);
SC_API int sc_driver_step(struct sc_driver *, bool readable, bool writable);

/* Why the last connection ended or could not be made; "" if nothing is wrong.
 */
SC_API const char *sc_driver_why(const struct sc_driver *);

/* Random bytes of OpenSSL, for sc_client_conf.random. */
SC_API void sc_driver_random(void *arg, void *p, size_t n);

#ifdef __cplusplus
}
#endif

#endif

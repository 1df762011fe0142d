/* SPDX-License-Identifier: ISC */
/*
 * ledger: what was said and what was shown.  Every message that an
 * application handed to a client, every entry, answer and mark that left the
 * server.  The store must agree with it at all times.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include "protocol/address.h"
#include "protocol/stanza.h"
#include "src/client/stonechat.h"
#include "src/common/slice.h"

struct sim;

/* One message that an application handed to a client. */
struct said {
	unsigned peer;
	unsigned to;		/* user; SIM_USERS_MAX: nobody; SAID_TO_CHAT */
	uint64_t number;	/* of the chat, in the account of the sender */
	bool named;		/* not a message, but what a group is called */
	enum sc_kind kind;	/* TEXT is NONE */
	uint64_t target;	/* the entry that it refers to */
	uint64_t place, seq;	/* where it is, once that is acknowledged: the
				 * chat as its sender calls it */
	uint64_t asked;		/* the application's counter for it */
	uint64_t n;		/* the counter it went out with last */
	uint64_t digest;	/* of its payload */
	bool safe;		/* its record is synced */
	bool doubtful;		/* the record may be lost */
	bool too_long;
	bool plain;		/* no filler: it can be said again */
	uint64_t backed_up;	/* N at the last backup */
	bool lost_track;	/* the restored state has another counter for
				 * it than the log: R9 cannot find it */
	bool gone;		/* no state has it any more */
	bool restored;		/* it was in a state that was put back */
	bool contested;		/* its counter was used again */
	unsigned repeats;	/* said again with its counter */
	bool sent, refused;	/* what the application was told */
	bool forbidden;		/* refused for who he is */
	unsigned told;		/* how often, since memory was lost */
	unsigned heard;		/* requests on a valid session */
	unsigned fenced;	/* requests on one that was replaced */
	unsigned in_log;	/* counted at the end */
};

/* One entry as somebody has seen it. */
struct fact {
	bool known;
	uint64_t from;
	int64_t time;
	uint64_t digest;	/* 0: of an ack, that says nothing of it */
	uint32_t device;	/* 0: not said */
	uint64_t n;
	uint8_t shown;		/* to whom: bit i is user i */
	bool counts;		/* others wait for its ticks (R14) */
	bool deleted;		/* what it said is gone */
	bool timed;		/* EXPIRES is known */
	int64_t expires;	/* wall: what it says disappears; 0: never */
	uint64_t edited;	/* it is an edit of that entry */
	int64_t deleted_at;	/* R6: when that was acknowledged; 0: not
				 * yet */
};

/* What an entry says, as far as rules need it. */
struct look {
	unsigned said;		/* which message it is; SAID_NONE */
	bool deleted;
	uint64_t edited;
	uint64_t target;	/* it says something of that entry */
	bool counts;		/* as unread (R15) */
};

struct fact_marks {
	uint64_t user;
	uint64_t delivered, read;	/* shown by the server */
};

enum { FACT_MEMBERS = 5 };

/* A chat; that of an account log is named by its owner. */
struct fact_chat {
	struct chat_id id;
	enum chat_kind kind;
	uint64_t account_of;	/* user; 0: not an account log */
	struct fact *entries;	/* by seq - 1 */
	uint64_t count, cap;
	struct fact_marks marks[FACT_MEMBERS];
};

/* How a user's account calls a chat. */
struct fact_number {
	uint64_t user, number;
	uint64_t introduced;	/* seq in the account log */
	struct chat_id id;
	enum chat_kind kind;
	uint64_t peer;
};

/* The marks that a user's devices have stated to the server. */
struct fact_heard {
	uint64_t user, number;
	uint64_t delivered, read;
	uint64_t told_read;	/* so far others may learn of it */
	int64_t read_at;	/* mono: when READ was stated last */
};

/* An entry that a user may have hidden from himself. */
struct fact_hidden {
	uint64_t user, number, seq;
};

/* The answer to a request. */
struct fact_answer {
	uint64_t user, n;
	uint32_t device;
	int code;		/* 0: in the log */
	uint64_t number, seq;
	int64_t time;
	unsigned said;		/* the request's message */
	uint64_t digest;	/* and content */
};

struct ledger {
	struct sim *sim;
	struct said *said;
	unsigned nsaid, capsaid;
	struct fact_chat *chats;
	unsigned nchats, capchats;
	struct fact_number *numbers;
	unsigned nnumbers, capnumbers;
	struct fact_heard *heard;
	unsigned nheard, capheard;
	struct fact_hidden *hidden;
	unsigned nhidden, caphidden;
	struct fact_answer *answers;
	unsigned nanswers, capanswers;
	unsigned buried;	/* tombstones of messages that nobody knows */
	uint8_t epoch[8];
	bool epoch_known;
};

enum { SAID_NONE = 0xffffffff, SAID_TO_CHAT = 0xfffffffe };

/* A message without a text of its own seems to answer this entry and so many
 * more. */
enum { SAID_REPLIES = 1000000 };

void ledger_hide(struct ledger *, const struct fact_hidden *);
/* Whether a message is known to be in a chat at SEQ. */
bool ledger_is_at(const struct ledger *, unsigned said,
    const struct chat_id *, uint64_t seq);
/* Whether the sender of a message may have hidden it from himself. */
bool ledger_hidden(const struct ledger *, unsigned said);

void ledger_init(struct ledger *, struct sim *);
void ledger_fini(struct ledger *);

/* A message's number in the ledger, which its text begins with. */
unsigned ledger_say(struct ledger *, unsigned peer, unsigned to);
size_t said_text(unsigned id, char *text, size_t cap);
unsigned said_parse(const struct ledger *, struct slice text);

void ledger_look(const struct ledger *, struct slice payload, struct look *);

/* Whether others wait for the ticks of a message that nobody has asked to
 * delete. */
bool ledger_counts(const struct ledger *, unsigned said);

/* The message in a payload as it is on the wire. */
unsigned said_of_payload(const struct ledger *, struct slice payload);
uint64_t payload_digest(struct slice payload);

/* The chat that a user calls NUMBER, NULL if it was never introduced. */
struct fact_chat *ledger_chat(struct ledger *, uint64_t user, uint64_t number);
const struct fact_number *ledger_number(const struct ledger *, uint64_t user,
    uint64_t number);
/* How USER calls a chat; 0: it is not known. */
uint64_t ledger_number_of(const struct ledger *, uint64_t user,
    const struct chat_id *);
struct fact_heard *ledger_heard(struct ledger *, uint64_t user,
    uint64_t number);
struct fact_marks *ledger_marks(struct fact_chat *, uint64_t user);

/* Something left the server; rules that compare it with what left before. */
void ledger_entry(struct ledger *, uint64_t user, uint64_t number,
    uint64_t seq, const struct fact *);
/* Whether the server has been asked to delete entry SEQ of a chat, or its time
 * has come; it says that it has deleted it, NOW. */
bool ledger_doomed(const struct ledger *, const struct fact_chat *,
    uint64_t seq);
void ledger_deleted(struct ledger *, uint64_t user, uint64_t number,
    uint64_t seq, int64_t now);
/* When the entry was acknowledged to be deleted, if NEW shows what it said;
 * else 0. */
int64_t ledger_undead(struct ledger *, uint64_t user, uint64_t number,
    uint64_t seq, const struct fact *new);
void ledger_answer(struct ledger *, const struct fact_answer *);
void ledger_introduce(struct ledger *, uint64_t user, uint64_t seq,
    const struct elem *chat);

/* Compares with the store what was shown so far: nothing may be missing. */
void ledger_compare(struct ledger *, const char *when);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * peer: one device of a user: a client engine, its state on a disk, its
 * connection, and the application behind it, which remembers what it was
 * given.
 */
#ifndef SIM_PEER_H
#define SIM_PEER_H

#include "src/client/stonechat.h"
#include "tests/sim/disk.h"
#include "tests/sim/lists.h"
#include "tests/sim/names.h"
#include "tests/sim/privacy.h"
#include "tests/sim/quiz.h"
#include "tests/sim/readers.h"
#include "tests/sim/request.h"
#include "tests/sim/wire.h"

struct sim;

enum app_item {
	APP_NONE,
	APP_GIVEN,
	APP_OWN,
	/* a hole, and why */
	APP_SKIPPED,
	APP_BARRED,		/* he may not read it */
	APP_HIDDEN,		/* by himself */
	APP_PRUNED,
	APP_UNKEPT,		/* from before the login, without `offline' */
	APP_UNDELIVERABLE	/* the device died of it (R12) */
};

enum { APP_CHATS_MAX = 24, APP_ASKS = 8, APP_USERS = 5, APP_REQUESTS = 64,
	APP_QUIZ = 48 };

/* How far a member has come, as shown. */
struct app_mark {
	uint64_t delivered, read;
	int64_t delivered_time, read_time;
	struct {
		uint64_t delivered, read;
	} backup, safe;		/* as the application backed it up; and at the
				 * last sync of the state */
};

/* A chat as the application knows it. */
struct app_chat {
	uint64_t number;
	uint8_t *items;		/* enum app_item, by seq - 1 */
	unsigned *said;		/* the message, by seq - 1 */
	uint64_t cap;
	uint64_t top;		/* highest seq given or skipped */
	uint64_t dense;		/* there is no hole up to here */
	uint64_t safe, safe_dense;	/* at the last sync of the state */
	struct app_mark marks[APP_USERS];	/* by user */
	uint64_t own_read;	/* what this device has read */
	int64_t muted;		/* what is set for it, as told last */
	bool archived, pinned;
	uint64_t stars;		/* bit seq mod 64: it has a star */
};

/* A question under way. */
struct app_ask {
	uint64_t id;		/* 0: unused */
	bool devices;		/* else history */
	uint64_t number;
	struct sc_history what;
	uint64_t had;		/* the application had everything up to here */
	uint64_t next;		/* the seq that must follow; 0: none came */
	uint64_t entries;	/* so many came; devices: 1 when it is there */
};

enum peer_end { PEER_KILLED, PEER_POWER_LOSS, PEER_ROLLED_BACK, PEER_WIPED };

struct peer {
	struct sim *sim;
	unsigned index, user;
	char name[24];		/* for the trace */
	char device[16];
	struct disk disk, backup;
	bool has_backup;
	unsigned backup_said;	/* size of the ledger at the backup */
	struct sc_client *client;	/* NULL: not running */
	struct wire *wire;		/* NULL: not connected */
	struct timer turn, tick, connect, revive;
	int64_t frozen;		/* until */
	/* the application */
	struct app_chat chats[APP_CHATS_MAX];
	unsigned nchats;
	struct app_ask asks[APP_ASKS];
	struct app_request requests[APP_REQUESTS];
	unsigned nrequests;
	struct app_readers readers[READERS_ASKED];
	unsigned nreaders;
	struct app_glance glance;
	struct app_list list;
	struct app_name names[NAMES_MAX];
	unsigned nnames;
	struct app_quiz quiz[APP_QUIZ];
	unsigned nquiz;
	uint64_t changed_chat, changed_seq;	/* told before that entry */
	uint64_t asked_for, asked_by;	/* a user wants to join a group */
	unsigned decline_one_in, crash_one_in;
	bool doomed;		/* dies when the engine returns */
	bool declined;		/* something waits for resume */
	bool online, synced, failed, replaced;
	unsigned show;		/* as it is shown: enum sc_show */
	unsigned shown[APP_USERS];	/* how others are: the same and 1;
					 * 0: not told yet */
	bool blank;		/* it has no state */
	unsigned link;		/* it logs in by that code and 1; 0: not */
	bool unlinked;		/* the code was no good */
	bool rolled_back;	/* the token may have ended */
	uint32_t logged_in_as;	/* its device, the last time */
	bool revoked;		/* another device was asked to remove this, or
				 * to rename it */
	uint64_t crashed_chat, crashed_seq;	/* in that callback */
	enum peer_end lost;	/* what the last end may have cost */
	bool check_restart;
	unsigned said_safe;	/* messages before are on the disk */
	unsigned first_said;	/* messages before may be told of again */
};

struct peer *peer_create(struct sim *, unsigned index, unsigned user,
    unsigned device);
void peer_destroy(struct peer *);

void peer_start(struct peer *);

/* The process ends, with its connection; it starts again some time later. */
void peer_stop(struct peer *, enum peer_end);

/* As peer_stop, but what is on the way arrives. */
void peer_leave(struct peer *, enum peer_end);

/* Hands a message to the client. */
void peer_send(struct peer *, unsigned to, size_t filler);

/* The same to a chat that is known by its number. */
void peer_send_chat(struct peer *, uint64_t number, size_t filler);

/* Repeats the last message with its counter; CHANGED: with another text. */
void peer_repeat(struct peer *, bool changed);

/* Reads some chat as far as it was given. */
void peer_read(struct peer *);

/* Takes a copy of the state, for PEER_ROLLED_BACK. */
void peer_back_up(struct peer *);

/* Stops reading the connection for a while. */
void peer_freeze(struct peer *, int64_t ms);
void peer_thaw(struct peer *);

/* After anything that may have made output or moved a deadline. */
void peer_pump(struct peer *);

/* Shared with the application's part (app.c). */
struct app_chat *app_chat(struct peer *, uint64_t number);
/* Which message an entry is; SAID_NONE. */
unsigned app_said(const struct peer *, const struct sc_event *);
/* Whether an entry of chat NUMBER need not be what somebody has said. */
bool app_may_be_silent(const struct peer *, uint64_t number,
    const struct sc_event *);
enum app_item app_item(const struct app_chat *, uint64_t seq);
int app_event(void *peer, const struct sc_event *);
/* A stub for message N has come: it is the client's to place. */
void app_stub(struct peer *, uint64_t number, uint64_t seq, uint64_t n);
void app_synced(void *peer);	/* the state has been synced */
void app_restarted(struct peer *, enum peer_end);
void app_check_restart(struct peer *);

/* What it asks (ask.c). */
void ask_history(struct peer *);
void ask_devices(struct peer *);
void ask_revoke(struct peer *, struct peer *other);
void ask_event(struct peer *, const struct sc_event *);
void ask_change(struct peer *);
void ask_hide(struct peer *);
void ask_check_ticks(struct peer *);

/* Who is there (presence.c). */
void presence_login(struct peer *);
void presence_event(struct peer *, const struct sc_event *);
/* It is shown otherwise, or says that it types to user TO. */
void presence_step(struct peer *, unsigned to);
/* How user U shows himself: enum sc_show. */
unsigned presence_show(const struct sim *, unsigned u);
/* How user U has to be shown, and one whom it is shown otherwise to; NULL:
 * nobody. */
const struct peer *presence_wrong(struct sim *, unsigned u, unsigned *show);


#endif

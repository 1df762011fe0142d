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
#include "tests/sim/wire.h"

struct sim;

enum app_item { APP_NONE, APP_GIVEN, APP_SKIPPED, APP_OWN };

/* A chat as the application knows it. */
struct app_chat {
	uint64_t number;
	uint8_t *items;		/* enum app_item, by seq - 1 */
	unsigned *said;		/* the message, by seq - 1 */
	uint64_t cap;
	uint64_t top;		/* highest seq given or skipped */
	uint64_t dense;		/* there is no hole up to here */
	uint64_t safe, safe_dense;	/* at the last sync of the state */
	uint64_t delivered, read;	/* the other member's, as shown */
	int64_t delivered_time, read_time;
	uint64_t own_read;	/* what this device has read */
	int64_t muted;		/* what is set for it, as told last */
	bool archived, pinned;
	uint64_t stars;		/* bit seq mod 64: it has a star */
	struct {
		uint64_t delivered, read;
	} backup;		/* as the application backed it up */
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

enum { APP_CHATS_MAX = 16, APP_ASKS = 8, APP_USERS = 5, APP_CHANGES = 64 };

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
	uint64_t changes[APP_CHANGES];	/* of settings, as `asked' */
	unsigned nchanges;
	unsigned decline_one_in, crash_one_in;
	bool doomed;		/* dies when the engine returns */
	bool declined;		/* something waits for resume */
	bool online, synced, failed, replaced;
	unsigned show;		/* as it is shown: enum sc_show */
	unsigned shown[APP_USERS];	/* how others are: the same and 1;
					 * 0: not told yet */
	bool rolled_back;	/* the token may have ended */
	uint32_t logged_in_as;	/* its device, the last time */
	bool revoked;		/* another device was asked to remove this */
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

/* Hands a message to the client: its number in the ledger. */
unsigned peer_send(struct peer *, unsigned to, size_t filler);

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
void ask_check_ticks(struct peer *);

/* Who is there (presence.c). */
void presence_login(struct peer *);
void presence_event(struct peer *, const struct sc_event *);
/* It is shown otherwise, or says that it types to user TO. */
void presence_step(struct peer *, unsigned to);
/* How user U has to be shown, and one whom it is shown otherwise to; NULL:
 * nobody. */
const struct peer *presence_wrong(struct sim *, unsigned u, unsigned *show);


#endif

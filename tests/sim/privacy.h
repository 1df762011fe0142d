/* SPDX-License-Identifier: ISC */
/*
 * privacy: who is online, was when, and has read what may be hidden.  From when
 * that is acknowledged nobody is told it, and who hides his is not told that of
 * others (R25).
 */
#ifndef SIM_PRIVACY_H
#define SIM_PRIVACY_H

#include "src/chat/chat.h"
#include "src/client/stonechat.h"
#include "tests/sim/ledger.h"
#include "tests/sim/request.h"

struct peer;
struct sim;

/* The switches of a user.  At most one change is under way. */
struct sim_privacy {
	enum sc_privacy last_seen, online;
	bool receipts;
	int64_t since;		/* mono: it is known that they are so */
	bool asking;
	bool loose;		/* nobody knows any more how they are */
	bool secret;		/* what was read was hidden at some time */
	unsigned peers;		/* who has asked: bit i is peer i */
	struct {
		bool of_receipts, receipts;
		enum sc_privacy last_seen, online;
	} wanted;
};

/* A question of a device for somebody's presence. */
struct app_glance {
	uint64_t id;		/* 0: none */
	unsigned user;
	int64_t asked;		/* mono */
};

void privacy_init(struct sim *);

/* Those of a new account. */
void privacy_begin(struct sim_privacy *);

/* P's user turns something, or P asks how somebody is. */
void privacy_step(struct peer *);

/* A change is settled with CODE. */
void privacy_settled(struct peer *, const struct app_request *, int code);

/* P begins again: what it wanted may be LOST, or come once more. */
void privacy_restarted(struct peer *, bool lost, bool restored);

/* The answer to P's question. */
void privacy_event(struct peer *, const struct sc_event *);

/* <presence/> leaves the server for a device of that user; BEHIND: it may be
 * old. */
void privacy_presence(struct sim *, uint64_t viewer, const struct elem *,
    bool behind);

/* A user has stated that he has read a chat up to SEQ. */
void privacy_read(struct sim *, struct fact_heard *, uint64_t seq);

/* User VIEWER is told that H's user has read up to SEQ, by what was so at the
 * time SINCE or later. */
void privacy_reader(struct sim *, uint64_t viewer, const struct fact_heard *h,
    uint64_t seq, int64_t since);

/* Whether one of two users has hidden what he has read at some time, so that
 * ticks may be missing. */
bool privacy_is_secret(const struct sim *, unsigned a, unsigned b);

enum privacy_view { PRIVACY_HIDES, PRIVACY_SHOWS, PRIVACY_UNKNOWN };

/* Whether user U is shown online to user VIEWER, as is known now; TX NULL: who
 * has a chat in common is not. */
enum privacy_view privacy_online(struct sim *, struct tx *, unsigned u,
    unsigned viewer);

/* At the end: how U is shown to VIEWER who asks, and the switches of a user. */
void privacy_check_glance(struct sim *, struct tx *, unsigned viewer,
    unsigned u, unsigned show, int64_t time);
void privacy_check_own(struct sim *, unsigned u, const struct sim_privacy *told);

#endif

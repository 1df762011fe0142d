/* SPDX-License-Identifier: ISC */
/* receipts: what the files of this module share. */
#ifndef MODULES_RECEIPTS_RECEIPTS_H
#define MODULES_RECEIPTS_RECEIPTS_H

#include <stonechat/module.h>
#include <stonechat/row.h>

struct receipts_conf {
	uint32_t max;
};

enum receipts_counter { PUBLISHED, SYNCED, REQUESTS, PRIVATE };

enum receipts_table {
	RECEIPTS_SWITCH,	/* user: whether he tells what he has read; no
				 * row: he does, and always did */
	RECEIPTS_PRIVATE	/* chat, user, first: a run of entries that he
				 * has read without telling */
};

/* ---- private.c: who does not tell what he has read ---- */

/* Whether USER tells it; who does not is not told it either. */
int receipts_tells(struct sc_module *, struct tx *, uint64_t user, bool *yes);

/*
 * A read mark has moved over some entries of a chat: whether that was told is
 * settled now, whatever the switch says later (R25).  *TOLD: it was.
 */
int receipts_settle(struct sc_module *, struct tx *,
    const struct mark_stated *, const struct mark_moved *, bool *told);

/* The member as others may know him: his read mark is where it was told. */
int receipts_shown(struct sc_module *, struct tx *, const struct chat_id *,
    uint64_t user, struct member *);

/*
 * Whether it was told that USER has read SEQ, which he has; *TIME is when, if it
 * was told later than he did, or stays as it is.
 */
int receipts_read_told(struct sc_module *, struct tx *, const struct chat_id *,
    uint64_t user, uint64_t seq, int64_t *time, bool *told);

/* <user n action="privacy" receipts/>, <user id action="get"/> */
int receipts_set(struct sc_module *, struct tx *, struct sc_request *);
int receipts_get(struct sc_module *, struct tx *, struct sc_request *);

/* USER's account goes. */
int receipts_forget(struct sc_module *, struct tx *, uint64_t user);

#endif

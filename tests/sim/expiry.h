/* SPDX-License-Identifier: ISC */
/*
 * expiry: entries that disappear: when each does, that nobody is told later
 * what it said, nor a tombstone earlier, and that the log has given each entry
 * the timer that was set.
 */
#ifndef SIM_EXPIRY_H
#define SIM_EXPIRY_H

#include "protocol/elem.h"
#include "src/client/stonechat.h"
#include "tests/sim/ledger.h"

struct peer;
struct tx;

/* What an entry or an ack states of its time, for F, which has a body. */
void expiry_of(const struct elem *, struct fact *f);

/* NEW has been told of an entry that was OLD: it keeps its time. */
void expiry_merge(struct ledger *, struct fact *old, const struct fact *new);

/* Whether the time of an entry has come, by any clock so far. */
bool expiry_passed(const struct ledger *, const struct fact_chat *,
    uint64_t seq);
/* As above; what the ledger does not know of, the store does. */
bool expiry_is_due(const struct ledger *, const struct fact_chat *,
    uint64_t seq);

/* Whether F tells what nobody can have read any more. */
bool expiry_undead(const struct ledger *, const struct fact *f);

/* Whether what has such an element in it refers to an entry, with which it
 * disappears. */
bool expiry_refers(enum tag);
/* Entry SEQ says something of entry TARGET of that chat (NULL: not known). */
void expiry_with(struct ledger *, const struct fact_chat *, uint64_t seq,
    uint64_t target);

/* The application is told of an entry that has a body. */
void expiry_told(struct peer *, const struct sc_event *);

/* Compares the timers of entries with what the logs say. */
void expiry_compare(struct sim *, struct tx *, const char *when);

/* Nothing is left that is going to disappear. */
bool expiry_all_over(const struct sim *);

#endif

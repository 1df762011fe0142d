/* SPDX-License-Identifier: ISC */
/*
 * ledger: what the clients of a run know for certain, in memory that all
 * processes of the run share, so that no kill takes it away: every message
 * that was handed over, every acknowledgement, every entry that an application
 * was given, every tick that was shown.  Each call checks what it is told
 * against the rest; ledger_settle compares the whole at the end.
 *
 * There are pairs of accounts, each with one chat in which both sides write.
 * Message M (1, 2, ...) of a side is a text that follows from pair, side and M,
 * so that an entry shows what it is; M is also the counter of its send.
 */
#ifndef CRASH_LEDGER_H
#define CRASH_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/* What a run must not find. */
enum breach {
	BREACH_LOST,		/* acknowledged or seen, and not in the log */
	BREACH_REORDERED,
	BREACH_REPEATED,	/* the application was given it twice */
	BREACH_TICK,		/* shown and not earned, or vanished */
	BREACH_CHANGED,		/* another text, or two answers to one send */
	BREACH_REFUSED,		/* a send or a login */
	BREACHES
};

extern const char *const breach_names[BREACHES];

enum { LEDGER_TEXT = 4096 };

/* PAIRS with at most MESSAGES a side; TEXT is the length of the longest. */
struct ledger *ledger_create(unsigned pairs, unsigned messages,
    unsigned text);
void ledger_destroy(struct ledger *);

/* ---- what the load asks ---- */

/* The next message of a side to hand over, 0 if there is none any more; its
 * text goes to TEXT.  It counts as intended from here on: a process that has
 * died since gets the same again until ledger_handed. */
unsigned ledger_next(struct ledger *, unsigned pair, unsigned side,
    char text[LEDGER_TEXT], size_t *len);
void ledger_handed(struct ledger *, unsigned pair, unsigned side);

unsigned ledger_unanswered(const struct ledger *, unsigned pair,
    unsigned side);
/* Whether a process died between ledger_next and ledger_handed. */
bool ledger_in_doubt(const struct ledger *, unsigned pair, unsigned side);
unsigned ledger_messages(const struct ledger *, unsigned pair, unsigned side);

/* Of all pairs. */
uint64_t ledger_acked(const struct ledger *);
uint64_t ledger_given(const struct ledger *);
uint64_t ledger_ticks(const struct ledger *);
bool ledger_drained(const struct ledger *);

/* The process whose applications report from here on is a new one: what was
 * under way in the old one may be told once more (R11). */
void ledger_new_process(struct ledger *);

/* ---- what clients report ---- */

void ledger_ack(struct ledger *, unsigned pair, unsigned side, uint64_t m,
    uint64_t seq);
/* An entry; OWN: by this account.  Also one's own read mark may follow. */
void ledger_entry(struct ledger *, unsigned pair, unsigned side, uint64_t seq,
    bool own, const char *text, size_t len);
void ledger_skip(struct ledger *, unsigned pair, unsigned side, uint64_t seq);
void ledger_read(struct ledger *, unsigned pair, unsigned side, uint64_t seq);
/* Marks of the other side were shown; 0: not moved. */
void ledger_tick(struct ledger *, unsigned pair, unsigned side,
    uint64_t delivered, uint64_t read);
void ledger_refused(struct ledger *, unsigned pair, unsigned side,
    const char *why);

/* ---- auditing: another device of a side reads the log ---- */

/* The log of a chat up to a place, as one device got it. */
struct audit {
	struct ledger *ledger;
	unsigned pair, side;
	uint64_t last;		/* what has come; or the cursor to begin at */
	bool older;		/* it is a copy, made when the log ended at */
	uint64_t end;		/* this place, or above */
};

void audit_begin(struct audit *, struct ledger *, unsigned pair,
    unsigned side);
void audit_entry(struct audit *, uint64_t seq, bool own, const char *text,
    size_t len);
/* All there is has come: is everything among it that was acknowledged or
 * seen? */
void audit_end(struct audit *);

/* The highest place that anybody was told of. */
uint64_t ledger_top(const struct ledger *, unsigned pair);

/* ---- the end ---- */

/* All is answered and delivered: compares everything with everything.  TICKS:
 * all of them must have been shown. */
void ledger_settle(struct ledger *, bool ticks);

uint64_t ledger_breaches(const struct ledger *, enum breach);
uint64_t ledger_all_breaches(const struct ledger *);
/* Breaches are expected: they are counted and not printed. */
void ledger_quiet(struct ledger *);

/* What is not yet where it must be, as comments of TAP. */
void ledger_explain(const struct ledger *);

#endif

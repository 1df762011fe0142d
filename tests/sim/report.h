/* SPDX-License-Identifier: ISC */
/*
 * report: what a run has to say: the first broken rule, what it has covered,
 * and, if wanted, a trace.
 */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include <stdbool.h>
#include <stdint.h>

struct clock;

/* What must be seen over many seeds, or the simulation tests nothing. */
enum counter {
	COUNT_STEPS,
	COUNT_SENDS,
	COUNT_ENTRIES_SEEN,
	COUNT_REPEATS,
	COUNT_RECEIPTS_SEEN,
	COUNT_RERUNS,
	COUNT_BATCHES_OPEN,
	COUNT_BARRIERS,
	COUNT_SERVER_CRASHES,
	COUNT_LOST_BATCHES,
	COUNT_KEPT_BATCHES,
	COUNT_CLIENT_KILLS,
	COUNT_CALLBACK_CRASHES,
	COUNT_POWER_LOSSES,
	COUNT_LOST_RECORDS,
	COUNT_ROLLBACKS,
	COUNT_WIPES,
	COUNT_CLONES,
	COUNT_REPLACED,
	COUNT_FENCED_REQUESTS,
	COUNT_RENUMBERED,
	COUNT_PASSWORD_LOGINS,
	COUNT_TOKEN_LOGINS,
	COUNT_TOKENS_RENEWED,
	COUNT_FAILED_LOGINS,
	COUNT_PIPELINED,
	COUNT_SUM_MATCHES,
	COUNT_CURSOR_PATHS,
	COUNT_REWOUND,
	COUNT_STUBS,
	COUNT_ACK_DELIVERS,
	COUNT_SKIPS,
	COUNT_REPEATED_ANSWERS,
	COUNT_FIRST_MESSAGES,
	COUNT_SELF_NOTES,
	COUNT_REFUSALS,
	COUNT_CONFLICTS,
	COUNT_DISK_FULL,
	COUNT_UNAVAILABLE,
	COUNT_DECLINED,
	COUNT_CUTS,
	COUNT_HALF_OPEN,
	COUNT_STALLS,
	COUNT_FREEZES,
	COUNT_PARTIAL_WRITES,
	COUNT_PINGS,
	COUNT_WALL_JUMPS,
	COUNT_FULL_WINDOWS,
	COUNT_MARKS_AHEAD,
	COUNT_HISTORIES,
	COUNT_PAGE_ENTRIES,
	COUNT_LISTS,
	COUNT_ASKS_ENDED,
	COUNT_REVOKED,
	COUNT_PRESENCE,
	COUNT_TYPING,
	COUNT_CHANGES,
	COUNT_SETTINGS_SEEN,
	COUNT_KINDS_SEEN,
	COUNT_DELETIONS,
	COUNT_TOMBSTONES,
	COUNT_HIDES,
	COUNT_HIDDEN,
	COUNT_UNREAD,
	COUNT_GROUPS,
	COUNT_GROUP_REQUESTS,
	COUNT_GROUP_REFUSALS,
	COUNT_GROUP_RACES,
	COUNT_GROUP_MESSAGES,
	COUNT_GROUP_CHANGES,
	COUNT_GROUP_ADDED,
	COUNT_GROUP_REMOVED,
	COUNT_GROUP_LEFT,
	COUNT_GROUP_RETURNS,
	COUNT_GROUP_ROLES,
	COUNT_GROUP_HEIRS,
	COUNT_GROUP_HOLES,
	COUNT_GROUP_INVITES,
	COUNT_GROUP_JOINED,
	COUNT_GROUP_UNINVITED,
	COUNT_GROUP_WAITING,
	COUNT_GROUP_APPROVED,
	COUNT_GROUP_TURNED_AWAY,
	COUNT_GROUP_LISTS,
	COUNT_SEALED,
	COUNT_CHANNELS,
	COUNT_CHANNEL_REQUESTS,
	COUNT_CHANNEL_MESSAGES,
	COUNT_CHANNEL_ROLES,
	COUNT_CHANNEL_LISTS,
	COUNT_VIEWS,
	COUNT_PULLED,
	COUNTERS
};

const char *counter_name(enum counter);

struct report {
	const struct clock *clock;
	bool trace;
	bool failed;
	char rule[16];
	char text[512];
	uint64_t counts[COUNTERS];
};

void report_init(struct report *, const struct clock *, bool trace);

/* RULE is the name of the rule in the list of rules, or a short word. */
void report_fail(struct report *, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* A line of the trace: time, WHO, and the rest. */
void report_trace(struct report *, const char *who, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static inline void
report_count(struct report *r, enum counter c)
{
	r->counts[c]++;
}

#endif

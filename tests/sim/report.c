/* SPDX-License-Identifier: ISC */
#include "tests/sim/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tests/sim/clock.h"

static const char *const names[COUNTERS] = {
	[COUNT_STEPS] = "steps",
	[COUNT_SENDS] = "messages given to clients",
	[COUNT_ENTRIES_SEEN] = "entries that reached a client",
	[COUNT_REPEATS] = "entries sent again on one connection",
	[COUNT_RECEIPTS_SEEN] = "receipts that reached a client",
	[COUNT_RERUNS] = "handlers run again after a conflict (R24)",
	[COUNT_BATCHES_OPEN] = "commits while another was not durable",
	[COUNT_BARRIERS] = "reads that waited for the barrier (R1)",
	[COUNT_SERVER_CRASHES] = "server crashes",
	[COUNT_LOST_BATCHES] = "batches lost in a server crash",
	[COUNT_KEPT_BATCHES] = "batches kept that nobody was told of",
	[COUNT_CLIENT_KILLS] = "clients killed",
	[COUNT_CALLBACK_CRASHES] = "clients killed in a callback (R11)",
	[COUNT_POWER_LOSSES] = "clients that lost unsynced records",
	[COUNT_LOST_RECORDS] = "client records lost",
	[COUNT_ROLLBACKS] = "client states rolled back (R9)",
	[COUNT_WIPES] = "client states lost altogether",
	[COUNT_CLONES] = "old connections left to a newer login (R9)",
	[COUNT_REPLACED] = "sessions replaced (R9)",
	[COUNT_LATE_LOGINS] = "logins heard after one of a newer connection (R9)",
	[COUNT_LOST_LOGINS] = "logins whose connection was lost meanwhile (R9)",
	[COUNT_FENCED_REQUESTS] = "requests on a replaced session (R9)",
	[COUNT_RENUMBERED] = "messages given a new counter (R9)",
	[COUNT_PASSWORD_LOGINS] = "password logins",
	[COUNT_TOKEN_LOGINS] = "token logins",
	[COUNT_TOKENS_RENEWED] = "tokens renewed (R26)",
	[COUNT_FAILED_LOGINS] = "refused logins",
	[COUNT_PIPELINED] = "logins in one flight (R16)",
	[COUNT_SUM_MATCHES] = "syncs by a matching sum (R17)",
	[COUNT_CURSOR_PATHS] = "syncs by all cursors (R17)",
	[COUNT_REWOUND] = "deliveries below the server's mark (R10)",
	[COUNT_STUBS] = "stubs (R7)",
	[COUNT_ACK_DELIVERS] = "acks that delivered (R7)",
	[COUNT_SKIPS] = "skips (R5)",
	[COUNT_REPEATED_ANSWERS] = "requests answered again (R8)",
	[COUNT_FIRST_MESSAGES] = "chats made by a first message (R18)",
	[COUNT_SELF_NOTES] = "notes to self",
	[COUNT_REFUSALS] = "messages refused",
	[COUNT_CONFLICTS] = "counter conflicts (R8)",
	[COUNT_DISK_FULL] = "disk-full phases",
	[COUNT_UNAVAILABLE] = "requests refused for lack of room",
	[COUNT_DECLINED] = "entries that a callback declined",
	[COUNT_CUTS] = "connections cut",
	[COUNT_HALF_OPEN] = "connections left half open",
	[COUNT_STALLS] = "stalls of the network",
	[COUNT_FREEZES] = "clients that stopped reading (R20)",
	[COUNT_PARTIAL_WRITES] = "writes taken in part",
	[COUNT_PINGS] = "pings of the server",
	[COUNT_WALL_JUMPS] = "jumps of the wall clock (R4)",
	[COUNT_FULL_WINDOWS] = "full windows (R20)",
	[COUNT_MARKS_AHEAD] = "read marks moved",
	[COUNT_HISTORIES] = "histories",
	[COUNT_PAGE_ENTRIES] = "entries in pages of history",
	[COUNT_LISTS] = "lists of devices",
	[COUNT_ASKS_ENDED] = "questions that ended with their connection",
	[COUNT_REVOKED] = "devices removed by others",
	[COUNT_PRESENCE] = "updates of who is there",
	[COUNT_TYPING] = "times that somebody was seen typing",
	[COUNT_SIGNALS_CHAT] = "signals to chats that were seen (R26)",
	[COUNT_SIGNALS_DEVICE] = "signals to devices that were seen (R26)",
	[COUNT_SIGNALS_BARRED] = "signals of who may not send them",
	[COUNT_LINKS] = "codes to let devices in",
	[COUNT_LINKED] = "devices let in by a code",
	[COUNT_LINKS_REFUSED] = "codes that were good no more",
	[COUNT_RENAMED] = "devices renamed",
	[COUNT_RENAMES_REFUSED] = "names that another device has",
	[COUNT_RENAMES_SEEN] = "names told to devices (R18)",
	[COUNT_READERS] = "readers told to who asked (R13)",
	[COUNT_CHANGES] = "changes of settings and stars",
	[COUNT_SETTINGS_SEEN] = "settings and stars told to devices",
	[COUNT_KINDS_SEEN] = "edits, reactions, polls and the like seen",
	[COUNT_DELETIONS] = "messages deleted for everyone (R6)",
	[COUNT_TOMBSTONES] = "tombstones (R6)",
	[COUNT_REGRETS] = "messages deleted while a device was away (R6)",
	[COUNT_HIDES] = "entries that users have hidden from themselves",
	[COUNT_HIDDEN] = "hidden entries told to devices",
	[COUNT_UNREAD] = "counts of what is unread (R15)",
	[COUNT_GROUPS] = "groups",
	[COUNT_GROUP_REQUESTS] = "requests about groups",
	[COUNT_GROUP_REFUSALS] = "requests about groups that were not allowed",
	[COUNT_GROUP_RACES] = "groups that all changed at once (R24)",
	[COUNT_GROUP_MESSAGES] = "messages in groups",
	[COUNT_GROUP_CHANGES] = "names, topics, pictures, rights of groups",
	[COUNT_GROUP_ADDED] = "members added (R5)",
	[COUNT_GROUP_REMOVED] = "members removed (R5)",
	[COUNT_GROUP_LEFT] = "members who left",
	[COUNT_GROUP_RETURNS] = "members who came back (R5)",
	[COUNT_GROUP_ROLES] = "roles given",
	[COUNT_GROUP_HEIRS] = "owners by inheritance (R24)",
	[COUNT_GROUP_HOLES] = "entries that a member may not read (R5)",
	[COUNT_GROUP_INVITES] = "invitations to groups",
	[COUNT_GROUP_JOINED] = "members who joined by invitation",
	[COUNT_GROUP_UNINVITED] = "invitations that held no more (R25)",
	[COUNT_GROUP_LIMITED] = "members who came by one that has a limit",
	[COUNT_GROUP_USES] = "uses of invitations told to admins",
	[COUNT_GROUP_FULL] = "joins of groups that were full",
	[COUNT_GROUP_WAITING] = "requests to join told to admins",
	[COUNT_GROUP_APPROVED] = "members let in by admins",
	[COUNT_GROUP_TURNED_AWAY] = "refusals told to who wanted to join",
	[COUNT_GROUP_LISTS] = "lists of members",
	[COUNT_CHAT_LISTS] = "lists of chats",
	[COUNT_SETTING_LISTS] = "lists of settings",
	[COUNT_STAR_LISTS] = "lists of stars",
	[COUNT_PRIVACY] = "switches of privacy turned (R25)",
	[COUNT_HIDDEN_ONLINE] = "looks at who hides, or by who does (R25)",
	[COUNT_HIDDEN_SEEN] = "looks that did not tell when (R25)",
	[COUNT_SECRET_READS] = "ticks by or to who has hidden some (R25)",
	[COUNT_GLANCES] = "answers how somebody is",
	[COUNT_REMOVALS] = "accounts removed (R2)",
	[COUNT_REMOVED_OWNERS] = "accounts removed that alone owned a group",
	[COUNT_REMOVED_REFUSALS] = "messages refused as an account is gone",
	[COUNT_SEALED] = "periods sealed",
	[COUNT_CHANNELS] = "channels",
	[COUNT_CHANNEL_REQUESTS] = "requests about channels",
	[COUNT_CHANNEL_MESSAGES] = "messages in channels",
	[COUNT_CHANNEL_ROLES] = "roles given in channels",
	[COUNT_CHANNEL_LISTS] = "lists of members of channels (R25)",
	[COUNT_VIEWS] = "entries of channels that were viewed (R14)",
	[COUNT_PULLED] = "chats that grew too large to be told to all",
	[COUNT_TIMERS] = "timers set",
	[COUNT_TIMED] = "entries that are going to disappear (R6)",
	[COUNT_TIMED_WITH] = "entries that disappear with what they are about (R6)",
	[COUNT_EXPIRY_TOLD] = "times to disappear told to applications",
	[COUNT_DISAPPEARED] = "entries told that have disappeared (R6)",
	[COUNT_LEAPS] = "leaps of several days",
	[COUNT_KEEPS] = "chats kept as the operator said (R6)",
	[COUNT_DELIVERED_GONE] = "looks at what went as all had it (R6)",
	[COUNT_PRUNED] = "looks at entries that were dropped (R6)",
	[COUNT_PRUNED_SKIPS] = "skips of what was dropped (R5)",
	[COUNT_PRUNED_PAGES] = "skips of what was dropped, in pages (R5)",
};

const char *
counter_name(enum counter c)
{
	return names[c];
}

void
report_init(struct report *r, const struct clock *clock, bool trace)
{
	memset(r, 0, sizeof(*r));
	r->clock = clock;
	r->trace = trace;
}

void
report_fail(struct report *r, const char *rule, const char *fmt, ...)
{
	va_list ap;

	if (r->failed)
		return;
	r->failed = true;
	snprintf(r->rule, sizeof(r->rule), "%s", rule);
	va_start(ap, fmt);
	vsnprintf(r->text, sizeof(r->text), fmt, ap);
	va_end(ap);
	report_trace(r, "BROKEN", "%s: %s", r->rule, r->text);
}

void
report_trace(struct report *r, const char *who, const char *fmt, ...)
{
	va_list ap;

	if (!r->trace)
		return;
	printf("# %9" PRId64 " %-12s ", clock_mono(r->clock), who);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

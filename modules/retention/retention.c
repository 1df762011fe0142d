/* SPDX-License-Identifier: ISC */
/*
 * retention: how long entries are kept, by the kind of their chat or for a chat
 * alone: for so many days, until everybody has them, or forever.  A sweep drops
 * what is older, by whole periods.
 */
#include "retention.h"

#include <stddef.h>

enum { SWEEP_S = 10 };

const char *const retention_kinds[KINDS] = {"direct", "group", "channel",
    "status"};

static const struct sc_conf_def retention_conf_defs[] = {
    {"direct", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_DIRECT]), 0, 36500, 30,
	"Days for which entries of direct chats are kept."},
    {"group", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_GROUP]), 0, 36500, 30,
	"Days for which entries of groups are kept."},
    {"channel", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_CHANNEL]), 1, 36500, 365,
	"Days for which entries of channels are kept."},
    {"status", SC_CONF_KEEP,
	offsetof(struct retention_conf, kind[CHAT_KIND_STATUS]), 1, 36500, 1,
	"Days for which statuses are kept."},
    {"undelivered", SC_CONF_UINT,
	offsetof(struct retention_conf, undelivered), 1, 36500, 30,
	"Days for which until-delivered waits for who has not come."},
    {"seal-days", SC_CONF_UINT,
	offsetof(struct retention_conf, seal_days), 0, 36500, 0,
	"Days after which a period is sealed in a compressed file; 0: never."},
    {0},
};

static const struct sc_stat_def retention_stats[] = {
    {"retention.periods_dropped", "periods dropped because they were too old"},
    {"retention.delivered_removed", "entries removed because all had them"},
    {"retention.periods_sealed", "periods put into compressed files"},
    {0},
};

static const struct sc_table_def retention_tables[] = {
    {"retention", 0},
    {0},
};

static const struct sc_sweep_def retention_sweeps[] = {
    {"expire", SWEEP_S, retention_sweep},
    {"seal", SWEEP_S, retention_seal},
    {0},
};

static const struct sc_argument_def chat_arguments[] = {
    {"chat", true, "#ID or USER:NUMBER"},
    {"keep", false, "days, forever, until-delivered or default"},
    {0},
};

static const struct sc_argument_def seal_arguments[] = {
    {"older", false, "days; what is over for so long"},
    {0},
};

static const struct sc_command_def retention_commands[] = {
    {"list", SC_COMMAND_READ, NULL, retention_list_run,
	"What there is of each class, and what the sweep would take away."},
    {"sweep", SC_COMMAND_WRITE, NULL, retention_sweep_run,
	"Takes away now what is old."},
    {"seal", SC_COMMAND_WRITE, seal_arguments, retention_seal_run,
	"Takes a step in sealing what is old; run it again while there is "
	"more."},
    {"chat", SC_COMMAND_WRITE, chat_arguments, retention_chat_run,
	"Shows or sets how long the entries of a chat are kept."},
    {0},
};

SC_MODULE(retention) = {
	.abi = SC_MODULE_ABI,
	.name = "retention",
	.summary = "drops entries that have been kept long enough",
	.conf = retention_conf_defs,
	.conf_size = sizeof(struct retention_conf),
	.stats = retention_stats,
	.tables = retention_tables,
	.sweeps = retention_sweeps,
	.commands = retention_commands,
};

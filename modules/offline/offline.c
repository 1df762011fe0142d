/* SPDX-License-Identifier: ISC */
/*
 * offline: what was written while a device was away waits for it, for so many
 * days.  Without this module a login starts at the head of each chat.
 */
#include <stonechat/module.h>

struct offline_conf {
	uint32_t days;
};

enum { DELIVERED_FROM_STORE, PERIODS_DROPPED };

enum { DAY_MS = 86400 * 1000, DROPS_MAX = 64 };

static int
offline_sync_chat(struct sc_module *m, struct tx *tx, struct sc_sync_chat *c,
    struct sync_result *result)
{
	(void)tx;
	(void)result;
	c->deliver = true;
	if (c->head > c->cursor)
		scm_count(m, DELIVERED_FROM_STORE, c->head - c->cursor);
	return 0;
}

static int
offline_expire(struct sc_module *m, struct tx *tx)
{
	const struct offline_conf *conf = scm_conf(m);
	int64_t oldest = scm_now(tx) - (int64_t)conf->days * DAY_MS;
	unsigned dropped;
	int rc = scm_prune(tx, oldest, DROPS_MAX, &dropped);

	scm_count(m, PERIODS_DROPPED, dropped);
	return rc;
}

static const struct sc_conf_def offline_conf_defs[] = {
    {"days", SC_CONF_UINT, offsetof(struct offline_conf, days), 1, 36500, 30,
	"Days for which entries are kept for devices that are away."},
    {0},
};

static const struct sc_stat_def offline_stats[] = {
    {"offline.entries", "entries that waited for a device when it came"},
    {"offline.periods_dropped", "periods dropped because they were too old"},
    {0},
};

static const struct sc_sweep_def offline_sweeps[] = {
    {"expire", 3600, offline_expire},
    {0},
};

SC_MODULE(offline) = {
	.abi = SC_MODULE_ABI,
	.name = "offline",
	.summary = "keeps entries for devices that are away",
	.conf = offline_conf_defs,
	.conf_size = sizeof(struct offline_conf),
	.stats = offline_stats,
	.sweeps = offline_sweeps,
	.sync_chat = offline_sync_chat,
};

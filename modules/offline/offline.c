/* SPDX-License-Identifier: ISC */
/*
 * offline: what was written while a device was away waits for it.  Without this module a login starts at the head of each chat.
 */
#include <stonechat/module.h>

enum { DELIVERED_FROM_STORE };

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

static const struct sc_stat_def offline_stats[] = {
    {"offline.entries", "entries that waited for a device when it came"},
    {0},
};

SC_MODULE(offline) = {
	.abi = SC_MODULE_ABI,
	.name = "offline",
	.summary = "keeps entries for devices that are away",
	.stats = offline_stats,
	.sync_chat = offline_sync_chat,
};

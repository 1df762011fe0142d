/* SPDX-License-Identifier: ISC */
/*
 * offline: what was written while a device was away waits for it; a device that
 * is new gets some of what was there before.  Without this module a login
 * starts at the head of each chat.
 */
#include <stonechat/module.h>

enum { DELIVERED_FROM_STORE, EARLIER };

#define DAY_MS INT64_C(86400000)

struct offline_conf {
	uint32_t days, entries;
};

/* The oldest entry of before the device that it is given. */
static int
find_begin(struct tx *tx, const struct offline_conf *conf,
    const struct sc_sync_chat *c, uint64_t *from)
{
	uint64_t added, oldest;
	int rc = scm_chat_seq_at(tx, &c->chat, c->added, &added);

	if (rc == 0)
		rc = scm_chat_seq_at(tx, &c->chat,
		    c->added - conf->days * DAY_MS, &oldest);
	if (rc != 0)
		return rc;
	*from = added > conf->entries ? added - conf->entries : 1;
	if (oldest > *from)
		*from = oldest;
	return 0;
}

/* Whether the next entry is from before the device: then, and only then, it
 * may be too old for it. */
static int
look_at_next(struct tx *tx, const struct sc_sync_chat *c, bool *before)
{
	struct entry e;
	int rc;

	*before = c->chat.kind != CHAT_KIND_SYSTEM && c->cursor < c->head &&
	    c->chat.created < c->added;
	if (!*before)
		return 0;
	rc = scm_entry_get(tx, &c->chat.id, c->cursor + 1, &e);
	if (rc == 0)
		*before = e.time < c->added;
	return rc == SC_ENOTFOUND ? 0 : rc;	/* pruned: it may be */
}

static int
offline_sync_chat(struct sc_module *m, struct tx *tx, struct sc_sync_chat *c,
    struct sync_result *result)
{
	uint64_t from = c->cursor + 1;
	bool before;
	int rc = look_at_next(tx, c, &before);

	(void)result;
	c->deliver = true;
	if (rc == 0 && before)
		rc = find_begin(tx, scm_conf(m), c, &from);
	if (rc == SC_EDAMAGED) {
		/* it gets what can be read, and is told what cannot */
		rc = 0;
		from = c->cursor + 1;
	}
	if (rc != 0 || c->head <= c->cursor)
		return rc;
	if (from > c->head + 1)
		from = c->head + 1;
	if (from > c->cursor + 1) {
		c->from = from;
		scm_count(m, EARLIER, from - c->cursor - 1);
	} else {
		from = c->cursor + 1;
	}
	scm_count(m, DELIVERED_FROM_STORE, c->head + 1 - from);
	return 0;
}

static const struct sc_conf_def offline_conf_defs[] = {
    {"new-days", SC_CONF_UINT, offsetof(struct offline_conf, days), 0, 36500,
	30, "Days before a device was added, of which it is given what was "
	"written."},
    {"new-entries", SC_CONF_UINT, offsetof(struct offline_conf, entries), 0,
	1000000000, 10000, "Entries of each chat from before a device was "
	"added that it is given."},
    {0},
};

static const struct sc_stat_def offline_stats[] = {
    [DELIVERED_FROM_STORE] = {"offline.entries",
	"entries that waited for a device when it came"},
    [EARLIER] = {"offline.earlier",
	"entries from before that a new device was not given"},
    {0},
};

SC_MODULE(offline) = {
	.abi = SC_MODULE_ABI,
	.name = "offline",
	.summary = "keeps entries for devices that are away",
	.conf = offline_conf_defs,
	.conf_size = sizeof(struct offline_conf),
	.stats = offline_stats,
	.sync_chat = offline_sync_chat,
};

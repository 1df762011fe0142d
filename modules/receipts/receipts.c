/* SPDX-License-Identifier: ISC */
/*
 * receipts: tells members of a direct chat how far the other one has received
 * and read, and a member's other devices how far he has read.  Without this
 * module marks are kept and not told.
 */
#include <stonechat/module.h>

enum { PUBLISHED, SYNCED };

/* A movement, to the other member and to one's own other devices. */
static int
receipts_mark(struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved)
{
	const struct chat *c = &moved->chat;
	struct recipient to[2];
	size_t n = 0;
	int side;

	if (c->kind != CHAT_KIND_DIRECT || (!moved->delivered && !moved->read))
		return 0;
	side = scm_chat_side(c, stated->user);
	if (c->user[0] != c->user[1])
		to[n++] = (struct recipient){.user = c->user[1 - side],
		    .number = c->number[1 - side]};
	if (moved->read)
		to[n++] = (struct recipient){.user = c->user[side],
		    .number = c->number[side]};
	if (n == 0)
		return 0;
	scm_count(m, PUBLISHED, 1);
	return scm_publish_mark(tx, stated, moved, to, n);
}

/* What moved while a device was away. */
static int
receipts_sync_chat(struct sc_module *m, struct tx *tx, struct sc_sync_chat *c,
    struct sync_result *result)
{
	uint64_t user[2] = {c->user, 0};
	size_t n = 1;
	int rc = 0;

	if (c->chat.kind != CHAT_KIND_DIRECT)
		return 0;
	if (c->chat.user[0] != c->chat.user[1])
		user[n++] = c->chat.user[1 - scm_chat_side(&c->chat, c->user)];
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct member member;

		rc = scm_member_get(tx, &c->chat.id, user[i], &member);
		if (rc != 0 || member.stamp <= c->since)
			continue;
		scm_count(m, SYNCED, 1);
		rc = scm_sync_mark(result, c, user[i], &member);
	}
	return rc;
}

static const struct sc_stat_def receipts_stats[] = {
    {"receipts.published", "movements of marks told to connected devices"},
    {"receipts.synced", "movements told to a device when it came back"},
    {0},
};

SC_MODULE(receipts) = {
	.abi = SC_MODULE_ABI,
	.name = "receipts",
	.summary = "tells how far messages are delivered and read",
	.stats = receipts_stats,
	.mark = receipts_mark,
	.sync_chat = receipts_sync_chat,
};

/* SPDX-License-Identifier: ISC */
/*
 * receipts: tells who has written something how far others have received and
 * read it, and a member's other devices how far he has read; and says of one
 * message who has received and read it, and when.  Without this module marks
 * are kept and not told.
 */
#include <stonechat/module.h>

struct receipts_conf {
	uint32_t max;
};

enum { PUBLISHED, SYNCED, REQUESTS };

/* Of a direct chat: the other member, and one's own other devices. */
static int
tell_pair(struct sc_module *m, struct tx *tx, const struct mark_stated *stated,
    const struct mark_moved *moved)
{
	const struct chat *c = &moved->chat;
	struct recipient to[2];
	size_t n = 0;
	int side = scm_chat_side(c, stated->user);

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

/* Whether one of the marks has passed SEQ. */
static bool
has_passed(const struct mark_moved *moved, uint64_t seq)
{
	return (moved->delivered && seq > moved->was_delivered) ||
	    (moved->read && seq > moved->was_read);
}

/* Of a group: those who have written what the mark has passed, as far as the
 * chat remembers, and one's own other devices. */
static int
tell_authors(struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved)
{
	const struct chat *c = &moved->chat;
	struct recipient to[CHAT_AUTHORS + 1];
	size_t n = 0;

	if (moved->read)
		to[n++] = (struct recipient){.user = stated->user,
		    .number = moved->member.number};
	for (unsigned i = 0; i < CHAT_AUTHORS; i++) {
		const struct chat_author *a = &c->recent[i];
		struct member author;
		int rc;

		if (a->user == 0 || a->user == stated->user ||
		    !has_passed(moved, a->seq))
			continue;
		rc = scm_member_get(tx, &c->id, a->user, &author);
		if (rc != 0 && rc != SC_ENOTFOUND)
			return rc;
		if (rc == 0 && scm_member_in(&author))
			to[n++] = (struct recipient){.user = a->user,
			    .number = author.number};
	}
	if (n == 0)
		return 0;
	scm_count(m, PUBLISHED, 1);
	return scm_publish_mark(tx, stated, moved, to, n);
}

static int
receipts_mark(struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved)
{
	const struct receipts_conf *conf = scm_conf(m);
	const struct chat *c = &moved->chat;

	if (!moved->delivered && !moved->read)
		return 0;
	if (c->kind == CHAT_KIND_DIRECT)
		return tell_pair(m, tx, stated, moved);
	if (c->kind == CHAT_KIND_GROUP && c->members <= conf->max)
		return tell_authors(m, tx, stated, moved);
	return 0;
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

/* ---- of one message ---- */

/* What a request keeps between its pages: the last user who was told of. */
enum { LAST };

struct readers {
	struct tx *tx;
	struct sc_request *r;
	const struct entry *entry;
};

/* When the mark of a member passed the entry.  One that was not noted, or is
 * gone with its period, was at that of his mark, or before. */
static int
add_when(struct readers *x, struct elem_buf *e, uint64_t user,
    enum mark_kind kind, const struct member *m)
{
	bool read = kind == MARK_READ, estimated;
	uint64_t mark = read ? m->read : m->delivered;
	int64_t time;
	int rc;

	if (mark < x->entry->seq)
		return 0;
	rc = scm_mark_when(x->tx, &x->entry->chat, user, kind, x->entry->seq,
	    &time, &estimated);
	if (rc == SC_ENOTFOUND) {
		time = read ? m->read_time : m->delivered_time;
		estimated = true;
		rc = 0;
	}
	if (rc != 0)
		return rc;
	elem_add_time(e, read ? ATTR_READ_AT : ATTR_DELIVERED_AT,
	    time > x->entry->time ? time : x->entry->time);
	if (estimated && !elem_has(&e->e, ATTR_ESTIMATED))
		elem_add_flag(e, ATTR_ESTIMATED);
	return 0;
}

static int
add_reader(void *arg, uint64_t user, const struct member *m)
{
	struct readers *x = arg;
	struct elem_buf e;
	uint64_t last;
	int rc;

	if (user <= x->r->resume[LAST] || user == x->entry->from ||
	    !scm_member_sees(m, x->entry->seq, &last))
		return 0;
	elem_begin(&e, TAG_READER);
	elem_add_user_id(&e, ATTR_USER, user);
	rc = add_when(x, &e, user, MARK_DELIVERED, m);
	if (rc == 0)
		rc = add_when(x, &e, user, MARK_READ, m);
	if (rc == 0)
		rc = scm_add(x->tx, x->r, &e.e);
	if (rc == 1)
		x->r->more = true;
	else if (rc == 0)
		x->r->resume[LAST] = user;
	return rc;
}

/* An own message, in a chat where that is not only counted. */
static int
find_own(struct tx *tx, struct sc_request *r, struct chat *c, struct entry *e)
{
	struct member m;
	uint64_t seq = elem_uint(r->stanza, ATTR_SEQ, 0), last;
	int rc = scm_chat(tx, r, ATTR_CHAT, c);

	if (rc == 0)
		rc = scm_member_get(tx, &c->id, r->user, &m);
	if (rc == 0)
		rc = !scm_member_sees(&m, seq, &last) ? SC_ENOTFOUND
		    : scm_entry_get(tx, &c->id, seq, e);
	if (rc == SC_ENOTFOUND)
		r->why = "there is no such message";
	if (rc == 0 && c->kind == CHAT_KIND_CHANNEL) {
		r->why = "who reads a channel is only counted";
		return SC_EFORBIDDEN;
	}
	if (rc == 0 && e->from != r->user) {
		r->why = "that is no message of yours";
		return SC_EFORBIDDEN;
	}
	return rc;
}

static int
receipts_run(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct readers x = {.tx = tx, .r = r};
	struct chat c;
	struct entry e;
	int rc = find_own(tx, r, &c, &e);

	if (rc != 0)
		return rc;
	if (r->resume[LAST] == 0)
		scm_count(m, REQUESTS, 1);
	x.entry = &e;
	rc = scm_member_list(tx, &c.id, add_reader, &x);
	return rc < 0 ? rc : 0;
}

static const struct sc_conf_def receipts_conf_defs[] = {
    {"max", SC_CONF_UINT, offsetof(struct receipts_conf, max), 0, 1000000,
	256, "Members of a group up to which who has written is told how far "
	"it has come; in larger ones by request only."},
    {0},
};

static const struct sc_verb_def receipts_verbs[] = {
    {"receipts", TAG_RECEIPTS, SC_VERB_LIST, receipts_run, 0},
    {0},
};

static const struct sc_stat_def receipts_stats[] = {
    {"receipts.published", "movements of marks told to connected devices"},
    {"receipts.synced", "movements told to a device when it came back"},
    {"receipts.requests", "requests for who has got and read a message"},
    {0},
};

SC_MODULE(receipts) = {
	.abi = SC_MODULE_ABI,
	.name = "receipts",
	.summary = "tells how far messages are delivered and read",
	.conf = receipts_conf_defs,
	.conf_size = sizeof(struct receipts_conf),
	.stats = receipts_stats,
	.verbs = receipts_verbs,
	.mark = receipts_mark,
	.sync_chat = receipts_sync_chat,
};

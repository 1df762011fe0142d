/* SPDX-License-Identifier: ISC */
/*
 * receipts: tells who has written something how far others have received and
 * read it, and a member's other devices how far he has read; and says of one
 * message who has received and read it, and when.  Without this module marks
 * are kept and not told.
 */
#include "receipts.h"

/* ---- who is told ---- */

/* Those who are told all of a movement, and those who are told only how far it
 * was delivered: what was read is not told to everybody (private.c). */
struct hearers {
	struct sc_module *m;
	struct tx *tx;
	bool told;		/* others learn what was read */
	struct recipient all[CHAT_AUTHORS + 1], some[CHAT_AUTHORS];
	size_t nall, nsome;
};

static int
hearers_begin(struct hearers *a, struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved)
{
	*a = (struct hearers){.m = m, .tx = tx, .told = true};
	return moved->read ? receipts_settle(m, tx, stated, moved, &a->told)
	    : 0;
}

/* One's own other devices. */
static void
hearers_own(struct hearers *a, uint64_t user, uint64_t number)
{
	a->all[a->nall++] = (struct recipient){.user = user,
	    .number = number};
}

static int
hearers_add(struct hearers *a, const struct mark_moved *moved,
    uint64_t user, uint64_t number)
{
	const struct recipient to = {.user = user, .number = number};
	bool all = !moved->read || a->told;
	int rc = 0;

	/* who does not tell it is not told it */
	if (all && moved->read)
		rc = receipts_tells(a->m, a->tx, user, &all);
	if (rc != 0)
		return rc;
	if (all)
		a->all[a->nall++] = to;
	else if (moved->delivered)
		a->some[a->nsome++] = to;
	return 0;
}

static int
hearers_tell(struct hearers *a, const struct mark_stated *stated,
    const struct mark_moved *moved)
{
	struct mark_moved delivered = *moved;
	int rc = 0;

	delivered.read = false;
	if (a->nall + a->nsome > 0)
		scm_count(a->m, PUBLISHED, 1);
	if (a->nall > 0)
		rc = scm_publish_mark(a->tx, stated, moved, a->all, a->nall);
	if (rc == 0 && a->nsome > 0)
		rc = scm_publish_mark(a->tx, stated, &delivered, a->some,
		    a->nsome);
	return rc;
}

/* Of a direct chat: the other member, and one's own other devices. */
static int
tell_pair(struct sc_module *m, struct tx *tx, const struct mark_stated *stated,
    const struct mark_moved *moved)
{
	const struct chat *c = &moved->chat;
	int side = scm_chat_side(c, stated->user);
	struct hearers a;
	int rc = hearers_begin(&a, m, tx, stated, moved);

	if (rc == 0 && c->user[0] != c->user[1])
		rc = hearers_add(&a, moved, c->user[1 - side],
		    c->number[1 - side]);
	if (moved->read)
		hearers_own(&a, c->user[side], c->number[side]);
	return rc != 0 ? rc : hearers_tell(&a, stated, moved);
}

/* Whether one of the marks has passed SEQ. */
static bool
has_passed(const struct mark_moved *moved, uint64_t seq)
{
	return (moved->delivered && seq > moved->was_delivered) ||
	    (moved->read && seq > moved->was_read);
}

/* Of a group or channel: one's own other devices; and of a small group (AUTHORS)
 * those who have written what the mark has passed, as far as the chat
 * remembers. */
static int
tell_some(struct sc_module *m, struct tx *tx,
    const struct mark_stated *stated, const struct mark_moved *moved,
    bool authors)
{
	const struct chat *c = &moved->chat;
	struct hearers a;
	int rc = hearers_begin(&a, m, tx, stated, moved);

	if (moved->read)
		hearers_own(&a, stated->user, moved->member.number);
	for (unsigned i = 0; authors && i < CHAT_AUTHORS && rc == 0; i++) {
		const struct chat_author *author = &c->recent[i];
		struct member member;

		if (author->user == 0 || author->user == stated->user ||
		    !has_passed(moved, author->seq))
			continue;
		rc = scm_member_get(tx, &c->id, author->user, &member);
		if (rc == 0 && scm_member_in(&member))
			rc = hearers_add(&a, moved, author->user,
			    member.number);
		else if (rc == SC_ENOTFOUND)
			rc = 0;
	}
	return rc != 0 ? rc : hearers_tell(&a, stated, moved);
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
	return tell_some(m, tx, stated, moved, c->kind == CHAT_KIND_GROUP &&
	    c->members <= conf->max);
}

/* What others may know of somebody's marks, and who may know it. */
static int
show_to(struct sc_module *m, struct tx *tx, const struct chat_id *id,
    uint64_t viewer, uint64_t user, struct member *member)
{
	bool tells;
	int rc;

	if (user == viewer)
		return 0;
	rc = receipts_tells(m, tx, viewer, &tells);
	if (rc == 0 && tells)
		return receipts_shown(m, tx, id, user, member);
	member->read = 0;
	return rc;
}

/* What moved while a device was away. */
static int
receipts_sync_chat(struct sc_module *m, struct tx *tx, struct sc_sync_chat *c,
    struct sync_result *result)
{
	uint64_t user[2] = {c->user, 0};
	size_t n = 1;
	int rc = 0;

	/* of a group and a channel only what one has read oneself */
	if (c->chat.kind == CHAT_KIND_SYSTEM)
		return 0;
	if (c->chat.kind == CHAT_KIND_DIRECT &&
	    c->chat.user[0] != c->chat.user[1])
		user[n++] = c->chat.user[1 - scm_chat_side(&c->chat, c->user)];
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct member member;

		rc = scm_member_get(tx, &c->chat.id, user[i], &member);
		if (rc != 0 || member.stamp <= c->since)
			continue;
		rc = show_to(m, tx, &c->chat.id, c->user, user[i], &member);
		if (rc != 0)
			return rc;
		scm_count(m, SYNCED, 1);
		rc = scm_sync_mark(result, c, user[i], &member);
	}
	return rc;
}

/* ---- of one message ---- */

/* What a request keeps between its pages: the last user who was told of. */
enum { LAST };

struct readers {
	struct sc_module *m;
	struct tx *tx;
	struct sc_request *r;
	const struct entry *entry;
	bool told;		/* who asks may know what others have read */
};

/* When the mark of a member passed the entry.  One that was not noted, or is
 * gone with its period, was at that of his mark, or before. */
static int
add_when(struct readers *x, struct elem_buf *e, uint64_t user,
    enum mark_kind kind, const struct member *m)
{
	bool read = kind == MARK_READ, estimated, told = true;
	uint64_t mark = read ? m->read : m->delivered;
	int64_t time, later = 0;
	int rc;

	if (mark < x->entry->seq || (read && !x->told))
		return 0;
	if (read) {
		rc = receipts_read_told(x->m, x->tx, &x->entry->chat, user,
		    x->entry->seq, &later, &told);
		if (rc != 0 || !told)
			return rc;
	}
	rc = scm_mark_when(x->tx, &x->entry->chat, user, kind, x->entry->seq,
	    &time, &estimated);
	if (rc == SC_ENOTFOUND) {
		time = read ? m->read_time : m->delivered_time;
		estimated = true;
		rc = 0;
	}
	if (rc != 0)
		return rc;
	if (later != 0)
		time = later;
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
	struct readers x = {.m = m, .tx = tx, .r = r};
	struct chat c;
	struct entry e;
	int rc = find_own(tx, r, &c, &e);

	if (rc == 0)
		rc = receipts_tells(m, tx, r->user, &x.told);
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
    {"user", TAG_USER, SC_VERB_COUNTED, receipts_set,
	SC_ACTION(ACTION_PRIVACY)},
    {"user", TAG_USER, SC_VERB_READ, receipts_get, SC_ACTION(ACTION_GET)},
    {0},
};

static const struct sc_table_def receipts_tables[] = {
    [RECEIPTS_SWITCH] = {"receipts-switch", 0},
    [RECEIPTS_PRIVATE] = {"receipts-private", 0},
    {0},
};

static const struct sc_stat_def receipts_stats[] = {
    [PUBLISHED] = {"receipts.published",
	"movements of marks told to connected devices"},
    [SYNCED] = {"receipts.synced",
	"movements told to a device when it came back"},
    [REQUESTS] = {"receipts.requests",
	"requests for who has got and read a message"},
    [PRIVATE] = {"receipts.private",
	"movements of read marks of users who do not tell them"},
    {0},
};

SC_MODULE(receipts) = {
	.abi = SC_MODULE_ABI,
	.name = "receipts",
	.summary = "tells how far messages are delivered and read",
	.conf = receipts_conf_defs,
	.conf_size = sizeof(struct receipts_conf),
	.stats = receipts_stats,
	.tables = receipts_tables,
	.verbs = receipts_verbs,
	.mark = receipts_mark,
	.sync_chat = receipts_sync_chat,
	.user_gone = receipts_forget,
};

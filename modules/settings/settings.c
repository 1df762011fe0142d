/* SPDX-License-Identifier: ISC */
/*
 * settings: what a user decides of his chats, for himself and on all of his
 * devices: mute, archive, pin, stars; and the list of his chats, with what is
 * unread in them.  Each change is an entry of the account log, so devices need
 * not ask.
 */
#include "settings.h"

enum { SETTINGS_VERSION = 1, SETTINGS_ROW = 32 };

enum { ARCHIVED = 1, PINNED = 2 };

/* ---- rows ---- */

static struct row_key
settings_key(uint64_t user, uint64_t number)
{
	struct row_key k = {.len = 0};

	row_key_u64(&k, user);
	row_key_u64(&k, number);
	return k;
}

static int
settings_read(const struct tx *tx, struct slice value, struct settings *s)
{
	struct row_in in;
	uint64_t flags;

	row_open(&in, value);
	s->muted = row_get_int(&in);
	flags = row_get_uint(&in);
	s->archived = (flags & ARCHIVED) != 0;
	s->pinned = (flags & PINNED) != 0;
	if (s->muted <= scm_now(tx))
		s->muted = 0;	/* it is over */
	return row_check(&in);
}

static int
settings_get_locked(struct sc_module *m, struct tx *tx, uint64_t user,
    uint64_t number, struct settings *s)
{
	const struct row_key k = settings_key(user, number);
	struct slice value;
	int rc;

	*s = (struct settings){.muted = 0};
	rc = scm_get_locked(tx, m, TABLE_SETTINGS, 0, row_key_slice(&k),
	    &value);
	if (rc == SC_ENOTFOUND)
		return 0;
	return rc != 0 ? rc : settings_read(tx, value, s);
}

static int
settings_put(struct sc_module *m, struct tx *tx, uint64_t user,
    uint64_t number, const struct settings *s)
{
	const struct row_key k = settings_key(user, number);
	uint8_t b[SETTINGS_ROW];
	struct row_out row;

	if (s->muted == 0 && !s->archived && !s->pinned)
		return scm_del(tx, m, TABLE_SETTINGS, 0, row_key_slice(&k));
	row_begin(&row, b, sizeof(b), SETTINGS_VERSION);
	row_int(&row, s->muted);
	row_uint(&row,
	    (s->archived ? ARCHIVED : 0u) | (s->pinned ? PINNED : 0u));
	return scm_put(tx, m, TABLE_SETTINGS, 0, row_key_slice(&k),
	    row_slice(&row));
}

struct scan {
	struct tx *tx;
	int (*fn)(void *arg, uint64_t number, const struct settings *);
	void *arg;
};

static int
scan_row(void *arg, struct slice key, struct slice value)
{
	struct scan *scan = arg;
	struct settings s;
	int rc = settings_read(scan->tx, value, &s);

	return rc != 0 ? rc : scan->fn(scan->arg, row_key_last_u64(key), &s);
}

int
settings_list(struct sc_module *m, struct tx *tx, uint64_t user,
    uint64_t first, int (*fn)(void *arg, uint64_t number,
    const struct settings *), void *arg)
{
	const struct row_key from = settings_key(user, first);
	struct scan scan = {tx, fn, arg};
	struct row_key k = {.len = 0};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range;

	row_key_u64(&k, user);
	range = scm_prefix(row_key_slice(&k), end);
	range.lo = row_key_slice(&from);
	return scm_scan(tx, m, TABLE_SETTINGS, 0, &range, scan_row, &scan);
}

/* ---- requests ---- */

int
settings_chat(struct tx *tx, struct sc_request *r, struct settings_chat *c)
{
	int rc = scm_chat(tx, r, ATTR_CHAT, &c->chat);

	if (rc == 0 && c->chat.kind == CHAT_KIND_SYSTEM) {
		r->why = "this is the account log: name a chat";
		return SC_EBADREQUEST;
	}
	if (rc == 0)
		rc = scm_member_get(tx, &c->chat.id, r->user, &c->member);
	if (rc == SC_ENOTFOUND)
		r->why = "there is no such chat";
	else if (rc == SC_EBADREQUEST)
		r->why = "the request names no chat";
	return rc;
}

static void
settings_elem(struct elem_buf *e, uint64_t number, const struct settings *s)
{
	elem_begin(e, TAG_SETTINGS);
	elem_add_chat_number(e, ATTR_CHAT, number);
	if (s->muted != 0)
		elem_add_time(e, ATTR_MUTED, s->muted);
	if (s->archived)
		elem_add_enum(e, ATTR_ARCHIVED, TOGGLE_ON);
	if (s->pinned)
		elem_add_enum(e, ATTR_PINNED, TOGGLE_ON);
}

/* What the request changes; attributes that are not there leave it. */
static void
settings_change(const struct tx *tx, const struct elem *e, struct settings *s)
{
	s->muted = elem_int(e, ATTR_MUTED, s->muted);
	if (s->muted <= scm_now(tx))
		s->muted = 0;
	s->archived = elem_uint(e, ATTR_ARCHIVED,
	    s->archived ? TOGGLE_ON : TOGGLE_OFF) == TOGGLE_ON;
	s->pinned = elem_uint(e, ATTR_PINNED,
	    s->pinned ? TOGGLE_ON : TOGGLE_OFF) == TOGGLE_ON;
}

/* <settings n chat muted? archived? pinned?/> */
static int
set(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct settings was, s;
	struct settings_chat c;
	struct elem_buf e;
	int rc = settings_chat(tx, r, &c);

	if (rc == 0)
		rc = settings_get_locked(m, tx, r->user, c.member.number,
		    &was);
	if (rc != 0)
		return rc;
	s = was;
	settings_change(tx, r->stanza, &s);
	if (s.muted == was.muted && s.archived == was.archived &&
	    s.pinned == was.pinned)
		return 0;	/* nothing to tell */
	rc = settings_put(m, tx, r->user, c.member.number, &s);
	if (rc != 0)
		return rc;
	scm_count(m, COUNT_CHANGED, 1);
	settings_elem(&e, c.member.number, &s);
	return scm_account_say(tx, r->user, &e.e);
}

struct listing {
	struct tx *tx;
	struct sc_request *r;
};

static int
list_add(void *arg, uint64_t number, const struct settings *s)
{
	struct listing *l = arg;
	struct elem_buf e;
	int rc;

	l->r->resume[0] = number;
	if (s->muted == 0 && !s->archived && !s->pinned)
		return 0;	/* it was muted for a while */
	settings_elem(&e, number, s);
	rc = scm_add(l->tx, l->r, &e.e);
	if (rc == 1)
		l->r->more = true;
	return rc;
}

/* <settings id/> */
static int
list(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct listing l = {tx, r};
	int rc;

	if (r->resume[0] == 0)
		scm_count(m, COUNT_LISTED, 1);
	rc = settings_list(m, tx, r->user, r->resume[0], list_add, &l);
	return rc < 0 ? rc : 0;
}

/* ---- an account that goes ---- */

/* Keys that are to be deleted: not while they are scanned. */
struct keys {
	struct tx *tx;
	struct slice *list;
	size_t n, cap;
};

static int
keys_add(void *arg, struct slice key, struct slice value)
{
	struct keys *k = arg;
	struct slice *list;

	(void)value;
	if (k->n == k->cap) {
		k->cap = k->cap * 2 + 64;
		list = scm_alloc(k->tx, k->cap * sizeof(*list));
		if (list == NULL)
			return SC_ENOMEM;
		if (k->n > 0)
			memcpy(list, k->list, k->n * sizeof(*list));
		k->list = list;
	}
	k->list[k->n] = scm_copy(k->tx, key);
	return k->list[k->n++].p == NULL ? SC_ENOMEM : 0;
}

int
settings_forget(struct sc_module *m, struct tx *tx, unsigned table,
    uint64_t user)
{
	struct keys keys = {.tx = tx};
	struct row_key k = {.len = 0};
	uint8_t end[STORE_KEY_MAX];
	struct store_range range;
	int rc;

	row_key_u64(&k, user);
	range = scm_prefix(row_key_slice(&k), end);
	rc = scm_scan(tx, m, table, 0, &range, keys_add, &keys);
	for (size_t i = 0; i < keys.n && rc == 0; i++)
		rc = scm_del(tx, m, table, 0, keys.list[i]);
	return rc;
}

static int
user_gone(struct sc_module *m, struct tx *tx, uint64_t user)
{
	static const unsigned tables[] = {TABLE_SETTINGS, TABLE_STARS,
	    TABLE_STAR_COUNTS};
	int rc = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]) && rc == 0;
	    i++)
		rc = settings_forget(m, tx, tables[i], user);
	return rc;
}

/* ---- the module ---- */

static const struct sc_conf_def conf_defs[] = {
    {"stars", SC_CONF_UINT, offsetof(struct settings_conf, stars), 0, 1000000,
	10000, "Messages that an account may have starred."},
    {"unread", SC_CONF_UINT, offsetof(struct settings_conf, unread), 1,
	1000000, 9999, "The total of unread messages is counted up to here."},
    {0},
};

static const struct sc_stat_def stats[] = {
    {"settings.changed", "changes of settings of chats"},
    {"settings.starred", "messages starred, or not any more"},
    {"settings.hidden", "messages that users have deleted for themselves"},
    {"settings.listed", "requests for lists: of settings, stars, chats"},
    {"settings.unread", "requests for what is unread"},
    {0},
};

static const struct sc_verb_def verbs[] = {
    {"settings", TAG_SETTINGS, SC_VERB_COUNTED, set, 0},
    {"settings", TAG_SETTINGS, SC_VERB_LIST, list, 0},
    {"star", TAG_STAR, SC_VERB_COUNTED, star_set, 0},
    {"star", TAG_STAR, SC_VERB_LIST, star_list, 0},
    {"hide", TAG_HIDE, SC_VERB_COUNTED, hide, 0},
    {"unread", TAG_UNREAD, SC_VERB_READ, unread_get, 0},
    {"chat list", TAG_CHAT, SC_VERB_LIST, chats_list,
	SC_ACTION(ACTION_LIST)},
    {0},
};

static const struct sc_table_def tables[] = {
	[TABLE_SETTINGS] = {"settings", 0},
	[TABLE_STARS] = {"stars", 0},
	[TABLE_STAR_COUNTS] = {"star-counts", 0},
	{0},
};

SC_MODULE(settings) = {
	.abi = SC_MODULE_ABI,
	.name = "settings",
	.summary = "users mute, archive, pin and star, and list their chats",
	.conf = conf_defs,
	.conf_size = sizeof(struct settings_conf),
	.stats = stats,
	.verbs = verbs,
	.tables = tables,
	.user_gone = user_gone,
};

/* SPDX-License-Identifier: ISC */
/*
 * channels: few write, many read.  Readers do not see each other, and what
 * they have read is counted, not kept.
 */
#include "channels.h"

/* ---- a new channel, and what is changed of one ---- */

/* What the request states, over what the channel has; CHANGED says which. */
static int
take(struct asking *a, struct elem_buf *changed)
{
	const struct elem *s = a->r->stanza;
	int rc = room_take_texts(a->tx, a->r, "channel", &a->channel.texts,
	    changed);

	room_take_timer(a->r, changed);
	if (!elem_has(s, ATTR_CLOSED))
		return rc;
	a->channel.closed = elem_uint(s, ATTR_CLOSED, 0) == TOGGLE_ON;
	elem_add_enum(changed, ATTR_CLOSED,
	    a->channel.closed ? TOGGLE_ON : TOGGLE_OFF);
	return rc;
}

static int
begin(struct asking *a, const struct elem_buf *changed, uint64_t *number)
{
	uint64_t self = a->r->user;
	int rc = scm_lock_users(a->tx, &self, 1);

	a->channel.owner = self;
	if (rc == 0)
		rc = scm_chat_create(a->tx, CHAT_KIND_CHANNEL, &a->chat);
	if (rc == 0)
		rc = room_set_timer(a->m, a->tx, a->r, &a->chat);
	if (rc == 0)
		rc = channel_put(a->m, a->tx, &a->chat.id, &a->channel);
	if (rc == 0)
		rc = scm_member_add(a->tx, &a->chat, self, ROLE_OWNER, 0,
		    a->channel.texts.name, number);
	return rc != 0 ? rc : channel_say(a, self, changed);
}

int
channel_create(struct asking *a)
{
	struct elem_buf changed;
	uint64_t number;
	int rc;

	if (elem_uint(a->r->stanza, ATTR_KIND, CHAT_KIND_COUNT) !=
	    CHAT_KIND_CHANNEL)
		return SC_NOT_MINE;
	if (!elem_has(a->r->stanza, ATTR_NAME))
		return channel_refuse(a, SC_EBADREQUEST,
		    "a channel has a name");
	rc = take(a, &changed);
	if (rc == 0)
		rc = begin(a, &changed, &number);
	if (rc != 0)
		return rc;
	scm_count(a->m, CHANNELS_CREATED, 1);
	return channel_answer(a, number);
}

int
channel_set(struct asking *a)
{
	struct elem_buf changed;
	int rc = channel_open(a, ROLE_ADMIN);

	if (rc == 0)
		rc = take(a, &changed);
	if (rc != 0)
		return rc;
	if (changed.e.nattr == 0)
		return channel_refuse(a, SC_EBADREQUEST,
		    "expected a name, topic, avatar, timer or closed to "
		    "set");
	rc = room_set_timer(a->m, a->tx, a->r, &a->chat);
	if (rc != 0)
		return rc;
	scm_count(a->m, CHANNELS_CHANGED, 1);
	rc = channel_put(a->m, a->tx, &a->chat.id, &a->channel);
	return rc != 0 ? rc : channel_say(a, a->r->user, &changed);
}

/* ---- what clients ask ---- */

static const struct {
	enum action action;
	channel_verb *run;
} counted[] = {
    {ACTION_CREATE, channel_create}, {ACTION_SET, channel_set},
    {ACTION_JOIN, channel_join}, {ACTION_LEAVE, channel_leave},
    {ACTION_REMOVE, channel_remove}, {ACTION_ROLE, channel_role},
    {ACTION_INVITE, channel_invite}, {ACTION_REVOKE, channel_revoke}};

static int
run_counted(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct asking a = {.m = m, .tx = tx, .r = r};
	uint64_t action = elem_uint(r->stanza, ATTR_ACTION, ACTION_COUNT);

	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++)
		if (counted[i].action == action)
			return counted[i].run(&a);
	return SC_NOT_MINE;
}

static int
run_info(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct asking a = {.m = m, .tx = tx, .r = r};

	return channel_info(&a);
}

static int
run_list(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct asking a = {.m = m, .tx = tx, .r = r};

	return channel_list(&a);
}

static int
run_invites(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct asking a = {.m = m, .tx = tx, .r = r};

	return channel_invites(&a);
}

static int
run_views(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct asking a = {.m = m, .tx = tx, .r = r};
	int rc = channel_views(&a);

	return rc != SC_NOT_MINE ? rc : channel_refuse(&a, SC_ENOTACCEPTABLE,
	    "views are counted in channels only");
}

/* ---- what the core asks ---- */

static int
may_post(struct sc_module *m, struct tx *tx, const struct chat *c,
    uint64_t user, const struct member *self, const char **why)
{
	(void)user;
	if (self->role >= ROLE_ADMIN)
		return views_forget(m, tx, c);
	*why = "only those whom its owner has made admins write a channel";
	return SC_EFORBIDDEN;
}

static int
texts(struct sc_module *m, struct tx *tx, const struct chat *c,
    struct sc_chat_texts *t)
{
	struct channel ch;
	int rc = channel_get(m, tx, &c->id, &ch);

	if (rc == 0)
		*t = (struct sc_chat_texts){ch.texts.name, ch.texts.topic};
	return rc;
}

/* ---- the module ---- */

static const struct sc_conf_def channels_conf_defs[] = {
    {"members", SC_CONF_UINT, offsetof(struct channels_conf, members), 1,
	10000000, 1000000, "Subscribers that a channel may have."},
    {"recent", SC_CONF_UINT, offsetof(struct channels_conf, recent), 0,
	1000000, 100, "Entries from before that who subscribes may read."},
    {"invites", SC_CONF_UINT, offsetof(struct channels_conf, invites), 1, 256,
	32, "Invitations that a channel may have at a time."},
    {0},
};

static const struct sc_stat_def channels_stats[] = {
    [CHANNELS_CREATED] = {"channels.created", "channels that were made"},
    [CHANNELS_SUBSCRIBED] = {"channels.subscribed",
	"users who have subscribed"},
    [CHANNELS_LEFT] = {"channels.left", "users who have left channels"},
    [CHANNELS_CHANGED] = {"channels.changed",
	"changes of names, topics and roles"},
    [CHANNELS_VIEWED] = {"channels.viewed", "views that were counted"},
    [CHANNELS_INVITED] = {"channels.invited", "invitations that were made"},
    {0},
};

static const struct sc_table_def channels_tables[] = {
    [CHANNEL_ROWS] = {"channels", 0},
    [CHANNEL_VIEWS] = {"channel-views", 0},
    [CHANNEL_INVITES] = {"channel-invites", 0},
    [CHANNEL_TOKENS] = {"channel-tokens", 0},
    {0},
};

static const struct sc_verb_def channels_verbs[] = {
    {"chat", TAG_CHAT, SC_VERB_COUNTED, run_counted,
	SC_ACTION(ACTION_CREATE) | SC_ACTION(ACTION_SET) |
	SC_ACTION(ACTION_JOIN) | SC_ACTION(ACTION_LEAVE) |
	SC_ACTION(ACTION_REMOVE) | SC_ACTION(ACTION_ROLE) |
	SC_ACTION(ACTION_INVITE) | SC_ACTION(ACTION_REVOKE)},
    {"chat", TAG_CHAT, SC_VERB_READ, run_info, SC_ACTION(ACTION_GET)},
    {"chat", TAG_CHAT, SC_VERB_LIST, run_list, SC_ACTION(ACTION_LIST)},
    {"invite", TAG_INVITE, SC_VERB_READ, run_invites,
	SC_ACTION(ACTION_LIST)},
    {"views", TAG_VIEWS, SC_VERB_LIST, run_views, 0},
    {0},
};

static const struct sc_chats_def channels_chats[] = {
    {"channel", CHAT_KIND_CHANNEL, may_post, channel_let_go, texts},
    {0}};

SC_MODULE(channels) = {
	.abi = SC_MODULE_ABI,
	.name = "channels",
	.summary = "few write, many read, and do not see each other",
	.conf = channels_conf_defs,
	.conf_size = sizeof(struct channels_conf),
	.stats = channels_stats,
	.tables = channels_tables,
	.verbs = channels_verbs,
	.chats = channels_chats,
	.mark = channel_viewed,
};

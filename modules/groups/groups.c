/* SPDX-License-Identifier: ISC */
/*
 * groups: chats of many.  Who is in them and what they are called is changed by
 * entries of their logs, which all members see in one order with the messages;
 * here is who may change what, and what is kept besides.
 */
#include "groups.h"

#include "modules/shared/invite.h"

/* ---- what clients ask ---- */

struct row {
	enum action action;
	group_verb *run;
};

static const struct row counted[] = {
    {ACTION_CREATE, group_create},
    {ACTION_SET, group_set},
    {ACTION_ADD, group_add},
    {ACTION_REMOVE, group_remove},
    {ACTION_ROLE, group_role},
    {ACTION_LEAVE, group_leave},
    {ACTION_INVITE, group_invite},
    {ACTION_REVOKE, group_revoke},
    {ACTION_JOIN, group_join},
    {ACTION_APPROVE, group_approve},
    {ACTION_REFUSE, group_refuse_joiners},
};

enum { COUNTED = sizeof(counted) / sizeof(counted[0]) };

/* Whether another module has the chat that is asked about, or the invitation; it
 * is looked at without a lock, as users are locked before chats. */
static bool
is_anothers(struct acting *a)
{
	const struct value *v = elem_get(a->r->stanza, ATTR_CHAT);
	struct chat_id id;
	struct chat c;

	if (v == NULL && elem_has(a->r->stanza, ATTR_TOKEN))
		return elem_slice(a->r->stanza, ATTR_TOKEN).len > 0 &&
		    !invite_is_to(a->r, CHAT_KIND_GROUP);
	if (v == NULL)
		return elem_uint(a->r->stanza, ATTR_KIND, CHAT_KIND_COUNT) !=
		    CHAT_KIND_GROUP;
	if (v->type != VALUE_CHAT)
		return false;
	if (room_is_direct(a->r))
		return true;
	id = v->chat.id;
	if (v->chat.kind == CHAT_BY_NUMBER && scm_chat_by_number(a->tx,
	    a->r->user, v->chat.number, &id) != 0)
		return false;
	return scm_chat_get(a->tx, &id, &c) == 0 && c.kind != CHAT_KIND_GROUP;
}

static int
run(struct sc_module *m, struct tx *tx, struct sc_request *r, group_verb *verb)
{
	struct acting a = {.m = m, .tx = tx, .r = r};

	return is_anothers(&a) ? SC_NOT_MINE : verb(&a);
}

static int
run_counted(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t action = elem_uint(r->stanza, ATTR_ACTION, ACTION_COUNT);

	for (size_t i = 0; i < COUNTED; i++)
		if (counted[i].action == action)
			return run(m, tx, r, counted[i].run);
	return SC_ENOTACCEPTABLE;
}

static int
run_list(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	return run(m, tx, r, group_list);
}

static int
run_info(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	return run(m, tx, r, group_info);
}

static int
run_invites(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	return run(m, tx, r, group_invites);
}

static int
run_requests(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	return run(m, tx, r, group_requests);
}

/* ---- what the core asks ---- */

static int
may_post(struct sc_module *m, struct tx *tx, const struct chat *c,
    uint64_t user, const struct member *self, const char **why)
{
	struct group g;
	int rc = group_get(m, tx, &c->id, &g);

	(void)user;
	if (rc != 0 || self->role >= g.post)
		return rc;
	*why = "only the admins of this group write in it";
	return SC_EFORBIDDEN;
}

static int
texts(struct sc_module *m, struct tx *tx, const struct chat *c,
    struct sc_chat_texts *t)
{
	struct group g;
	int rc = group_get(m, tx, &c->id, &g);

	if (rc == 0)
		*t = (struct sc_chat_texts){g.texts.name, g.texts.topic};
	return rc;
}

/* ---- the module ---- */

static const struct sc_conf_def groups_conf_defs[] = {
    {"members", SC_CONF_UINT, offsetof(struct groups_conf, members), 2,
	100000, 1024, "Members that a group may have."},
    {"add", SC_CONF_UINT, offsetof(struct groups_conf, add), 1, 1000, 256,
	"Members that one request may name."},
    {"invites", SC_CONF_UINT, offsetof(struct groups_conf, invites), 1, 256,
	32, "Invitations that a group may have at a time."},
    {"requests", SC_CONF_UINT, offsetof(struct groups_conf, requests), 1,
	100000, 1000, "Users that may wait to join a group."},
    {0},
};

static const struct sc_stat_def groups_stats[] = {
    [GROUPS_CREATED] = {"groups.created", "groups that were made"},
    [GROUPS_ADDED] = {"groups.added", "members that were added to groups"},
    [GROUPS_JOINED] = {"groups.joined", "members that came by invitation"},
    [GROUPS_REMOVED] = {"groups.removed", "members that were removed"},
    [GROUPS_LEFT] = {"groups.left", "members that have left"},
    [GROUPS_CHANGED] = {"groups.changed",
	"changes of names, settings and roles"},
    [GROUPS_INVITED] = {"groups.invited", "invitations that were made"},
    [GROUPS_REQUESTED] = {"groups.requested",
	"requests to join that wait for an admin"},
    {0},
};

static const struct sc_table_def groups_tables[] = {
    [GROUP_ROWS] = {"groups", 0},
    [GROUP_INVITES] = {"group-invites", 0},
    [GROUP_TOKENS] = {"group-tokens", 0},
    [GROUP_REQUESTS] = {"group-requests", 0},
    [GROUP_ASKED] = {"group-asked", 0},
    {0},
};

static const struct sc_verb_def groups_verbs[] = {
    {"chat", TAG_CHAT, SC_VERB_COUNTED, run_counted,
	SC_ACTION(ACTION_CREATE) | SC_ACTION(ACTION_SET) |
	SC_ACTION(ACTION_ADD) | SC_ACTION(ACTION_REMOVE) |
	SC_ACTION(ACTION_ROLE) | SC_ACTION(ACTION_LEAVE) |
	SC_ACTION(ACTION_INVITE) | SC_ACTION(ACTION_REVOKE) |
	SC_ACTION(ACTION_JOIN) | SC_ACTION(ACTION_APPROVE) |
	SC_ACTION(ACTION_REFUSE)},
    {"chat", TAG_CHAT, SC_VERB_LIST, run_list, SC_ACTION(ACTION_LIST)},
    {"chat", TAG_CHAT, SC_VERB_READ, run_info, SC_ACTION(ACTION_GET)},
    {"invite", TAG_INVITE, SC_VERB_READ, run_invites,
	SC_ACTION(ACTION_LIST)},
    {"request", TAG_REQUEST, SC_VERB_LIST, run_requests,
	SC_ACTION(ACTION_LIST)},
    {0},
};

static const struct sc_chats_def groups_chats[] = {
    {"group", CHAT_KIND_GROUP, may_post, group_let_go, texts},
    {0},
};

SC_MODULE(groups) = {
	.abi = SC_MODULE_ABI,
	.name = "groups",
	.summary = "chats of many, with owners, admins and invitations",
	.conf = groups_conf_defs,
	.conf_size = sizeof(struct groups_conf),
	.stats = groups_stats,
	.tables = groups_tables,
	.verbs = groups_verbs,
	.chats = groups_chats,
	.user_gone = group_requests_of_gone,
};

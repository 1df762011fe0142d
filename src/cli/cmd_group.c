/* SPDX-License-Identifier: ISC */
/* group: groups, who is in them, and who may come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/changes.h"
#include "src/cli/cli.h"
#include "src/cli/settings.h"

enum { TIMEOUT_S = 30, USERS_MAX = 256 };

struct group;

/* One action: how many words it takes, and how it is asked for. */
struct action {
	const char *name;
	bool of_group;		/* the first word says which */
	int least, most;	/* words behind it */
	/* 0, below 0 as the library says, 1: wrong usage */
	int (*start)(struct cli *, struct group *);
};

struct group {
	const struct action *action;
	char **words;		/* behind the action */
	int nwords;
	uint64_t lookup;	/* the request for which group has that name */
	unsigned found;
	char number[24];	/* of the group, if its name was said */
	uint64_t n, id;
	bool waits;		/* to join */
	bool members;		/* info: they have been asked for */
};

/* ---- which group ----------------------------------------------------- */

/* A number, #id, or the name of a group, which has been looked up. */
static const char *
chat_of(const struct group *g)
{
	return g->number[0] != '\0' ? g->number : g->words[0];
}

static bool
is_name(const char *word)
{
	return *word != '#' && word[strspn(word, "0123456789")] != '\0';
}

static void
look_at(struct group *g, const struct sc_event *e)
{
	if (strcmp(e->name, g->words[0]) != 0)
		return;
	g->found++;
	snprintf(g->number, sizeof(g->number), "%llu",
	    (unsigned long long)e->chat);
}

/* ---- requests -------------------------------------------------------- */

static size_t
members_of(const struct group *g, int from, enum sc_role role,
    struct sc_member *list)
{
	size_t n = 0;

	for (int i = from; i < g->nwords; i++)
		list[n++] = (struct sc_member){g->words[i], role};
	return n;
}

static int
start_create(struct cli *c, struct group *g)
{
	const struct sc_group group = {.name = g->words[0]};
	struct sc_member list[USERS_MAX];
	size_t n = members_of(g, 1, SC_ROLE_UNSAID, list);

	return sc_client_group_create(c->client, &group, list, n, &g->n);
}

static int
change(struct cli *c, struct group *g, enum sc_group_change what, int from,
    enum sc_role role)
{
	struct sc_member list[USERS_MAX];
	size_t n = members_of(g, from, role, list);

	return sc_client_group_change(c->client, chat_of(g), what, list, n,
	    &g->n);
}

static int
start_add(struct cli *c, struct group *g)
{
	return change(c, g, SC_GROUP_ADD, 1, SC_ROLE_UNSAID);
}

static int
start_remove(struct cli *c, struct group *g)
{
	return change(c, g, SC_GROUP_REMOVE, 1, SC_ROLE_UNSAID);
}

static int
start_leave(struct cli *c, struct group *g)
{
	return change(c, g, SC_GROUP_LEAVE, 1, SC_ROLE_UNSAID);
}

static int
start_approve(struct cli *c, struct group *g)
{
	return change(c, g, SC_GROUP_APPROVE, 1, SC_ROLE_UNSAID);
}

static int
start_refuse(struct cli *c, struct group *g)
{
	return change(c, g, SC_GROUP_REFUSE, 1, SC_ROLE_UNSAID);
}

static bool
parse_role(const char *word, enum sc_role *role)
{
	for (*role = SC_ROLE_MEMBER; *role < SC_ROLE_UNSAID; (*role)++)
		if (strcmp(word, changes_role(*role)) == 0)
			return true;
	return false;
}

static int
start_role(struct cli *c, struct group *g)
{
	enum sc_role role;

	return parse_role(g->words[1], &role)
	    ? change(c, g, SC_GROUP_ROLE, 2, role) : 1;
}

static int
start_rename(struct cli *c, struct group *g)
{
	const struct sc_group group = {.name = g->words[1]};

	return sc_client_group_set(c->client, chat_of(g), &group, &g->n);
}

static int
start_set(struct cli *c, struct group *g)
{
	const char *what = g->words[1], *value = g->words[2];
	bool on = strcmp(value, "on") == 0;
	struct sc_group group = {.name = NULL};
	enum sc_role role;
	uint64_t number;
	uint32_t recent;

	if (strcmp(what, "topic") == 0)
		group.topic = value;
	else if (strcmp(what, "post") == 0 && parse_role(value, &role))
		group.post = &role;
	else if (strcmp(what, "edit") == 0 && parse_role(value, &role))
		group.edit = &role;
	else if (strcmp(what, "approval") == 0 &&
	    (on || strcmp(value, "off") == 0))
		group.approval = &on;
	else if (strcmp(what, "recent") == 0 &&
	    cli_number(value, 0, 1000000, &number))
		group.recent = &recent;
	else
		return 1;
	recent = group.recent == NULL ? 0 : (uint32_t)number;
	return sc_client_group_set(c->client, chat_of(g), &group, &g->n);
}

static int
start_invite(struct cli *c, struct group *g)
{
	int64_t expires = 0;
	uint64_t limit = 0;

	if ((g->nwords > 1 && !settings_until(g->words[1], settings_now(),
	    &expires)) ||
	    (g->nwords > 2 && !cli_number(g->words[2], 1, UINT32_MAX, &limit)))
		return 1;
	return sc_client_group_invite(c->client, chat_of(g), expires,
	    limit, &g->n);
}

static int
start_revoke(struct cli *c, struct group *g)
{
	return sc_client_group_revoke(c->client, chat_of(g), g->words[1],
	    &g->n);
}

static int
start_join(struct cli *c, struct group *g)
{
	return sc_client_group_join(c->client, g->words[0], &g->n);
}

static int
start_list(struct cli *c, struct group *g)
{
	return sc_client_group_ask(c->client, NULL, SC_GROUP_MINE, &g->id);
}

static int
start_info(struct cli *c, struct group *g)
{
	return sc_client_group_ask(c->client, chat_of(g), SC_GROUP_INFO,
	    &g->id);
}

static int
start_invites(struct cli *c, struct group *g)
{
	return sc_client_group_ask(c->client, chat_of(g), SC_GROUP_INVITES,
	    &g->id);
}

static int
start_requests(struct cli *c, struct group *g)
{
	return sc_client_group_ask(c->client, chat_of(g),
	    SC_GROUP_REQUESTS, &g->id);
}

static const struct action actions[] = {
	{"list", false, 0, 0, start_list},
	{"create", false, 1, USERS_MAX, start_create},
	{"info", true, 1, 1, start_info},
	{"add", true, 2, USERS_MAX, start_add},
	{"remove", true, 2, USERS_MAX, start_remove},
	{"leave", true, 1, 1, start_leave},
	{"rename", true, 2, 2, start_rename},
	{"role", true, 3, USERS_MAX, start_role},
	{"set", true, 3, 3, start_set},
	{"invite", true, 1, 3, start_invite},
	{"invites", true, 1, 1, start_invites},
	{"revoke", true, 2, 2, start_revoke},
	{"join", false, 1, 1, start_join},
	{"requests", true, 1, 1, start_requests},
	{"approve", true, 2, USERS_MAX, start_approve},
	{"refuse", true, 2, USERS_MAX, start_refuse},
};

enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

/* ---- answers --------------------------------------------------------- */

static void
json_group(const struct sc_event *e)
{
	json_t *j = json_pack("{s:s, s:I, s:s, s:s, s:I, s:I}", "event",
	    "group", "chat", (json_int_t)e->chat, "name", e->name, "role",
	    changes_role(e->role), "members", (json_int_t)e->members, "last",
	    (json_int_t)e->last);
	char created[32];

	if (e->topic != NULL)
		json_object_set_new(j, "topic", json_string(e->topic));
	if (e->created != 0)
		json_object_set_new(j, "created", json_string(cli_time_iso(
		    e->created, created, sizeof(created))));
	if ((e->changed & SC_CHANGED_POST) != 0)
		json_object_update_new(j, json_pack("{s:s, s:s, s:b, s:I}",
		    "post", changes_role(e->post), "edit",
		    changes_role(e->edit), "approval", e->approval, "recent",
		    (json_int_t)e->recent));
	cli_print_json_take(j);
}

static void
show_group(const struct cli *c, const struct sc_event *e)
{
	if (c->json) {
		json_group(e);
		return;
	}
	cli_print("%llu %s: %llu members, you are %s",
	    (unsigned long long)e->chat, e->name,
	    (unsigned long long)e->members, changes_role(e->role));
	if ((e->changed & SC_CHANGED_POST) == 0)
		return;		/* one of the list */
	if (e->topic != NULL && *e->topic != '\0')
		cli_print("topic: %s", e->topic);
	cli_print("post %s, edit %s, approval %s, recent %llu",
	    changes_role(e->post), changes_role(e->edit),
	    e->approval ? "on" : "off", (unsigned long long)e->recent);
}

static void
show_invite(const struct cli *c, const struct sc_event *e)
{
	char expires[32] = "never", limit[32] = "";
	json_t *j;

	if (c->json) {
		j = json_pack("{s:s, s:s, s:I, s:I}", "event", "invite",
		    "token", e->token, "limit", (json_int_t)e->limit, "used",
		    (json_int_t)e->used);
		if (e->expires != 0)
			json_object_set_new(j, "expires",
			    json_string(cli_time_iso(e->expires, expires,
			    sizeof(expires))));
		cli_print_json_take(j);
		return;
	}
	if (e->n != 0) {	/* the one that was made, to be passed on */
		cli_print("%s", e->token);
		return;
	}
	if (e->expires != 0)
		cli_time_local(e->expires, expires, sizeof(expires));
	if (e->limit != 0)
		snprintf(limit, sizeof(limit), " of %llu",
		    (unsigned long long)e->limit);
	cli_print("%s used %llu%s, expires %s", e->token,
	    (unsigned long long)e->used, limit, expires);
}

static void
show_request(const struct cli *c, struct group *g, const struct sc_event *e)
{
	char since[32];

	if (e->n != 0) {
		g->waits = true;
		return;
	}
	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:I, s:s, s:s}",
		    "event", "request", "user", (json_int_t)e->user, "name",
		    e->name, "time", cli_time_iso(e->time, since,
		    sizeof(since))));
	else
		cli_print("%s, since %s", e->name, cli_time_local(e->time,
		    since, sizeof(since)));
}

static void
show_member(const struct cli *c, const struct sc_event *e)
{
	if (c->json)
		changes_json(c, e);
	else
		cli_print("%s %s", e->name, changes_role(e->role));
}

/* What was changed is told by silence, but for what one must know of it. */
static void
show_done(const struct cli *c, const struct group *g,
    const struct sc_event *e)
{
	if (c->json) {
		json_t *j = json_pack("{s:s, s:s}", "event", "result", "of",
		    g->action->name);

		if (e->chat != 0)
			json_object_set_new(j, "chat",
			    json_integer((json_int_t)e->chat));
		if (g->waits)
			json_object_set_new(j, "waits", json_true());
		cli_print_json_take(j);
	} else if (g->waits) {
		cli_print("an admin of the group decides");
	} else if (e->chat != 0) {
		cli_print("%llu %s", (unsigned long long)e->chat,
		    settings_name(c, e->chat));
	}
}

static void
ended(struct cli *c, struct group *g, const struct sc_event *e)
{
	int rc = 0;

	if (e->code != 0) {
		cli_finish(c, cli_fail(c, "group %s: %s", g->action->name,
		    *e->why == '\0' ? sc_code_text(e->code) : e->why));
		return;
	}
	if (e->n != 0)
		show_done(c, g, e);
	if (g->action->start != start_info || g->members) {
		cli_finish(c, EXIT_SUCCESS);
		return;
	}
	g->members = true;
	rc = sc_client_group_ask(c->client, chat_of(g), SC_GROUP_MEMBERS,
	    &g->id);
	if (rc != 0)
		cli_finish(c, cli_fail(c, "group info: %s",
		    sc_code_text(rc)));
}

static int start_action(struct cli *, struct group *);

/* The names of all groups are known. */
static void
looked_up(struct cli *c, struct group *g, const struct sc_event *e)
{
	int status = EXIT_FAILURE;

	g->lookup = 0;
	if (e->code != 0)
		cli_fail(c, "group %s: %s", g->action->name, e->why);
	else if (g->found == 0)
		cli_fail(c, "group %s: you are in no group called %s: group "
		    "list shows yours", g->action->name, g->words[0]);
	else if (g->found > 1)
		cli_fail(c, "group %s: several groups are called %s: say the "
		    "number", g->action->name, g->words[0]);
	else
		status = start_action(c, g);
	if (status != EXIT_SUCCESS)
		cli_finish(c, status);
}

static int
group_event(struct cli *c, const struct sc_event *e)
{
	struct group *g = c->arg;
	bool mine = (e->n != 0 && e->asked == g->n) ||
	    (e->id != 0 && e->id == g->id);

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->id != 0 && e->id == g->lookup) {
		if (e->type == SC_EVENT_CHAT)
			look_at(g, e);
		else if (e->type == SC_EVENT_RESULT)
			looked_up(c, g, e);
		return 0;
	}
	if (!mine)
		return 0;
	if (e->type == SC_EVENT_CHAT)
		show_group(c, e);
	else if (e->type == SC_EVENT_MEMBER)
		show_member(c, e);
	else if (e->type == SC_EVENT_INVITE)
		show_invite(c, e);
	else if (e->type == SC_EVENT_REQUEST)
		show_request(c, g, e);
	else if (e->type == SC_EVENT_RESULT)
		ended(c, g, e);
	return 0;
}

/* ---- the command ----------------------------------------------------- */

/* 0, or the exit status. */
static int
start_action(struct cli *c, struct group *g)
{
	int rc = g->action->start(c, g);

	if (rc == 1)
		return cli_usage(c);
	if (rc == SC_CODE_BAD_REQUEST)
		return cli_fail(c, "group %s: expected names and tokens as "
		    "they were given: see --help", g->action->name);
	if (rc != 0)
		return cli_fail(c, "group %s: %s", g->action->name,
		    sc_code_text(rc));
	return EXIT_SUCCESS;
}

static int
start_and_wait(struct cli *c, struct group *g)
{
	int rc;

	if (!g->action->of_group || !is_name(g->words[0]))
		rc = start_action(c, g);
	else
		rc = sc_client_group_ask(c->client, NULL, SC_GROUP_MINE,
		    &g->lookup) == 0 ? 0 : cli_fail(c, "group %s: not now",
		    g->action->name);
	if (rc != 0)
		return rc;
	if (!cli_run(c, TIMEOUT_S))
		return c->status;
	return cli_fail_unconnected(c, TIMEOUT_S, g->n != 0 ?
	    "the request is kept and goes out with the next command" :
	    "try again");
}

static int
group_run(struct cli *c, int argc, char **argv)
{
	struct group g = {.words = argv + 2, .nwords = argc - 2};
	int status = EXIT_FAILURE;

	for (size_t i = 0; argc > 1 && i < ACTIONS; i++)
		if (strcmp(actions[i].name, argv[1]) == 0)
			g.action = &actions[i];
	if (g.action == NULL || g.nwords < g.action->least ||
	    g.nwords > g.action->most)
		return cli_usage(c);
	if (cli_open(c, group_event, &g) == 0)
		status = start_and_wait(c, &g);
	cli_close(c);
	return status;
}

const struct cli_command cmd_group = {
	"group", "list | create NAME [USER...] | info GROUP | "
	"add GROUP USER... | remove GROUP USER... | leave GROUP | "
	"rename GROUP NAME | role GROUP ROLE USER... | "
	"set GROUP WHAT VALUE | invite GROUP [TIME [USES]] | invites GROUP | "
	"revoke GROUP TOKEN | join TOKEN | requests GROUP | "
	"approve GROUP USER... | refuse GROUP USER...",
	"chats of many: make them, change them, join and leave", group_run,
	"GROUP is the number, the id (#...) or the name of a group.  Its\n"
	"messages are sent and read like others, by number or id.\n"
	"\n"
	"  list         the groups you are in\n"
	"  info         what it is called, who may what, and who is in it\n"
	"  role         make users member, admin or owner\n"
	"  set          topic TEXT; post or edit member|admin: who may write,\n"
	"               who may change name and topic; approval on|off: admins\n"
	"               decide who joins; recent N: so many messages of before\n"
	"               are shown to who comes\n"
	"  invite       print a token that others join with: for a time (8h, 7d,\n"
	"               off: for ever), and so many uses\n"
	"  requests     who waits to join; approve or refuse them\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice group create 'The team' bob carol\n"
	"  stonechat -u alice group role 'The team' admin bob\n"
	"  stonechat -u bob group invite 'The team' 7d 10\n",
};

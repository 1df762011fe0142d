/* SPDX-License-Identifier: ISC */
/* group: groups, who is in them, and who may come. */
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/room.h"

static int
start_create(struct cli *c, struct room *g)
{
	const struct sc_group group = {.name = g->words[0]};
	struct sc_member list[ROOM_USERS_MAX];
	size_t n = 0;

	for (int i = 1; i < g->nwords; i++)
		list[n++] = (struct sc_member){g->words[i], SC_ROLE_UNSAID};
	return sc_client_group_create(c->client, &group, list, n, &g->n);
}

static int
start_add(struct cli *c, struct room *g)
{
	return room_change(c, g, SC_GROUP_ADD, 1, SC_ROLE_UNSAID);
}

static int
start_approve(struct cli *c, struct room *g)
{
	return room_change(c, g, SC_GROUP_APPROVE, 1, SC_ROLE_UNSAID);
}

static int
start_refuse(struct cli *c, struct room *g)
{
	return room_change(c, g, SC_GROUP_REFUSE, 1, SC_ROLE_UNSAID);
}

static int
start_set(struct cli *c, struct room *g)
{
	const char *what = g->words[1], *value = g->words[2];
	bool on = strcmp(value, "on") == 0;
	struct sc_group group = {.name = NULL};
	enum sc_role role;
	uint64_t number;
	uint32_t recent;

	if (strcmp(what, "post") == 0 && room_role(value, &role))
		group.post = &role;
	else if (strcmp(what, "edit") == 0 && room_role(value, &role))
		group.edit = &role;
	else if (strcmp(what, "approval") == 0 &&
	    (on || strcmp(value, "off") == 0))
		group.approval = &on;
	else if (strcmp(what, "recent") == 0 &&
	    cli_number(value, 0, 1000000, &number))
		group.recent = &recent;
	else if (!room_take_text(g, &group))
		return 1;
	recent = group.recent == NULL ? 0 : (uint32_t)number;
	return room_set(c, g, &group);
}

static int
start_join(struct cli *c, struct room *g)
{
	return sc_client_group_join(c->client, g->words[0], &g->n);
}

static int
start_requests(struct cli *c, struct room *g)
{
	return sc_client_group_ask(c->client, room_chat(g),
	    SC_GROUP_REQUESTS, &g->id);
}

static int
list(struct sc_client *client, uint64_t *id)
{
	return sc_client_group_ask(client, NULL, SC_GROUP_MINE, id);
}

static const struct room_action actions[] = {
	{"list", false, 0, 0, "", room_start_list},
	{"create", false, 1, ROOM_USERS_MAX, "NAME [USER...]", start_create},
	{"info", true, 1, 1, "", room_start_info},
	{"add", true, 2, ROOM_USERS_MAX, "USER...", start_add},
	{"remove", true, 2, ROOM_USERS_MAX, "USER...", room_start_remove},
	{"leave", true, 1, 1, "", room_start_leave},
	{"rename", true, 2, 2, "NAME", room_start_rename},
	{"role", true, 3, ROOM_USERS_MAX, "member|admin|owner USER...",
	    room_start_role},
	{"set", true, 3, 3, "topic|picture|post|edit|approval|recent VALUE",
	    start_set},
	{"invite", true, 1, 3, "[TIME|off [USES]]", room_start_invite},
	{"invites", true, 1, 1, "", room_start_invites},
	{"revoke", true, 2, 2, "TOKEN", room_start_revoke},
	{"join", false, 1, 1, "TOKEN", start_join},
	{"requests", true, 1, 1, "", start_requests},
	{"approve", true, 2, ROOM_USERS_MAX, "USER...", start_approve},
	{"refuse", true, 2, ROOM_USERS_MAX, "USER...", start_refuse},
	{NULL, false, 0, 0, NULL, NULL},
};

const struct room_kind room_group = {"group", "GROUP", actions, list, true};

static int
group_run(struct cli *c, int argc, char **argv)
{
	return room_run(c, &room_group, argc, argv);
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
	"  set          topic TEXT; picture REF, the reference of one in base64url;\n"
	"               post or edit member|admin: who may write,\n"
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

/* SPDX-License-Identifier: ISC */
/* channel: channels, which few write and many read. */
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/room.h"

static int
start_create(struct cli *c, struct room *g)
{
	const struct sc_group channel = {.name = g->words[0],
	    .topic = g->nwords > 1 ? g->words[1] : NULL};

	return sc_client_channel_create(c->client, &channel, &g->n);
}

static int
start_join(struct cli *c, struct room *g)
{
	return *g->words[0] == '#'
	    ? sc_client_channel_join(c->client, g->words[0], &g->n)
	    : sc_client_group_join(c->client, g->words[0], &g->n);
}

static int
start_set(struct cli *c, struct room *g)
{
	const char *what = g->words[1], *value = g->words[2];
	bool on = strcmp(value, "on") == 0;
	struct sc_group channel = {.name = NULL};

	if (strcmp(what, "closed") == 0 && (on || strcmp(value, "off") == 0)) {
		channel.closed = &on;
		return room_set(c, g, &channel);
	}
	return room_take_text(g, &channel) ? room_set(c, g, &channel) : 1;
}

static int
start_views(struct cli *c, struct room *g)
{
	uint64_t first = 0, last = 0;

	if ((g->nwords > 1 && !cli_number(g->words[1], 1, INT64_MAX, &first)) ||
	    (g->nwords > 2 && !cli_number(g->words[2], 1, INT64_MAX, &last)))
		return 1;
	return sc_client_views(c->client, room_chat(g), first, last, &g->id);
}

static const struct room_action actions[] = {
	{"list", false, 0, 0, "", room_start_list},
	{"create", false, 1, 2, "NAME [TOPIC]", start_create},
	{"join", false, 1, 1, "ID|TOKEN", start_join},
	{"info", true, 1, 1, "", room_start_info},
	{"leave", true, 1, 1, "", room_start_leave},
	{"rename", true, 2, 2, "NAME", room_start_rename},
	{"set", true, 3, 3, "topic|picture|closed VALUE",
	    start_set},
	{"role", true, 3, 3, "member|admin|owner USER", room_start_role},
	{"remove", true, 2, 2, "USER", room_start_remove},
	{"members", true, 1, 1, "", room_start_members},
	{"views", true, 1, 3, "[FIRST [LAST]]", start_views},
	{"invite", true, 1, 3, "[TIME|off [USES]]", room_start_invite},
	{"invites", true, 1, 1, "", room_start_invites},
	{"revoke", true, 2, 2, "TOKEN", room_start_revoke},
	{NULL, false, 0, 0, NULL, NULL},
};

const struct room_kind room_channel = {"channel", "CHANNEL", actions,
    sc_client_channels, false};

static int
channel_run(struct cli *c, int argc, char **argv)
{
	return room_run(c, &room_channel, argc, argv);
}

const struct cli_command cmd_channel = {
	"channel", "list | create NAME [TOPIC] | join ID | info CHANNEL | "
	"leave CHANNEL | rename CHANNEL NAME | set CHANNEL WHAT VALUE | "
	"role CHANNEL ROLE USER | remove CHANNEL USER | members CHANNEL | "
	"views CHANNEL [FIRST [LAST]] | invite CHANNEL [TIME [USES]] | "
	"invites CHANNEL | revoke CHANNEL TOKEN",
	"what few write and many read: make, subscribe, change, leave",
	channel_run,
	"CHANNEL is the number, the id (#...) or the name of a channel.  Whoever\n"
	"has the id may join: `info' prints it.  If the channel is closed, one\n"
	"joins by an invitation only, which can be taken back.  What is written\n"
	"there is sent and read as in other chats.\n"
	"\n"
	"  list         the channels you are in\n"
	"  join         by its id, or by the token of an invitation\n"
	"  info         what it is called, its id, and how many read it\n"
	"  set          topic TEXT; picture REF, its reference in base64url;\n"
	"               closed on|off: whether who joins needs an invitation\n"
	"  role         make a reader admin, who may write, or owner, or member\n"
	"  remove       take a reader out\n"
	"  members      who writes it; to those who write, all readers\n"
	"  views        by how many each of the newest messages was read, or those\n"
	"               from FIRST to LAST\n"
	"  invite       print a token that others join with: for a time (8h, 7d,\n"
	"               off: for ever), and so many uses; for who writes it\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice channel create News 'What is new'\n"
	"  stonechat -u alice send '#aebagbafaydqqcikbmga2dqdaa' 'We are open'\n"
	"  stonechat -u bob channel join '#aebagbafaydqqcikbmga2dqdaa'\n"
	"  stonechat -u alice channel views News\n"
	"  stonechat -u alice channel set News closed on\n"
	"  stonechat -u alice channel invite News 7d 100\n",
};

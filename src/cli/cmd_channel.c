/* SPDX-License-Identifier: ISC */
/* channel: channels, which few write and many read. */
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
	return sc_client_channel_join(c->client, g->words[0], &g->n);
}

static int
start_set(struct cli *c, struct room *g)
{
	struct sc_group channel = {.name = NULL};

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
	{"list", false, 0, 0, room_start_list},
	{"create", false, 1, 2, start_create},
	{"join", false, 1, 1, start_join},
	{"info", true, 1, 1, room_start_info},
	{"leave", true, 1, 1, room_start_leave},
	{"rename", true, 2, 2, room_start_rename},
	{"set", true, 3, 3, start_set},
	{"role", true, 3, 3, room_start_role},
	{"remove", true, 2, 2, room_start_remove},
	{"members", true, 1, 1, room_start_members},
	{"views", true, 1, 3, start_views},
	{NULL, false, 0, 0, NULL},
};

const struct room_kind room_channel = {"channel", actions,
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
	"views CHANNEL [FIRST [LAST]]",
	"what few write and many read: make, subscribe, change, leave",
	channel_run,
	"CHANNEL is the number, the id (#...) or the name of a channel.  Whoever\n"
	"has the id may join: `info' prints it.  What is written there is sent\n"
	"and read as in other chats.\n"
	"\n"
	"  list         the channels you are in\n"
	"  info         what it is called, its id, and how many read it\n"
	"  set          topic TEXT, or picture REF, its reference in base64url\n"
	"  role         make a reader admin, who may write, or owner, or member\n"
	"  remove       take a reader out\n"
	"  members      who writes it; to those who write, all readers\n"
	"  views        by how many each of the newest messages was read, or those\n"
	"               from FIRST to LAST\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice channel create News 'What is new'\n"
	"  stonechat -u alice send '#aebagbafaydqqcikbmga2dqdaa' 'We are open'\n"
	"  stonechat -u bob channel join '#aebagbafaydqqcikbmga2dqdaa'\n"
	"  stonechat -u alice channel views News\n",
};

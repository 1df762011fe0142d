/* SPDX-License-Identifier: ISC */
/* Commands for groups and channels: what `stonechat group' and `channel' can
 * do, for the one that is open. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/words.h"

/* ---- answers ---- */

static void
room_event(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	struct room room = {.kind = r->kind};
	struct buf lines;

	if (e->type == SC_EVENT_REQUEST && e->n != 0) {
		talk_note(t, "an admin of the group decides");
		return;
	}
	if (t->json) {
		room_json(t->c, &room, e);
		return;
	}
	buf_init(&lines, 0);
	room_text(t->c, e, &lines);
	buf_put_u8(&lines, '\0');
	if (!buf_failed(&lines))
		for (char *line = (char *)lines.p, *end; *line != '\0';
		    line = end) {
			end = line + strcspn(line, "\n");
			if (*end != '\0')
				*end++ = '\0';
			talk_note(t, "  %s", line);
		}
	buf_fini(&lines);
}

/* One that was made or joined is opened. */
static void
room_done(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	struct talk_chat *chat;
	uint64_t id = 0;
	char number[24];
	struct talk_request *members;

	if (r->found) {		/* info: who is in it follows */
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)r->chat->number);
		members = talk_request(t, r->what, sc_client_group_ask(
		    t->c->client, number, SC_GROUP_MEMBERS, &id));
		if (members == NULL)
			return;
		members->id = id;
		members->kind = r->kind;
		members->event = room_event;
		return;
	}
	if (e->n == 0 || e->chat == 0)
		return;
	chat = talk_get(t, e->chat, sc_client_chat_name(t->c->client,
	    e->chat));
	if (chat != NULL && chat != t->open)
		talk_open(t, chat);
}

/* ---- actions ---- */

static const struct room_action *
find_action(const struct room_kind *kind, const char *name)
{
	const struct room_action *a;

	for (a = kind->actions; a->name != NULL; a++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static void
tell_actions(struct talk *t, const struct room_kind *kind)
{
	const struct room_action *a;
	struct buf names;

	buf_init(&names, 0);
	for (a = kind->actions; a->name != NULL; a++)
		buf_printf(&names, " %s", a->name);
	buf_put_u8(&names, '\0');
	if (!buf_failed(&names))
		talk_error(t, "%s: expected one of%s", kind->name,
		    (const char *)names.p);
	buf_fini(&names);
}

static bool
is_open(const struct talk *t, const struct room_kind *kind)
{
	enum sc_chat_kind wanted = kind == &room_channel ? SC_CHAT_CHANNEL :
	    SC_CHAT_GROUP;

	return t->open != NULL && t->open->number != 0 &&
	    sc_client_chat_kind(t->c->client, t->open->number) == wanted;
}

static void
tell_usage(struct talk *t, const struct room *room)
{
	const char *usage = room->action->usage;

	talk_error(t, "%s %s: %s: expected /%s %s%s%s", room->kind->name,
	    room->action->name, room->nwords < room->action->least
	    ? "something is missing" : room->nwords > room->action->most
	    ? "too many words" : "this is not understood", room->kind->name,
	    room->action->name, *usage == '\0' ? "" : " ", usage);
}

static void
start(struct talk *t, struct room *room)
{
	bool fits = room->nwords >= room->action->least &&
	    room->nwords <= room->action->most;
	struct talk_request *r;
	int rc = fits ? room->action->start(t->c, room) : 1;

	if (rc == 1) {
		tell_usage(t, room);
		return;
	}
	r = talk_request(t, room->kind->name, rc);
	if (r == NULL)
		return;
	r->n = room->n;
	r->id = room->id;
	r->kind = room->kind;
	r->event = room_event;
	r->done = room_done;
	r->found = room->kind->info_members &&
	    strcmp(room->action->name, "info") == 0;
}

static void
run(struct talk *t, const struct room_kind *kind, char *rest)
{
	char *list[ROOM_USERS_MAX + 2], number[24];
	struct room room = {.kind = kind};
	char *name = words_take(&rest);
	int n = words_split(rest, list + 1, ROOM_USERS_MAX + 1);

	room.action = name == NULL ? NULL : find_action(kind, name);
	if (room.action == NULL || n < 0) {
		tell_actions(t, kind);
		return;
	}
	room.words = list + 1;
	room.nwords = n;
	if (room.action->of_room) {
		if (!is_open(t, kind)) {
			talk_error(t, "%s %s: no %s is open: /open opens one, "
			    "/%s list shows yours", kind->name, name,
			    kind->name, kind->name);
			return;
		}
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)t->open->number);
		list[0] = number;
		room.words = list;
		room.nwords = n + 1;
	}
	start(t, &room);
}

static void
word_group(struct talk *t, char *rest)
{
	run(t, &room_group, rest);
}

static void
word_channel(struct talk *t, char *rest)
{
	run(t, &room_channel, rest);
}

static void
word_new(struct talk *t, char *rest)
{
	char *list[ROOM_USERS_MAX + 1];
	struct room room = {.kind = &room_group, .words = list};

	room.nwords = words_split(rest, list, ROOM_USERS_MAX + 1);
	room.action = find_action(&room_group, "create");
	if (room.nwords < 1)
		words_usage(t, "new");
	else
		start(t, &room);
}

const struct word words_room[] = {
	{"new", "NAME USER...", "make a group with them, and open it",
	    word_new, WORD_NONE, false, NULL, NULL},
	{"group", "ACTION ...", "what the open group is, who is in it, and who "
	    "may come", word_group, WORD_ONE_OF, false, "list create info add "
	    "remove leave rename role set invite invites revoke join requests "
	    "approve refuse", NULL},
	{"channel", "ACTION ...", "the same for channels", word_channel,
	    WORD_ONE_OF, false, "list create join info leave rename set role "
	    "remove members views invite invites revoke", NULL},
	{NULL, NULL, NULL, NULL, WORD_NONE, false, NULL, NULL},
};

/* SPDX-License-Identifier: ISC */
#include "src/cli/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base64url.h"
#include "src/cli/changes.h"
#include "src/cli/cli.h"
#include "src/cli/settings.h"

enum { TIMEOUT_S = 30, PICTURE_MAX = 256 };

/* ---- which one ------------------------------------------------------- */

const char *
room_chat(const struct room *g)
{
	return g->address[0] != '\0' ? g->address : g->words[0];
}

static bool
is_name(const char *word)
{
	return *word != '#' && word[strspn(word, "0123456789")] != '\0';
}

static void
look_at(struct room *g, const struct sc_event *e)
{
	if (e->address == NULL || strcmp(e->name, g->words[0]) != 0)
		return;
	g->found++;
	snprintf(g->address, sizeof(g->address), "%s", e->address);
}

/* ---- requests -------------------------------------------------------- */

int
room_change(struct cli *c, struct room *g, enum sc_group_change what, int from,
    enum sc_role role)
{
	struct sc_member list[ROOM_USERS_MAX];
	size_t n = 0;

	for (int i = from; i < g->nwords; i++)
		list[n++] = (struct sc_member){g->words[i], role};
	return sc_client_group_change(c->client, room_chat(g), what, list, n,
	    &g->n);
}

int
room_set(struct cli *c, struct room *g, const struct sc_group *what)
{
	return sc_client_group_set(c->client, room_chat(g), what, &g->n);
}

bool
room_role(const char *word, enum sc_role *role)
{
	for (*role = SC_ROLE_MEMBER; *role < SC_ROLE_UNSAID; (*role)++)
		if (strcmp(word, changes_role(*role)) == 0)
			return true;
	return false;
}

bool
room_take_text(const struct room *g, struct sc_group *what)
{
	char *value = g->words[2];
	uint8_t bytes[PICTURE_MAX];

	if (strcmp(g->words[1], "topic") == 0) {
		what->topic = value;
		return true;
	}
	what->avatarlen = sizeof(bytes);
	if (strcmp(g->words[1], "picture") != 0 ||
	    strlen(value) > PICTURE_MAX / 3 * 4 ||
	    base64url_decode(slice_str(value), bytes, &what->avatarlen) != 0)
		return false;
	memcpy(value, bytes, what->avatarlen);	/* which is shorter */
	what->avatar = value;
	return true;
}

int
room_start_list(struct cli *c, struct room *g)
{
	return g->kind->list(c->client, &g->id);
}

int
room_start_info(struct cli *c, struct room *g)
{
	return sc_client_group_ask(c->client, room_chat(g), SC_GROUP_INFO,
	    &g->id);
}

int
room_start_members(struct cli *c, struct room *g)
{
	return sc_client_group_ask(c->client, room_chat(g), SC_GROUP_MEMBERS,
	    &g->id);
}

int
room_start_leave(struct cli *c, struct room *g)
{
	return room_change(c, g, SC_GROUP_LEAVE, 1, SC_ROLE_UNSAID);
}

int
room_start_remove(struct cli *c, struct room *g)
{
	return room_change(c, g, SC_GROUP_REMOVE, 1, SC_ROLE_UNSAID);
}

int
room_start_role(struct cli *c, struct room *g)
{
	enum sc_role role;

	return room_role(g->words[1], &role)
	    ? room_change(c, g, SC_GROUP_ROLE, 2, role) : 1;
}

int
room_start_rename(struct cli *c, struct room *g)
{
	return room_set(c, g, &(struct sc_group){.name = g->words[1]});
}

int
room_start_invite(struct cli *c, struct room *g)
{
	int64_t expires = 0;
	uint64_t limit = 0;

	if ((g->nwords > 1 && !settings_until(g->words[1], settings_now(),
	    &expires)) ||
	    (g->nwords > 2 && !cli_number(g->words[2], 1, UINT32_MAX, &limit)))
		return 1;
	return sc_client_group_invite(c->client, room_chat(g), expires,
	    limit, &g->n);
}

int
room_start_invites(struct cli *c, struct room *g)
{
	return sc_client_group_ask(c->client, room_chat(g), SC_GROUP_INVITES,
	    &g->id);
}

int
room_start_revoke(struct cli *c, struct room *g)
{
	return sc_client_group_revoke(c->client, room_chat(g), g->words[1],
	    &g->n);
}

/* ---- answers --------------------------------------------------------- */

static void
json_room(const struct cli *c, const struct room *g, const struct sc_event *e)
{
	char created[32], id[SC_CHAT_ID_SIZE];
	json_t *j = json_pack("{s:s, s:I, s:s, s:s, s:s, s:I, s:I}", "event",
	    g->kind->name, "chat", (json_int_t)e->chat, "id",
	    sc_client_chat_id(c->client, e->chat, id), "name", e->name,
	    "role", changes_role(e->role), "members", (json_int_t)e->members,
	    "last", (json_int_t)e->last);

	if (e->topic != NULL)
		json_object_set_new(j, "topic", json_string(e->topic));
	if (e->avatarlen > 0)
		cli_json_bytes(j, "picture", e->avatar, e->avatarlen);
	if (e->created != 0)
		json_object_set_new(j, "created", json_string(cli_time_iso(
		    e->created, created, sizeof(created))));
	if ((e->changed & SC_CHANGED_POST) != 0)
		json_object_update_new(j, json_pack("{s:s, s:s, s:b, s:I}",
		    "post", changes_role(e->post), "edit",
		    changes_role(e->edit), "approval", e->approval, "recent",
		    (json_int_t)e->recent));
	if ((e->changed & SC_CHANGED_CLOSED) != 0)
		json_object_set_new(j, "closed", json_boolean(e->closed));
	cli_print_json_take(j);
}

static void
put_room(const struct cli *c, const struct sc_event *e, struct buf *b)
{
	char id[SC_CHAT_ID_SIZE];

	buf_printf(b, "%llu %s: %llu %s, you are %s",
	    (unsigned long long)e->chat, e->name,
	    (unsigned long long)e->members,
	    e->members == 1 ? "member" : "members", changes_role(e->role));
	if (e->created == 0)
		return;		/* one of the list */
	buf_printf(b, "\nid: %s", sc_client_chat_id(c->client, e->chat, id));
	if (e->topic != NULL && *e->topic != '\0')
		buf_printf(b, "\ntopic: %s", e->topic);
	if ((e->changed & SC_CHANGED_CLOSED) != 0 && e->closed)
		buf_put_str(b, "\nclosed: who joins needs an invitation");
	if ((e->changed & SC_CHANGED_POST) == 0)
		return;		/* a channel has no such settings */
	buf_printf(b, "\npost %s, edit %s, approval %s, recent %llu",
	    changes_role(e->post), changes_role(e->edit),
	    e->approval ? "on" : "off", (unsigned long long)e->recent);
}

static void
json_invite(const struct sc_event *e)
{
	json_t *j = json_pack("{s:s, s:s, s:I, s:I}", "event", "invite",
	    "token", e->token, "limit", (json_int_t)e->limit, "used",
	    (json_int_t)e->used);
	char expires[32];

	if (e->expires != 0)
		json_object_set_new(j, "expires", json_string(cli_time_iso(
		    e->expires, expires, sizeof(expires))));
	cli_print_json_take(j);
}

static void
put_invite(const struct sc_event *e, struct buf *b)
{
	char expires[32] = "never", limit[32] = "";

	if (e->n != 0) {	/* the one that was made, to be passed on */
		buf_put_str(b, e->token);
		return;
	}
	if (e->expires != 0)
		cli_time_local(e->expires, expires, sizeof(expires));
	if (e->limit != 0)
		snprintf(limit, sizeof(limit), " of %llu",
		    (unsigned long long)e->limit);
	buf_printf(b, "%s used %llu%s, expires %s", e->token,
	    (unsigned long long)e->used, limit, expires);
}

void
room_json(const struct cli *c, const struct room *g, const struct sc_event *e)
{
	char since[32];

	if (e->type == SC_EVENT_CHAT)
		json_room(c, g, e);
	else if (e->type == SC_EVENT_MEMBER)
		changes_json(c, e);
	else if (e->type == SC_EVENT_INVITE)
		json_invite(e);
	else if (e->type == SC_EVENT_VIEWS)
		cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I}", "event",
		    "views", "chat", (json_int_t)e->chat, "seq",
		    (json_int_t)e->seq, "views", (json_int_t)e->views));
	else
		cli_print_json_take(json_pack("{s:s, s:I, s:s, s:s}",
		    "event", "request", "user", (json_int_t)e->user, "name",
		    e->name, "time", cli_time_iso(e->time, since,
		    sizeof(since))));
}

void
room_text(const struct cli *c, const struct sc_event *e, struct buf *b)
{
	char since[32];

	if (e->type == SC_EVENT_CHAT)
		put_room(c, e, b);
	else if (e->type == SC_EVENT_MEMBER)
		buf_printf(b, "%s %s", e->name, changes_role(e->role));
	else if (e->type == SC_EVENT_INVITE)
		put_invite(e, b);
	else if (e->type == SC_EVENT_VIEWS)
		buf_printf(b, "%llu read by %llu", (unsigned long long)e->seq,
		    (unsigned long long)e->views);
	else
		buf_printf(b, "%s, since %s", e->name, cli_time_local(e->time,
		    since, sizeof(since)));
}

/* Each line of it is one. */
static void
print_text(const struct cli *c, const struct sc_event *e)
{
	struct buf lines;
	char *line, *end;

	buf_init(&lines, 0);
	room_text(c, e, &lines);
	buf_put_u8(&lines, '\0');
	if (!buf_failed(&lines))
		for (line = (char *)lines.p; line != NULL; line = end) {
			end = strchr(line, '\n');
			if (end != NULL)
				*end++ = '\0';
			cli_print("%s", line);
		}
	buf_fini(&lines);
}

/* What was changed is told by silence, but for what one must know of it. */
static void
show_done(const struct cli *c, const struct room *g,
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

/* Why it has not been done; the exit status. */
static int
fail(const struct cli *c, const struct room *g, const char *why)
{
	return cli_fail(c, "%s %s: %s", g->kind->name, g->action->name, why);
}

static void
ended(struct cli *c, struct room *g, const struct sc_event *e)
{
	int rc = 0;

	if (e->code != 0) {
		cli_finish(c, fail(c, g, *e->why == '\0'
		    ? sc_code_text(e->code) : e->why));
		return;
	}
	if (e->n != 0)
		show_done(c, g, e);
	if (!g->kind->info_members || g->members ||
	    g->action->start != room_start_info) {
		cli_finish(c, EXIT_SUCCESS);
		return;
	}
	g->members = true;
	rc = room_start_members(c, g);
	if (rc != 0)
		cli_finish(c, fail(c, g, sc_code_text(rc)));
}

static int start_action(struct cli *, struct room *);

/* The names of all are known. */
static void
looked_up(struct cli *c, struct room *g, const struct sc_event *e)
{
	const char *kind = g->kind->name;
	int status = EXIT_FAILURE;

	g->lookup = 0;
	if (e->code != 0)
		fail(c, g, e->why);
	else if (g->found == 0)
		cli_fail(c, "%s %s: you are in no %s called %s: %s list "
		    "shows yours", kind, g->action->name, kind, g->words[0],
		    kind);
	else if (g->found > 1)
		cli_fail(c, "%s %s: several %ss are called %s: say the "
		    "number", kind, g->action->name, kind, g->words[0]);
	else
		status = start_action(c, g);
	if (status != EXIT_SUCCESS)
		cli_finish(c, status);
}

static void
show(struct cli *c, struct room *g, const struct sc_event *e)
{
	switch (e->type) {
	case SC_EVENT_REQUEST:
		if (e->n != 0) {
			g->waits = true;
			break;
		}
		/* one of those who wait */
		/* fall through */
	case SC_EVENT_CHAT:
	case SC_EVENT_MEMBER:
	case SC_EVENT_INVITE:
	case SC_EVENT_VIEWS:
		if (c->json)
			room_json(c, g, e);
		else
			print_text(c, e);
		break;
	case SC_EVENT_RESULT:
		ended(c, g, e);
		break;
	default:
		break;
	}
}

static int
room_event(struct cli *c, const struct sc_event *e)
{
	struct room *g = c->arg;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->id != 0 && e->id == g->lookup) {
		if (e->type == SC_EVENT_CHAT)
			look_at(g, e);
		else if (e->type == SC_EVENT_RESULT)
			looked_up(c, g, e);
		return 0;
	}
	if ((e->n != 0 && e->asked == g->n) || (e->id != 0 && e->id == g->id))
		show(c, g, e);
	return 0;
}

/* ---- the command ----------------------------------------------------- */

static int
action_usage(const struct cli *c, const struct room *g)
{
	const struct room_action *a = g->action;

	cli_fail(c, "usage: stonechat [OPTION...] %s %s%s%s%s%s (see stonechat "
	    "%s --help)", g->kind->name, a->name, a->of_room ? " " : "",
	    a->of_room ? g->kind->word : "", *a->usage == '\0' ? "" : " ",
	    a->usage, g->kind->name);
	return CLI_USAGE;
}

/* 0, or the exit status. */
static int
start_action(struct cli *c, struct room *g)
{
	int rc = g->action->start(c, g);

	if (rc == 1)
		return action_usage(c, g);
	if (rc == SC_CODE_BAD_REQUEST)
		return fail(c, g, "expected names, ids and tokens as they were "
		    "given: see --help");
	return rc != 0 ? fail(c, g, sc_code_text(rc)) : EXIT_SUCCESS;
}

static int
start_and_wait(struct cli *c, struct room *g)
{
	int rc;

	if (!g->action->of_room || !is_name(g->words[0]))
		rc = start_action(c, g);
	else
		rc = g->kind->list(c->client, &g->lookup) == 0 ? 0
		    : fail(c, g, "not now");
	if (rc != 0)
		return rc;
	if (!cli_run(c, TIMEOUT_S))
		return c->status;
	return cli_fail_unconnected(c, TIMEOUT_S, g->n != 0 ?
	    "the request is kept and goes out with the next command" :
	    "try again");
}

int
room_run(struct cli *c, const struct room_kind *kind, int argc, char **argv)
{
	struct room g = {.kind = kind, .words = argv + 2, .nwords = argc - 2};
	const struct room_action *a = kind->actions;
	int status = EXIT_FAILURE;

	for (; argc > 1 && a->name != NULL; a++)
		if (strcmp(a->name, argv[1]) == 0)
			g.action = a;
	if (g.action == NULL)
		return cli_usage(c);
	if (g.nwords < g.action->least || g.nwords > g.action->most)
		return action_usage(c, &g);
	if (cli_open(c, room_event, &g) == 0)
		status = start_and_wait(c, &g);
	cli_close(c);
	return status;
}

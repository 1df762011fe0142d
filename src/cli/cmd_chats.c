/* SPDX-License-Identifier: ISC */
/* chats, unread: the chats of the account, and what is unread in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/settings.h"

enum { TIMEOUT_S = 30 };

/* ---- how a chat is shown --------------------------------------------- */

static const char *const kinds[] = {
	[SC_CHAT_DIRECT] = "direct", [SC_CHAT_GROUP] = "group",
	[SC_CHAT_CHANNEL] = "channel", [SC_CHAT_STATUS] = "status",
	[SC_CHAT_SYSTEM] = "system"};

const char *
settings_name(const struct cli *c, uint64_t chat)
{
	const char *name = sc_client_chat_name(c->client, chat);

	return name == NULL ? "" : name;
}

json_t *
settings_json(const struct sc_event *e, const struct settings *s)
{
	char muted[32];
	json_t *j = json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:b, s:b}",
	    "event", "chat", "chat", (json_int_t)e->chat, "kind",
	    kinds[e->kind], "name", e->name, "last", (json_int_t)e->last,
	    "read", (json_int_t)e->read, "unread", (json_int_t)e->unread,
	    "archived", s->archived, "pinned", s->pinned);

	if (s->muted != 0)
		json_object_set_new(j, "muted", json_string(cli_time_iso(
		    s->muted, muted, sizeof(muted))));
	return j;
}

const char *
settings_text(const struct sc_event *e, const struct settings *s, char *out,
    size_t size)
{
	char muted[32];
	int n = snprintf(out, size, "%llu %s: %llu%s unread%s%s",
	    (unsigned long long)e->chat,
	    *e->name == '\0' ? kinds[e->kind] : e->name,
	    (unsigned long long)e->unread, e->unread >= 999 ? "+" : "",
	    s->archived ? ", archived" : "", s->pinned ? ", pinned" : "");

	if (n < 0 || (size_t)n >= size || s->muted == 0)
		return out;
	if (s->muted == SC_FOREVER)
		snprintf(out + n, size - (size_t)n, ", muted");
	else
		snprintf(out + n, size - (size_t)n, ", muted until %s",
		    cli_time_local(s->muted, muted, sizeof(muted)));
	return out;
}

/* ---- chats ----------------------------------------------------------- */

/* What is set is asked for first, then the chats. */
struct chats {
	uint64_t settings_id, chats_id;
	struct settings *set;
	size_t n, cap;
	bool failed;
};

static void
keep(struct chats *l, const struct sc_event *e)
{
	struct settings *set;

	if (l->n == l->cap) {
		set = reallocarray(l->set, l->cap * 2 + 16, sizeof(*set));
		if (set == NULL) {
			l->failed = true;
			return;
		}
		l->set = set;
		l->cap = l->cap * 2 + 16;
	}
	l->set[l->n++] = (struct settings){.chat = e->chat,
	    .muted = e->muted, .archived = e->archived, .pinned = e->pinned};
}

static int
compare(const void *key, const void *member)
{
	uint64_t a = *(const uint64_t *)key;
	uint64_t b = ((const struct settings *)member)->chat;

	return a < b ? -1 : a > b;
}

static void
show(const struct cli *c, const struct chats *l, const struct sc_event *e)
{
	static const struct settings none = {0};
	const struct settings *s = NULL;
	char line[400];

	if (l->n > 0)	/* they came in the order of the chats */
		s = bsearch(&e->chat, l->set, l->n, sizeof(*l->set), compare);
	if (c->json)
		cli_print_json_take(settings_json(e, s == NULL ? &none : s));
	else
		cli_print("%s", settings_text(e, s == NULL ? &none : s, line,
		    sizeof(line)));
}

/* The settings are known: now the chats. */
static void
answered(struct cli *c, struct chats *l, const struct sc_event *e)
{
	int rc = e->code;

	if (rc == 0 && e->id == l->chats_id)
		cli_finish(c, EXIT_SUCCESS);
	else if (rc == 0)
		rc = sc_client_chats(c->client, &l->chats_id);
	if (rc != 0)
		cli_finish(c, cli_fail(c, "no list of chats: %s",
		    e->code != 0 ? e->why : sc_code_text(rc)));
}

static int
chats_event(struct cli *c, const struct sc_event *e)
{
	struct chats *l = c->arg;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->id == 0)
		return 0;
	if (e->type == SC_EVENT_SETTINGS && e->id == l->settings_id)
		keep(l, e);
	else if (e->type == SC_EVENT_CHAT && e->id == l->chats_id)
		show(c, l, e);
	else if (e->type == SC_EVENT_RESULT)
		answered(c, l, e);
	return 0;
}

static int
chats_ask(struct cli *c, struct chats *l)
{
	int rc = sc_client_settings(c->client, &l->settings_id);

	if (rc != 0)
		return cli_fail(c, "no list of chats: %s", sc_code_text(rc));
	if (cli_run(c, TIMEOUT_S))
		return cli_fail_unconnected(c, TIMEOUT_S, "try again");
	return l->failed ? cli_fail(c, "out of memory") : c->status;
}

static int
chats_run(struct cli *c, int argc, char **argv)
{
	struct chats l = {0};
	int status = EXIT_FAILURE;

	(void)argv;
	if (argc != 1)
		return cli_usage(c);
	if (cli_open(c, chats_event, &l) == 0)
		status = chats_ask(c, &l);
	cli_close(c);
	free(l.set);
	return status;
}

/* ---- unread ---------------------------------------------------------- */

static int
unread_event(struct cli *c, const struct sc_event *e)
{
	const uint64_t *id = c->arg;
	json_t *j;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->id == 0 || e->id != *id)
		return 0;
	if (e->type == SC_EVENT_RESULT)
		cli_finish(c, e->code == 0 ? EXIT_SUCCESS :
		    cli_fail(c, "it is not known what is unread: %s", e->why));
	if (e->type != SC_EVENT_UNREAD)
		return 0;
	if (!c->json) {
		cli_print("%llu", (unsigned long long)e->unread);
		return 0;
	}
	j = json_pack("{s:s, s:I}", "event", "unread", "unread",
	    (json_int_t)e->unread);
	if (e->chat != 0)
		json_object_set_new(j, "chat",
		    json_integer((json_int_t)e->chat));
	cli_print_json_take(j);
	return 0;
}

static int
unread_run(struct cli *c, int argc, char **argv)
{
	int rc, status = EXIT_FAILURE;
	uint64_t id = 0;

	if (argc > 2)
		return cli_usage(c);
	if (cli_open(c, unread_event, &id) == 0) {
		rc = sc_client_unread(c->client, argc == 2 ? argv[1] : NULL,
		    &id);
		if (rc != 0)
			status = cli_fail(c, "it is not known what is unread: "
			    "%s", sc_code_text(rc));
		else if (cli_run(c, TIMEOUT_S))
			status = cli_fail_unconnected(c, TIMEOUT_S,
			    "try again");
		else
			status = c->status;
	}
	cli_close(c);
	return status;
}

const struct cli_command cmd_chats = {
	"chats", "",
	"list your chats, and what is unread and set", chats_run,
	"Each line begins with the chat's number.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice chats\n"
	"  stonechat -u alice chats --json\n",
};

const struct cli_command cmd_unread = {
	"unread", "[CHAT]",
	"print how many messages are unread, in all or in a chat", unread_run,
	"Chats that are muted are not in the total.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice unread\n"
	"  stonechat -u alice unread bob\n",
};

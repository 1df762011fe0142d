/* SPDX-License-Identifier: ISC */
/* The conversation client, which is stonechat without a command. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/event_json.h"
#include "src/cli/loop.h"
#include "src/cli/talk.h"

enum {
	ATTEMPTS = 3,		/* at the password */
	PENDING_MAX = 256,	/* a script is not read further than that */
	SETTLE_MS = 30000	/* after its end */
};

/* ---- what the terminal wants ---- */

static const char *
prompt(void *arg)
{
	struct talk *t = ((struct cli *)arg)->arg;
	char *text;

	if (asprintf(&text, "%s> ", t->open == NULL ? "" : t->open->name) < 0)
		return "> ";
	free(t->prompt);
	t->prompt = text;
	return text;
}

/* A script ends when the server has settled what it sent. */
void
talk_end(struct talk *t)
{
	if (t->edits)
		cli_finish(t->c, EXIT_SUCCESS);
	else if (t->end_at == 0)
		t->end_at = loop_now() + SETTLE_MS;
}

static void
on_end(void *arg)
{
	talk_end(((struct cli *)arg)->arg);
}

/* For a signal: at once, and a script has not done all. */
static void
on_leave(void *arg)
{
	struct cli *c = arg;
	const struct talk *t = c->arg;

	cli_finish(c, t->edits ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void
on_input(struct cli *c)
{
	term_on_input(((struct talk *)c->arg)->term);
}

static void
on_signal(struct cli *c)
{
	term_on_signal(((struct talk *)c->arg)->term);
}

static void
clear(const struct cli *c)
{
	term_hide(((struct talk *)c->arg)->term);
}

/* ---- the connection ---- */

static void
say_online(struct talk *t)
{
	if (t->json)
		cli_print_json_take(json_pack("{s:s, s:s, s:I}", "event",
		    "online", "user", t->c->user, "id",
		    (json_int_t)sc_client_user(t->c->client)));
	else if (t->was_online || t->why != NULL)
		talk_note(t, "* online");
	t->was_online = true;
	free(t->why);
	t->why = NULL;
}

/* The reason, unless it has been told. */
static void
say_offline(struct talk *t)
{
	const char *why = *t->c->bye != '\0' ? t->c->bye :
	    sc_driver_why(t->c->driver);

	if (*why == '\0' || (t->why != NULL && strcmp(why, t->why) == 0))
		return;
	free(t->why);
	t->why = strdup(why);
	if (t->json)
		cli_print_json_take(json_pack("{s:s, s:s}", "event",
		    "offline", "text", why));
	else
		talk_note(t, "* offline, trying again: %s", why);
	/* the next reason is that of the next attempt */
	*t->c->bye = '\0';
}

static void
look_at_connection(struct talk *t)
{
	bool online = sc_client_online(t->c->client);

	if (online != t->online)
		term_hide(t->term);
	if (online && !t->online)
		say_online(t);
	t->online = online;
	if (!online) {
		t->synced = false;
		talk_people_lost(t);
		talk_typing_sent(t);
		say_offline(t);
	}
}

static void
on_turn(struct cli *c)
{
	struct talk *t = c->arg;
	size_t pending = sc_client_pending(c->client);

	look_at_connection(t);
	/* what waits has been shown, what was typed sent, and all answered */
	if (t->end_at != 0 && pending == 0 && t->greeted &&
	    t->history == 0 && t->devices == 0 && t->requests == NULL && !c->finished)
		cli_finish(c, t->failed ? EXIT_FAILURE : EXIT_SUCCESS);
	c->sources[CLI_INPUT].fd = t->end_at == 0 && (t->edits ||
	    pending < PENDING_MAX) ? term_input(t->term) : -1;
	if (ferror(stdout) && !c->finished)
		cli_finish(c, cli_fail(c, "what comes cannot be printed"));
	talk_typing_turn(t);
	talk_status_turn(t);
	talk_expire_turn(t);
	if (!c->finished)
		term_show(t->term);
}

/* ---- life ---- */

static int
begin(struct talk *t)
{
	struct cli *c = t->c;
	const struct term_conf conf = {
		.plain = c->json,
		.arg = c,
		.prompt = prompt,
		.line = talk_line,
		.end = on_end,
		.leave = on_leave,
		.complete = talk_complete,
		.status = talk_status,
		.typed = talk_typed,
		.page = talk_older_page,
	};

	t->json = c->json;
	t->status = strdup("connecting…");
	t->term = term_create(&conf);
	if (t->term == NULL)
		return cli_fail(c, "out of memory");
	t->edits = term_edits(t->term);
	t->colours = term_colours(t->term);
	c->clear = clear;
	c->turn = on_turn;
	c->sources[CLI_INPUT] = (struct cli_source){term_input(t->term), on_input};
	c->sources[CLI_SIGNALS] = (struct cli_source){term_signals(t->term),
	    on_signal};
	if (t->edits)
		talk_note(t, "%s at %s. /help lists commands, Ctrl-D leaves.",
		    c->user, c->host);
	return 0;
}

static void
end(struct talk *t)
{
	struct cli *c = t->c;
	size_t pending;

	if (t->term != NULL && c->client != NULL) {
		talk_mark_read(t);
		pending = sc_client_pending(c->client);
		if (pending > 0 && t->edits)
			talk_note(t, "%zu not sent yet: kept, and sent at the "
			    "next start", pending);
	}
	cli_close(c);
	c->clear = NULL;
	c->turn = NULL;
	term_destroy(t->term);
	talk_free(t);
}

/* When something changes by itself. */
static int64_t
next_change(const struct talk *t)
{
	int64_t at = talk_people_deadline(t);
	int64_t expiry = talk_expire_deadline(t);

	if (expiry < at)
		at = expiry;
	if (t->typing_until != 0 && t->typing_until < at)
		at = t->typing_until;
	return at;
}

static int
loop(struct talk *t)
{
	struct cli *c = t->c;
	int64_t left = INT64_MAX, at, now;

	while (!c->finished) {
		now = loop_now();
		at = next_change(t);
		left = at == INT64_MAX ? at : at > now ? at - now : 0;
		if (t->end_at != 0)
			left = t->end_at - now;
		if (t->end_at != 0 && left <= 0 && !c->online)
			return cli_fail_unconnected(c, SETTLE_MS / 1000,
			    "check the address with -s; messages are kept");
		if (t->end_at != 0 && left <= 0)
			return cli_fail(c, "%zu messages were not acknowledged "
			    "in time: they are kept, and go out with the next "
			    "command", sc_client_pending(c->client));
		loop_turn(c, left);
	}
	return c->status;
}

static int
talk_once(struct cli *c)
{
	struct talk t = {.c = c};
	int status = EXIT_FAILURE;

	changes_init(&t.changes);
	c->finished = c->refused = false;
	if (cli_open(c, talk_event, &t) == 0 && begin(&t) == 0)
		status = loop(&t);
	end(&t);
	return status;
}

static int
talk_run(struct cli *c, int argc, char **argv)
{
	unsigned i = 0;
	int status;

	(void)argv;
	if (argc > 1)
		return cli_usage(c);
	c->unread_again = true;
	do {
		status = talk_once(c);
		/* the next attempt asks for the password */
		c->ask = true;
	} while (c->refused && cli_can_ask(c) && ++i < ATTEMPTS);
	return status;
}

const struct cli_command cmd_talk = {
	"", "",
	"talk: type lines, see lines", talk_run,
	NULL,
};

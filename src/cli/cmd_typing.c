/* SPDX-License-Identifier: ISC */
/* typing, signal: what a chat is told and nobody keeps. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

enum { TIMEOUT_S = 30 };

static const char *const activities[] = {"paused", "composing", "recording"};

struct typing {
	const char *chat;
	unsigned activity;
	const char *signal;	/* or NULL: that one types */
};

static int
tell(struct sc_client *client, const struct typing *t)
{
	return t->signal == NULL ? sc_client_typing(client, t->chat,
	    (enum sc_activity)t->activity) : sc_client_signal(client,
	    t->chat, 0, t->signal, strlen(t->signal));
}

static int
typing_event(struct cli *c, const struct sc_event *e)
{
	const struct typing *t = c->arg;
	int rc;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	/* now it is known which chats there are */
	if (e->type != SC_EVENT_SYNCED)
		return 0;
	rc = tell(c->client, t);
	cli_finish(c, rc == 0 ? EXIT_SUCCESS : cli_fail(c, "%s: %s", t->chat,
	    sc_code_text(rc)));
	return 0;
}

/* False: there is no such activity. */
static bool
find_activity(struct typing *t, const char *word)
{
	enum { N = sizeof(activities) / sizeof(activities[0]) };

	for (t->activity = 0; t->activity < N; t->activity++)
		if (strcmp(activities[t->activity], word) == 0)
			return true;
	return false;
}

static int
run(struct cli *c, struct typing *t)
{
	int status = EXIT_FAILURE;

	if (cli_open(c, typing_event, t) == 0)
		status = cli_run(c, TIMEOUT_S) ? cli_fail_unconnected(c,
		    TIMEOUT_S, "try again") : c->status;
	cli_close(c);
	return status;
}

static int
typing_run(struct cli *c, int argc, char **argv)
{
	struct typing t = {.activity = SC_ACTIVITY_COMPOSING};

	if (argc < 2 || argc > 3 || (argc == 3 && !find_activity(&t, argv[2])))
		return cli_usage(c);
	t.chat = argv[1];
	return run(c, &t);
}

static int
signal_run(struct cli *c, int argc, char **argv)
{
	struct typing t = {0};

	if (argc != 3 || *argv[2] == '\0')
		return cli_usage(c);
	t.chat = argv[1];
	t.signal = argv[2];
	return run(c, &t);
}

const struct cli_command cmd_typing = {
	"typing", "CHAT [composing | recording | paused]",
	"tell a chat that one types", typing_run,
	"Nobody keeps it, and nobody answers.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice typing bob\n"
	"  stonechat -u alice typing bob paused\n",
};

const struct cli_command cmd_signal = {
	"signal", "CHAT TEXT",
	"send something that nobody keeps to those who are there", signal_run,
	"For programs, which agree on what it means: `listen --json' prints it.\n"
	"\n"
	"Example:\n"
	"  stonechat -u alice signal bob '{\"call\": \"ring\"}'\n",
};

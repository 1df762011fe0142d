/* SPDX-License-Identifier: ISC */
/* typing: tells a chat that one types. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

enum { TIMEOUT_S = 30 };

static const char *const activities[] = {"paused", "composing", "recording"};

struct typing {
	const char *chat;
	unsigned activity;
};

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
	rc = sc_client_typing(c->client, t->chat,
	    (enum sc_activity)t->activity);
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
typing_run(struct cli *c, int argc, char **argv)
{
	struct typing t = {.activity = SC_ACTIVITY_COMPOSING};
	int status = EXIT_FAILURE;

	if (argc < 2 || argc > 3 || (argc == 3 && !find_activity(&t, argv[2])))
		return cli_usage(c);
	t.chat = argv[1];
	if (cli_open(c, typing_event, &t) == 0)
		status = cli_run(c, TIMEOUT_S) ? cli_fail_unconnected(c,
		    TIMEOUT_S, "try again") : c->status;
	cli_close(c);
	return status;
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

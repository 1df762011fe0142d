/* SPDX-License-Identifier: ISC */
/* disappear: after what time the messages of a chat are gone. */
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"
#include "src/cli/span.h"

enum { TIMEOUT_S = 30 };

struct disappear {
	const char *chat;
	bool set;		/* else it is asked for */
	uint32_t seconds;
	uint64_t n, id;
};

static void
print_timer(const struct cli *c, const struct disappear *d, uint64_t timer)
{
	char span[SPAN_TEXT];

	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:s, s:I}", "event",
		    "disappear", "to", d->chat, "timer", (json_int_t)timer));
	else
		cli_print("%s", timer == 0 ? "off"
		    : span_text(timer, span));
}

static void
ended(struct cli *c, const struct disappear *d, const struct sc_event *e)
{
	if (e->code != 0)
		cli_finish(c, cli_fail(c, "disappear %s: %s%s", d->chat,
		    d->set ? "nothing is changed: " : "", e->why));
	else
		cli_finish(c, EXIT_SUCCESS);
}

static int
disappear_event(struct cli *c, const struct sc_event *e)
{
	const struct disappear *d = c->arg;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->type == SC_EVENT_CHAT && !d->set && e->id == d->id &&
	    e->id != 0)
		print_timer(c, d, e->timer);
	if (e->type != SC_EVENT_RESULT)
		return 0;
	if (d->set && e->n != 0 && e->asked == d->n) {
		if (e->code == 0 && c->json)
			print_timer(c, d, d->seconds);
		ended(c, d, e);
	} else if (!d->set && e->id != 0 && e->id == d->id) {
		ended(c, d, e);
	}
	return 0;
}

static int
ask_and_wait(struct cli *c, struct disappear *d)
{
	int rc = d->set
	    ? sc_client_timer(c->client, d->chat, d->seconds, &d->n)
	    : sc_client_group_ask(c->client, d->chat, SC_GROUP_INFO, &d->id);

	if (rc != 0)
		return cli_fail(c, "disappear %s: %s", d->chat,
		    sc_code_text(rc));
	if (!cli_run(c, TIMEOUT_S))
		return c->status;
	return cli_fail_unconnected(c, TIMEOUT_S, d->set
	    ? "the request is kept and goes out with the next command"
	    : "try again");
}

static int
disappear_run(struct cli *c, int argc, char **argv)
{
	struct disappear d = {.set = argc == 3};
	int status = EXIT_FAILURE;

	if (argc < 2 || argc > 3 ||
	    (d.set && !span_parse(argv[2], &d.seconds)))
		return cli_usage(c);
	d.chat = argv[1];
	if (cli_open(c, disappear_event, &d) == 0)
		status = ask_and_wait(c, &d);
	cli_close(c);
	return status;
}

const struct cli_command cmd_disappear = {
	"disappear", "CHAT [TIME | off]",
	"let the messages of a chat disappear after a time", disappear_run,
	"CHAT is a user (bob), a chat (#...) or the number of one.  What is\n"
	"written in it from now on, by anybody, is gone TIME later, here and\n"
	"for all others; they are told that you have said so.  In a group or\n"
	"channel who may change its name may do this.\n"
	"\n"
	"TIME is a number of seconds, or one with m, h, d or w: minutes,\n"
	"hours, days, weeks.  Without it, what it is now is printed.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice disappear bob 24h\n"
	"  stonechat -u alice disappear bob\n"
	"  stonechat -u alice disappear bob off\n",
};

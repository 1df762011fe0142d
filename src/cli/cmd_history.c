/* SPDX-License-Identifier: ISC */
/* history: entries of a chat, of any age. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/cli/changes.h"
#include "src/cli/cli.h"
#include "src/cli/event_json.h"
#include "src/cli/when.h"
#include "src/cli/said.h"
#include "src/common/buf.h"

struct history {
	const char *chat;
	struct sc_history what;
	uint64_t id;
	struct changes changes;
};

static void
print_message(const struct cli *c, const struct sc_event *e,
    const char *change)
{
	char when[32];
	struct buf line;

	if (c->json) {
		event_json_message(e);
		return;
	}
	buf_init(&line, 0);
	buf_printf(&line, "%llu %s ", (unsigned long long)e->seq,
	    cli_time_local(e->time, when, sizeof(when)));
	if (change != NULL)
		buf_printf(&line, "(%s)", change);
	else if (e->from != 0 && !e->own && *e->name == '\0' &&
	    sc_client_chat_kind(c->client, e->chat) == SC_CHAT_CHANNEL)
		buf_printf(&line, "%s: ",
		    sc_client_chat_name(c->client, e->chat));
	else if (e->from != 0 && !e->own && *e->name == '\0')
		buf_printf(&line, "~%llu: ", (unsigned long long)e->from);
	else
		buf_printf(&line, "%s: ", e->own ? c->user
		    : e->from == 0 ? "(server)" : e->name);
	if (change == NULL)
		said_text(e, &line);
	cli_print_slice(buf_slice(&line));
	buf_fini(&line);
}

static void
print_skip(const struct cli *c, const struct sc_event *e)
{
	if (c->json)
		event_json_skip(e);
	else
		cli_print("(messages %llu to %llu are not available: %s)",
		    (unsigned long long)e->first, (unsigned long long)e->last,
		    e->why);
}

static int
history_event(struct cli *c, const struct sc_event *e)
{
	struct history *h = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	case SC_EVENT_PAGE_MESSAGE:
		print_message(c, e, changes_line(&h->changes, e));
		break;
	case SC_EVENT_MEMBER:
	case SC_EVENT_CHANGED:
		if (e->id != h->id)
			break;
		changes_add(&h->changes, c, e);
		if (c->json)
			changes_json(c, e);
		break;
	case SC_EVENT_PAGE_SKIP:
		print_skip(c, e);
		break;
	case SC_EVENT_RESULT:
		if (e->id != h->id)
			break;
		cli_finish(c, e->code == 0 ? EXIT_SUCCESS : cli_fail(c,
		    "no history of %s: %s", h->chat, e->why));
		break;
	default:
		break;
	}
	return 0;
}

static int
ask_and_wait(struct cli *c, struct history *h, uint64_t timeout)
{
	int rc = sc_client_history(c->client, h->chat, &h->what, &h->id);

	if (rc != 0)
		return cli_fail(c, "no history of %s: %s", h->chat,
		    sc_code_text(rc));
	if (!cli_run(c, timeout))
		return c->status;
	return cli_fail_unconnected(c, timeout, "try again");
}

static int
history_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"limit", required_argument, NULL, 'l'},
		{"before", required_argument, NULL, 'b'},
		{"after", required_argument, NULL, 'a'},
		{"since", required_argument, NULL, 's'},
		{"until", required_argument, NULL, 'u'},
		{"timeout", required_argument, NULL, 't'},
		{NULL, 0, NULL, 0},
	};
	struct history h = {0};
	uint64_t timeout = 30, limit = 0;
	bool good = true;
	int opt, status = EXIT_FAILURE;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'l')
			good &= cli_number(optarg, 1, UINT32_MAX, &limit);
		else if (opt == 'b')
			good &= cli_number(optarg, 1, UINT64_MAX,
			    &h.what.before);
		else if (opt == 'a')
			good &= cli_number(optarg, 0, UINT64_MAX,
			    &h.what.after);
		else if (opt == 's')
			good &= cli_time(optarg, &h.what.since);
		else if (opt == 'u')
			good &= cli_time(optarg, &h.what.until);
		else
			good &= opt == 't' && cli_number(optarg, 1, 1000000,
			    &timeout);
	}
	if (!good || argc - optind != 1)
		return cli_usage(c);
	h.chat = argv[optind];
	h.what.limit = (uint32_t)limit;
	changes_init(&h.changes);
	if (cli_open(c, history_event, &h) == 0)
		status = ask_and_wait(c, &h, timeout);
	cli_close(c);
	changes_fini(&h.changes);
	return status;
}

const struct cli_command cmd_history = {
	"history", "CHAT [--limit N] [--before SEQ] [--after SEQ] "
	"[--since TIME] [--until TIME] [--timeout S]",
	"print messages of a chat, old and new", history_run,
	"CHAT is a user (bob), a chat (#...) or the number of one.  Each line\n"
	"begins with the message's number, the oldest first.  Nothing counts\n"
	"as received or read by it.\n"
	"\n"
	"  --limit N    so many at most; the server's default is 30\n"
	"  --before SEQ the newest below that number, instead of the newest\n"
	"  --after SEQ  the oldest above it; with --before, those between\n"
	"  --since TIME the oldest written then or later\n"
	"  --until TIME the newest written before then; all that are said hold\n"
	"  --timeout S  wait for so many seconds; the default is 30\n"
	"\n"
	"TIME is a date (2026-11-23), a local time ('2026-11-23 06:46:00'), one in\n"
	"UTC as --json prints it, or an age: 90m, 12h, 7d.\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice history bob\n"
	"  stonechat -u alice history bob --limit 100 --before 4711\n"
	"  stonechat -u alice history bob --since 7d --until '2026-11-23 12:00'\n",
};

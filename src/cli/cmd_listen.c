/* SPDX-License-Identifier: ISC */
/* listen: what has come and what comes. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/cli/changes.h"
#include "src/cli/cli.h"
#include "src/cli/event_json.h"
#include "src/cli/said.h"
#include "src/common/buf.h"

struct listen {
	uint64_t count;		/* end after so many; 0: do not */
	uint64_t seen;
	bool read;
	struct changes changes;
};

static bool
is_channel(const struct cli *c, const struct sc_event *e)
{
	return sc_client_chat_kind(c->client, e->chat) == SC_CHAT_CHANNEL;
}

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
	cli_time_of_day(e->time, when, sizeof(when));
	if (change != NULL) {
		cli_print("%s (%s)", when, change);
		return;
	}
	buf_init(&line, 0);
	if (e->own || *e->name != '\0')
		buf_printf(&line, "%s %s: ", when, e->own ? c->user : e->name);
	else if (is_channel(c, e))	/* which is what its readers know */
		buf_printf(&line, "%s %s: ", when,
		    sc_client_chat_name(c->client, e->chat));
	else	/* somebody of a group whose name is not known yet */
		buf_printf(&line, "%s ~%llu: ", when,
		    (unsigned long long)e->from);
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

/* For programs. */
static void
print_signal(const struct sc_event *e)
{
	json_t *j = json_pack("{s:s, s:I, s:I, s:s}", "event", "signal",
	    "chat", (json_int_t)e->chat, "user", (json_int_t)e->user, "name",
	    e->name);

	cli_json_bytes(j, "data", e->payload, e->payloadlen);
	cli_print_json_take(j);
}

/* Who cannot print it has not got it: it waits at the server. */
static int
check_printed(struct cli *c)
{
	if (!ferror(stdout))
		return 0;
	if (!c->finished)
		cli_finish(c, cli_fail(c, "what comes cannot be printed"));
	return -1;
}

/* All that comes is wanted, also what only those are told who look. */
static void
open_all(struct cli *c)
{
	uint64_t chat = 0;

	while ((chat = sc_client_next_chat(c->client, chat)) != 0)
		(void)sc_client_open(c->client, chat);
}

static int
listen_event(struct cli *c, const struct sc_event *e)
{
	struct listen *l = c->arg;
	const char *change;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
		if (cli_is_notice(e))
			break;
		change = changes_line(&l->changes, e);
		print_message(c, e, change);
		if (check_printed(c) != 0)
			return -1;
		if (l->read && !e->own)
			sc_client_read(c->client, e->chat, e->seq);
		if (change == NULL && ++l->seen == l->count)
			cli_finish(c, EXIT_SUCCESS);
		break;
	case SC_EVENT_SKIP:
		print_skip(c, e);
		break;
	case SC_EVENT_CHAT:
		(void)sc_client_open(c->client, e->chat);
		break;
	case SC_EVENT_MEMBER:
	case SC_EVENT_CHANGED:
		if (e->id == 0)
			changes_add(&l->changes, c, e);
		if (e->id == 0 && c->json)
			changes_json(c, e);
		break;
	case SC_EVENT_SIGNAL:
		if (c->json)
			print_signal(e);
		break;
	case SC_EVENT_SYNCED:
		if (c->json)
			event_json_plain("synced");
		break;
	default:
		break;
	}
	return check_printed(c);
}

static int
timed_out(const struct cli *c, const struct listen *l, uint64_t timeout)
{
	if (!c->online)
		return cli_fail_unconnected(c, timeout,
		    "check the address with -s");
	if (l->count == 0)
		return EXIT_SUCCESS;
	return cli_fail(c, "%llu of %llu messages came within %llu s",
	    (unsigned long long)l->seen, (unsigned long long)l->count,
	    (unsigned long long)timeout);
}

static int
listen_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"count", required_argument, NULL, 'c'},
		{"timeout", required_argument, NULL, 't'},
		{"no-ack", no_argument, NULL, 'n'},
		{"read", no_argument, NULL, 'r'},
		{NULL, 0, NULL, 0},
	};
	struct listen l = {0};
	uint64_t timeout = 0;
	bool good = true;
	int opt, status = EXIT_FAILURE;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'c')
			good &= cli_number(optarg, 1, INT64_MAX, &l.count);
		else if (opt == 't')
			good &= cli_number(optarg, 1, 1000000, &timeout);
		else if (opt == 'n')
			c->no_ack = true;
		else if (opt == 'r')
			l.read = true;
		else
			good = false;
	}
	if (!good || optind != argc)
		return cli_usage(c);
	changes_init(&l.changes);
	if (cli_open(c, listen_event, &l) == 0) {
		open_all(c);
		status = cli_run(c, timeout) ? timed_out(c, &l, timeout) :
		    c->status;
	}
	cli_close(c);
	changes_fini(&l.changes);
	return status;
}

const struct cli_command cmd_listen = {
	"listen", "[--count N] [--timeout S] [--no-ack] [--read]",
	"print messages, those that waited and those that come", listen_run,
	"  --count N    end after N messages; what changes a group is none\n"
	"  --timeout S  end after S seconds; a failure if fewer than N came\n"
	"  --no-ack     do not acknowledge: they come again next time\n"
	"  --read       tell their senders that they were read\n"
	"\n"
	"Examples:\n"
	"  stonechat -u bob listen\n"
	"  stonechat -u bob --json listen --count 1 --timeout 60 --read\n",
};

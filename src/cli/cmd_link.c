/* SPDX-License-Identifier: ISC */
/* link: a code that lets another device in, as text and as a QR code. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/cli.h"
#include "src/cli/link_code.h"

enum { TIMEOUT_S = 30, GRACE_S = 2 };

struct link {
	bool qr;		/* also if it is no terminal */
	uint64_t id;
	uint64_t seconds;	/* for which it is good */
};

/* ---- the code -------------------------------------------------------- */

static void
show_code(const struct cli *c, const struct link *l, const struct sc_event *e)
{
	bool terminal = isatty(STDOUT_FILENO) == 1;
	struct buf lines;

	if (c->json) {
		link_code_json(c, e);
	} else {
		buf_init(&lines, 0);
		link_code_put(c, e, terminal || l->qr, terminal, &lines);
		buf_put_u8(&lines, '\n');
		if (!buf_failed(&lines))
			fwrite(buf_slice(&lines).p, 1, lines.len, stdout);
		buf_wipe(&lines);
	}
	/* it is wanted now, and waited for */
	fflush(stdout);
}

static void
show_used(const struct cli *c, const struct sc_event *e)
{
	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:I, s:s}", "event",
		    "linked", "device", (json_int_t)e->device, "name",
		    e->name));
	else
		cli_print("device %u (%s) has been added",
		    (unsigned)e->device, e->name);
}

/* ---- waiting --------------------------------------------------------- */

static int
link_event(struct cli *c, const struct sc_event *e)
{
	struct link *l = c->arg;
	int64_t ms;

	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->type == SC_EVENT_LINK && e->id == l->id) {
		/* by the server's clock */
		ms = e->time - sc_client_base(c->client);
		l->seconds = (uint64_t)(ms > 0 ? ms : 0) / 1000 + GRACE_S;
		show_code(c, l, e);
	} else if (e->type == SC_EVENT_DEVICE && e->id == 0 && e->linked &&
	    l->seconds != 0) {
		show_used(c, e);
		cli_finish(c, EXIT_SUCCESS);
	} else if (e->type == SC_EVENT_RESULT && e->id == l->id &&
	    e->code != 0) {
		cli_finish(c, cli_fail(c, "there is no code: %s", e->why));
	}
	return 0;
}

static int
ask_and_wait(struct cli *c, struct link *l)
{
	int rc = sc_client_link(c->client, &l->id);

	if (rc != 0)
		return cli_fail(c, "there is no code: %s", sc_code_text(rc));
	/* without a pause: it may be used as soon as it is shown */
	if (!cli_run(c, TIMEOUT_S))
		return c->status;
	if (l->seconds == 0)
		return cli_fail_unconnected(c, TIMEOUT_S, "try again");
	if (l->seconds <= TIMEOUT_S || cli_run(c, l->seconds - TIMEOUT_S))
		return cli_fail(c, "the code was not used in time: ask for "
		    "another");
	return c->status;
}

static int
link_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"qr", no_argument, NULL, 'q'},
		{NULL, 0, NULL, 0},
	};
	struct link l = {0};
	int opt, status = EXIT_FAILURE;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'q')
			return cli_usage(c);
		l.qr = true;
	}
	if (argc != optind)
		return cli_usage(c);
	if (cli_open(c, link_event, &l) == 0)
		status = ask_and_wait(c, &l);
	cli_close(c);
	return status;
}

const struct cli_command cmd_link = {
	"link", "[--qr]",
	"let another device in, by a code that is good once", link_run,
	"The code is printed as text, and on a terminal as a QR code, which\n"
	"holds the address and the user as well.  Whoever has it within its\n"
	"time, two minutes if the server does not say otherwise, is in: show\n"
	"it to nobody.  The command ends when it has been used, or is over.\n"
	"\n"
	"  --qr         print the QR code also if this is no terminal\n"
	"\n"
	"Examples:\n"
	"  stonechat -u alice link\n",
};

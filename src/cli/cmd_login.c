/* SPDX-License-Identifier: ISC */
/* login: with a password, which leaves a token for the other commands. */
#include <stdio.h>
#include <stdlib.h>

#include "src/cli/cli.h"

enum { TIMEOUT_S = 30 };

static int
login_event(struct cli *c, const struct sc_event *e)
{
	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SKIP)
		return cli_is_notice(e) ? 0 : -1;	/* for `listen' */
	if (e->type == SC_EVENT_ONLINE)
		cli_finish(c, EXIT_SUCCESS);
	return 0;
}

static void
print_result(const struct cli *c)
{
	if (c->json)
		cli_print_json_take(json_pack("{s:s, s:s, s:I}", "event",
		    "online", "user", c->user, "id",
		    (json_int_t)sc_client_user(c->client)));
	else
		cli_print("logged in as %s", c->user);
}

static int
login_run(struct cli *c, int argc, char **argv)
{
	int status = EXIT_FAILURE;

	(void)argv;
	if (argc != 1)
		return cli_usage(c);
	c->ask = true;
	if (cli_open(c, login_event, NULL) == 0) {
		if (cli_run(c, TIMEOUT_S))
			status = cli_fail_unconnected(c, TIMEOUT_S,
			    "check the address with -s");
		else
			status = c->status;
		if (status == EXIT_SUCCESS)
			print_result(c);
	}
	cli_close(c);
	return status;
}

const struct cli_command cmd_login = {
	"login", "",
	"log in with a password; later commands need none", login_run,
	"Without --password-file the password is asked for on the terminal.\n"
	"\n"
	"Examples:\n"
	"  stonechat -s chat.example.org -u alice login\n"
	"  stonechat -u alice --password-file pw --device phone login\n",
};

/* SPDX-License-Identifier: ISC */
/* login: with a password, or a code that another device has made, which leaves a
 * token for the other commands. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/cli.h"

enum { TIMEOUT_S = 30, LINE_SIZE = 1000 };

static const char scheme[] = "stonechat://";

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

/* ---- with a code ------------------------------------------------------ */

/* Of a text like those that `link' shows to cameras: who, where, and the code.
 * It is cut into pieces. */
static bool
take_uri(struct cli *c, char *uri)
{
	char *user = uri + strlen(scheme), *host = strchr(user, '@');
	char *rest = host == NULL ? NULL : strchr(host, '/');
	char *code = rest == NULL ? NULL : strstr(rest, "link=");

	if (code == NULL)
		return false;
	*host++ = '\0';
	*rest = '\0';
	code += strlen("link=");
	code[strcspn(code, "&#")] = '\0';
	if (*user == '\0' || strchr(user, '/') != NULL ||
	    cli_set_server(c, host) != 0)
		return false;
	c->user = user;
	c->link = code;
	return true;
}

/* The code, or what holds it; "-" is the first line of standard input, which
 * does not show up in a list of processes. */
static bool
take_link(struct cli *c, char *text, char *line, size_t size)
{
	if (strcmp(text, "-") == 0) {
		setvbuf(stdin, NULL, _IONBF, 0);
		if (fgets(line, (int)size, stdin) == NULL)
			return false;
		line[strcspn(line, "\r\n")] = '\0';
		text = line;
	}
	if (strncmp(text, scheme, strlen(scheme)) == 0)
		return take_uri(c, text);
	c->link = text;
	return true;
}

static int
login(struct cli *c)
{
	int status = EXIT_FAILURE;

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

static int
login_run(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"link", required_argument, NULL, 'l'},
		{NULL, 0, NULL, 0},
	};
	char line[LINE_SIZE] = "", *text = NULL;
	int opt, status;

	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt != 'l')
			return cli_usage(c);
		text = optarg;
	}
	if (argc != optind)
		return cli_usage(c);
	c->ask = text == NULL;
	if (text != NULL && !take_link(c, text, line, sizeof(line)))
		status = cli_fail(c, "this is no code: give what `stonechat "
		    "link' shows");
	else
		status = login(c);
	explicit_bzero(line, sizeof(line));
	return status;
}

const struct cli_command cmd_login = {
	"login", "[--link CODE]",
	"log in with a password; later commands need none", login_run,
	"Without --password-file the password is asked for on the terminal.\n"
	"\n"
	"  --link CODE  no password, but what `stonechat link' shows on another\n"
	"               device of yours: the code, or all that a camera sees.\n"
	"               - reads it from standard input\n"
	"\n"
	"Examples:\n"
	"  stonechat -s chat.example.org -u alice login\n"
	"  stonechat -u alice --password-file pw --device phone login\n",
};

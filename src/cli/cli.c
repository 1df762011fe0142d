/* SPDX-License-Identifier: ISC */
#include "src/cli/cli.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/loop.h"
#include "src/cli/password.h"
#include "src/cli/statedir.h"

enum { PATH_SIZE = 4096, GOODBYE_MS = 3000 };

/* ---- events ---------------------------------------------------------- */

void
cli_finish(struct cli *c, int status)
{
	c->finished = true;
	c->status = status;
}

const char *
cli_refusal(const struct sc_event *e)
{
	const char *plain = sc_code_text(e->code);

	if (*e->why != '\0' && strcmp(e->why, plain) != 0)
		return e->why;
	return e->code == SC_CODE_NOT_FOUND ?
	    "there is no such user or chat: check the name; a group or "
	    "channel goes by its number or id" : plain;
}

const char *
cli_untaken(int rc)
{
	if (rc == SC_CODE_BAD_REQUEST)
		return "expected a user, or the number or id (#...) of a chat, "
		    "and a text in UTF-8 that is not empty";
	if (rc == SC_CODE_NOT_FOUND)
		return "there is no such chat: `stonechat chats' lists yours";
	if (rc == SC_CODE_TOO_LARGE)
		return "it is too long: send it in parts";
	return sc_code_text(rc);
}

static void
login_refused(struct cli *c, const struct sc_event *e)
{
	const char *advice = "";

	c->refused = e->code == SC_CODE_NOT_AUTHORIZED;
	if (c->refused && c->link != NULL)
		advice = ": the code is good once, and for a short time: ask "
		    "for another with `stonechat link'";
	else if (c->refused)
		advice = c->password == NULL ?
		    ": log in again with --password-file" :
		    ": check user and password";
	cli_finish(c, cli_fail(c, "login as %s refused: %s%s", c->user,
	    *e->why == '\0' ? sc_code_text(e->code) : e->why, advice));
}

static int
on_event(void *arg, const struct sc_event *e)
{
	struct cli *c = arg;

	if (e->type == SC_EVENT_FAILURE) {
		login_refused(c, e);
		return 0;
	}
	if (e->type == SC_EVENT_ONLINE) {
		c->online = true;
		*c->bye = '\0';
	} else if (e->type == SC_EVENT_BYE) {
		snprintf(c->bye, sizeof(c->bye), "%s", e->why);
	}
	/* What comes after the end is for the next command. */
	if (c->finished)
		return -1;
	return c->event(c, e);
}

bool
cli_is_notice(const struct sc_event *e)
{
	return e->type == SC_EVENT_MESSAGE && e->from == 0;
}

bool
cli_can_ask(const struct cli *c)
{
	return c->password_file == NULL && isatty(STDIN_FILENO) == 1;
}

int
cli_fail_unconnected(const struct cli *c, uint64_t seconds,
    const char *what_now)
{
	const char *why = sc_driver_why(c->driver);
	const char *held = sc_client_held(c->client);

	if (*held != '\0')
		return cli_fail(c, "%s does not take it now: %s - %s", c->host,
		    held, what_now);
	return cli_fail(c, "no answer from %s port %u within %llu s%s%s: %s",
	    c->host, c->port, (unsigned long long)seconds,
	    *why == '\0' ? "" : " - ", why, what_now);
}

/* ---- life ------------------------------------------------------------ */

static int
open_client(struct cli *c, const struct sc_state_io *io, char *why, size_t n)
{
	const struct sc_client_conf conf = {
		.user = c->user,
		.password = c->password,
		.mechanism = c->mechanism,
		.link = c->link,
		.device = c->device,
		.event = on_event,
		.event_arg = c,
		.state = *io,
		.random = sc_driver_random,
		.no_ack = c->no_ack,
		.unread_again = c->unread_again,
		.tap = c->tap,
		.tap_arg = c,
		.raw = c->raw,
	};

	return sc_client_create(&conf, &c->client, why, n);
}

/* Asks for the password if the state has no token and nobody gave one. */
static int
open_client_or_ask(struct cli *c, const struct sc_state_io *io, char *why,
    size_t n)
{
	int rc = open_client(c, io, why, n);

	if (rc == SC_CODE_NOT_AUTHORIZED && c->password == NULL &&
	    password_ask(c) == 0)
		rc = open_client(c, io, why, n);
	return rc;
}

static int
open_all(struct cli *c, const char *dir, char *why, size_t n)
{
	const struct sc_driver_conf driver = {
		.host = c->host,
		.port = c->port,
		.ca_file = c->ca_file,
		.insecure = c->insecure,
	};
	struct sc_state_io io = {0};
	int rc = 0;

	if (!c->raw)
		rc = sc_state_open(dir, true, &c->state, &io, why, n);
	if (rc == 0)
		rc = open_client_or_ask(c, &io, why, n);
	if (rc == 0)
		rc = sc_driver_create(&driver, c->client, &c->driver, why, n);
	return rc;
}

int
cli_open(struct cli *c, int (*event)(struct cli *, const struct sc_event *),
    void *arg)
{
	char dir[PATH_SIZE], why[512] = "";
	int rc;

	signal(SIGPIPE, SIG_IGN);
	c->event = event;
	c->arg = arg;
	if (statedir_path(c, dir, sizeof(dir)) != 0 || password_read(c) != 0)
		return EXIT_FAILURE;
	if (c->ask && c->password == NULL)
		password_ask(c);
	rc = open_all(c, dir, why, sizeof(why));
	if (rc == 0)
		return 0;
	if (rc == SC_CODE_CONFLICT)
		return cli_fail(c, "%s: another stonechat uses this state: "
		    "wait for it, or name another with --state", dir);
	return cli_fail(c, "%s", *why == '\0' ? sc_code_text(rc) : why);
}

/* What is queued (acknowledgements, marks) leaves before we do. */
static void
say_goodbye(struct cli *c)
{
	int64_t end = loop_now() + GOODBYE_MS, left;
	unsigned i;

	c->finished = true;
	c->turn = NULL;
	for (i = 0; i < CLI_SOURCES; i++)
		c->sources[i].ready = NULL;
	sc_client_bye(c->client);
	while (sc_client_online(c->client) && (left = end - loop_now()) > 0)
		if (!loop_turn(c, left))
			break;
}

void
cli_close(struct cli *c)
{
	if (c->driver != NULL && sc_client_online(c->client))
		say_goodbye(c);
	if (c->driver != NULL)
		sc_driver_destroy(c->driver);
	if (c->client != NULL)
		sc_client_destroy(c->client);
	if (c->state != NULL)
		sc_state_close(c->state);
	password_forget(c);
	c->driver = NULL;
	c->client = NULL;
	c->state = NULL;
}

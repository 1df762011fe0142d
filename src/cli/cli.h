/* SPDX-License-Identifier: ISC */
/*
 * cli: what the commands of stonechat share: options, the client with its
 * state, and the loop that waits for something.
 *
 * A command is one file, cmd_NAME.c, with a struct cli_command.  Exit status:
 * 0 done, 1 refused or failed (one line on standard error), 2 usage.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdint.h>

#include "src/cli/print.h"
#include "src/client/stonechat.h"

struct cli;

struct cli_command {
	const char *name;
	const char *usage;	/* its arguments */
	const char *help;	/* what it does, in one line */
	/* argv[0] is the name */
	int (*run)(struct cli *, int argc, char **argv);
	const char *more;	/* for --help: options and examples */
};

extern const struct cli_command cmd_login, cmd_send, cmd_listen, cmd_ticks,
    cmd_history, cmd_chats, cmd_unread, cmd_mute, cmd_archive, cmd_pin,
    cmd_star, cmd_hide, cmd_device, cmd_disappear, cmd_group, cmd_channel, cmd_link,
    cmd_presence, cmd_typing, cmd_signal, cmd_xml;
extern const struct cli_command cmd_react, cmd_edit, cmd_delete, cmd_forward,
    cmd_poll, cmd_vote, cmd_location, cmd_media, cmd_card,
    cmd_top;
extern const struct cli_command cmd_talk;	/* without a command */

/* Something to wait for besides the connection; fd -1: nothing. */
struct cli_source {
	int fd;
	void (*ready)(struct cli *);
};

enum { CLI_INPUT, CLI_SIGNALS, CLI_SOURCES };

struct cli {
	/* the options */
	char *host;
	uint16_t port;
	const char *user;
	const char *password_file;
	enum sc_mechanism mechanism;
	const char *ca_file;
	const char *link;	/* a code to log in with, once; NULL: none */
	const char *device;
	const char *state_dir;	/* NULL: the usual place */
	bool insecure, json;
	const struct cli_command *command;

	/* what a command may set before cli_open */
	bool no_ack, raw, unread_again;	/* see struct sc_client_conf */
	sc_tap_fn *tap;		/* its argument is this */
	bool ask;		/* for a password, even if there is a token */
	struct cli_source sources[CLI_SOURCES];
	/* before each wait; NULL: nothing to do then */
	void (*turn)(struct cli *);
	/* before an error is printed; NULL: nothing to do then */
	void (*clear)(const struct cli *);

	/* while connected */
	struct sc_state *state;
	struct sc_client *client;
	struct sc_driver *driver;
	char *password;
	bool online;		/* has been, once */
	char bye[200];		/* why the server ended the last connection */
	bool refused;		/* the login, for the password or token */
	bool finished;
	int status;		/* once finished */
	int (*event)(struct cli *, const struct sc_event *);
	void *arg;		/* of the command */
};

/* Takes HOST, HOST:PORT or [ADDRESS]:PORT; -1: it is none of them. */
int cli_set_server(struct cli *, const char *text);

/* Why the server has refused what was to go to somebody. */
const char *cli_refusal(const struct sc_event *e);

/* Why the library did not take it: a code of sc_client_say. */
const char *cli_untaken(int rc);

/* Says that there was no connection within SECONDS, why the last attempt
 * failed, or why the server takes nothing now, and what to do: WHAT NOW. */
int cli_fail_unconnected(const struct cli *, uint64_t seconds,
    const char *what_now);

/*
 * Opens the state and makes the client.  EVENT gets all events but those that
 * end every command (a refused login, an error of the transport).  Without a
 * token the password is asked for, if there is a terminal.  0 or 1.
 */
int cli_open(struct cli *, int (*event)(struct cli *,
    const struct sc_event *), void *arg);

/*
 * Runs until an event handler has called cli_finish, or TIMEOUT_S seconds are
 * over (0: no limit).  True if the time was over.
 */
bool cli_run(struct cli *, uint64_t timeout_s);

/* Whether a password may be asked for. */
bool cli_can_ask(const struct cli *);

/* The command is done, with this exit status.  In a handler. */
void cli_finish(struct cli *, int status);

/* Sends what is queued, says goodbye, frees everything. */
void cli_close(struct cli *);

/* Whether an entry is the server's word to the client (a new chat and the
 * like) and nobody's message. */
bool cli_is_notice(const struct sc_event *);

#endif

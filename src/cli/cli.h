/* SPDX-License-Identifier: ISC */
/*
 * cli: what the commands of stonechat share: options, the client with its
 * state, the loop that waits for something, and output.
 *
 * A command is one file, cmd_NAME.c, with a struct cli_command.  Exit status:
 * 0 done, 1 refused or failed (one line on standard error), 2 usage.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/client/stonechat.h"

enum { CLI_USAGE = 2 };

struct cli;

struct cli_command {
	const char *name;
	const char *usage;	/* its arguments */
	const char *help;
	/* argv[0] is the name */
	int (*run)(struct cli *, int argc, char **argv);
};

extern const struct cli_command cmd_login, cmd_send, cmd_listen;

struct cli {
	/* the options */
	char *host;
	uint16_t port;
	const char *user;
	const char *password_file;
	const char *ca_file;
	const char *device;
	const char *state_dir;	/* NULL: the usual place */
	bool insecure, json;
	const struct cli_command *command;

	/* while connected */
	struct sc_state *state;
	struct sc_client *client;
	struct sc_driver *driver;
	char *password;
	bool no_ack;
	bool ask;		/* for a password, on a terminal */
	bool online, finished;
	int status;		/* once finished */
	int (*event)(struct cli *, const struct sc_event *);
	void *arg;		/* of the command */
};

/* "stonechat: ..." on standard error; returns 1. */
int cli_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says that there was no connection within SECONDS, why the last attempt
 * failed, and what to do: WHAT NOW. */
int cli_fail_unconnected(const struct cli *, uint64_t seconds,
    const char *what_now);

/* The usage of the command on standard error; returns 2. */
int cli_usage(const struct cli *);

/* A number with MIN <= *N <= MAX; false otherwise. */
bool cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *n);

/*
 * Opens the state and makes the client.  EVENT gets all events but those that
 * end every command (a refused login, an error of the transport).  0 or 1.
 */
int cli_open(struct cli *, int (*event)(struct cli *,
    const struct sc_event *), void *arg);

/*
 * Runs until an event handler has called cli_finish, or TIMEOUT_S seconds are
 * over (0: no limit).  True if the time was over.
 */
bool cli_run(struct cli *, uint64_t timeout_s);

/* The command is done, with this exit status.  In a handler. */
void cli_finish(struct cli *, int status);

/* Sends what is queued, says goodbye, frees everything. */
void cli_close(struct cli *);

/* Whether an entry is the server's word to the client (a new chat and the
 * like) and nobody's message. */
bool cli_is_notice(const struct sc_event *);

/* Prints an object as one line; takes the reference. */
void cli_print_json_take(json_t *);

/* UTC milliseconds as local time of day, or as ISO 8601 in UTC. */
const char *cli_time_of_day(int64_t ms, char *out, size_t size);
const char *cli_time_iso(int64_t ms, char *out, size_t size);

#endif

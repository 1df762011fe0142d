/* SPDX-License-Identifier: ISC */
/* stonechat: the user's client.  Options here, each command in its file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/cli.h"

enum { DEFAULT_PORT = 5290 };

static const struct cli_command *const commands[] = {
	&cmd_login,
	&cmd_send,
	&cmd_listen,
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static void
print_usage(FILE *to)
{
	size_t i;

	fprintf(to, "usage: stonechat [-s HOST:PORT] [-u USER] "
	    "[--password-file F]\n"
	    "                 [--ca FILE | --insecure] [--device NAME] "
	    "[--state DIR] [--json]\n"
	    "                 COMMAND\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %s %s\n        %s\n", commands[i]->name,
		    commands[i]->usage, commands[i]->help);
}

/* HOST, HOST:PORT or [ADDRESS]:PORT. */
static int
set_server(struct cli *c, const char *text)
{
	const char *host = text, *colon = strrchr(text, ':'), *end;
	uint64_t port = DEFAULT_PORT;

	if (*text == '[') {
		host = text + 1;
		end = strchr(host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return -1;
		colon = end[1] == ':' ? end + 1 : NULL;
	} else {
		/* More than one colon: an address without a port. */
		if (colon != NULL && strchr(text, ':') != colon)
			colon = NULL;
		end = colon == NULL ? text + strlen(text) : colon;
	}
	if (end == host || (colon != NULL &&
	    !cli_number(colon + 1, 1, 65535, &port)))
		return -1;
	free(c->host);
	c->host = strndup(host, (size_t)(end - host));
	c->port = (uint16_t)port;
	return c->host == NULL ? -1 : 0;
}

static const struct cli_command *
find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static void
set_option(struct cli *c, int opt)
{
	switch (opt) {
	case 'u':
		c->user = optarg;
		break;
	case 'p':
		c->password_file = optarg;
		break;
	case 'a':
		c->ca_file = optarg;
		break;
	case 'i':
		c->insecure = true;
		break;
	case 'd':
		c->device = optarg;
		break;
	case 'S':
		c->state_dir = optarg;
		break;
	case 'j':
		c->json = true;
		break;
	}
}

/* -1: run the command at optind; otherwise the exit status. */
static int
parse(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"server", required_argument, NULL, 's'},
		{"user", required_argument, NULL, 'u'},
		{"password-file", required_argument, NULL, 'p'},
		{"ca", required_argument, NULL, 'a'},
		{"insecure", no_argument, NULL, 'i'},
		{"device", required_argument, NULL, 'd'},
		{"state", required_argument, NULL, 'S'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "+s:u:hV", options, NULL)) !=
	    -1) {
		if (opt == 'h') {
			print_usage(stdout);
			return EXIT_SUCCESS;
		} else if (opt == 'V') {
			printf("stonechat %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		} else if (opt == 's' && set_server(c, optarg) != 0) {
			cli_fail("-s %s: expected HOST:PORT", optarg);
			return CLI_USAGE;
		} else if (opt == '?') {
			print_usage(stderr);
			return CLI_USAGE;
		}
		set_option(c, opt);
	}
	c->command = optind < argc ? find_command(argv[optind]) : NULL;
	if (c->command == NULL || (c->insecure && c->ca_file != NULL)) {
		print_usage(stderr);
		return CLI_USAGE;
	}
	return -1;
}

static int
run(struct cli *c, int argc, char **argv)
{
	char device[64] = "stonechat";

	if (c->user == NULL)
		c->user = getenv("USER");
	if (c->user == NULL || *c->user == '\0' ||
	    strchr(c->user, '/') != NULL) {
		cli_fail("expected a user name: give it with -u");
		return CLI_USAGE;
	}
	if (c->device == NULL) {
		if (gethostname(device, sizeof(device)) != 0)
			snprintf(device, sizeof(device), "stonechat");
		device[sizeof(device) - 1] = '\0';
		c->device = device;
	}
	argv += optind;
	argc -= optind;
	/* Zero, not one: begin anew, also with options after arguments. */
	optind = 0;
	return c->command->run(c, argc, argv);
}

int
main(int argc, char **argv)
{
	struct cli c = {.port = DEFAULT_PORT};
	int status;

	c.host = strdup("localhost");
	status = c.host == NULL ? EXIT_FAILURE : parse(&c, argc, argv);
	if (status < 0)
		status = run(&c, argc, argv);
	free(c.host);
	return status;
}

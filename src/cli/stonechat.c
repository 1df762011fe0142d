/* SPDX-License-Identifier: ISC */
/* stonechat, the user's client: the options; each command is in its file. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/cli/cli.h"
#include "src/cli/help.h"

enum { DEFAULT_PORT = 5290 };

static int
bad_usage(const struct cli *c, const char *why, const char *what)
{
	cli_fail(c, "%s%s: stonechat --help lists commands and options", why,
	    what);
	return CLI_USAGE;
}

int
cli_set_server(struct cli *c, const char *text)
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

static int
set_mechanism(struct cli *c, const char *name)
{
	static const char *const names[] = {
		[SC_MECHANISM_AUTOMATIC] = "automatic",
		[SC_MECHANISM_PLAIN] = "plain",
		[SC_MECHANISM_SCRAM_SHA_256] = "scram-sha-256",
		[SC_MECHANISM_SCRAM_SHA_256_PLUS] = "scram-sha-256-plus",
	};
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			c->mechanism = (enum sc_mechanism)i;
			return 0;
		}
	}
	return -1;
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

/* "help", "help COMMAND" */
static int
help(struct cli *c, const char *word)
{
	const struct cli_command *command;

	if (word == NULL) {
		help_print();
		return EXIT_SUCCESS;
	}
	command = help_find(word);
	if (command == NULL)
		return bad_usage(c, "there is no command ", word);
	help_print_command(command);
	return EXIT_SUCCESS;
}

static int
find_command(struct cli *c, int argc, char **argv)
{
	if (optind < argc && strcmp(argv[optind], "help") == 0)
		return help(c, argv[optind + 1]);
	if (c->insecure && c->ca_file != NULL)
		return bad_usage(c, "--ca and --insecure exclude each other",
		    "");
	c->command = optind < argc ? help_find(argv[optind]) : &cmd_talk;
	if (c->command == NULL)
		return bad_usage(c, "there is no command ", argv[optind]);
	return -1;
}

/* -1: run the command at optind; otherwise the exit status. */
static int
parse(struct cli *c, int argc, char **argv)
{
	static const struct option options[] = {
		{"server", required_argument, NULL, 's'},
		{"user", required_argument, NULL, 'u'},
		{"password-file", required_argument, NULL, 'p'},
		{"mechanism", required_argument, NULL, 'm'},
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
			help_print();
			return EXIT_SUCCESS;
		} else if (opt == 'V') {
			printf("stonechat %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		} else if (opt == 's' && cli_set_server(c, optarg) != 0) {
			cli_fail(c, "-s %s: expected HOST:PORT", optarg);
			return CLI_USAGE;
		} else if (opt == 'm' && set_mechanism(c, optarg) != 0) {
			cli_fail(c, "--mechanism %s: expected automatic, "
			    "plain, scram-sha-256 or scram-sha-256-plus",
			    optarg);
			return CLI_USAGE;
		} else if (opt == '?') {
			return bad_usage(c, "no such option, or one without "
			    "its argument: ", argv[optind - 1]);
		}
		set_option(c, opt);
	}
	return find_command(c, argc, argv);
}

/* --json may also stand behind the command; how many words are left. */
static int
take_json(struct cli *c, int argc, char **argv)
{
	int kept = 0;
	bool options = true;

	for (int i = 0; i < argc; i++) {
		options = options && strcmp(argv[i], "--") != 0;
		if (options && i > 0 && strcmp(argv[i], "--json") == 0)
			c->json = true;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	return kept;
}

static int
run(struct cli *c, int argc, char **argv)
{
	char device[64] = "stonechat";

	argc = take_json(c, argc, argv);
	if (help_wanted(argc, argv)) {
		help_print_command(c->command);
		return EXIT_SUCCESS;
	}
	if (c->user == NULL)
		c->user = getenv("USER");
	if (c->user == NULL || *c->user == '\0' ||
	    strchr(c->user, '/') != NULL) {
		cli_fail(c, "expected a user name: give it with -u");
		return CLI_USAGE;
	}
	if (c->device == NULL) {
		if (gethostname(device, sizeof(device)) != 0)
			snprintf(device, sizeof(device), "stonechat");
		device[sizeof(device) - 1] = '\0';
		c->device = device;
	}
	/* Zero, not one: begin anew, also with options after arguments. */
	optind = 0;
	return c->command->run(c, argc, argv);
}

int
main(int argc, char **argv)
{
	struct cli c = {.port = DEFAULT_PORT, .sources = {{.fd = -1},
	    {.fd = -1}}};
	int status;

	/* errors are told in our way */
	opterr = 0;
	c.host = strdup("localhost");
	status = c.host == NULL ? EXIT_FAILURE : parse(&c, argc, argv);
	if (status < 0)
		status = run(&c, argc - optind, argv + optind);
	free(c.host);
	return status;
}

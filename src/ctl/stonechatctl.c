/* SPDX-License-Identifier: ISC */
/* stonechatctl: what an operator asks of a running server. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/wipe.h"
#include "src/ctl/ctl.h"

static const struct ctl_command *const groups[] = {
	cmd_user,
	cmd_backup,
	cmd_maintain,
	cmd_device,
	cmd_session,
	cmd_chat,
	cmd_retention,
	cmd_module,
	cmd_config,
	cmd_trace,
	cmd_stats,
	cmd_server,
};

enum { NGROUPS = sizeof(groups) / sizeof(groups[0]), OPTION_FIRST = 256 };

/* ---- usage ----------------------------------------------------------- */

static const char usage[] =
    "usage: stonechatctl [-S SOCKET] [--json] COMMAND [ARGUMENT...]\n"
    "       stonechatctl help [COMMAND]\n";

static void
print_words(FILE *to, const struct ctl_command *cmd)
{
	const struct ctl_option *o = cmd->options;

	fprintf(to, "%s", cmd->name);
	if (cmd->args[0] != '\0')
		fprintf(to, " %s", cmd->args);
	for (int i = 0; i < CTL_OPTIONS_MAX && o[i].name != NULL; i++)
		fprintf(to, o[i].value == NULL ? " [--%s]" : " [--%s %s]",
		    o[i].name, o[i].value);
	fputc('\n', to);
}

/* Whether it begins with the words of WORD; NULL: any does. */
static bool
begins(const struct ctl_command *cmd, const char *word)
{
	size_t n = word == NULL ? 0 : strlen(word);

	return n == 0 || (strncmp(cmd->name, word, n) == 0 &&
	    (cmd->name[n] == ' ' || cmd->name[n] == '\0'));
}

static bool
any_begins(const char *word)
{
	for (size_t g = 0; g < NGROUPS; g++)
		for (const struct ctl_command *cmd = groups[g];
		    cmd->name != NULL; cmd++)
			if (begins(cmd, word))
				return true;
	return false;
}

/* What there is to know of those that begin with WORD, or of all. */
static int
print_help(const char *word)
{
	printf("%s\n", usage);
	for (size_t g = 0; g < NGROUPS; g++)
		for (const struct ctl_command *cmd = groups[g];
		    cmd->name != NULL; cmd++) {
			if (!begins(cmd, word))
				continue;
			fputs("  ", stdout);
			print_words(stdout, cmd);
			printf("        %s\n", cmd->what);
		}
	printf("\n  -S SOCKET  the <control><socket> of the server, instead "
	    "of\n             " SC_RUNSTATEDIR "/stonechat.sock\n"
	    "  --json     print JSON, an object on each line\n"
	    "  -V         print the version\n\n"
	    "stonechatctl(8) says more.\n");
	return EXIT_SUCCESS;
}

/* How those are used that begin with WORD, or how the program is. */
static int
print_usage(const char *word)
{
	const char *before = "usage:";

	if (word == NULL) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	for (size_t g = 0; g < NGROUPS; g++)
		for (const struct ctl_command *cmd = groups[g];
		    cmd->name != NULL; cmd++) {
			if (!begins(cmd, word))
				continue;
			fprintf(stderr, "%-6s stonechatctl ", before);
			print_words(stderr, cmd);
			before = "";
		}
	return EXIT_USAGE;
}

/* ---- the command line ------------------------------------------------ */

/* The command whose words ARGV begins with, and how many they are. */
static const struct ctl_command *
find_command(char **argv, int *words)
{
	const struct ctl_command *cmd;
	size_t n;

	for (size_t g = 0; g < NGROUPS && argv[0] != NULL; g++)
		for (cmd = groups[g]; cmd->name != NULL; cmd++) {
			n = strlen(argv[0]);
			if (strncmp(cmd->name, argv[0], n) != 0)
				continue;
			*words = cmd->name[n] == '\0' ? 1 : 2;
			if (*words == 1 || (cmd->name[n] == ' ' &&
			    argv[1] != NULL &&
			    strcmp(cmd->name + n + 1, argv[1]) == 0))
				return cmd;
		}
	return NULL;
}

/* Wrong usage of what begins with the words A and B, B may be NULL. */
static int
fail_unknown(const char *a, const char *b)
{
	if (a == NULL)
		return print_usage(NULL);
	if (!any_begins(a)) {
		ctl_fail("there is no command %s: stonechatctl help lists "
		    "those there are", a);
		return EXIT_USAGE;
	}
	if (b == NULL)
		ctl_fail("%s: expected one of its commands", a);
	else
		ctl_fail("there is no command %s %s", a, b);
	return print_usage(a);
}

/* "help [WORD [WORD]]", and "WORD --help", where WORD begins commands. */
static int
help(char **words)
{
	char name[64];

	if (words[0] == NULL)
		return print_help(NULL);
	snprintf(name, sizeof(name), "%s%s%s", words[0],
	    words[1] == NULL ? "" : " ", words[1] == NULL ? "" : words[1]);
	return any_begins(name) ? print_help(name) :
	    fail_unknown(words[0], words[1]);
}

static bool
is_help(const char *word)
{
	return word != NULL && (strcmp(word, "-h") == 0 ||
	    strcmp(word, "--help") == 0);
}

static int
fail_count(const struct ctl_command *cmd, int n)
{
	if (cmd->args[0] == '\0')
		ctl_fail("%s: expected no argument", cmd->name);
	else
		ctl_fail("%s: expected %s, found %d argument%s", cmd->name,
		    cmd->args, n, n == 1 ? "" : "s");
	return print_usage(cmd->name);
}

static bool
count_fits(const struct ctl_command *cmd, int n)
{
	int min = 0, max = 0;

	for (const char *p = cmd->args; *p != '\0'; p++) {
		if (p != cmd->args && p[-1] != ' ')
			continue;
		max++;
		min += *p != '[';
	}
	if (strstr(cmd->args, "...") != NULL)
		max = CTL_ARGS_MAX;
	return n >= min && n <= max;
}

/* An option of the command itself. */
static int
take_option(struct ctl *c, int i, const char *value)
{
	const struct ctl_option *o = &c->command->options[i];
	char *end;

	c->given[i] = true;
	c->texts[i] = value;
	if (o->value == NULL || o->type == CTL_LOCAL_TEXT)
		return 0;
	errno = 0;
	c->numbers[i] = strtoll(value, &end, 10);
	if (end != value && *end == '\0' && errno == 0 &&
	    c->numbers[i] >= o->min && c->numbers[i] <= o->max)
		return 0;
	ctl_fail("--%s: expected a number from %lld to %lld, found \"%s\"",
	    o->name, (long long)o->min, (long long)o->max, value);
	return EXIT_USAGE;
}

/* -1 to go on, or the exit status. */
static int
take(struct ctl *c, int opt, const char *value, const char *word)
{
	int rc;

	switch (opt) {
	case 'S':
		c->path = value;
		return -1;
	case 'j':
		c->json = true;
		return -1;
	case 'h':
		return print_help(word);
	case 'V':
		printf("stonechatctl %s\n", PACKAGE_VERSION);
		return EXIT_SUCCESS;
	default:
		if (opt < OPTION_FIRST)
			return print_usage(word);
		rc = take_option(c, opt - OPTION_FIRST, value);
		return rc == 0 ? -1 : rc;
	}
}

/*
 * Reads options up to the command, or, when C has one, the arguments and
 * options behind it.  -1 to go on, or the exit status.
 */
static int
parse(struct ctl *c, int argc, char **argv)
{
	struct option options[5 + CTL_OPTIONS_MAX] = {
		{"socket", required_argument, NULL, 'S'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
	};
	const struct ctl_option *o = NULL;
	int opt, rc = -1;

	if (c->command != NULL)
		o = c->command->options;
	for (int i = 0; o != NULL && i < CTL_OPTIONS_MAX &&
	    o[i].name != NULL; i++)
		options[4 + i] = (struct option){o[i].name, o[i].value == NULL ?
		    no_argument : required_argument, NULL, OPTION_FIRST + i};
	optind = 0;
	while (rc < 0 && (opt = getopt_long(argc, argv,
	    c->command == NULL ? "+S:hV" : "S:hV", options, NULL)) != -1)
		rc = take(c, opt, optarg,
		    c->command == NULL ? NULL : c->command->name);
	return rc;
}

/* Finds the command and everything that belongs to it. */
static int
parse_all(struct ctl *c, int argc, char **argv)
{
	int words, rc = parse(c, argc, argv);
	char self[] = "stonechatctl";

	if (rc >= 0)
		return rc;
	argc -= optind;
	argv += optind;
	if (argc > 0 && strcmp(argv[0], "help") == 0)
		return help(argv + 1);
	c->command = find_command(argv, &words);
	if (c->command == NULL && argc == 2 && is_help(argv[1])) {
		argv[1] = NULL;
		return help(argv);
	}
	if (c->command == NULL)
		return fail_unknown(argv[0], argc > 0 ? argv[1] : NULL);
	/* getopt expects the name of the program in front */
	argc -= words - 1;
	argv += words - 1;
	argv[0] = self;
	rc = parse(c, argc, argv);
	if (rc >= 0)
		return rc;
	c->nargs = argc - optind;
	if (!count_fits(c->command, c->nargs))
		return fail_count(c->command, c->nargs);
	for (int i = 0; i < c->nargs; i++)
		c->args[i] = argv[optind + i];
	return -1;
}

/* ---- running --------------------------------------------------------- */

/* Requests carry passwords: what held them is wiped. */
static void
free_wiped(void *p)
{
	if (p != NULL)
		wipe(p, malloc_usable_size(p));
	free(p);
}

int
main(int argc, char **argv)
{
	struct ctl c = {.path = SC_RUNSTATEDIR "/stonechat.sock"};
	int rc = parse_all(&c, argc, argv);

	if (rc >= 0)
		return rc;
	json_set_alloc_funcs(malloc, free_wiped);
	rc = c.command->offline ? 0 : ctl_connect(&c);
	if (rc == 0)
		rc = c.command->run == NULL ? ctl_run(&c) : c.command->run(&c);
	ctl_disconnect(&c);
	if (rc == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		rc = ctl_fail("the answer cannot be printed: it is not "
		    "complete");
	return rc;
}

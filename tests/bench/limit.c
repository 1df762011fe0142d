/* SPDX-License-Identifier: ISC */
/*
 * limit: what this machine can do at most of what a server has to do: relay
 * over TLS, fan out, shake hands, sync a log.  In the terms of stonechat-bench,
 * so that its figures can be given as parts of these.
 */
#include "tests/bench/limit.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/bench/machine.h"
#include "src/bench/proc.h"
#include "src/bench/report.h"

enum { USAGE = 2, OPT_NUMBER = 256, OPT_DIRECTORY = 512, OPT_JSON, OPT_HELP };

static const struct number {
	const char *name;
	size_t offset;
	uint64_t min, max, standard;
	const char *help;
} numbers[] = {
#define NUMBER(name, member, min, max, standard, help)                        \
	{name, offsetof(struct limits, member), min, max, standard, help}
	NUMBER("seconds", seconds, 1, 3600, 5, "how long each takes"),
	NUMBER("pairs", pairs, 1, 10000, 200, "relay: pairs of connections"),
	NUMBER("window", window, 1, 64, 8, "frames in one write"),
	NUMBER("size", size, HELLO_SIZE + 1, FRAME_MAX, 150,
	    "bytes of a frame"),
	NUMBER("groups", groups, 1, 1000, 1, "fanout: groups"),
	NUMBER("members", members, 2, 10000, 256, "fanout: members of each"),
	NUMBER("answer", answer, 1, 65536, 16,
	    "answered: frames that are answered together"),
	NUMBER("at-once", at_once, 1, 1024, 64,
	    "handshakes that are under way"),
	NUMBER("record", record, 1, 65536, 200, "log: bytes of a record"),
	NUMBER("batch", batch, 1, 65536, 64, "log: records in a sync"),
	NUMBER("depth", depth, 1, 64, 1, "log: batches in flight"),
#undef NUMBER
};

enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

/* ---- what is measured ---- */

static void
relay(const struct limits *c, struct report *to)
{
	limit_relay(c, c->pairs, 2, 0, to);
}

static void
fanout(const struct limits *c, struct report *to)
{
	limit_relay(c, c->groups, c->members, 0, to);
}

static void
answered(const struct limits *c, struct report *to)
{
	limit_relay(c, c->groups, c->members, c->answer, to);
}

static void
handshake(const struct limits *c, struct report *to)
{
	limit_handshakes(c, false, to);
}

static void
resume(const struct limits *c, struct report *to)
{
	limit_handshakes(c, true, to);
}

static const struct what {
	const char *name, *help;
	void (*measure)(const struct limits *, struct report *);
} whats[] = {
	{"relay", "frames over TLS from one of a pair to the other", relay},
	{"fanout", "frames from one member of a group to all others", fanout},
	{"answered", "the same, and all others answer", answered},
	{"handshake", "full TLS 1.3 handshakes", handshake},
	{"resume", "resumed TLS 1.3 handshakes", resume},
	{"log", "records appended to a file and synced", limit_log},
};

enum { WHATS = sizeof(whats) / sizeof(whats[0]) };

/* ---- options ---- */

void
limit_die(const char *what)
{
	int error = errno;

	fflush(stdout);
	fprintf(stderr, "limit: %s%s%s\n", what, error == 0 ? "" : ": ",
	    error == 0 ? "" : strerror(error));
	_exit(EXIT_FAILURE);
}

static void
print_help(void)
{
	printf("usage: limit [OPTION...] [WHAT...]\n\n"
	    "what (without any: all):\n");
	for (int i = 0; i < WHATS; i++)
		printf("  %-11s %s\n", whats[i].name, whats[i].help);
	printf("\noptions:\n"
	    "  --server-core N      the server's core; default any\n"
	    "  --directory DIR      where log writes; default here\n"
	    "  --json               print one JSON object\n");
	for (int i = 0; i < NUMBERS; i++)
		printf("  --%-8s N         %s (%llu)\n", numbers[i].name,
		    numbers[i].help, (unsigned long long)numbers[i].standard);
}

static int
set_number(const char *name, const char *text, uint64_t min, uint64_t max,
    uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	if (errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	    *n >= min && *n <= max)
		return 0;
	fprintf(stderr, "limit: --%s: expected a number from %llu to %llu, "
	    "got \"%s\"\n", name, (unsigned long long)min,
	    (unsigned long long)max, text);
	return USAGE;
}

static int
set_option(struct limits *c, bool *json, int key)
{
	const struct number *n;
	uint64_t value;
	int rc;

	if (key == 'c') {
		rc = set_number("server-core", optarg, 0, 1023, &value);
		c->server_core = value + 1;
		return rc;
	}
	if (key == OPT_DIRECTORY || key == OPT_JSON) {
		*json |= key == OPT_JSON;
		c->directory = key == OPT_JSON ? c->directory : optarg;
		return 0;
	}
	if (key < OPT_NUMBER || key >= OPT_NUMBER + NUMBERS)
		return USAGE;	/* getopt has said why */
	n = &numbers[key - OPT_NUMBER];
	rc = set_number(n->name, optarg, n->min, n->max, &value);
	memcpy((char *)c + n->offset, &value, sizeof(value));
	return rc;
}

static int
parse_options(struct limits *c, bool *json, int argc, char **argv)
{
	struct option all[NUMBERS + 5] = {
		{"server-core", required_argument, NULL, 'c'},
		{"directory", required_argument, NULL, OPT_DIRECTORY},
		{"json", no_argument, NULL, OPT_JSON},
		{"help", no_argument, NULL, OPT_HELP},
	};
	int key, rc = 0;

	for (int i = 0; i < NUMBERS; i++) {
		all[4 + i] = (struct option){numbers[i].name,
		    required_argument, NULL, OPT_NUMBER + i};
		memcpy((char *)c + numbers[i].offset, &numbers[i].standard,
		    sizeof(uint64_t));
	}
	while (rc == 0 && (key = getopt_long(argc, argv, "", all, NULL)) !=
	    -1) {
		if (key == OPT_HELP) {
			print_help();
			exit(EXIT_SUCCESS);
		}
		rc = set_option(c, json, key);
	}
	return rc;
}

static const struct what *
find(const char *name)
{
	for (int i = 0; i < WHATS; i++)
		if (strcmp(whats[i].name, name) == 0)
			return &whats[i];
	return NULL;
}

/* ---- */

static void
raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void
report_conditions(const struct limits *c, struct report *to)
{
	char text[64];

	report_part(to, "conditions");
	machine_report(to);
	proc_status(getpid(), "Cpus_allowed_list", text, sizeof(text));
	report_text(to, "generator_cores", text);
	if (c->server_core > 0)
		report_count(to, "server_cores", c->server_core - 1);
}

static void
measure(const struct limits *c, struct report *to, const struct what *what)
{
	report_part(to, what->name);
	fflush(stdout);		/* a server is going to be forked off */
	errno = 0;
	what->measure(c, to);
}

int
main(int argc, char **argv)
{
	struct limits c = {.directory = "."};
	struct report *to;
	bool json = false;
	int rc = parse_options(&c, &json, argc, argv);

	for (int i = optind; rc == 0 && i < argc; i++)
		if (find(argv[i]) == NULL) {
			fprintf(stderr, "limit: there is no limit of %s: try "
			    "--help\n", argv[i]);
			rc = USAGE;
		}
	if (rc != 0)
		return rc;
	(void)signal(SIGPIPE, SIG_IGN);
	raise_limit();
	to = report_create(json);
	report_conditions(&c, to);
	for (int i = optind; i < argc; i++)
		measure(&c, to, find(argv[i]));
	for (int i = 0; optind == argc && i < WHATS; i++)
		measure(&c, to, &whats[i]);
	report_finish(to);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: ISC */
/* stonechat-bench: what does a server manage?  Options here. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/bench/bench.h"
#include "src/bench/pair.h"
#include "src/bench/run.h"

enum { USAGE = 2, PASSWORD_MAX = 1024,
	SOURCE_USERS = 16000 };

const struct mode *const modes[] = {
    &mode_idle, &mode_pairs, &mode_receipts, &mode_rate, &mode_offline,
    &mode_group, &mode_storm, &mode_crash,
    &mode_wire, &mode_mixed, &mode_echo, NULL};

const struct driver *const drivers[] = {
    &driver_stonechat, &driver_xmpp, &driver_mqtt, NULL};

/* Options that are a number. */
static const struct number {
	const char *name;
	size_t offset;
	uint64_t min, max, standard;
	const char *help;
} numbers[] = {
#define NUMBER(name, member, min, max, standard, help)                        \
	{name, offsetof(struct conf, member), min, max, standard, help}
	NUMBER("users", users, 1, 1000000, 100,
	    "idle, storm, echo: connections; offline, crash: recipients; mixed"),
	NUMBER("pairs", pairs, 1, 100000, 200,
	    "pairs, receipts, rate: pairs of users"),
	NUMBER("senders", senders, 1, 10000, 32, "offline, crash: senders"),
	NUMBER("groups", groups, 1, 10000, 1, "group: groups"),
	NUMBER("members", members, 2, 100000, 256, "group: members of each"),
	NUMBER("posters", posters, 1, 64, 8, "group: members who write"),
	NUMBER("window", window, 1, 64, 8,
	    "messages that a sender may have unacknowledged"),
	NUMBER("size", size, PAIR_TEXT_MIN, PAIR_TEXT_MAX, 100,
	    "bytes of a text"),
	NUMBER("seconds", seconds, 1, 86400, 10, "how long to send, or idle"),
	NUMBER("messages", messages, 0, 1000000000, 0,
	    "how many to send, instead; offline: 20000, wire: 20"),
	NUMBER("rate", rate, 1, 10000000, 2000,
	    "rate: messages a second; mixed: actions"),
	NUMBER("processes", processes, 1, PROCESSES_MAX, 1, "generators"),
	NUMBER("logins", logins, 1, 10000, 32,
	    "logins that a generator has under way at a time"),
	NUMBER("watch", watch, 0, 1000, 0,
	    "storm: users that each of them watches"),
	NUMBER("patience", patience, 1, 86400, 30,
	    "seconds without any progress after which it gives up"),
#undef NUMBER
};

enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]) };

enum option_key {
	OPT_NUMBER = 256,	/* and the index */
	OPT_CA = 512,
	OPT_INSECURE,
	OPT_PROTOCOL,
	OPT_DOMAIN,
	OPT_PREFIX,
	OPT_PASSWORD,
	OPT_CONTROL,
	OPT_CREATE,
	OPT_PID,
	OPT_CRASH,
	OPT_COMPRESS,
	OPT_JSON,
	OPT_HELP
};

static const struct option plain_options[] = {
	{"server", required_argument, NULL, 's'},
	{"ca", required_argument, NULL, OPT_CA},
	{"insecure", no_argument, NULL, OPT_INSECURE},
	{"protocol", required_argument, NULL, OPT_PROTOCOL},
	{"domain", required_argument, NULL, OPT_DOMAIN},
	{"prefix", required_argument, NULL, OPT_PREFIX},
	{"password-file", required_argument, NULL, OPT_PASSWORD},
	{"control", required_argument, NULL, OPT_CONTROL},
	{"create", no_argument, NULL, OPT_CREATE},
	{"server-pid", required_argument, NULL, OPT_PID},
	{"crash", required_argument, NULL, OPT_CRASH},
	{"compress", no_argument, NULL, OPT_COMPRESS},
	{"json", no_argument, NULL, OPT_JSON},
	{"help", no_argument, NULL, OPT_HELP},
};

enum { PLAIN = sizeof(plain_options) / sizeof(plain_options[0]) };

struct arguments {
	struct conf conf;
	char *host, *password;
	const char *password_file;
};

static int __attribute__((format(printf, 1, 2)))
usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(stderr, "stonechat-bench: ");
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "\ntry: stonechat-bench --help\n");
	va_end(ap);
	return USAGE;
}

static void
print_help(void)
{
	printf("usage: stonechat-bench MODE [OPTION...]\n\nmodes:\n");
	for (unsigned i = 0; modes[i] != NULL; i++)
		printf("  %-10s %s\n", modes[i]->name, modes[i]->help);
	printf("\nthe server:\n"
	    "  -s, --server HOST[:PORT]   127.0.0.1, the protocol's port\n"
	    "  --protocol NAME            stonechat, xmpp or mqtt\n"
	    "  --domain NAME              of users and of the certificate\n"
	    "  --ca FILE | --insecure     whom to trust\n"
	    "  --server-pid PID           its process: CPU time and memory\n"
	    "  --control SOCKET           its control socket: counters\n"
	    "  --crash COMMAND            kills the server and starts it again\n"
	    "\nusers PREFIX0, PREFIX1 ...:\n"
	    "  --prefix PREFIX            bench\n"
	    "  --password-file FILE       their password, on the first line\n"
	    "  --create                   add them first (needs --control)\n"
	    "\nand:\n"
	    "  --compress                 send bodies as usual clients do\n"
	    "  --json                     print one JSON object\n");
	for (unsigned i = 0; i < NUMBERS; i++)
		printf("  --%-9s N              %s (%llu)\n", numbers[i].name,
		    numbers[i].help, (unsigned long long)numbers[i].standard);
}

static bool
parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	    *n >= min && *n <= max;
}

/* HOST, HOST:PORT or [ADDRESS]:PORT. */
static bool
set_server(struct arguments *a, const char *text)
{
	const char *host = text, *colon = strrchr(text, ':'), *end;
	uint64_t port = 0;

	if (*text == '[') {
		host = text + 1;
		end = strchr(host, ']');
		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return false;
		colon = end[1] == ':' ? end + 1 : NULL;
	} else {
		/* more than one colon: an address without a port */
		if (colon != NULL && strchr(text, ':') != colon)
			colon = NULL;
		end = colon == NULL ? text + strlen(text) : colon;
	}
	if (end == host || (colon != NULL &&
	    !parse_number(colon + 1, 1, 65535, &port)))
		return false;
	free(a->host);
	a->host = strndup(host, (size_t)(end - host));
	a->conf.link.port = (uint16_t)port;
	return a->host != NULL;
}

static int
set_number(struct conf *c, const struct number *n, const char *text)
{
	uint64_t value;

	if (!parse_number(text, n->min, n->max, &value))
		return usage("--%s: expected a number from %llu to %llu, got "
		    "\"%s\"", n->name, (unsigned long long)n->min,
		    (unsigned long long)n->max, text);
	memcpy((char *)c + n->offset, &value, sizeof(value));
	return 0;
}

static int
set_protocol(struct conf *c, const char *name)
{
	c->driver = NULL;
	for (unsigned i = 0; drivers[i] != NULL; i++)
		if (strcmp(drivers[i]->name, name) == 0)
			c->driver = drivers[i];
	return c->driver != NULL ? 0 : usage("--protocol: expected stonechat, "
	    "xmpp or mqtt, got \"%s\"", name);
}

static int
set_option(struct arguments *a, int key)
{
	struct conf *c = &a->conf;
	uint64_t pid;

	switch (key) {
	case 's':
		return set_server(a, optarg) ? 0 : usage("-s: expected "
		    "HOST or HOST:PORT, got \"%s\"", optarg);
	case OPT_PID:
		if (!parse_number(optarg, 1, INT32_MAX, &pid))
			return usage("--server-pid: expected the number of a "
			    "process, got \"%s\"", optarg);
		c->server = (pid_t)pid;
		return 0;
	case OPT_CA:
		c->link.ca_file = optarg;
		return 0;
	case OPT_INSECURE:
		c->link.insecure = true;
		return 0;
	case OPT_PROTOCOL:
		return set_protocol(c, optarg);
	case OPT_DOMAIN:
		c->link.domain = optarg;
		return 0;
	case OPT_PREFIX:
		c->prefix = optarg;
		return 0;
	case OPT_PASSWORD:
		a->password_file = optarg;
		return 0;
	case OPT_CONTROL:
		c->control = optarg;
		return 0;
	case OPT_CREATE:
		c->create = true;
		return 0;
	case OPT_CRASH:
		c->crash = optarg;
		return 0;
	case OPT_COMPRESS:
		c->link.compress = true;
		return 0;
	case OPT_JSON:
		c->json = true;
		return 0;
	default:
		return USAGE;	/* getopt has said why */
	}
}

/* The options, and a number for each of `numbers'. */
static void
make_options(struct option *all)
{
	memcpy(all, plain_options, sizeof(plain_options));
	for (unsigned i = 0; i < NUMBERS; i++)
		all[PLAIN + i] = (struct option){numbers[i].name,
		    required_argument, NULL, OPT_NUMBER + (int)i};
	memset(&all[PLAIN + NUMBERS], 0, sizeof(all[0]));
}

static int
parse_options(struct arguments *a, int argc, char **argv)
{
	struct option all[PLAIN + NUMBERS + 1];
	int key, rc = 0;

	make_options(all);
	while (rc == 0 &&
	    (key = getopt_long(argc, argv, "s:", all, NULL)) != -1) {
		if (key == OPT_HELP) {
			print_help();
			exit(EXIT_SUCCESS);
		}
		if (key >= OPT_NUMBER && key < OPT_NUMBER + NUMBERS)
			rc = set_number(&a->conf, &numbers[key - OPT_NUMBER],
			    optarg);
		else
			rc = set_option(a, key);
	}
	return rc;
}

static int
set_mode(struct conf *c, int argc, char **argv)
{
	if (optind == argc)
		return usage("which mode?");
	for (unsigned i = 0; modes[i] != NULL; i++)
		if (strcmp(modes[i]->name, argv[optind]) == 0)
			c->mode = modes[i];
	if (c->mode == NULL)
		return usage("there is no mode %s", argv[optind]);
	if (optind + 1 < argc)
		return usage("what is %s?", argv[optind + 1]);
	return 0;
}

static int
read_password(struct arguments *a)
{
	char line[PASSWORD_MAX + 2];
	FILE *f;

	if (a->password_file == NULL)
		return usage("name a file with the users' password: "
		    "--password-file");
	f = fopen(a->password_file, "re");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		a->password = strdup(line);
		explicit_bzero(line, sizeof(line));
	}
	if (f != NULL)
		fclose(f);
	a->conf.link.password = a->password;
	return a->password != NULL ? 0 : usage("%s: cannot be read: name a "
	    "file whose first line is the password", a->password_file);
}

/* One address of ours has 28,000 ports for a server. */
static void
choose_sources(struct conf *c)
{
	uint64_t users = c->mode->users(c);

	if (strncmp(c->link.host, "127.", 4) == 0 && users > SOURCE_USERS)
		c->link.sources = (unsigned)(users / SOURCE_USERS + 1);
}

static int
check(struct arguments *a)
{
	struct conf *c = &a->conf;

	if (c->create && c->control == NULL)
		return usage("--create needs --control");
	if (c->control != NULL && c->driver != &driver_stonechat)
		return usage("--control is of stonechatd: add the users of "
		    "another server with its own tools");
	if (c->mode == &mode_offline && c->messages == 0)
		c->messages = 20000;
	if (c->mode == &mode_crash && c->crash == NULL)
		return usage("crash needs --crash: a command that kills the "
		    "server and returns when it serves again");
	if (c->mode->own && c->driver != &driver_stonechat)
		return usage("%s is for Stonechat's own protocol",
		    c->mode->name);
	if (c->mode->alone && c->processes > 1)
		return usage("%s needs one process", c->mode->name);
	if (c->mode == &mode_wire && c->messages == 0)
		c->messages = 20;
	if (strlen(c->prefix) > 32)
		return usage("--prefix: at most 32 characters");
	if (a->host == NULL && !set_server(a, "127.0.0.1"))
		return usage("out of memory");
	c->link.host = a->host;
	c->link.receipts = c->mode->receipts;
	c->link.reads = c->mode->reads;
	if (c->link.port == 0)
		c->link.port = c->driver->port;
	choose_sources(c);
	return read_password(a);
}

int
main(int argc, char **argv)
{
	struct arguments a = {.conf = {.driver = &driver_stonechat,
	    .prefix = "bench"}};
	int rc;

	for (unsigned i = 0; i < NUMBERS; i++)
		memcpy((char *)&a.conf + numbers[i].offset,
		    &numbers[i].standard, sizeof(uint64_t));
	a.conf.run = (uint32_t)time(NULL) ^ (uint32_t)getpid() << 16;
	rc = parse_options(&a, argc, argv);
	if (rc == 0)
		rc = set_mode(&a.conf, argc, argv);
	if (rc == 0)
		rc = check(&a);
	if (rc == 0)
		rc = run_main(&a.conf);
	if (a.password != NULL)
		explicit_bzero(a.password, strlen(a.password));
	free(a.password);
	free(a.host);
	return rc;
}

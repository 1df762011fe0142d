/* SPDX-License-Identifier: ISC */
/* stonechatctl: what an operator asks of a running server. */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "src/common/wipe.h"

enum { EXIT_USAGE = 2, PASSWORD_MAX = 1024 };

struct ctl {
	const char *path;	/* of the socket */
	bool json;
	FILE *in, *out;
};

/* A command: its words, how many arguments follow, and what it does. */
struct command {
	const char *word, *second;	/* SECOND may be NULL */
	int nargs;
	const char *usage;
	int (*run)(struct ctl *, char **args);
};

static int __attribute__((format(printf, 1, 2)))
fail(const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "stonechatctl: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

/* ---- the socket ------------------------------------------------------ */

static int
ctl_connect(struct ctl *c)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd, copy;

	if (strlen(c->path) >= sizeof(sa.sun_path))
		return fail("%s: too long for a socket", c->path);
	memcpy(sa.sun_path, c->path, strlen(c->path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
		return fail("%s: %s: is the server running, and is this its "
		    "<control><socket>? Name it with -S", c->path,
		    strerror(errno));
	copy = dup(fd);
	c->in = fdopen(fd, "r");
	c->out = copy < 0 ? NULL : fdopen(copy, "w");
	return c->in == NULL || c->out == NULL ?
	    fail("%s", strerror(errno)) : 0;
}

/* Sends a request; takes the reference. */
static int
ctl_send_take(struct ctl *c, json_t *request)
{
	int rc;

	rc = json_dumpf(request, c->out, JSON_COMPACT);
	json_decref(request);
	if (rc != 0 || fputc('\n', c->out) == EOF || fflush(c->out) != 0)
		return fail("%s: the server has closed the connection",
		    c->path);
	return 0;
}

/* The next line of the answer, or NULL. */
static json_t *
ctl_receive(struct ctl *c)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, c->in);
	json_t *j = n <= 0 ? NULL : json_loadb(line, (size_t)n, 0, NULL);

	free(line);
	return j;
}

static void
print_json(json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
}

/*
 * Reads an answer to its end.  Items go to ITEM (or, with --json, out as they
 * are); *LAST gets the last line, a reference to drop.
 */
static int
ctl_answer(struct ctl *c, void (*item)(const json_t *), json_t **last)
{
	json_t *j, *i;

	*last = NULL;
	while ((j = ctl_receive(c)) != NULL) {
		i = json_object_get(j, "item");
		if (i == NULL)
			break;
		if (c->json)
			print_json(i);
		else if (item != NULL)
			item(i);
		json_decref(j);
	}
	if (j == NULL)
		return fail("%s: the server has closed the connection",
		    c->path);
	if (!json_is_true(json_object_get(j, "ok"))) {
		fail("%s", json_string_value(json_object_get(j, "error")));
		json_decref(j);
		return EXIT_FAILURE;
	}
	*last = j;
	return 0;
}

/* ---- user ------------------------------------------------------------ */

/* A line of standard input; on a terminal it is asked for and not shown. */
static int
read_password(char *out, size_t size)
{
	bool tty = isatty(STDIN_FILENO) == 1;
	struct termios old, quiet;
	bool got;

	if (tty && tcgetattr(STDIN_FILENO, &old) == 0) {
		fprintf(stderr, "Password: ");
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = fgets(out, (int)size, stdin) != NULL;
	if (tty) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (!got)
		return fail("no password: give it on standard input");
	if (strchr(out, '\n') == NULL && strlen(out) == size - 1)
		return fail("the password is longer than %zu bytes", size - 2);
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

static int
user_add(struct ctl *c, char **args)
{
	char password[PASSWORD_MAX + 2];
	json_t *request, *last;
	int rc;

	if (read_password(password, sizeof(password)) != 0)
		return EXIT_FAILURE;
	request = json_pack("{s:s, s:s, s:s}", "command", "user add", "name",
	    args[0], "password", password);
	wipe(password, sizeof(password));
	if (request == NULL)
		return fail("name and password must be UTF-8");
	if (ctl_send_take(c, request) != 0)
		return EXIT_FAILURE;
	rc = ctl_answer(c, NULL, &last);
	if (rc == 0 && c->json)
		print_json(last);
	else if (rc == 0)
		printf("added %s\n", args[0]);
	json_decref(last);
	return rc;
}

static void
print_user(const json_t *u)
{
	printf("%" JSON_INTEGER_FORMAT "\t%s\t%s\n",
	    json_integer_value(json_object_get(u, "id")),
	    json_string_value(json_object_get(u, "name")),
	    json_string_value(json_object_get(u, "created")));
}

static int
user_list(struct ctl *c, char **args)
{
	json_t *last;
	int rc;

	(void)args;
	if (ctl_send_take(c, json_pack("{s:s}", "command", "user list")) != 0)
		return EXIT_FAILURE;
	rc = ctl_answer(c, print_user, &last);
	json_decref(last);
	return rc;
}

/* ---- the server ------------------------------------------------------ */

static int
stats(struct ctl *c, char **args)
{
	json_t *last, *all, *value;
	const char *name;
	int rc;

	(void)args;
	if (ctl_send_take(c, json_pack("{s:s}", "command", "stats")) != 0)
		return EXIT_FAILURE;
	rc = ctl_answer(c, NULL, &last);
	if (rc != 0)
		return rc;
	all = json_object_get(last, "stats");
	if (c->json)
		print_json(all);
	else
		json_object_foreach(all, name, value)
			printf("%-24s %" JSON_INTEGER_FORMAT "\n", name,
			    json_integer_value(value));
	json_decref(last);
	return 0;
}

static int
stop(struct ctl *c, char **args)
{
	json_t *last;
	int rc;

	(void)args;
	if (ctl_send_take(c, json_pack("{s:s}", "command", "stop")) != 0)
		return EXIT_FAILURE;
	rc = ctl_answer(c, NULL, &last);
	if (rc != 0)
		return rc;
	/* The server closes the connection when it has stopped. */
	while (fgetc(c->in) != EOF)
		;
	if (c->json)
		print_json(last);
	else
		printf("stopped\n");
	json_decref(last);
	return 0;
}

/* ---- options --------------------------------------------------------- */

static const struct command commands[] = {
	{"user", "add", 1, "user add NAME", user_add},
	{"user", "list", 0, "user list", user_list},
	{"stats", NULL, 0, "stats", stats},
	{"stop", NULL, 0, "stop", stop},
	{NULL, NULL, 0, NULL, NULL},
};

static void
print_usage(FILE *to)
{
	const struct command *cmd;

	fprintf(to, "usage: stonechatctl [-S SOCKET] [--json] COMMAND\n");
	for (cmd = commands; cmd->word != NULL; cmd++)
		fprintf(to, "       %s\n", cmd->usage);
}

static const struct command *
find_command(int argc, char **argv)
{
	const struct command *cmd;
	int words;

	for (cmd = commands; cmd->word != NULL; cmd++) {
		words = cmd->second == NULL ? 1 : 2;
		if (argc == words + cmd->nargs &&
		    strcmp(argv[0], cmd->word) == 0 && (words == 1 ||
		    strcmp(argv[1], cmd->second) == 0))
			return cmd;
	}
	return NULL;
}

/* Requests carry passwords: what held them is wiped. */
static void
free_wiped(void *p)
{
	if (p != NULL)
		wipe(p, malloc_usable_size(p));
	free(p);
}

static int
run_command(struct ctl *c, const struct command *cmd, char **args)
{
	int rc;

	json_set_alloc_funcs(malloc, free_wiped);
	if (ctl_connect(c) != 0)
		return EXIT_FAILURE;
	rc = cmd->run(c, args);
	fclose(c->in);
	fclose(c->out);
	return rc;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 'S'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{NULL, 0, NULL, 0},
	};
	struct ctl c = {.path = SC_RUNSTATEDIR "/stonechat.sock"};
	const struct command *cmd;
	int opt;

	while ((opt = getopt_long(argc, argv, "S:hV", options, NULL)) != -1) {
		switch (opt) {
		case 'S':
			c.path = optarg;
			break;
		case 'j':
			c.json = true;
			break;
		case 'h':
			print_usage(stdout);
			return EXIT_SUCCESS;
		case 'V':
			printf("stonechatctl %s\n", PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			print_usage(stderr);
			return EXIT_USAGE;
		}
	}
	cmd = optind == argc ? NULL : find_command(argc - optind,
	    argv + optind);
	if (cmd == NULL) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	return run_command(&c, cmd, argv + optind +
	    (cmd->second == NULL ? 1 : 2));
}

/* SPDX-License-Identifier: ISC */
#include "src/cli/cli.h"

#include <errno.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { PASSWORD_MAX = 1024, PATH_SIZE = 4096, GOODBYE_MS = 3000 };

int
cli_fail(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "stonechat: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

int
cli_usage(const struct cli *c)
{
	fprintf(stderr, "usage: stonechat [OPTION...] %s%s%s\n",
	    c->command->name, *c->command->usage == '\0' ? "" : " ",
	    c->command->usage);
	return CLI_USAGE;
}

bool
cli_number(const char *text, uint64_t min, uint64_t max, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' &&
	    *n >= min && *n <= max;
}

/* ---- time ------------------------------------------------------------ */

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

const char *
cli_time_of_day(int64_t ms, char *out, size_t size)
{
	time_t t = (time_t)(ms / 1000);
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, size, "%H:%M:%S", &tm) == 0)
		*out = '\0';
	return out;
}

const char *
cli_time_iso(int64_t ms, char *out, size_t size)
{
	time_t t = (time_t)(ms / 1000);
	char text[32];
	struct tm tm;

	*out = '\0';
	if (gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) != 0)
		snprintf(out, size, "%s.%03dZ", text, (int)(ms % 1000));
	return out;
}

/* ---- password -------------------------------------------------------- */

static char *
first_line(FILE *f)
{
	char line[PASSWORD_MAX + 2], *copy = NULL;

	if (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		copy = strdup(line);
	}
	explicit_bzero(line, sizeof(line));
	return copy;
}

static char *
ask_password(const char *user)
{
	struct termios old, quiet;
	char *password;

	if (tcgetattr(STDIN_FILENO, &old) != 0)
		return NULL;
	fprintf(stderr, "Password of %s: ", user);
	quiet = old;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	password = first_line(stdin);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	return password;
}

static int
read_password(struct cli *c)
{
	FILE *f;

	if (c->password_file == NULL) {
		if (c->ask && isatty(STDIN_FILENO) == 1)
			c->password = ask_password(c->user);
		return 0;
	}
	f = fopen(c->password_file, "re");
	if (f != NULL) {
		c->password = first_line(f);
		fclose(f);
	}
	if (c->password == NULL)
		return cli_fail("%s: %s: name a file whose first line is the "
		    "password", c->password_file,
		    f == NULL ? strerror(errno) : "it is empty");
	return 0;
}

/* ---- state ----------------------------------------------------------- */

/* Makes the directories above PATH, which is changed for the moment. */
static void
make_parents(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash != NULL;
	    slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0700);
		*slash = '/';
	}
}

static int
state_path(const struct cli *c, char *out, size_t size)
{
	const char *base = getenv("XDG_STATE_HOME"), *below = "";
	int n;

	if (c->state_dir != NULL) {
		n = snprintf(out, size, "%s", c->state_dir);
	} else {
		if (base == NULL || *base != '/') {
			base = getenv("HOME");
			below = "/.local/state";
		}
		if (base == NULL)
			return cli_fail("HOME is not set: name a directory "
			    "with --state");
		n = snprintf(out, size, "%s%s/stonechat/%s@%s", base, below,
		    c->user, c->host);
	}
	if (n < 0 || (size_t)n >= size)
		return cli_fail("the name of the state directory is too long");
	make_parents(out);
	return 0;
}

/* ---- events ---------------------------------------------------------- */

void
cli_finish(struct cli *c, int status)
{
	c->finished = true;
	c->status = status;
}

static void
login_refused(struct cli *c, const struct sc_event *e)
{
	const char *advice = "";

	if (e->code == SC_CODE_NOT_AUTHORIZED)
		advice = c->password == NULL ?
		    ": log in again with --password-file" :
		    ": check user and password";
	cli_finish(c, cli_fail("login as %s refused: %s%s%s%s", c->user,
	    sc_code_text(e->code), *e->why == '\0' ? "" : ": ", e->why,
	    advice));
}

static int
on_event(void *arg, const struct sc_event *e)
{
	struct cli *c = arg;

	if (e->type == SC_EVENT_FAILURE) {
		login_refused(c, e);
		return 0;
	}
	if (e->type == SC_EVENT_ONLINE)
		c->online = true;
	/* What comes after the end is for the next command. */
	if (c->finished)
		return -1;
	return c->event(c, e);
}

static void
random_bytes(void *arg, void *p, size_t n)
{
	(void)arg;
	if (RAND_bytes(p, (int)n) != 1)
		abort();
}

bool
cli_is_notice(const struct sc_event *e)
{
	return e->type == SC_EVENT_MESSAGE && e->from == 0;
}

/* ---- life ------------------------------------------------------------ */

static int
open_client(struct cli *c, const struct sc_state_io *io, char *why, size_t n)
{
	const struct sc_client_conf conf = {
		.user = c->user,
		.password = c->password,
		.device = c->device,
		.event = on_event,
		.event_arg = c,
		.state = *io,
		.random = random_bytes,
		.no_ack = c->no_ack,
	};
	const struct sc_driver_conf driver = {
		.host = c->host,
		.port = c->port,
		.ca_file = c->ca_file,
		.insecure = c->insecure,
	};
	int rc;

	rc = sc_client_create(&conf, &c->client, why, n);
	if (rc == 0)
		rc = sc_driver_create(&driver, c->client, &c->driver, why, n);
	return rc;
}

int
cli_open(struct cli *c, int (*event)(struct cli *, const struct sc_event *),
    void *arg)
{
	char dir[PATH_SIZE], why[512] = "";
	struct sc_state_io io;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	c->event = event;
	c->arg = arg;
	if (state_path(c, dir, sizeof(dir)) != 0 || read_password(c) != 0)
		return EXIT_FAILURE;
	rc = sc_state_open(dir, true, &c->state, &io, why, sizeof(why));
	if (rc == SC_CODE_CONFLICT)
		return cli_fail("%s: another stonechat uses this state: wait "
		    "for it, or name another with --state", dir);
	if (rc == 0)
		rc = open_client(c, &io, why, sizeof(why));
	if (rc != 0)
		return cli_fail("%s", *why == '\0' ? sc_code_text(rc) : why);
	return 0;
}

int
cli_fail_unconnected(const struct cli *c, uint64_t seconds,
    const char *what_now)
{
	const char *why = sc_driver_why(c->driver);

	return cli_fail("no answer from %s port %u within %llu s%s%s: %s",
	    c->host, c->port, (unsigned long long)seconds,
	    *why == '\0' ? "" : " - ", why, what_now);
}

/* One step of the driver; an error that stays ends the command. */
static void
step(struct cli *c, int64_t left)
{
	int ms = left > 60000 ? 60000 : (int)left;

	if (sc_driver_run(c->driver, ms) < 0 && !c->finished)
		cli_finish(c, cli_fail("%s", sc_driver_why(c->driver)));
}

bool
cli_run(struct cli *c, uint64_t timeout_s)
{
	int64_t end = timeout_s == 0 ? INT64_MAX :
	    now_ms() + (int64_t)timeout_s * 1000;
	int64_t left;

	while (!c->finished) {
		left = end == INT64_MAX ? 60000 : end - now_ms();
		if (left <= 0)
			return true;
		step(c, left);
	}
	return false;
}

/* What is queued (acknowledgements, marks) leaves before we do. */
static void
say_goodbye(struct cli *c)
{
	int64_t end = now_ms() + GOODBYE_MS;

	c->finished = true;
	sc_client_bye(c->client);
	while (sc_client_online(c->client) && now_ms() < end)
		if (sc_driver_run(c->driver, (int)(end - now_ms())) < 0)
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
	if (c->password != NULL)
		explicit_bzero(c->password, strlen(c->password));
	free(c->password);
	c->driver = NULL;
	c->client = NULL;
	c->state = NULL;
	c->password = NULL;
}

void
cli_print_json_take(json_t *j)
{
	json_dumpf(j, stdout, JSON_COMPACT);
	putchar('\n');
	fflush(stdout);
	json_decref(j);
}

/* SPDX-License-Identifier: ISC */
#include "tests/scenario/host.h"

#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "tests/gone.h"
#include "tests/scenario/certificate.h"
#include "tests/scenario/process.h"
#include "tests/scenario/settings.h"
#include "tests/scenario/stage.h"
#include "tests/scenario/tool.h"

#define PATIENCE_MS "120000"

enum { SECRET_MIN = 8, GONE_MS = 120000 };

struct host {
	struct stage *stage;
	struct process process;
	struct settings settings;
	unsigned files;
	bool ever, ready;
	pid_t worker;		/* the child that serves */
	char address[32];
	uint16_t port;
	uint16_t started_with;	/* listen/port of the process that runs */
	struct buf log;		/* of all runs */
	size_t found;		/* how far host_logged has looked */
	char **secrets;
	size_t nsecrets;
};

/* ---- the configuration ---- */

void
host_set(struct host *h, const char *path, const char *value)
{
	settings_set(&h->settings, path, value);
}

void
host_files(struct host *h, unsigned max)
{
	h->files = max;
}

static int
write_configuration(struct host *h)
{
	struct buf b;
	int rc;

	buf_init(&b, 0);
	settings_print(&h->settings, &b);
	rc = stage_file(h->stage, "stonechat.xml", buf_slice(&b));
	buf_fini(&b);
	return rc;
}

static void
set_file(struct host *h, const char *path, const char *name)
{
	char full[PATH_MAX];

	host_set(h, path, stage_path(h->stage, name, full, sizeof(full)));
}

/* An address that no other scenario uses at this time: then nobody can take
 * the port while the server is away. */
static void
choose_address(struct host *h)
{
	unsigned pid = (unsigned)getpid();

	(void)snprintf(h->address, sizeof(h->address), "127.%u.%u.%u",
	    1 + (pid >> 16) % 250, (pid >> 8) & 255, 1 + (pid & 255) % 254);
}

struct host *
host_create(struct stage *stage)
{
	const char *records = getenv("SC_SCENARIO_RECORDS");
	struct host *h = xcalloc(1, sizeof(*h));

	h->stage = stage;
	process_init(&h->process);
	buf_init(&h->log, 0);
	choose_address(h);
	host_set(h, "log/level", "debug");
	host_set(h, "listen/address", h->address);
	host_set(h, "listen/port", "0");
	set_file(h, "listen/port-file", "port");
	set_file(h, "tls/certificate", "cert.pem");
	set_file(h, "tls/key", "key.pem");
	host_set(h, "tls/records", records == NULL ? "openssl" : records);
	set_file(h, "control/socket", "socket");
	set_file(h, "store/directory", "db");
	host_set(h, "password/iterations", "4096");
	/* a machine that is busy with other tests must not change what
	 * happens here */
	host_set(h, "tls/handshake-ms", PATIENCE_MS);
	host_set(h, "tls/linger-ms", PATIENCE_MS);
	host_set(h, "session/login-ms", PATIENCE_MS);
	host_set(h, "session/pong-ms", PATIENCE_MS);
	if (certificate_make(stage) == 0)
		return h;
	host_destroy(h);
	return NULL;
}

void
host_destroy(struct host *h)
{
	if (h == NULL)
		return;
	process_fini(&h->process);
	settings_fini(&h->settings);
	for (size_t i = 0; i < h->nsecrets; i++)
		free(h->secrets[i]);
	free(h->secrets);
	buf_fini(&h->log);
	free(h);
}

/* ---- the process ---- */

bool
host_runs(const struct host *h)
{
	return h->process.pid != 0;
}

const char *
host_address(const struct host *h)
{
	return h->address;
}

uint16_t
host_port(const struct host *h)
{
	return h->port;
}

static int
is_ready(struct stage *s, void *arg)
{
	struct host *h = arg;

	if (!host_runs(h))
		return stage_fail(s, "the server ended with status %d",
		    WEXITSTATUS(h->process.status));
	return h->ready;
}

static void
set_port(struct host *h, unsigned port)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u", port);
	host_set(h, "listen/port", text);
}

static int
read_port(struct host *h)
{
	char path[PATH_MAX];
	unsigned port = 0;
	FILE *f = fopen(stage_path(h->stage, "port", path, sizeof(path)),
	    "re");

	if (f != NULL) {
		if (fscanf(f, "%u", &port) != 1)
			port = 0;
		(void)fclose(f);
	}
	if (port == 0 || port > UINT16_MAX)
		return stage_fail(h->stage, "%s: no port", path);
	h->started_with = h->port;
	h->port = (uint16_t)port;
	/* it comes back where its clients look for it */
	set_port(h, port);
	return 0;
}

int
host_start(struct host *h)
{
	const char *build = getenv("top_builddir");
	char path[PATH_MAX], conf[PATH_MAX];
	char *argv[] = {path, (char[]){"-c"}, conf, NULL};

	if (host_runs(h))
		return stage_fail(h->stage, "the server runs already");
	if (write_configuration(h) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/stonechatd",
	    build == NULL ? "." : build);
	(void)stage_path(h->stage, "stonechat.xml", conf, sizeof(conf));
	process_fini(&h->process);
	h->ever = true;
	h->ready = false;
	if (process_start(&h->process, argv, NULL, false, h->files) != 0)
		return stage_fail(h->stage, "%s: %s", path, strerror(errno));
	if (stage_wait(h->stage, is_ready, h, "the server to start") != 0)
		return -1;
	return read_port(h);
}

int
host_need(struct host *h)
{
	if (!h->ever)
		return host_start(h);
	return host_runs(h) ? 0 :
	    stage_fail(h->stage, "the server does not run");
}

static int
has_ended(struct stage *s, void *arg)
{
	(void)s;
	return !host_runs(arg);
}

static int
end_with(struct host *h, int sig, const char *what)
{
	int worker, rc;

	if (!host_runs(h))
		return stage_fail(h->stage, "the server does not run");
	worker = gone_open(h->worker);
	/* parent and worker have a process group of their own */
	(void)kill(sig == SIGKILL ? -h->process.pid : h->process.pid, sig);
	rc = stage_wait(h->stage, has_ended, h, "%s", what);
	gone_wait(worker, GONE_MS);
	return rc;
}

int
host_stop(struct host *h)
{
	int status;

	if (end_with(h, SIGTERM, "the server to stop") != 0)
		return -1;
	status = h->process.status;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	return stage_fail(h->stage, "the server ended with %s %d",
	    WIFEXITED(status) ? "status" : "signal",
	    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int
host_kill(struct host *h)
{
	return end_with(h, SIGKILL, "the server to be dead");
}

int
host_reload(struct host *h)
{
	int rc;

	if (!host_runs(h))
		return stage_fail(h->stage, "the server does not run");
	/* the port is not what is to change */
	set_port(h, h->started_with);
	rc = write_configuration(h);
	set_port(h, h->port);
	h->found = h->log.len;
	if (rc == 0)
		(void)kill(h->process.pid, SIGHUP);
	return rc;
}

/* ---- its database ---- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int
must_not_run(struct host *h)
{
	return host_runs(h) ? stage_fail(h->stage, "the server runs") : 0;
}

int
host_lose(struct host *h)
{
	char path[PATH_MAX];

	if (must_not_run(h) != 0)
		return -1;
	(void)stage_path(h->stage, "db", path, sizeof(path));
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 ? 0 :
	    stage_fail(h->stage, "%s: %s", path, strerror(errno));
}

int
host_maintain(struct host *h, const char *words)
{
	struct buf out;
	int rc;

	if (must_not_run(h) != 0)
		return -1;
	buf_init(&out, 0);
	rc = write_configuration(h);
	if (rc == 0)
		rc = tool_maintain(h->stage, words, &out);
	if (rc > 0)
		rc = stage_fail(h->stage, "stonechatd --maintain %s: %.*s",
		    words, (int)out.len, out.p == NULL ? "" :
		    (const char *)out.p + out.off);
	buf_fini(&out);
	return rc;
}

/* ---- the log ---- */

struct wanted {
	struct host *host;
	const char *text;
};

static int
is_logged(struct stage *s, void *arg)
{
	const struct wanted *w = arg;
	struct slice log = buf_slice(&w->host->log);
	const uint8_t *at;
	size_t from = w->host->found;

	(void)s;
	if (from >= log.len)
		return 0;
	at = memmem(log.p + from, log.len - from, w->text, strlen(w->text));
	if (at == NULL)
		return 0;
	w->host->found = (size_t)(at - log.p) + strlen(w->text);
	return 1;
}

int
host_logged(struct host *h, const char *text)
{
	struct wanted w = {h, text};

	return stage_wait(h->stage, is_logged, &w, "\"%s\" in the log of the "
	    "server", text);
}

void
host_secret(struct host *h, const char *text)
{
	if (strlen(text) < SECRET_MIN)
		return;
	h->secrets = xrealloc(h->secrets, h->nsecrets + 1,
	    sizeof(*h->secrets));
	h->secrets[h->nsecrets++] = xstrdup(text);
}

int
host_finish(struct host *h)
{
	struct slice log;

	if (host_runs(h) && host_stop(h) != 0)
		return -1;
	if (h->ever && host_maintain(h, "verify") != 0)
		return -1;
	log = buf_slice(&h->log);
	for (size_t i = 0; i < h->nsecrets && log.len > 0; i++)
		if (memmem(log.p, log.len, h->secrets[i],
		    strlen(h->secrets[i])) != NULL)
			return stage_fail(h->stage, "the log of the server "
			    "holds \"%s\"", h->secrets[i]);
	return 0;
}

void
host_print_log(const struct host *h, const char *prefix, unsigned lines)
{
	struct slice log = buf_slice(&h->log);
	size_t from = log.len, end;

	if (from > 0)
		from--;
	while (from > 0 && lines > 0)
		if (log.p[--from] == '\n' && --lines == 0)
			from++;
	for (; from < log.len; from = end + 1) {
		const uint8_t *nl = memchr(log.p + from, '\n',
		    log.len - from);

		end = nl == NULL ? log.len : (size_t)(nl - log.p);
		printf("%s%.*s\n", prefix, (int)(end - from),
		    (const char *)log.p + from);
	}
}

void
host_poll(struct host *h, struct polls *p)
{
	process_poll(&h->process, p);
}

static void
take_ready(struct host *h, struct slice line)
{
	const uint8_t *at = memmem(line.p, line.len, " worker=", 8);
	char number[16] = "";
	size_t n;

	h->ready = true;
	if (at == NULL)
		return;
	n = line.len - (size_t)(at + 8 - line.p);
	if (n > sizeof(number) - 1)
		n = sizeof(number) - 1;
	memcpy(number, at + 8, n);
	h->worker = (pid_t)strtol(number, NULL, 10);
}

void
host_step(struct host *h, const struct polls *p)
{
	struct slice line;

	if (!process_step(&h->process, p))
		return;
	while (process_line(&h->process, &line)) {
		if (memmem(line.p, line.len, " event=ready ", 13) != NULL)
			take_ready(h, line);
		buf_put_slice(&h->log, line);
		buf_put_u8(&h->log, '\n');
	}
	if (!host_runs(h))
		stage_note(h->stage, "server", "has ended");
}

/* SPDX-License-Identifier: ISC */
#include "tests/crash/event.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "tests/crash/tree.h"
#include "tests/gone.h"

enum { PATIENCE_MS = 120000, ARGS = 6 };

const char *const event_names[EVENTS] = {
	[EVENT_WORKER] = "the worker is killed",
	[EVENT_PARENT] = "the parent is killed, later all is started again",
	[EVENT_RESTART] = "restart",
	[EVENT_CERTIFICATE] = "another certificate is loaded",
	[EVENT_MODULE] = "a module is switched off and on",
	[EVENT_BACKUP] = "a backup",
};

static bool
failed(const char *what)
{
	printf("# failed: %s\n", what);
	return false;
}

/* ---- commands -------------------------------------------------------- */

int
event_call(struct load *load, const char *path, char *const args[])
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execv(path, args);
		_exit(127);
	}
	while (waitpid(pid, &status, load == NULL ? 0 : WNOHANG) != pid)
		if (load != NULL && !load_turns(load, 1)) {
			load = NULL;
			status = -1;
		}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* stonechatctl with up to three words. */
static bool
control(struct events *e, char *one, char *two, char *three)
{
	char ctl[TREE_PATH], socket[TREE_PATH], dash_s[] = "-S";
	char *args[ARGS + 1] = {ctl, dash_s, socket, one, two, three, NULL};

	snprintf(ctl, sizeof(ctl), "%s", e->ctl);
	snprintf(socket, sizeof(socket), "%s", e->socket);
	if (event_call(e->load, ctl, args) == 0)
		return true;
	return failed(one);
}

/* ---- what ends connections ------------------------------------------- */

static int64_t
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec;
}

/* Until another worker than OLD says that it is ready. */
static bool
await_worker(struct events *e, pid_t old)
{
	int64_t end = now_s() + PATIENCE_MS / 1000;

	while (e->server->worker == old)
		if (!load_turns(e->load, 1) || now_s() > end)
			return failed("another worker is ready");
	return load_settle(e->load);
}

static bool
kill_worker(struct events *e)
{
	pid_t old = e->server->worker;

	load_unsettle(e->load);
	kill(old, SIGKILL);
	return await_worker(e, old);
}

static bool
restart(struct events *e)
{
	char word[] = "restart";
	pid_t old = e->server->worker;

	load_unsettle(e->load);
	return control(e, word, NULL, NULL) && await_worker(e, old);
}

/* Some messages more, with everything as it is. */
static bool
go_on(struct events *e)
{
	uint64_t acked = ledger_acked(e->load->ledger);

	return load_run(e->load, acked + 1 +
	    load_random(e->load, 2 * e->pause));
}

/* Connections end with the worker, not with the parent. */
static bool
kill_parent(struct events *e)
{
	struct server *s = e->server;
	uint64_t before = load_logins(e->load);
	int worker = gone_open(s->worker);

	e->load->still = true;
	kill(s->pid, SIGKILL);
	if (!go_on(e))
		return failed("a worker without its parent serves on");
	e->cut += load_logins(e->load) - before;
	e->load->still = false;
	kill(s->worker, load_random(e->load, 2) == 0 ? SIGKILL : SIGTERM);
	while (load_turns(e->load, 1))
		;
	gone_wait(worker, PATIENCE_MS);
	(void)server_wait(s);
	if (!server_start(s))
		return failed("the daemon starts again");
	load_connect(e->load);
	return load_settle(e->load);
}

/* ---- what does not --------------------------------------------------- */

static bool
put_file(const char *dir, const char *from, const char *to)
{
	char a[TREE_PATH], b[TREE_PATH], next[TREE_PATH + 8], bytes[8192];
	FILE *in, *out = NULL;
	size_t n = 0;
	bool ok;

	tree_path(a, dir, from);
	tree_path(b, dir, to);
	snprintf(next, sizeof(next), "%s.next", b);
	in = fopen(a, "r");
	if (in != NULL) {
		n = fread(bytes, 1, sizeof(bytes), in);
		fclose(in);
		out = fopen(next, "w");
	}
	if (out == NULL)
		return failed(from);
	ok = fwrite(bytes, 1, n, out) == n;
	return fclose(out) == 0 && ok && rename(next, b) == 0;
}

/* Who comes now sees the new one: auditors trust no other. */
static bool
reload(struct events *e)
{
	static const char *const names[2][2] = {{"one.pem", "one.key"},
	    {"two.pem", "two.key"}};
	char one[] = "config", two[] = "reload";

	e->certificate = !e->certificate;
	if (!put_file(e->dir, names[e->certificate][0], "cert.pem") ||
	    !put_file(e->dir, names[e->certificate][1], "key.pem") ||
	    !control(e, one, two, NULL))
		return false;
	tree_path(e->ca, e->dir, names[e->certificate][0]);
	load_audit_ca(e->load, e->ca);
	return go_on(e);
}

static bool
switch_module(struct events *e)
{
	char one[] = "module", off[] = "unload", on[] = "load";
	unsigned n = 0, i;

	while (e->modules[n] != NULL)
		n++;
	i = (unsigned)load_random(e->load, n);
	printf("# module %s\n", e->modules[i]);
	return control(e, one, off, e->modules[i]) && go_on(e) &&
	    control(e, one, on, e->modules[i]) && go_on(e);
}

static bool
back_up(struct events *e)
{
	struct backup *b = &e->backups[e->nbackups];
	unsigned pairs = e->load->conf.pairs;
	char word[] = "backup";

	if (e->nbackups == BACKUPS_MAX)
		return true;
	b->tops = xcalloc(pairs, sizeof(*b->tops));
	for (unsigned i = 0; i < pairs; i++)
		b->tops[i] = ledger_top(e->load->ledger, i);
	snprintf(b->dir, sizeof(b->dir), "%s/copy-%u", e->dir, e->nbackups);
	e->nbackups++;
	return control(e, word, b->dir, NULL);
}

/* Nobody needs to notice FN: whoever is there stays. */
static bool
quietly(struct events *e, bool (*fn)(struct events *))
{
	uint64_t before = load_logins(e->load);
	bool ok;

	e->load->still = true;
	ok = fn(e);
	e->cut += load_logins(e->load) - before;
	e->load->still = false;
	return ok;
}

bool
event_happen(struct events *e, enum event_kind kind)
{
	/* who has just come may still be on the way */
	if (!load_settle(e->load))
		return failed("everybody is there");
	switch (kind) {
	case EVENT_WORKER:
		return kill_worker(e);
	case EVENT_PARENT:
		return kill_parent(e);
	case EVENT_RESTART:
		return restart(e);
	case EVENT_CERTIFICATE:
		return quietly(e, reload);
	case EVENT_MODULE:
		return quietly(e, switch_module);
	case EVENT_BACKUP:
		return quietly(e, back_up);
	case EVENTS:
		break;
	}
	return false;
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/buf.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/loop.h"
#include "src/daemon/runtime.h"

enum { LINE_BYTES = 16384, CLIENTS_MAX = 16 };

struct client {
	TAILQ_ENTRY(client) link;
	struct control *control;
	struct watch *watch;	/* NULL: the peer is gone */
	int fd;
	char in[LINE_BYTES];
	size_t inlen;
	struct buf out;
	bool busy;		/* a request is under way */
	void (*more)(void *arg, bool gone);
	void *more_arg;
};

struct control {
	char *path;
	int fd;
	struct loop *loop;
	struct watch *watch;
	const struct runtime *rt;
	void (*stop)(void *arg);
	void *arg;
	TAILQ_HEAD(, client) clients;
	unsigned nclients, busy;
	bool stopping;
};

/* ---- opening --------------------------------------------------------- */

/* Whether somebody answers on the socket. */
static bool
answers(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	if (fd < 0)
		return false;
	yes = connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0;
	close(fd);
	return yes;
}

static int
bind_path(const struct sockaddr_un *sa)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	mode_t mask;
	int rc;

	if (fd < 0)
		return -1;
	mask = umask(0117);
	rc = bind(fd, (const struct sockaddr *)sa, sizeof(*sa));
	umask(mask);
	if (rc == 0 && listen(fd, CLIENTS_MAX) == 0)
		return fd;
	rc = errno;
	close(fd);
	errno = rc;
	return -1;
}

struct control *
control_open(const char *path, char *why, size_t whylen)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct control *c;
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path)) {
		snprintf(why, whylen, "%s: too long for a socket: choose a "
		    "<control><socket> of at most %zu bytes", path,
		    sizeof(sa.sun_path) - 1);
		return NULL;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (answers(&sa)) {
			snprintf(why, whylen, "%s: another server answers "
			    "there: stop it (stonechatctl -S %s stop), or "
			    "choose another <control><socket>", path, path);
			return NULL;
		}
		unlink(path);
	}
	fd = bind_path(&sa);
	if (fd < 0) {
		snprintf(why, whylen, "%s: %s: choose another "
		    "<control><socket>, or make its directory writable", path,
		    strerror(errno));
		return NULL;
	}
	c = xcalloc(1, sizeof(*c));
	c->fd = fd;
	c->path = xstrdup(path);
	TAILQ_INIT(&c->clients);
	return c;
}

/* ---- clients --------------------------------------------------------- */

/*
 * A client is freed at the end of a turn only, when its peer is gone and no
 * request of it is under way; so every function here may be called from every
 * other.
 */
static void
client_free(struct client *k)
{
	struct control *c = k->control;

	TAILQ_REMOVE(&c->clients, k, link);
	c->nclients--;
	watch_destroy(k->watch);
	wipe(k->in, sizeof(k->in));
	buf_fini(&k->out);
	free(k);
}

static void
client_gone(struct client *k)
{
	watch_destroy(k->watch);
	k->watch = NULL;
	buf_fini(&k->out);
}

static void
client_watch(struct client *k)
{
	if (k->watch != NULL)
		watch_set(k->watch, !k->busy && !k->control->stopping,
		    k->out.len > 0);
}

static void
client_send(struct client *k)
{
	struct slice s = buf_slice(&k->out);
	ssize_t n;

	if (s.len == 0 || k->watch == NULL)
		return;
	n = send(k->fd, s.p, s.len, MSG_NOSIGNAL);
	if (n >= 0)
		buf_consume(&k->out, (size_t)n);
	else if (errno != EAGAIN && errno != EINTR)
		client_gone(k);
}

static void
client_read(struct client *k)
{
	size_t room = sizeof(k->in) - k->inlen;
	ssize_t n;

	n = recv(k->fd, k->in + k->inlen, room, 0);
	if (n > 0)
		k->inlen += (size_t)n;
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		client_gone(k);
}

static void
on_client(void *arg, bool readable, bool writable)
{
	struct client *k = arg;

	if (writable)
		client_send(k);
	if (readable && k->watch != NULL && !k->busy)
		client_read(k);
}

static void
put_line(struct client *k, json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);

	json_decref(line);
	sc_assert(text != NULL);
	if (k->watch != NULL) {
		buf_put_str(&k->out, text);
		buf_put_u8(&k->out, '\n');
	}
	free(text);
}

/* ---- for the commands ------------------------------------------------ */

const struct runtime *
control_runtime(const struct client *k)
{
	return k->control->rt;
}

void
control_item_take(struct client *k, json_t *item)
{
	put_line(k, json_pack("{s:o}", "item", item));
}

void
control_bytes(struct client *k, const void *p, size_t n)
{
	if (k->watch != NULL)
		buf_put(&k->out, p, n);
}

bool
control_stopping(const struct client *k)
{
	return k->control->stopping;
}

void
control_when_sent(struct client *k, void (*more)(void *arg, bool gone),
    void *arg)
{
	k->more = more;
	k->more_arg = arg;
}

static void
end_take(struct client *k, json_t *line)
{
	put_line(k, line);
	k->busy = false;
	k->control->busy--;
}

void
control_end_take(struct client *k, json_t *result)
{
	if (result == NULL)
		result = json_object();
	json_object_set_new(result, "ok", json_true());
	end_take(k, result);
}

static const char *
code_word(int code)
{
	switch (code) {
	case SC_EBADREQUEST:
		return "bad-request";
	case SC_ENOTFOUND:
		return "not-found";
	case SC_ECONFLICT:
		return "conflict";
	case SC_ENOSPC:
	case SC_EUNAVAILABLE:
		return "unavailable";
	default:
		return "internal";
	}
}

void
control_end_error(struct client *k, int code, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	end_take(k, json_pack("{s:b, s:s, s:s}", "ok", 0, "code",
	    code_word(code), "error", text));
}

void
control_request_stop(struct client *k)
{
	k->control->stop(k->control->arg);
}

/* ---- requests -------------------------------------------------------- */

static void
run_command(struct client *k, json_t *request)
{
	const char *name = json_string_value(json_object_get(request,
	    "command"));
	const struct control_command *cmd;

	if (name == NULL) {
		control_end_error(k, SC_EBADREQUEST,
		    "expected a JSON object with \"command\"");
		return;
	}
	cmd = control_find(name);
	if (cmd == NULL)
		control_end_error(k, SC_EBADREQUEST,
		    "unknown command \"%.100s\"", name);
	else
		cmd->run(k, request);
}

/* Runs the request at the front of the input; false if none is complete. */
static bool
take_request(struct client *k)
{
	char *end = memchr(k->in, '\n', k->inlen);
	json_t *request;
	size_t n;

	if (end == NULL) {
		if (k->inlen == sizeof(k->in))
			client_gone(k);
		return false;
	}
	n = (size_t)(end - k->in);
	request = json_loadb(k->in, n, JSON_REJECT_DUPLICATES, NULL);
	memmove(k->in, end + 1, k->inlen - n - 1);
	k->inlen -= n + 1;
	wipe(k->in + k->inlen, n + 1);
	k->busy = true;
	k->control->busy++;
	run_command(k, request);
	json_decref(request);
	return true;
}

/* False: nothing more to do for it in this turn. */
static bool
client_step(struct client *k)
{
	void (*more)(void *, bool) = k->more;

	client_send(k);
	if (more != NULL && k->out.len == 0) {
		k->more = NULL;
		more(k->more_arg, k->watch == NULL);
		return true;
	}
	return k->watch != NULL && !k->busy && !k->control->stopping &&
	    take_request(k);
}

void
control_turn_end(struct control *c)
{
	struct client *k, *next;

	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		while (client_step(k))
			;
		client_watch(k);
		next = TAILQ_NEXT(k, link);
		if (k->watch == NULL && !k->busy)
			client_free(k);
	}
}

/* ---- life ------------------------------------------------------------ */

static void
on_ready(void *arg, bool readable, bool writable)
{
	struct control *c = arg;
	struct client *k;
	int fd;

	(void)readable, (void)writable;
	fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	if (c->nclients == CLIENTS_MAX) {
		close(fd);
		return;
	}
	k = xcalloc(1, sizeof(*k));
	k->control = c;
	k->fd = fd;
	buf_init(&k->out, 0);
	TAILQ_INSERT_TAIL(&c->clients, k, link);
	c->nclients++;
	k->watch = watch_create(c->loop, fd, on_client, k);
	if (k->watch == NULL)
		close(fd);
	client_watch(k);
}

int
control_start(struct control *c, struct loop *loop, const struct runtime *rt,
    void (*stop)(void *arg), void *arg)
{
	c->loop = loop;
	c->rt = rt;
	c->stop = stop;
	c->arg = arg;
	c->watch = watch_create(loop, c->fd, on_ready, c);
	if (c->watch == NULL)
		return -1;
	watch_set(c->watch, true, false);
	return 0;
}

unsigned
control_busy(const struct control *c)
{
	return c->busy;
}

void
control_stop(struct control *c)
{
	c->stopping = true;
	if (c->watch != NULL)
		watch_set(c->watch, false, false);
}

void
control_destroy(struct control *c)
{
	if (c == NULL)
		return;
	while (!TAILQ_EMPTY(&c->clients))
		client_free(TAILQ_FIRST(&c->clients));
	unlink(c->path);
	if (c->watch != NULL)
		watch_destroy(c->watch);
	else
		close(c->fd);
	free(c->path);
	free(c);
}

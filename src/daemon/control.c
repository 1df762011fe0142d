/* SPDX-License-Identifier: ISC */
#include "src/daemon/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/clock.h"
#include "src/daemon/config.h"
#include "src/daemon/control_priv.h"
#include "src/daemon/log.h"
#include "src/daemon/loop.h"
#include "src/daemon/runtime.h"

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
	json_decref(k->request);
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

/* While a request goes on there is only the end to wait for. */
static bool
may_read(const struct client *k)
{
	if (k->watch == NULL || k->eof || k->inlen == sizeof(k->in))
		return false;
	return k->gone != NULL || (!k->busy && !k->control->stopping);
}

static void
client_watch(struct client *k)
{
	if (k->watch != NULL)
		watch_set(k->watch, may_read(k), k->out.len > 0);
}

static void
client_send(struct client *k)
{
	struct slice s = buf_slice(&k->out);
	ssize_t n;

	if (s.len == 0 || k->watch == NULL)
		return;
	n = send(k->fd, s.p, s.len, MSG_NOSIGNAL);
	if (n >= 0) {
		buf_consume(&k->out, (size_t)n);
		k->moved = clock_mono();
	} else if (errno != EAGAIN && errno != EINTR)
		client_gone(k);
}

static void
client_read(struct client *k)
{
	size_t room = sizeof(k->in) - k->inlen;
	ssize_t n;

	n = recv(k->fd, k->in + k->inlen, room, 0);
	if (n > 0) {
		k->inlen += (size_t)n;
		k->moved = clock_mono();
	} else if (n == 0) {
		k->eof = true;
	} else if (errno != EAGAIN && errno != EINTR)
		client_gone(k);
}

static void
on_client(void *arg, bool readable, bool writable)
{
	struct client *k = arg;

	if (writable)
		client_send(k);
	if (readable && may_read(k))
		client_read(k);
}

/* ---- requests -------------------------------------------------------- */

/* Finds the command of a request and runs it. */
static void
run_command(struct client *k)
{
	const char *name = json_string_value(json_object_get(k->request,
	    "command"));
	char why[CONTROL_WHY];

	if (name == NULL) {
		control_end_error(k, SC_EBADREQUEST, "expected a JSON object "
		    "with a string \"command\"");
		return;
	}
	k->command = control_find(name);
	if (k->command == NULL) {
		control_end_error(k, SC_EBADREQUEST,
		    "unknown command \"%.100s\"", name);
	} else if (!control_check(k->command, k->request, why, sizeof(why))) {
		k->command = NULL;	/* nothing was tried */
		control_end_error(k, SC_EBADREQUEST, "%s", why);
	} else {
		k->command->run(k, k->request);
	}
}

static void
begin_request(struct client *k)
{
	k->busy = true;
	k->control->busy++;
}

/* Drops N bytes of the input, which may hold a password. */
static void
consume(struct client *k, size_t n)
{
	memmove(k->in, k->in + n, k->inlen - n);
	k->inlen -= n;
	wipe(k->in + k->inlen, n);
}

/* A line that does not fit is answered, and passed over. */
static void
line_too_long(struct client *k)
{
	consume(k, k->inlen);
	if (!k->skip) {
		begin_request(k);
		control_end_error(k, SC_ETOOLARGE, "the request is too long: "
		    "a line has at most %d bytes", LINE_BYTES - 1);
	}
	k->skip = true;
}

static void
run_line(struct client *k, size_t n)
{
	json_error_t error;

	k->request = json_loadb(k->in, n, JSON_REJECT_DUPLICATES, &error);
	consume(k, n + 1);
	begin_request(k);
	if (k->request == NULL)
		control_end_error(k, SC_EBADREQUEST, "expected a JSON object "
		    "on one line: column %d: %s", error.column, error.text);
	else
		run_command(k);
}

/* Runs the request at the front of the input; false if none is complete. */
static bool
take_request(struct client *k)
{
	char *end = memchr(k->in, '\n', k->inlen);

	if (end == NULL) {
		if (k->inlen == sizeof(k->in))
			line_too_long(k);
		return false;
	}
	if (k->skip)
		consume(k, (size_t)(end - k->in) + 1);
	else
		run_line(k, (size_t)(end - k->in));
	k->skip = false;
	return true;
}

static void
tell_gone(struct client *k)
{
	void (*gone)(void *) = k->gone;

	k->gone = NULL;
	gone(k->gone_arg);
}

/* False: nothing more to do for it in this turn. */
static bool
client_step(struct client *k)
{
	void (*more)(void *, bool) = k->more;

	client_send(k);
	if (k->gone != NULL && (k->watch == NULL || k->eof ||
	    k->control->stopping)) {
		tell_gone(k);
		return true;
	}
	/* nobody waits for a reader when the server stops */
	if (more != NULL && (k->out.len == 0 || k->control->stopping)) {
		k->more = NULL;
		more(k->more_arg, k->watch == NULL);
		return true;
	}
	return k->watch != NULL && !k->busy && !k->control->stopping &&
	    take_request(k);
}

/* It has got everything that it will get. */
static bool
client_over(const struct client *k)
{
	return !k->busy && (k->watch == NULL || (k->eof && k->out.len == 0));
}

/* Whether it is its turn to do something. */
static bool
is_waited_for(const struct client *k)
{
	return k->watch != NULL && (!k->busy || k->out.len > 0);
}

/* It neither asks nor reads: it would keep others out, and a backup that
 * nobody takes would keep log files. */
static void
give_up(struct client *k, const char *why)
{
	log_line(k->control->rt->log, UNIT_CONTROL, LOG_WARNING,
	    "control.idle", "uid=%lu pid=%ld unsent=%zu why=\"%s\"",
	    (unsigned long)k->uid, (long)k->pid, k->out.len, why);
	client_gone(k);
}

static void
expire(struct control *c)
{
	int64_t since = clock_mono() - c->idle_ms;
	struct client *k;

	TAILQ_FOREACH(k, &c->clients, link)
		if (is_waited_for(k) && k->moved <= since)
			give_up(k, "it is idle");
}

/* There is a turn when the next one may have to be given up. */
static void
set_alarm(struct control *c)
{
	int64_t first = INT64_MAX, ms;
	struct client *k;

	TAILQ_FOREACH(k, &c->clients, link)
		if (is_waited_for(k) && k->moved < first)
			first = k->moved;
	ms = first == INT64_MAX ? 0 : first + c->idle_ms - clock_mono();
	if (first == INT64_MAX)
		alarm_stop(c->alarm);
	else
		alarm_set(c->alarm, ms < 0 ? 0 : ms);
}

/* The one that has been silent for longest goes; false: all are at work. */
static bool
make_room(struct control *c)
{
	struct client *k, *oldest = NULL;

	TAILQ_FOREACH(k, &c->clients, link)
		if (k->watch != NULL && !k->busy && k->out.len == 0 &&
		    (oldest == NULL || k->moved < oldest->moved))
			oldest = k;
	if (oldest != NULL)
		give_up(oldest, "another one came");
	return oldest != NULL;
}

void
control_turn_end(struct control *c)
{
	struct client *k, *next;

	expire(c);
	for (k = TAILQ_FIRST(&c->clients); k != NULL; k = next) {
		while (client_step(k))
			;
		client_watch(k);
		next = TAILQ_NEXT(k, link);
		if (client_over(k))
			client_free(k);
	}
	if (c->alarm != NULL)
		set_alarm(c);
}

/* ---- life ------------------------------------------------------------ */

struct control *
control_create_take(int fd)
{
	struct control *c = xcalloc(1, sizeof(*c));

	c->fd = fd;
	TAILQ_INIT(&c->clients);
	return c;
}

static void
on_ready(void *arg, bool readable, bool writable)
{
	struct control *c = arg;
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t n = sizeof(who);
	struct client *k;
	int fd;

	(void)readable, (void)writable;
	fd = accept4(c->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	/* who has to go is freed at the end of the turn */
	if (c->nclients >= CLIENTS_MAX && !make_room(c)) {
		close(fd);
		return;
	}
	k = xcalloc(1, sizeof(*k));
	k->control = c;
	k->fd = fd;
	k->moved = clock_mono();
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
	k->uid = who.uid;
	k->pid = who.pid;
	buf_init(&k->out, 0);
	TAILQ_INSERT_TAIL(&c->clients, k, link);
	c->nclients++;
	k->watch = watch_create(c->loop, fd, on_client, k);
	if (k->watch == NULL)
		close(fd);
	client_watch(k);
}

void
control_configure(struct control *c, const struct config *conf)
{
	c->idle_ms = conf->control_idle_ms;
}

/* The end of the turn does it. */
static void
on_alarm(void *arg)
{
	(void)arg;
}

int
control_start(struct control *c, struct loop *loop, const struct runtime *rt,
    struct daemon *d)
{
	c->loop = loop;
	c->rt = rt;
	c->daemon = d;
	c->started = clock_mono();
	control_configure(c, rt->conf);
	c->alarm = alarm_create(loop, on_alarm, c);
	if (c->alarm == NULL)
		return -1;
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
	if (c->watch != NULL)
		watch_destroy(c->watch);
	else
		close(c->fd);
	if (c->alarm != NULL)
		alarm_destroy(c->alarm);
	free(c);
}

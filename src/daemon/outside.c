/* SPDX-License-Identifier: ISC */
#include "src/daemon/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/daemon/config.h"
#include "src/daemon/doors.h"
#include "src/daemon/line.h"
#include "src/daemon/log.h"
#include "src/daemon/loop.h"
#include "src/daemon/notify.h"
#include "src/daemon/texts.h"

void
outside_init(struct outside *o, int line, struct log *log,
    struct doors *doors, const char *file)
{
	*o = (struct outside){.line = line, .log = log, .doors = doors,
		.file = file};
	pthread_mutex_init(&o->sending, NULL);
	atomic_init(&o->gone, false);
	if (line < 0)
		return;
	log->journal = outside_journal;
	log->journal_arg = o;
}

void
outside_fini(struct outside *o)
{
	if (o->line >= 0)
		close(o->line);
	pthread_mutex_destroy(&o->sending);
}

static bool
alone(const struct outside *o)
{
	return o->line < 0;
}

/* ---- the parent dies ------------------------------------------------- */

static void
lose(struct outside *o)
{
	if (atomic_exchange(&o->gone, true))
		return;
	/* Whoever is about to write to it learns it, too. */
	shutdown(o->line, SHUT_RDWR);
	if (o->watch != NULL)
		watch_set(o->watch, false, false);
	log_line(o->log, UNIT_DAEMON, LOG_ERR, "monitor.gone",
	    "why=\"the parent process has died: clients are served on\" "
	    "do=\"stop with stonechatctl stop, then start again: until then "
	    "nothing is reloaded, and no crash is mended\"");
}

/* It says nothing that it was not asked for. */
static void
on_line(void *arg, bool readable, bool writable)
{
	struct outside *o = arg;
	char byte;
	ssize_t n;

	(void)readable, (void)writable;
	n = recv(o->line, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		lose(o);
}

int
outside_watch(struct outside *o, struct loop *loop)
{
	int fd;

	if (alone(o))
		return 0;
	/* A watch closes what it watches. */
	fd = fcntl(o->line, F_DUPFD_CLOEXEC, 3);
	o->watch = fd < 0 ? NULL : watch_create(loop, fd, on_line, o);
	if (o->watch == NULL)
		return -1;
	watch_set(o->watch, true, false);
	return 0;
}

void
outside_unwatch(struct outside *o)
{
	if (o->watch != NULL)
		watch_destroy(o->watch);
	o->watch = NULL;
}

long
outside_pid(const struct outside *o)
{
	return (long)(alone(o) ? getpid() : getppid());
}

/* ---- asking ---------------------------------------------------------- */

static int
tell(struct outside *o, enum line_type type, const struct slice *fields,
    size_t n)
{
	int rc;

	if (atomic_load(&o->gone))
		return -1;
	pthread_mutex_lock(&o->sending);
	rc = line_send(o->line, type, fields, n, NULL, 0);
	pthread_mutex_unlock(&o->sending);
	return rc;
}

/* 0 and an answer of type WANTED, which is to be dropped; or -1 and a sentence
 * in WHY. */
static int
ask(struct outside *o, enum line_type type, enum line_type wanted,
    struct line_message *answer, char *why, size_t whylen)
{
	snprintf(why, whylen, "the parent process is gone: stop the server "
	    "with stonechatctl stop, and start it again");
	if (tell(o, type, NULL, 0) != 0 ||
	    line_receive(o->line, answer) != 1) {
		lose(o);
		return -1;
	}
	if (answer->type == wanted)
		return 0;
	if (answer->type == LINE_REFUSED)
		line_text(answer, 0, why, whylen);
	line_drop(answer);
	return -1;
}

static int
ask_simply(struct outside *o, enum line_type type, char *why, size_t whylen)
{
	struct line_message answer;

	if (ask(o, type, LINE_DONE, &answer, why, whylen) != 0)
		return -1;
	line_drop(&answer);
	return 0;
}

int
outside_ready(struct outside *o, char *why, size_t whylen)
{
	return alone(o) ? doors_announce(o->doors, why, whylen) :
	    ask_simply(o, LINE_READY, why, whylen);
}

void
outside_failed(struct outside *o, const char *why)
{
	struct slice field = slice_str(why);

	tell(o, LINE_FAILED, &field, 1);
}

/* ---- texts and logs -------------------------------------------------- */

static int
read_alone(struct outside *o, struct texts *t, int *log, char *why,
    size_t whylen)
{
	struct config c;

	if (texts_read(t, &c, o->file, why, whylen) != 0)
		return -1;
	if (log != NULL)
		*log = log_open(&c.log, why, whylen);
	config_fini(&c);
	if (log == NULL || *log >= 0)
		return 0;
	texts_fini(t);
	return -1;
}

int
outside_read(struct outside *o, struct texts *t, int *log, char *why,
    size_t whylen)
{
	struct line_message m;

	if (alone(o))
		return read_alone(o, t, log, why, whylen);
	if (ask(o, log == NULL ? LINE_READ : LINE_READ_ALL, LINE_TEXTS, &m,
	    why, whylen) != 0)
		return -1;
	texts_take(t, &m);
	if (log != NULL)
		*log = line_take_fd(&m, 0);
	line_drop(&m);
	return 0;
}

void
outside_accepted(struct outside *o)
{
	if (!alone(o))
		tell(o, LINE_ACCEPTED, NULL, 0);
}

int
outside_reopen(struct outside *o, const struct log_conf *conf)
{
	struct line_message m;
	char why[256];
	int fd;

	if (alone(o))
		return log_open(conf, why, sizeof(why));
	if (ask(o, LINE_REOPEN, LINE_LOG, &m, why, sizeof(why)) != 0)
		return -1;
	fd = line_take_fd(&m, 0);
	line_drop(&m);
	return fd;
}

/* ---- beginning and end ----------------------------------------------- */

void
outside_shut(struct outside *o)
{
	char why[256];

	if (alone(o))
		doors_shut(o->doors);
	else
		ask_simply(o, LINE_SHUT, why, sizeof(why));
}

int
outside_restart(struct outside *o, char *why, size_t whylen)
{
	if (!alone(o))
		return ask_simply(o, LINE_RESTART, why, whylen);
	snprintf(why, whylen, "there is no parent process: stop the server "
	    "and start it again");
	return -1;
}

void
outside_ending(struct outside *o)
{
	char why[256];

	if (alone(o))
		doors_close(o->doors);
	else
		ask_simply(o, LINE_ENDING, why, sizeof(why));
}

void
outside_notify(struct outside *o, const char *state)
{
	struct slice field = slice_str(state);

	if (alone(o))
		notify_send(state);
	else
		tell(o, LINE_NOTIFY, &field, 1);
}

int
outside_journal(void *arg, int level, const char *unit, const char *event,
    const char *fields)
{
	char priority[] = {(char)('0' + level), '\0'};

	return tell(arg, LINE_JOURNAL, (struct slice[]){slice_str(priority),
	    slice_str(unit), slice_str(event), slice_str(fields)}, 4);
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/xmltext.h"
#include "src/daemon/clock.h"
#include "src/daemon/log_journal.h"

enum { LINE = 2048 };

static const char *const unit_names[LOG_UNITS] = {
	[UNIT_DAEMON] = "daemon",
	[UNIT_CONFIG] = "config",
	[UNIT_CONTROL] = "control",
	[UNIT_LISTENER] = "listener",
	[UNIT_TLS] = "tls",
	[UNIT_SESSION] = "session",
	[UNIT_SCRIBE] = "scribe",
	[UNIT_READER] = "reader",
	[UNIT_STORE] = "store",
	[UNIT_MODULE] = "module",
};

const char *
log_unit_name(enum log_unit unit)
{
	return unit_names[unit];
}

int
log_unit_find(const char *name)
{
	int i;

	for (i = 0; i < LOG_UNITS; i++)
		if (strcmp(unit_names[i], name) == 0)
			return i;
	return -1;
}

const char *
log_level_name(int level)
{
	static const char *const names[] = {"emerg", "alert", "crit", "error",
		"warning", "notice", "info", "debug"};

	return level < 0 || level > LOG_DEBUG ? "error" : names[level];
}

/* ---- where lines go -------------------------------------------------- */

static int
send_to_journal(void *arg, int level, const char *unit, const char *event,
    const char *fields)
{
	(void)arg;
	journal_send(level, unit, event, fields);
	return 0;
}

int
log_init(struct log *l)
{
	int i;

	/* A descriptor of our own: another file may be put in its place. */
	l->fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (l->fd < 0)
		return -1;
	l->journal = send_to_journal;
	l->journal_arg = NULL;
	atomic_init(&l->sink, LOG_SINK_FILE);
	for (i = 0; i < LOG_UNITS; i++)
		atomic_init(&l->levels[i], LOG_INFO);
	return 0;
}

void
log_fini(struct log *l)
{
	close(l->fd);
	l->fd = -1;
}

int
log_open(const struct log_conf *c, char *why, size_t whylen)
{
	bool named = c->sink == LOG_SINK_FILE && c->file != NULL;
	int fd;

	if (c->sink == LOG_SINK_JOURNAL && journal_check(why, whylen) != 0)
		return -1;
	fd = named ? open(c->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0640) : fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		snprintf(why, whylen, "%s: %s: choose another <log><file>, or "
		    "make its directory writable",
		    named ? c->file : "standard error", strerror(errno));
	return fd;
}

void
log_prepare_take(struct log_next *n, const struct log_conf *conf, int fd)
{
	*n = (struct log_next){.fd = fd, .conf = *conf};
	n->conf.file = NULL;
}

void
log_next_drop(struct log_next *n)
{
	if (n->fd >= 0)
		close(n->fd);
	*n = (struct log_next){.fd = -1};
}

void
log_reopen_take(struct log *l, int fd)
{
	/* The number stays, so that other threads never see a closed one. */
	dup3(fd, l->fd, O_CLOEXEC);
	close(fd);
}

void
log_switch_take(struct log *l, struct log_next *n)
{
	const struct log_conf *c = &n->conf;
	int i;

	log_reopen_take(l, n->fd);
	n->fd = -1;
	for (i = 0; i < LOG_UNITS; i++)
		atomic_store(&l->levels[i],
		    c->units[i] < 0 ? c->level : c->units[i]);
	atomic_store(&l->sink, c->sink);
}

/* ---- lines ----------------------------------------------------------- */

static void
write_line(struct log *l, enum log_unit unit, int level, const char *event,
    const char *fields)
{
	char line[LINE], when[32];
	int n, i;

	time_print(clock_wall(), when);
	n = snprintf(line, sizeof(line) - 1,
	    "time=%s level=%s unit=%s event=%s%s%s", when,
	    log_level_name(level), unit_names[unit], event,
	    *fields == '\0' ? "" : " ", fields);
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	for (i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n] = '\n';
	/* A log that cannot be written must not stop the server. */
	if (write(l->fd, line, (size_t)n + 1) < 0)
		return;
}

void
log_text(struct log *l, enum log_unit unit, int level, const char *event,
    const char *fields)
{
	if (!log_writes(l, unit, level))
		return;
	if (atomic_load_explicit(&l->sink, memory_order_relaxed) !=
	    LOG_SINK_JOURNAL || l->journal(l->journal_arg, level,
	    unit_names[unit], event, fields) != 0)
		write_line(l, unit, level, event, fields);
}

void
log_line(struct log *l, enum log_unit unit, int level, const char *event,
    const char *fmt, ...)
{
	char fields[LINE];
	va_list ap;

	if (!log_writes(l, unit, level))
		return;
	va_start(ap, fmt);
	vsnprintf(fields, sizeof(fields), fmt, ap);
	va_end(ap);
	log_text(l, unit, level, event, fields);
}

const char *
log_quote(char *out, size_t size, const char *text)
{
	size_t n = 0;

	out[n++] = '"';
	for (; *text != '\0' && n + 4 < size; text++) {
		if (*text == '"' || *text == '\\')
			out[n++] = '\\';
		out[n++] = *text;
	}
	out[n++] = '"';
	out[n] = '\0';
	return out;
}

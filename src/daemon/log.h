/* SPDX-License-Identifier: ISC */
/*
 * log: one line per event, of key=value fields:
 *
 *	time=2026-11-23T06:46:00.123Z level=info unit=listener event=listening
 *
 * or, in the systemd journal, one entry with a field for each (log_journal.h).
 * Every line belongs to a unit, a part of the server whose level can be set by
 * itself.  doc/log.md lists all events with their fields.  Never a message
 * body, a password or a token.
 *
 * Any thread may write, also while the main thread switches the log over; a
 * line is one write(2), so lines do not mix.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

enum log_unit {
	UNIT_DAEMON,		/* starting, stopping, signals */
	UNIT_CONFIG,		/* reading it, reloading it */
	UNIT_CONTROL,		/* what the operator changed */
	UNIT_LISTENER,		/* connections before they have a worker */
	UNIT_TLS,		/* handshakes */
	UNIT_SESSION,		/* logins, requests, goodbyes */
	UNIT_SCRIBE,		/* transactions */
	UNIT_READER,		/* what only reads */
	UNIT_STORE,		/* the database */
	UNIT_MODULE,		/* what modules say */
	LOG_UNITS
};

enum log_sink { LOG_SINK_FILE, LOG_SINK_JOURNAL };

/* What the configuration says of it. */
struct log_conf {
	int sink;			/* enum log_sink */
	char *file;			/* NULL: standard error */
	int level;			/* the least important that is written */
	int units[LOG_UNITS];		/* the same for one unit; -1: as all */
};

struct log {
	int fd;				/* the number never changes */
	atomic_int sink;
	/* Sends what is for the journal; log_init: by itself.  -1: it cannot,
	 * and the line goes to the descriptor. */
	int (*journal)(void *arg, int level, const char *unit,
	    const char *event, const char *fields);
	void *journal_arg;
	atomic_int levels[LOG_UNITS];
};

/* The words of the configuration. */
const char *log_unit_name(enum log_unit);
const char *log_level_name(int level);

/* No such unit: -1. */
int log_unit_find(const char *name);

/* Writes to standard error, from level info on.  0, or -1: the process has no
 * descriptors left. */
int log_init(struct log *);
void log_fini(struct log *);

/* A log that is ready to be switched to. */
struct log_next {
	int fd;
	struct log_conf conf;
};

/* Opens what CONF names: a descriptor (with the journal, one for what cannot be
 * sent there), or -1 with a sentence in WHY. */
int log_open(const struct log_conf *conf, char *why, size_t whylen);

/* Ready for log_switch_take, which cannot fail; takes FD, of log_open. */
void log_prepare_take(struct log_next *, const struct log_conf *, int fd);
void log_switch_take(struct log *, struct log_next *);
void log_next_drop(struct log_next *);

/* The same place in another file: FD, which is taken. */
void log_reopen_take(struct log *, int fd);

/* Whether lines of UNIT at LEVEL are written. */
static inline bool
log_writes(const struct log *l, enum log_unit unit, int level)
{
	return level <= atomic_load_explicit(&l->levels[unit],
	    memory_order_relaxed);
}

/* LEVEL as in syslog(3).  EVENT is a word; FMT makes "key=value key=value",
 * and may be empty.  A value with spaces stands in quotes (log_quote). */
void log_line(struct log *, enum log_unit, int level, const char *event,
    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* The same for fields that are already text. */
void log_text(struct log *, enum log_unit, int level, const char *event,
    const char *fields);

/* TEXT as a value: in quotes, with what would end them escaped; cut to SIZE.
 * Returns OUT. */
const char *log_quote(char *out, size_t size, const char *text);

#endif

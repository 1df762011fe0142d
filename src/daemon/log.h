/* SPDX-License-Identifier: ISC */
/*
 * log: one line per event, of key=value fields:
 *
 *	time=2026-11-23T06:46:00.123Z level=info event=listening port=5290
 *
 * Never a message body, a password or a token.  Any thread may write; a line
 * is one write(2), so lines do not mix.
 */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <syslog.h>

struct log {
	int fd;
	int level;		/* the highest that is written */
	const char *path;	/* NULL: standard error */
};

/*
 * Writes to PATH (NULL: standard error), which must live as long as the log.
 * 0, or -1 with a sentence in WHY.
 */
int log_open(struct log *, const char *path, int level, char *why,
    size_t whylen);

/* Opens the file again, after it was moved away.  0 or -1; on failure the old
 * one stays in use. */
int log_reopen(struct log *);
void log_close(struct log *);

/* LEVEL as in syslog(3).  EVENT is a word; FMT makes "key=value key=value",
 * and may be empty. */
void log_line(struct log *, int level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The same for fields that are already text. */
void log_text(struct log *, int level, const char *event, const char *fields);

/* TEXT as a value: in quotes, with what would end them escaped; cut to SIZE.
 * Returns OUT. */
const char *log_quote(char *out, size_t size, const char *text);

#endif

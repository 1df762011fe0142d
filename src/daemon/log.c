/* SPDX-License-Identifier: ISC */
#include "src/daemon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/xmltext.h"
#include "src/daemon/clock.h"

enum { LINE = 2048 };

static int
open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

int
log_open(struct log *l, const char *path, int level, char *why, size_t whylen)
{
	*l = (struct log){.fd = STDERR_FILENO, .level = level, .path = path};
	if (path == NULL)
		return 0;
	l->fd = open_file(path);
	if (l->fd >= 0)
		return 0;
	snprintf(why, whylen, "%s: %s: choose another <log><file>, or make its "
	    "directory writable", path, strerror(errno));
	l->fd = STDERR_FILENO;
	l->path = NULL;
	return -1;
}

int
log_reopen(struct log *l)
{
	int fd, rc;

	if (l->path == NULL)
		return 0;
	fd = open_file(l->path);
	if (fd < 0)
		return -1;
	/* The number stays, so that other threads never see a closed one. */
	rc = dup3(fd, l->fd, O_CLOEXEC) < 0 ? -1 : 0;
	close(fd);
	return rc;
}

void
log_close(struct log *l)
{
	if (l->path != NULL)
		close(l->fd);
	l->fd = STDERR_FILENO;
	l->path = NULL;
}

static const char *
level_name(int level)
{
	static const char *const names[] = {"emerg", "alert", "crit", "error",
		"warning", "notice", "info", "debug"};

	return level < 0 || level > LOG_DEBUG ? "error" : names[level];
}

void
log_text(struct log *l, int level, const char *event, const char *fields)
{
	char line[LINE], when[32];
	int n, i;

	if (level > l->level)
		return;
	time_print(clock_wall(), when);
	n = snprintf(line, sizeof(line) - 1, "time=%s level=%s event=%s%s%s",
	    when, level_name(level), event, *fields == '\0' ? "" : " ", fields);
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
log_line(struct log *l, int level, const char *event, const char *fmt, ...)
{
	char fields[LINE];
	va_list ap;

	if (level > l->level)
		return;
	va_start(ap, fmt);
	vsnprintf(fields, sizeof(fields), fmt, ap);
	va_end(ap);
	log_text(l, level, event, fields);
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

/* SPDX-License-Identifier: ISC */
#include "src/daemon/log_journal.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
/* The place in the source would always be this file. */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <stdarg.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#endif

/* Fields of a line, and bytes of all of them together. */
enum { FIELDS_MAX = 24, TEXT_MAX = 4096 };

/* ---- fields ---------------------------------------------------------- */

/* The journal knows capital letters, digits and low lines. */
static size_t
put_key(const char **p, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "STONECHAT_");

	for (; **p != '\0' && **p != '=' && **p != ' '; (*p)++)
		if (n + 2 < size)
			out[n++] = isalnum((unsigned char)**p) ?
			    (char)toupper((unsigned char)**p) : '_';
	out[n++] = '=';
	return n;
}

size_t
journal_field(const char **fields, char *out, size_t size)
{
	const char *p = *fields + strspn(*fields, " ");
	bool quoted = false;
	size_t n;

	*fields = p;
	if (*p == '\0')
		return 0;
	n = put_key(&p, out, size);
	if (*p == '=')
		p++;
	if (*p == '"') {
		quoted = true;
		p++;
	}
	for (; *p != '\0' && *p != (quoted ? '"' : ' '); p++) {
		if (quoted && *p == '\\' && p[1] != '\0')
			p++;
		if (n + 1 < size)
			out[n++] = *p;
	}
	if (quoted && *p == '"')
		p++;
	out[n] = '\0';
	*fields = p;
	return n;
}

/* ---- the journal ----------------------------------------------------- */

#ifdef HAVE_SYSTEMD

static const char socket_path[] = "/run/systemd/journal/socket";

bool
journal_built_in(void)
{
	return true;
}

int
journal_check(char *why, size_t whylen)
{
	if (access(socket_path, W_OK) == 0)
		return 0;
	snprintf(why, whylen, "%s: %s: no journal runs here: set "
	    "<log><sink> to file", socket_path, strerror(errno));
	return -1;
}

/* One entry while it is put together. */
struct entry {
	char text[TEXT_MAX];
	size_t used;
	struct iovec fields[FIELDS_MAX];
	int n;
};

/* The LEN bytes behind the text in use are a field. */
static void
add(struct entry *e, size_t len)
{
	if (e->n == FIELDS_MAX)
		return;
	e->fields[e->n].iov_base = e->text + e->used;
	e->fields[e->n++].iov_len = len;
	e->used += len;
}

static void __attribute__((format(printf, 2, 3)))
add_text(struct entry *e, const char *fmt, ...)
{
	size_t room = sizeof(e->text) - e->used;
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(e->text + e->used, room, fmt, ap);
	va_end(ap);
	if (len > 0)
		add(e, (size_t)len < room ? (size_t)len : room - 1);
}

void
journal_send(int level, const char *unit, const char *event,
    const char *fields)
{
	struct entry e = {.used = 0};
	size_t len, room;

	add_text(&e, "PRIORITY=%d", level);
	add_text(&e, "SYSLOG_IDENTIFIER=stonechatd");
	add_text(&e, "STONECHAT_UNIT=%s", unit);
	add_text(&e, "STONECHAT_EVENT=%s", event);
	add_text(&e, "MESSAGE=%s%s%.1800s", event, *fields == '\0' ? "" : " ",
	    fields);
	while ((room = sizeof(e.text) - e.used) > 64 && e.n < FIELDS_MAX &&
	    (len = journal_field(&fields, e.text + e.used, room)) > 0)
		add(&e, len);
	sd_journal_sendv(e.fields, e.n);
}

#else

bool
journal_built_in(void)
{
	return false;
}

int
journal_check(char *why, size_t whylen)
{
	snprintf(why, whylen, "<log><sink>: this server is built without the "
	    "journal (configure --with-systemd): set it to file");
	return -1;
}

void
journal_send(int level, const char *unit, const char *event,
    const char *fields)
{
	(void)level, (void)unit, (void)event, (void)fields;
}

#endif

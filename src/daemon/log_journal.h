/* SPDX-License-Identifier: ISC */
/*
 * log_journal: the systemd journal as a sink of the log, in its native form:
 *
 *	MESSAGE=session.login session=7 user=1 device=2 mechanism=token
 *	PRIORITY=6
 *	SYSLOG_IDENTIFIER=stonechatd
 *	STONECHAT_UNIT=session
 *	STONECHAT_EVENT=session.login
 *	STONECHAT_SESSION=7			one for each field of the line
 *
 * Only where libsystemd is built in (configure --with-systemd).
 */
#ifndef DAEMON_LOG_JOURNAL_H
#define DAEMON_LOG_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether it is built in. */
bool journal_built_in(void);

/* Whether there is a journal to write to: 0, or -1 and a sentence in WHY. */
int journal_check(char *why, size_t whylen);

/* Any thread. */
void journal_send(int level, const char *unit, const char *event,
    const char *fields);

/*
 * The next "key=value" of *FIELDS as a field of the journal,
 * "STONECHAT_KEY=value", with quotes and escapes taken away; cut to SIZE.
 * Returns its length, 0 at the end.
 */
size_t journal_field(const char **fields, char *out, size_t size);

#endif

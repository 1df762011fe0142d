/* SPDX-License-Identifier: ISC */
/*
 * The worker may have been taken over by a client: it can make the parent do
 * what is here and nothing else, and names no file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/daemon/config_diff.h"
#include "src/daemon/log_journal.h"
#include "src/daemon/monitor_priv.h"
#include "src/daemon/notify.h"

enum { STATE = 512, WORD = 64, FIELDS = 2048 };

/* A worker that cannot be talked to is of no use. */
static void
hang_up(struct monitor *m)
{
	close(m->line);
	m->line = -1;
}

static void
break_off(struct monitor *m)
{
	monitor_worker_signal(m, SIGKILL);
	hang_up(m);
}

static void
done(struct monitor *m)
{
	if (line_send(m->line, LINE_DONE, NULL, 0, NULL, 0) != 0)
		break_off(m);
}

static void
refuse(struct monitor *m, const char *why)
{
	if (line_say(m->line, LINE_REFUSED, why) != 0)
		break_off(m);
}

/* ---- texts and logs -------------------------------------------------- */

static int
read_next(struct monitor *m, bool log)
{
	char why[MONITOR_WHY];

	edition_drop(&m->next);
	if (edition_read(&m->next, m->now.texts.file, log, why,
	    sizeof(why)) == 0)
		return 0;
	refuse(m, why);
	return -1;
}

static void
on_read(struct monitor *m, bool log)
{
	const struct texts *t = &m->next.texts;

	if (read_next(m, log) != 0)
		return;
	if (line_send(m->line, LINE_TEXTS, (struct slice[]){
	    slice_str(t->file), buf_slice(&t->conf),
	    buf_slice(&t->certificate), buf_slice(&t->key)}, 4, &m->next.log,
	    log ? 1 : 0) != 0)
		break_off(m);
}

static void
on_accepted(struct monitor *m)
{
	if (m->next.there && m->next.log >= 0)
		monitor_adopt_take(m, &m->next);
}

static void
on_reopen(struct monitor *m)
{
	char why[MONITOR_WHY];
	int fd = log_open(&m->now.conf.log, why, sizeof(why));

	if (fd < 0) {
		refuse(m, why);
		return;
	}
	if (line_send(m->line, LINE_LOG, NULL, 0, &fd, 1) != 0)
		break_off(m);
	log_reopen_take(&m->log, fd);
}

/* ---- life ------------------------------------------------------------ */

static void
on_ready(struct monitor *m)
{
	char why[MONITOR_WHY];

	if (doors_announce(&m->doors, why, sizeof(why)) != 0) {
		refuse(m, why);
		return;
	}
	m->ready = m->served = true;
	done(m);
}

static void
on_restart(struct monitor *m)
{
	char why[MONITOR_WHY];

	if (read_next(m, true) != 0)
		return;
	if (config_may_restart(&m->now.conf, &m->next.conf,
	    m->next.texts.file, why, sizeof(why)) != 0 ||
	    monitor_try(m, why, sizeof(why)) != 0) {
		refuse(m, why);
	} else {
		edition_drop(&m->after);
		m->after = m->next;
		m->next = (struct edition){.log = -1};
		m->restarting = true;
		done(m);
	}
}

static void
on_shut(struct monitor *m)
{
	m->stopping = true;
	doors_shut(&m->doors);
	done(m);
}

static void
on_ending(struct monitor *m)
{
	m->stopping = true;
	doors_close(&m->doors);
	done(m);
}

/* Nothing that makes another process the server, or keeps descriptors. */
static bool
may_notify(const char *state)
{
	static const char *const allowed[] = {"READY=1", "RELOADING=1",
		"STOPPING=1", "STATUS=", "WATCHDOG=1", "MONOTONIC_USEC="};
	const char *line = state;
	size_t i;

	while (line != NULL) {
		for (i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
			if (strncmp(line, allowed[i], strlen(allowed[i])) == 0)
				break;
		if (i == sizeof(allowed) / sizeof(allowed[0]))
			return false;
		line = strchr(line, '\n');
		if (line != NULL)
			line++;
	}
	return true;
}

static void
on_notify(const struct line_message *msg)
{
	char state[STATE];

	line_text(msg, 0, state, sizeof(state));
	if (may_notify(state))
		notify_send(state);
}

static void
on_journal(const struct line_message *msg)
{
	char level[2], unit[WORD], event[WORD], fields[FIELDS];

	line_text(msg, 0, level, sizeof(level));
	journal_send(level[0] >= '0' && level[0] <= '7' ? level[0] - '0' : 6,
	    line_text(msg, 1, unit, sizeof(unit)),
	    line_text(msg, 2, event, sizeof(event)),
	    line_text(msg, 3, fields, sizeof(fields)));
}

static void
take(struct monitor *m, struct line_message *msg)
{
	switch (msg->type) {
	case LINE_READY:
		on_ready(m);
		break;
	case LINE_FAILED:
		line_text(msg, 0, m->why, sizeof(m->why));
		break;
	case LINE_READ:
	case LINE_READ_ALL:
		on_read(m, msg->type == LINE_READ_ALL);
		break;
	case LINE_ACCEPTED:
		on_accepted(m);
		break;
	case LINE_REOPEN:
		on_reopen(m);
		break;
	case LINE_SHUT:
		on_shut(m);
		break;
	case LINE_RESTART:
		on_restart(m);
		break;
	case LINE_ENDING:
		on_ending(m);
		break;
	case LINE_NOTIFY:
		on_notify(msg);
		break;
	case LINE_JOURNAL:
		on_journal(msg);
		break;
	default:
		break_off(m);
	}
}

void
monitor_answer(struct monitor *m)
{
	struct line_message msg;
	int rc = line_receive(m->line, &msg);

	if (rc == 1) {
		take(m, &msg);
		line_drop(&msg);
	} else if (rc == 0) {
		hang_up(m);
	} else {
		break_off(m);
	}
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/monitor.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/clock.h"
#include "src/daemon/monitor_priv.h"
#include "src/daemon/notify.h"

/* ---- editions -------------------------------------------------------- */

int
edition_read(struct edition *e, const char *file, bool log, char *why,
    size_t whylen)
{
	*e = (struct edition){.log = -1};
	if (texts_read(&e->texts, &e->conf, file, why, whylen) != 0)
		return -1;
	e->there = true;
	if (log)
		e->log = log_open(&e->conf.log, why, whylen);
	if (!log || e->log >= 0)
		return 0;
	edition_drop(e);
	return -1;
}

void
edition_drop(struct edition *e)
{
	if (!e->there)
		return;
	texts_fini(&e->texts);
	config_fini(&e->conf);
	if (e->log >= 0)
		close(e->log);
	*e = (struct edition){.log = -1};
}

void
monitor_adopt_take(struct monitor *m, struct edition *next)
{
	struct log_next log;

	edition_drop(&m->now);
	m->now = *next;
	*next = (struct edition){.log = -1};
	log_prepare_take(&log, &m->now.conf.log, m->now.log);
	m->now.log = -1;
	log_switch_take(&m->log, &log);
}

/* ---- signals --------------------------------------------------------- */

static void
on_stop(struct monitor *m, int signo)
{
	bool again = m->interrupted && signo == SIGINT;

	m->stopping = true;
	m->interrupted = m->interrupted || signo == SIGINT;
	if (m->worker == 0)
		m->over = true;		/* it was to be started again */
	else
		monitor_worker_signal(m, again ? SIGUSR1 : SIGTERM);
}

static void
on_signals(struct monitor *m)
{
	struct signalfd_siginfo s;

	while (read(m->signal_fd, &s, sizeof(s)) == sizeof(s)) {
		if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT)
			on_stop(m, (int)s.ssi_signo);
		else if (s.ssi_signo == SIGHUP)
			monitor_worker_signal(m, SIGHUP);
		/* SIGCHLD: the worker is looked at in each turn */
	}
}

static int
take_signals(struct monitor *m)
{
	sigemptyset(&m->signals);
	sigaddset(&m->signals, SIGTERM);
	sigaddset(&m->signals, SIGINT);
	sigaddset(&m->signals, SIGHUP);
	sigaddset(&m->signals, SIGCHLD);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_BLOCK, &m->signals, &m->before) != 0)
		return -1;
	m->signal_fd = signalfd(-1, &m->signals, SFD_NONBLOCK | SFD_CLOEXEC);
	return m->signal_fd < 0 ? -1 : 0;
}

/* ---- life ------------------------------------------------------------ */

/* Until something is due; -1: for ever. */
static int
patience(const struct monitor *m, int64_t now)
{
	int64_t ms = -1;

	if (m->worker == 0)
		ms = m->again_at > now ? m->again_at - now : 0;
	/* No worker gives signs of life: we do. */
	if (!m->ready && m->served && m->alive_ms > 0 &&
	    (ms < 0 || ms > m->alive_ms / 2))
		ms = m->alive_ms / 2;
	return (int)ms;
}

static void
turn(struct monitor *m)
{
	struct pollfd fds[] = {{.fd = m->signal_fd, .events = POLLIN},
		{.fd = m->line, .events = POLLIN}};

	if (poll(fds, 2, patience(m, clock_mono())) < 0)
		return;
	if (!m->ready && m->served)
		notify_send("WATCHDOG=1");
	if (fds[1].revents != 0)
		monitor_answer(m);
	if (fds[0].revents != 0)
		on_signals(m);
	/* What it said before it ended comes first. */
	if (m->worker != 0 && m->line < 0)
		monitor_worker_reap(m);
	if (m->worker == 0 && !m->over && clock_mono() >= m->again_at &&
	    monitor_worker_start(m) != 0)
		m->over = true;
}

static int
prepare(struct monitor *m, const char *file, char *why, size_t whylen)
{
	struct edition first;

	if (edition_read(&first, file, true, why, whylen) != 0)
		return -1;
	monitor_adopt_take(m, &first);
	if (files_make_directory(m->now.conf.store_dir, why, whylen) != 0 ||
	    doors_open(&m->doors, &m->now.conf, why, whylen) != 0)
		return -1;
	/* The key stays in memory, for the next worker. */
	if (geteuid() == 0)
		(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	m->alive_ms = notify_alive_ms();
	snprintf(why, whylen, "the system has no descriptors left");
	return take_signals(m);
}

static struct monitor *
create(const char *program)
{
	struct monitor *m = xcalloc(1, sizeof(*m));

	m->program = program;
	m->line = m->signal_fd = -1;
	m->now.log = m->next.log = m->after.log = -1;
	doors_init(&m->doors);
	if (log_init(&m->log) == 0)
		return m;
	free(m);
	return NULL;
}

static void
destroy(struct monitor *m)
{
	doors_close(&m->doors);
	edition_drop(&m->now);
	edition_drop(&m->next);
	edition_drop(&m->after);
	if (m->line >= 0)
		close(m->line);
	if (m->signal_fd >= 0)
		close(m->signal_fd);
	log_fini(&m->log);
	free(m);
}

int
monitor_run(const char *program, const char *file, char *why, size_t whylen)
{
	struct monitor *m = create(program);
	int status = -1;

	if (m == NULL) {
		snprintf(why, whylen, "the system has no descriptors left");
		return -1;
	}
	if (prepare(m, file, why, whylen) == 0) {
		while (!m->over)
			turn(m);
		status = m->status;
		snprintf(why, whylen, "%s", m->why);
	}
	destroy(m);
	return status;
}

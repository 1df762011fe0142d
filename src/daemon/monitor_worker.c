/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/daemon/clock.h"
#include "src/daemon/daemon.h"
#include "src/daemon/handover.h"
#include "src/daemon/monitor_priv.h"
#include "src/daemon/worker.h"

enum {
	DELAY_MS = 100, DELAY_MAX_MS = 10000,	/* before another is started */
	GOOD_MS = 60000,	/* a life that makes up for earlier deaths */
	FAILURES_MS = 60000,	/* three of the database in this time: too many */
	FD = 32
};

/* ---- beginning ------------------------------------------------------- */

/* In the child: does not return. */
static _Noreturn void
become_worker(const struct monitor *m, int line)
{
	char fd[FD], name[] = WORKER_NAME;
	char *argv[] = {name, fd, NULL};

	snprintf(fd, sizeof(fd), "%d", line);
	/* Until it knows what to do with them. */
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR1, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	if (fcntl(line, F_SETFD, 0) == 0 &&
	    sigprocmask(SIG_SETMASK, &m->before, NULL) == 0)
		execv(m->program, argv);
	fprintf(stderr, "stonechatd: %s: %s\n", m->program, strerror(errno));
	_exit(EXIT_FAILURE);
}

static int
hand_over(struct monitor *m)
{
	struct handover h;
	int rc;

	handover_init(&h);
	texts_copy(&h.texts, &m->now.texts);
	h.alive_ms = m->alive_ms;
	rc = handover_copy(&h, &m->doors, m->log.fd);
	if (rc == 0)
		rc = handover_send(m->line, &h);
	handover_fini(&h);
	return rc;
}

int
monitor_worker_start(struct monitor *m)
{
	int ends[2] = {-1, -1};

	m->ready = false;
	m->born = clock_mono();
	m->why[0] = '\0';
	if (line_pair(ends) == 0)
		m->worker = fork();
	if (m->worker == 0 && ends[1] >= 0)
		become_worker(m, ends[1]);
	if (ends[1] >= 0)
		close(ends[1]);
	m->line = ends[0];
	if (ends[0] < 0 || m->worker < 0) {
		snprintf(m->why, sizeof(m->why), "no process can be started: "
		    "%s", strerror(errno));
		m->worker = 0;
		m->status = m->served ? EXIT_FAILURE : -1;
		return -1;
	}
	/* If it cannot be told it has died, which will be noticed. */
	(void)hand_over(m);
	return 0;
}

void
monitor_worker_signal(struct monitor *m, int signo)
{
	if (m->worker != 0)
		kill(m->worker, signo);
}

/* ---- end ------------------------------------------------------------- */

static void
print_end(int status, char *out, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(out, size, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(out, size, "exit status %d", WEXITSTATUS(status));
}

static bool
database_failed(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == DAEMON_DATABASE;
}

/* Whether the database has failed too often; counts. */
static bool
too_often(struct monitor *m)
{
	int64_t now = clock_mono();

	memmove(m->failures + 1, m->failures,
	    sizeof(m->failures) - sizeof(m->failures[0]));
	m->failures[0] = now;
	return m->failures[MONITOR_FAILURES - 1] != 0 &&
	    now - m->failures[MONITOR_FAILURES - 1] < FAILURES_MS;
}

static void
give_up(struct monitor *m)
{
	const char *dir = m->now.conf.store_dir;
	char quoted[MONITOR_WHY], say[MONITOR_WHY];

	snprintf(say, sizeof(say), "the database in %.1000s has failed %d "
	    "times within a minute: see what is wrong with stonechatctl "
	    "verify, mend it with stonechatctl recover, or restore a backup "
	    "with stonechatctl restore DIR, then start again", dir,
	    MONITOR_FAILURES);
	log_line(&m->log, UNIT_STORE, LOG_CRIT, "store.given-up", "why=%s",
	    log_quote(quoted, sizeof(quoted), say));
	snprintf(m->why, sizeof(m->why), "%s", say);
	m->status = -1;
	m->over = true;
}

/* Another one, after a while if this goes on. */
static void
again(struct monitor *m, const char *how)
{
	char why[MONITOR_WHY];
	int64_t now = clock_mono();

	if (now - m->born >= GOOD_MS || m->delay_ms == 0)
		m->delay_ms = DELAY_MS;
	else if (m->delay_ms < DELAY_MAX_MS / 2)
		m->delay_ms *= 2;
	else
		m->delay_ms = DELAY_MAX_MS;
	m->again_at = now + m->delay_ms;
	log_line(&m->log, UNIT_DAEMON, LOG_ERR, "worker.died", "how=\"%s\" "
	    "why=%s again-ms=%u", how, log_quote(why, sizeof(why), m->why),
	    m->delay_ms);
}

/* It was asked to make way for another. */
static void
change_over(struct monitor *m)
{
	m->restarting = false;
	m->again_at = 0;
	m->delay_ms = 0;
	monitor_adopt_take(m, &m->after);
}

/* Nobody was asked to stop. */
static void
died(struct monitor *m, int status)
{
	char how[64];

	print_end(status, how, sizeof(how));
	if (!m->served) {
		/* The first one says why, or the system has. */
		m->over = true;
		m->status = -1;
		if (m->why[0] == '\0')
			snprintf(m->why, sizeof(m->why), "the worker process "
			    "(%s) has ended before it was ready: %s",
			    m->program, how);
	} else if (database_failed(status) && too_often(m)) {
		give_up(m);
	} else {
		again(m, how);
	}
}

/* SIGTERM may come before it knows what to do with it. */
static bool
is_clean(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) == 0 :
	    WTERMSIG(status) == SIGTERM;
}

static void
ended(struct monitor *m, int status)
{
	if (m->stopping) {
		m->over = true;
		m->why[0] = '\0';
		m->status = is_clean(status) ? EXIT_SUCCESS : EXIT_FAILURE;
	} else if (m->restarting) {
		change_over(m);
	} else {
		died(m, status);
	}
}

void
monitor_worker_reap(struct monitor *m)
{
	pid_t pid = m->worker;
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return;		/* SIGCHLD will come */
	m->worker = 0;
	m->ready = false;
	ended(m, status);
}

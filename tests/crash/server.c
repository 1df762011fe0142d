/* SPDX-License-Identifier: ISC */
#include "tests/crash/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/common/err.h"
#include "tests/gone.h"

enum { PATIENCE_MS = 120000 };

static _Noreturn void
child(const struct server *s, int fd, pid_t parent)
{
	/* The daemon is two processes, which are killed together. */
	setpgid(0, 0);
	/* Whatever happens to the test, no daemon stays behind for long: its
	 * worker goes on, but without clients. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(126);
	dup2(fd, STDERR_FILENO);
	if (s->preload != NULL)
		setenv("LD_PRELOAD", s->preload, 1);
	execv(s->argv[0], s->argv);
	perror(s->argv[0]);
	_exit(127);
}

static void
take_line(struct server *s)
{
	const char *port = strstr(s->line, " port=");
	const char *worker = strstr(s->line, " worker=");

	if (strstr(s->line, "event=ready") != NULL && port != NULL) {
		s->worker = worker == NULL ? 0 :
		    (pid_t)strtol(worker + 8, NULL, 10);
		s->port = (uint16_t)strtoul(port + 6, NULL, 10);
	}
	s->linelen = 0;
}

static void
take_bytes(struct server *s, const char *p, size_t n)
{
	size_t i;

	if (write(s->log_fd, p, n) < 0)
		perror(s->log);
	for (i = 0; i < n; i++) {
		if (p[i] == '\n') {
			s->line[s->linelen] = '\0';
			take_line(s);
		} else if (s->linelen < sizeof(s->line) - 1) {
			s->line[s->linelen++] = p[i];
		}
	}
}

bool
server_read(struct server *s)
{
	char bytes[4096];
	ssize_t n;

	if (s->fd < 0)
		return false;
	while ((n = read(s->fd, bytes, sizeof(bytes))) > 0)
		take_bytes(s, bytes, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

bool
server_start(struct server *s)
{
	struct pollfd p;
	pid_t self = getpid();
	int fds[2];
	bool alive;

	sc_assert(pipe2(fds, O_CLOEXEC) == 0);
	s->log_fd = open(s->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0600);
	sc_assert(s->log_fd >= 0);
	s->port = 0;
	s->worker = 0;
	s->linelen = 0;
	fflush(stdout);
	s->pid = fork();
	sc_assert(s->pid >= 0);
	if (s->pid == 0)
		child(s, fds[1], self);
	setpgid(s->pid, s->pid);
	close(fds[1]);
	s->fd = fds[0];
	fcntl(s->fd, F_SETFL, O_NONBLOCK);
	p = (struct pollfd){.fd = s->fd, .events = POLLIN};
	while ((alive = server_read(s)) && s->port == 0)
		if (poll(&p, 1, PATIENCE_MS) == 0) {
			printf("# the server is not ready\n");
			server_end(s, SIGABRT);
			return false;
		}
	return alive;
}

int
server_wait(struct server *s)
{
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	int status = 0;

	while (server_read(s) && poll(&p, 1, PATIENCE_MS) > 0)
		;
	if (waitpid(s->pid, &status, WNOHANG) == 0) {
		/* an end of the pipe that is no end of the process */
		if (server_read(s))
			kill(-s->pid, SIGABRT);
		waitpid(s->pid, &status, 0);
	}
	close(s->fd);
	close(s->log_fd);
	s->fd = -1;
	s->pid = 0;
	return status;
}

int
server_end(struct server *s, int signal)
{
	int worker, status;

	if (s->pid == 0)
		return 0;
	worker = gone_open(s->worker == s->pid ? 0 : s->worker);
	kill(signal == SIGTERM ? s->pid : -s->pid, signal);
	status = server_wait(s);
	gone_wait(worker, PATIENCE_MS);
	return status;
}

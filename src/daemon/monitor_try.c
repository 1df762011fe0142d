/* SPDX-License-Identifier: ISC */
/*
 * Before a worker makes way for another: would that one start?  The program on
 * the disk is asked, with its modules and the files as they are now.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/daemon/monitor_priv.h"

/* In the child: does not return. */
static _Noreturn void
become_check(const struct monitor *m, int out)
{
	char name[] = "stonechatd", check[] = "-t", config[] = "-c";
	char *argv[] = {name, check, config, m->now.texts.file, NULL};

	if (dup2(out, STDOUT_FILENO) >= 0 && dup2(out, STDERR_FILENO) >= 0 &&
	    sigprocmask(SIG_SETMASK, &m->before, NULL) == 0)
		execv(m->program, argv);
	dprintf(out, "stonechatd: %s: %s: install it again\n", m->program,
	    strerror(errno));
	_exit(EXIT_FAILURE);
}

/* What it says, without its name and the end of the line. */
static void
read_said(int from, char *said, size_t size)
{
	static const char name[] = "stonechatd: ";
	size_t used = 0;
	ssize_t n;

	while (used + 1 < size &&
	    ((n = read(from, said + used, size - used - 1)) > 0 ||
	    (n < 0 && errno == EINTR)))
		used += n > 0 ? (size_t)n : 0;
	said[used] = '\0';
	said[strcspn(said, "\n")] = '\0';
	if (strncmp(said, name, sizeof(name) - 1) == 0)
		memmove(said, said + sizeof(name) - 1,
		    strlen(said) - sizeof(name) + 2);
}

int
monitor_try(const struct monitor *m, char *why, size_t whylen)
{
	int fds[2] = {-1, -1}, status = -1;
	pid_t pid = -1;

	if (pipe2(fds, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		become_check(m, fds[1]);
	if (pid < 0) {
		snprintf(why, whylen, "no process can be started: %s",
		    strerror(errno));
	} else {
		close(fds[1]);
		fds[1] = -1;
		read_said(fds[0], why, whylen);
		if (waitpid(pid, &status, 0) != pid)
			status = -1;
	}
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

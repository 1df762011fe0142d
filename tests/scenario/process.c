/* SPDX-License-Identifier: ISC */
#include "tests/scenario/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scenario/stage.h"

enum { READ_SIZE = 65536 };

void
process_init(struct process *p)
{
	*p = (struct process){.fd = -1, .at = -1};
	buf_init(&p->output, 0);
}

/* In the child.  Standard input is the pipe IN, standard error OUT. */
static void __attribute__((noreturn))
child(char *const *argv, const int *in, const int *out, bool both,
    unsigned files)
{
	struct rlimit limit = {files, files};

	(void)setpgid(0, 0);
	(void)signal(SIGPIPE, SIG_DFL);
	if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDERR_FILENO) < 0 ||
	    (both && dup2(out[1], STDOUT_FILENO) < 0))
		_exit(126);
	if (files != 0)
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	(void)execv(argv[0], argv);
	_exit(127);
}

static void
close_pipe(const int *p)
{
	if (p[0] >= 0)
		(void)close(p[0]);
	if (p[1] >= 0)
		(void)close(p[1]);
}

int
process_start(struct process *p, char *const *argv, const char *input,
    bool both, unsigned files)
{
	int in[2] = {-1, -1}, out[2] = {-1, -1};
	pid_t pid = -1;

	if (pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		child(argv, in, out, both, files);
	if (pid < 0) {
		close_pipe(in);
		close_pipe(out);
		return -1;
	}
	(void)setpgid(pid, pid);
	if (input != NULL && write(in[1], input, strlen(input)) < 0)
		(void)0;	/* it has ended; its status says so */
	close_pipe(in);
	(void)close(out[1]);
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	p->pid = pid;
	p->fd = out[0];
	return 0;
}

void
process_poll(struct process *p, struct polls *polls)
{
	p->at = p->fd < 0 ? -1 : polls_add(polls, p->fd, POLLIN);
}

/* Its output has ended, and so has it. */
static void
reap(struct process *p)
{
	(void)close(p->fd);
	p->fd = -1;
	while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR)
		;
	p->pid = 0;
}

bool
process_step(struct process *p, const struct polls *polls)
{
	char bytes[READ_SIZE];
	ssize_t n;

	if (p->fd < 0 || polls_got(polls, p->at) == 0)
		return false;
	n = read(p->fd, bytes, sizeof(bytes));
	if (n > 0)
		buf_put(&p->output, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		reap(p);
	return true;
}

bool
process_line(struct process *p, struct slice *line)
{
	struct slice all = buf_slice(&p->output);
	const uint8_t *from = all.p + p->lines_seen, *end;

	if (p->lines_seen >= all.len)
		return false;
	end = memchr(from, '\n', all.len - p->lines_seen);
	if (end == NULL)
		return false;
	*line = slice_of(from, (size_t)(end - from));
	p->lines_seen += line->len + 1;
	return true;
}

void
process_fini(struct process *p)
{
	if (p->pid != 0) {
		(void)kill(-p->pid, SIGKILL);
		reap(p);
	} else if (p->fd >= 0) {
		(void)close(p->fd);
	}
	buf_fini(&p->output);
	process_init(p);
}

/* SPDX-License-Identifier: ISC */
/* gone: waits for the end of a process that is nobody's child here. */
#ifndef TESTS_GONE_H
#define TESTS_GONE_H

#include <poll.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* Something to wait for; -1: it has gone already. */
static inline int
gone_open(pid_t pid)
{
	return pid <= 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Waits until all of it has ended, and so everything it had open is closed. */
static inline void
gone_wait(int fd, int ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	if (fd < 0)
		return;
	(void)poll(&p, 1, ms);
	(void)close(fd);
}

#endif

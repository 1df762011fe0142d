/* SPDX-License-Identifier: ISC */
#include "src/daemon/activation.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/daemon/config.h"

/* By the convention of sd_listen_fds(3). */
enum { FIRST = 3 };

static long
number(const char *name)
{
	const char *text = getenv(name);

	return text == NULL ? 0 : strtol(text, NULL, 10);
}

/* AF_*, or -1: FD is no listening stream socket. */
static int
family(int fd)
{
	struct sockaddr_storage ss = {.ss_family = AF_UNSPEC};
	socklen_t len = sizeof(int);
	int type = 0, listens = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
	    type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 ||
	    !listens)
		return -1;
	len = sizeof(ss);
	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return -1;
	return ss.ss_family;
}

static bool
take(int fd, int *listeners, size_t *n, int *control)
{
	int af = family(fd);

	if ((af == AF_INET || af == AF_INET6) && *n < CONFIG_ADDRESSES)
		listeners[(*n)++] = fd;
	else if (af == AF_UNIX && *control < 0)
		*control = fd;
	else
		return false;
	return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0;
}

int
activation_take(int *listeners, size_t *n, int *control, char *why,
    size_t whylen)
{
	long i, count = number("LISTEN_PID") == (long)getpid() ?
	    number("LISTEN_FDS") : 0;

	/* A worker is somebody else. */
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (i = 0; i < count; i++) {
		if (take(FIRST + (int)i, listeners, n, control))
			continue;
		snprintf(why, whylen, "socket %ld from the service manager: "
		    "expected at most %d listening TCP sockets for clients "
		    "and one listening Unix socket for stonechatctl: correct "
		    "the socket unit", i + 1, CONFIG_ADDRESSES);
		return -1;
	}
	return 0;
}

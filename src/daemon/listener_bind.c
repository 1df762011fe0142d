/* SPDX-License-Identifier: ISC */
#include "src/daemon/listener_bind.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/daemon/config.h"

static int
bind_socket(const struct sockaddr *sa, socklen_t len, int backlog)
{
	int fd, one = 1, zero = 0, saved;

	fd = socket(sa->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (sa->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero,
		    sizeof(zero));
	if (bind(fd, sa, len) == 0 && listen(fd, backlog) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Connections by IPv4 come to the same socket, where there is IPv6. */
static int
bind_all(uint16_t port, int backlog)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6,
		.sin6_port = htons(port), .sin6_addr = in6addr_any};
	struct sockaddr_in four = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_ANY)};
	int fd;

	fd = bind_socket((struct sockaddr *)&six, sizeof(six), backlog);
	if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
		fd = bind_socket((struct sockaddr *)&four, sizeof(four),
		    backlog);
	return fd;
}

static int
bind_address(const char *address, uint16_t port, int backlog)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM}, *ai;
	char service[8];
	int fd;

	if (strcmp(address, "*") == 0)
		return bind_all(port, backlog);
	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(address, service, &hints, &ai) != 0) {
		errno = EADDRNOTAVAIL;
		return -1;
	}
	fd = bind_socket(ai->ai_addr, ai->ai_addrlen, backlog);
	freeaddrinfo(ai);
	return fd;
}

uint16_t
listener_bound_port(int fd)
{
	struct sockaddr_storage ss = {0};
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) != 0)
		return 0;
	if (ss.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
	return ntohs(((struct sockaddr_in *)&ss)->sin_port);
}

static void
explain(const struct config *c, const char *address, char *why, size_t whylen)
{
	const char *advice = "correct <listen><address>";

	if (errno == EADDRINUSE)
		advice = "stop what uses it, or choose another <listen><port>";
	else if (errno == EACCES)
		advice = "start as root, or choose a <listen><port> above 1023";
	snprintf(why, whylen, "cannot listen on %s port %u: %s: %s", address,
	    c->port, strerror(errno), advice);
}

int
listener_bind(const struct config *c, int *fds, size_t *n, char *why,
    size_t whylen)
{
	uint16_t port = (uint16_t)c->port;

	for (*n = 0; *n < c->naddresses; (*n)++) {
		fds[*n] = bind_address(c->addresses[*n], port,
		    (int)c->backlog);
		if (fds[*n] < 0) {
			explain(c, c->addresses[*n], why, whylen);
			while (*n > 0)
				close(fds[--*n]);
			return -1;
		}
		/* A free port that was found is the port of all. */
		port = listener_bound_port(fds[*n]);
	}
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* Finding the server, and a socket that is connected to it. */
#include "src/client/driver_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_MS = 10000 };	/* for one address */

/* Connections leave from d->local; its port is chosen when they connect, so
 * that one address can have a port for each server.  The error, or 0. */
static int
bind_local(const struct sc_driver *d, int family)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a;
	int on = 1;

	if (d->local == NULL)
		return 0;
	memset(&a, 0, sizeof(a));
	a.any.sa_family = (sa_family_t)family;
	if (inet_pton(family, d->local, family == AF_INET6 ?
	    (void *)&a.in6.sin6_addr : (void *)&a.in.sin_addr) != 1)
		return EADDRNOTAVAIL;
#ifdef IP_BIND_ADDRESS_NO_PORT
	(void)setsockopt(d->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
#endif
	return bind(d->fd, &a.any, family == AF_INET6 ? sizeof(a.in6)
	    : sizeof(a.in)) == 0 ? 0 : errno;
}

/* A socket that connects to the address; the error, or 0. */
static int
begin_socket(struct sc_driver *d, const struct addrinfo *a)
{
	int on = 1, error;

	d->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, a->ai_protocol);
	if (d->fd < 0)
		return errno;
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	error = bind_local(d, a->ai_family);
	if (error != 0)
		return error;
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) == 0 ||
	    errno == EINPROGRESS)
		return 0;
	return errno;
}

/* Tries the addresses from d->address on; ERROR is that of the one before. */
static void
try_addresses(struct sc_driver *d, int error)
{
	for (; d->address != NULL; d->address = d->address->ai_next) {
		driver_close(d);
		error = begin_socket(d, d->address);
		if (error == 0) {
			d->phase = CONNECTING;
			d->phase_until = driver_now() + CONNECT_MS;
			return;
		}
	}
	driver_say(d, "cannot connect to %s port %s: %s", d->host, d->port,
	    strerror(error));
	driver_drop(d);
}

void
driver_begin_connect(struct sc_driver *d)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_ADDRCONFIG};
	int rc = getaddrinfo(d->host, d->port, &hints, &d->addresses);

	if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY) {
		/* a machine with nothing but its loopback has no address */
		hints.ai_flags = 0;
		rc = getaddrinfo(d->host, d->port, &hints, &d->addresses);
	}
	if (rc != 0) {
		d->addresses = NULL;
		driver_say(d, "cannot find %s: %s", d->host, rc == EAI_SYSTEM
		    ? strerror(errno) : gai_strerror(rc));
		driver_drop(d);
		return;
	}
	d->address = d->addresses;
	try_addresses(d, EADDRNOTAVAIL);
}

void
driver_step_connecting(struct sc_driver *d, short revents)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (revents == 0) {
		if (driver_now() < d->phase_until)
			return;
		error = ETIMEDOUT;
	} else if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error,
	    &len) != 0) {
		error = errno;
	}
	if (error == 0) {
		driver_begin_handshake(d);
		return;
	}
	d->address = d->address->ai_next;
	try_addresses(d, error);
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"
#include "src/daemon/conn.h"
#include "src/daemon/log.h"
#include "src/daemon/peer.h"
#include "src/daemon/loop.h"
#include "src/daemon/runtime.h"
#include "src/daemon/worker_thread.h"

/* Connections accepted in a row on one socket; and how long to leave them
 * waiting when the system can give no more. */
enum { BURST = 64, PAUSE_MS = 100 };

struct door {
	struct listener *listener;
	struct watch *watch;
	int fd;
};

struct listener {
	struct door doors[CONFIG_ADDRESSES];
	size_t ndoors;
	uint16_t port;
	const struct runtime *rt;
	struct alarm *alarm;
	unsigned max;		/* connections of the process */
	bool full;		/* said so in the log */
};

/* ---- opening --------------------------------------------------------- */

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

static uint16_t
bound_port(int fd)
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

struct listener *
listener_open(const struct config *c, char *why, size_t whylen)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	struct door *d;
	size_t i;

	l->port = (uint16_t)c->port;
	for (i = 0; i < c->naddresses; i++) {
		d = &l->doors[i];
		d->listener = l;
		d->fd = bind_address(c->addresses[i], l->port,
		    (int)c->backlog);
		if (d->fd < 0) {
			explain(c, c->addresses[i], why, whylen);
			listener_destroy(l);
			return NULL;
		}
		l->ndoors++;
		l->port = bound_port(d->fd);
	}
	return l;
}

uint16_t
listener_port(const struct listener *l)
{
	return l->port;
}

/* ---- accepting ------------------------------------------------------- */

static struct worker_thread *
least_loaded(const struct runtime *rt, unsigned *total)
{
	struct worker_thread *best = NULL;
	unsigned load, least = 0;
	size_t i;

	*total = 0;
	for (i = 0; i < rt->nworkers; i++) {
		load = worker_thread_load(rt->workers[i]);
		*total += load;
		if (best == NULL || load < least) {
			best = rt->workers[i];
			least = load;
		}
	}
	return best;
}

/* Hands FD to a worker, or refuses it. */
static void
admit_take(struct listener *l, int fd, const struct sockaddr_storage *ss,
    socklen_t len)
{
	struct worker_thread *w;
	char peer[CONN_PEER];
	unsigned total;
	int one = 1;

	w = least_loaded(l->rt, &total);
	if (total >= l->max) {
		if (!l->full)
			log_line(l->rt->log, UNIT_LISTENER, LOG_WARNING,
			    "connections.full", "limit=%u", l->max);
		l->full = true;
		close(fd);
		return;
	}
	l->full = false;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	peer_print(ss, len, peer, sizeof(peer));
	worker_thread_connect(w, fd, peer);
}

static void
on_ready(void *arg, bool readable, bool writable)
{
	struct door *d = arg;
	struct listener *l = d->listener;
	struct sockaddr_storage ss;
	socklen_t len;
	int i, fd;

	(void)readable, (void)writable;
	for (i = 0; i < BURST; i++) {
		len = sizeof(ss);
		fd = accept4(d->fd, (struct sockaddr *)&ss, &len,
		    SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		admit_take(l, fd, &ss, len);
	}
	if (i < BURST && (errno == EMFILE || errno == ENFILE ||
	    errno == ENOBUFS || errno == ENOMEM)) {
		log_line(l->rt->log, UNIT_LISTENER, LOG_WARNING,
		    "accept.failed", "why=\"%s\"", strerror(errno));
		watch_set(d->watch, false, false);
		alarm_set(l->alarm, PAUSE_MS);
	}
}

static void
on_alarm(void *arg)
{
	struct listener *l = arg;
	size_t i;

	for (i = 0; i < l->ndoors; i++)
		watch_set(l->doors[i].watch, true, false);
}

/* Descriptors that connections may use. */
static unsigned
connections_max(const struct config *c)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur > 1U << 30)
		return 1U << 30;
	return r.rlim_cur > 2 * c->reserve_files ?
	    (unsigned)r.rlim_cur - c->reserve_files :
	    (unsigned)r.rlim_cur / 2;
}

void
listener_configure(struct listener *l, const struct config *c)
{
	l->max = connections_max(c);
}

int
listener_start(struct listener *l, struct loop *loop,
    const struct runtime *rt)
{
	struct door *d;
	size_t i;

	l->rt = rt;
	listener_configure(l, rt->conf);
	l->alarm = alarm_create(loop, on_alarm, l);
	if (l->alarm == NULL)
		return -1;
	for (i = 0; i < l->ndoors; i++) {
		d = &l->doors[i];
		d->watch = watch_create(loop, d->fd, on_ready, d);
		if (d->watch == NULL)
			return -1;
		watch_set(d->watch, true, false);
	}
	return 0;
}

void
listener_stop(struct listener *l)
{
	struct door *d;

	if (l->alarm != NULL)
		alarm_stop(l->alarm);
	while (l->ndoors > 0) {
		d = &l->doors[--l->ndoors];
		if (d->watch != NULL)
			watch_destroy(d->watch);
		else
			close(d->fd);
	}
}

void
listener_destroy(struct listener *l)
{
	if (l == NULL)
		return;
	listener_stop(l);
	free(l);
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/conn.h"
#include "src/daemon/crowd.h"
#include "src/daemon/listener_bind.h"
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
	uint32_t per_address;
	bool full;		/* said so in the log */
};

/* ---- opening --------------------------------------------------------- */

struct listener *
listener_create_take(const int *fds, size_t n)
{
	struct listener *l = xcalloc(1, sizeof(*l));

	sc_assert(n <= CONFIG_ADDRESSES);
	for (; l->ndoors < n; l->ndoors++) {
		l->doors[l->ndoors].listener = l;
		l->doors[l->ndoors].fd = fds[l->ndoors];
	}
	l->port = n == 0 ? 0 : listener_bound_port(fds[0]);
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

/* Whether there are descriptors left; TOTAL are in use. */
static bool
is_full(struct listener *l, unsigned total)
{
	bool full = total >= l->max;

	if (full && !l->full)
		log_line(l->rt->log, UNIT_LISTENER, LOG_WARNING,
		    "connections.full", "limit=%u", l->max);
	l->full = full;
	return full;
}

/* NULL: there are enough from there. */
static struct crowd_place *
place_for(struct listener *l, const struct sockaddr_storage *ss,
    const char *peer)
{
	struct crowd_place *place;
	bool first;

	place = crowd_enter(l->rt->crowd, (const struct sockaddr *)ss,
	    l->per_address, &first);
	if (first)
		log_line(l->rt->log, UNIT_LISTENER, LOG_WARNING,
		    "connections.crowded", "peer=%s limit=%u", peer,
		    l->per_address);
	return place;
}

/* Hands FD to a worker, or refuses it. */
static void
admit_take(struct listener *l, int fd, const struct sockaddr_storage *ss,
    socklen_t len)
{
	struct conn_arrival a = {.fd = fd};
	struct worker_thread *w;
	unsigned total;
	int one = 1;

	w = least_loaded(l->rt, &total);
	peer_print(ss, len, a.peer, sizeof(a.peer));
	if (!is_full(l, total))
		a.place = place_for(l, ss, a.peer);
	if (a.place == NULL) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	a.id = server_session_id(l->rt->server);
	worker_thread_connect(w, &a);
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
	l->per_address = c->per_address;
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

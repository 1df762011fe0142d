/* SPDX-License-Identifier: ISC */
#include "src/daemon/conn.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/log.h"
#include "src/daemon/loop.h"
#include "src/daemon/peer.h"
#include "src/daemon/tls.h"
#include "src/server/worker.h"

/*
 * One TLS record at a time goes to the socket, and no more than ROUNDS in a
 * row, so that one connection does not keep the others waiting.  PENDING is
 * the most that may wait for the socket: a record, and answers that a
 * transport makes by itself; a peer that provokes more is not worth keeping.
 */
enum { RECORD = 16384, ROUNDS = 4, PENDING = 131072 };

struct conn {
	TAILQ_ENTRY(conn) link;
	struct conn_group *group;
	struct watch *watch;
	struct transport transport;
	struct session *session;
	struct buf *pending;	/* sealed, the socket had no room; or NULL */
	int64_t since;		/* when it entered its state */
	struct conn_arrival *arrival;	/* NULL: there is a session, or was */
	struct crowd_place *place;
	int fd;
	uint8_t state;		/* enum conn_state */
	bool more;		/* the session has more to write */
	bool held;		/* the session wants no more for now */
	bool broken;		/* the socket takes no more bytes */
	bool shut;		/* leaving: the peer has been told */
};

static void conn_ready(void *arg, bool readable, bool writable);

int
conn_group_init(struct conn_group *g)
{
	for (int i = 0; i < CONN_STATES; i++)
		TAILQ_INIT(&g->lists[i]);
	return transport_io_init(&g->io);
}

void
conn_group_fini(struct conn_group *g)
{
	transport_io_fini(&g->io);
}

unsigned
conn_count(const struct conn_group *g)
{
	unsigned n = 0;

	for (int i = 0; i < CONN_STATES; i++)
		n += g->counts[i];
	return n;
}

/* ---- states ---------------------------------------------------------- */

static void
set_state(struct conn *c, enum conn_state state)
{
	struct conn_group *g = c->group;

	TAILQ_REMOVE(&g->lists[c->state], c, link);
	g->counts[c->state]--;
	c->state = (uint8_t)state;
	c->since = g->now;
	TAILQ_INSERT_TAIL(&g->lists[state], c, link);
	g->counts[state]++;
}

static void
set_watch(struct conn *c)
{
	bool blocked = c->pending != NULL && !c->broken;
	bool writable = blocked || (c->more && !c->broken);

	if (c->held)
		watch_set_ending(c->watch, writable);
	else
		watch_set(c->watch, c->state != CONN_WAITING, writable);
}

static void
drop_pending(struct conn *c)
{
	if (c->pending != NULL)
		buf_fini(c->pending);
	free(c->pending);
	c->pending = NULL;
}

/* Nobody uses C after this.  Not from inside the session's calls. */
static void
conn_free(struct conn *c)
{
	struct conn_group *g = c->group;
	struct crowd_place *place = c->place;

	TAILQ_REMOVE(&g->lists[c->state], c, link);
	g->counts[c->state]--;
	transport_close(&c->transport, &g->io, false);
	watch_destroy(c->watch);
	drop_pending(c);
	free(c->arrival);
	free(c);
	g->gone(g->arg, place);
}

/* The peer is gone, or not worth listening to. */
static void
conn_lost(struct conn *c)
{
	struct session *s = c->session;

	c->session = NULL;
	if (s != NULL)
		worker_closed(s, false);
	conn_free(c);
}

static void
start_handshakes(struct conn_group *g)
{
	struct conn *c;

	while (g->counts[CONN_HANDSHAKE] < g->handshakes_max &&
	    (c = TAILQ_FIRST(&g->lists[CONN_WAITING])) != NULL) {
		set_state(c, CONN_HANDSHAKE);
		set_watch(c);
	}
}

void
conn_start_take(struct conn_group *g, struct conn_arrival *a)
{
	struct conn *c = xcalloc(1, sizeof(*c));

	c->group = g;
	c->fd = a->fd;
	c->arrival = a;
	c->place = a->place;
	c->since = g->now;
	c->state = CONN_WAITING;
	TAILQ_INSERT_TAIL(&g->lists[CONN_WAITING], c, link);
	g->counts[CONN_WAITING]++;
	g->accepted++;
	c->watch = watch_create(g->loop, c->fd, conn_ready, c);
	if (c->watch == NULL) {
		close(c->fd);
		conn_free(c);
		return;
	}
	start_handshakes(g);
}

/* ---- out ------------------------------------------------------------- */

/* How many of N bytes the socket takes. */
static size_t
socket_send(struct conn *c, const uint8_t *p, size_t n)
{
	ssize_t sent;

	if (c->broken)
		return 0;
	do
		sent = send(c->fd, p, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
		c->broken = true;
	return sent < 0 ? 0 : (size_t)sent;
}

/* The socket has no room for N bytes.  Most connections never come to this, and
 * own no buffer. */
static void
keep_pending(struct conn *c, const uint8_t *p, size_t n)
{
	if (n == 0 || c->broken)
		return;
	if (c->pending == NULL) {
		c->pending = xcalloc(1, sizeof(*c->pending));
		buf_init(c->pending, PENDING);
	}
	buf_put(c->pending, p, n);
	if (buf_failed(c->pending)) {
		c->broken = true;
		shutdown(c->fd, SHUT_RDWR);
	}
}

/* What the transport has put into the window goes to the socket, or waits. */
static void
send_window(struct conn *c)
{
	struct buf *out = &c->group->io.out;
	struct slice s = buf_slice(out);
	size_t sent = 0;

	if (s.len == 0)
		return;
	if (c->pending == NULL)
		sent = socket_send(c, s.p, s.len);
	keep_pending(c, s.p + sent, s.len - sent);
	buf_clear(out);
}

static void
send_pending(struct conn *c)
{
	struct slice s;

	if (c->pending == NULL)
		return;
	s = buf_slice(c->pending);
	buf_consume(c->pending, socket_send(c, s.p, s.len));
	if (c->pending->len == 0)
		drop_pending(c);
}

void
conn_write(void *arg, struct buf *out)
{
	struct conn *c = arg;
	struct slice s;
	int round;

	for (round = 0; round < ROUNDS && out->len > 0; round++) {
		if (c->broken || c->pending != NULL)
			break;
		s = buf_slice(out);
		if (s.len > RECORD)
			s.len = RECORD;
		if (transport_write(&c->transport, &c->group->io, s.p,
		    s.len) != 0)
			c->broken = true;
		buf_consume(out, s.len);
		send_window(c);
	}
	/* What nobody will ever read need not be kept. */
	if (c->broken)
		buf_consume(out, out->len);
	c->more = out->len > 0;
	set_watch(c);
}

size_t
conn_unsent(void *arg)
{
	const struct conn *c = arg;
	int queued = 0;

	if (ioctl(c->fd, SIOCOUTQ, &queued) != 0 || queued < 0)
		queued = 0;
	return (c->pending == NULL ? 0 : c->pending->len) + (size_t)queued;
}

void
conn_hold(void *arg, bool hold)
{
	struct conn *c = arg;

	c->held = hold;
	set_watch(c);
}

size_t
conn_binding(void *arg, uint8_t *out, size_t size)
{
	struct conn *c = arg;

	return transport_binding(&c->transport, out, size);
}

void
conn_peer(void *arg, char *out, size_t size)
{
	const struct conn *c = arg;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);

	if (getpeername(c->fd, (struct sockaddr *)&ss, &len) == 0)
		peer_print(&ss, len, out, size);
	else
		snprintf(out, size, "gone");
}

void
conn_describe(void *arg, struct conn_info *info)
{
	struct conn *c = arg;

	conn_peer(c, info->peer, sizeof(info->peer));
	transport_describe(&c->transport, &info->tls, &info->cipher);
}

/* ---- leaving --------------------------------------------------------- */

/* Says on the socket that no more comes, once everything has been sent. */
static void
finish_sending(struct conn *c)
{
	if (!c->shut && (c->broken || c->pending == NULL)) {
		shutdown(c->fd, SHUT_WR);
		c->shut = true;
	}
	set_watch(c);
}

/* No session any more: C stays until the peer has its last bytes. */
static void
leave(struct conn *c, bool goodbye)
{
	c->session = NULL;
	c->more = false;
	c->held = false;
	set_state(c, CONN_LEAVING);
	transport_close(&c->transport, &c->group->io, goodbye);
	send_window(c);
	finish_sending(c);
}

void
conn_close(void *arg)
{
	leave(arg, true);
}

/* ---- in -------------------------------------------------------------- */

static void
handshake_failed(struct conn *c, const char *why)
{
	char quoted[160];

	c->group->tls_failures++;
	log_line(c->group->log, UNIT_TLS, LOG_DEBUG, "tls.failed",
	    "peer=%s why=%s", c->arrival->peer,
	    log_quote(quoted, sizeof(quoted), why));
	leave(c, true);
}

static void
handshake(struct conn *c)
{
	struct conn_group *g = c->group;
	enum transport_result result;

	if (!transport_is_open(&c->transport) &&
	    tls_open(&c->transport, &g->io, g->tls) != 0) {
		handshake_failed(c, "out of memory");
		return;
	}
	result = tls_handshake(&c->transport, &g->io);
	send_window(c);
	if (result == TRANSPORT_MORE)
		return;
	if (result != TRANSPORT_OK) {
		handshake_failed(c, result == TRANSPORT_END ?
		    "the client said goodbye" : g->io.why);
		return;
	}
	set_state(c, CONN_OPEN);
	c->session = worker_accept(g->worker, c->arrival->id, c,
	    c->arrival->peer);
	free(c->arrival);
	c->arrival = NULL;
	if (c->session == NULL)
		leave(c, true);
}

/* The peer has ended it, or what it sends is no TLS.  It gets the answer to
 * that: its goodbye, or an alert. */
static void
dismiss(struct conn *c, enum transport_result result)
{
	struct session *s = c->session;
	struct conn_info info;
	char quoted[160];

	if (result == TRANSPORT_BROKEN) {
		conn_describe(c, &info);
		log_line(c->group->log, UNIT_TLS, LOG_DEBUG, "tls.broken",
		    "peer=%s why=%s", info.peer, log_quote(quoted,
		    sizeof(quoted), c->group->io.why));
		c->group->tls_broken++;
	}
	c->session = NULL;
	worker_closed(s, result == TRANSPORT_END);
	leave(c, result == TRANSPORT_END);
}

/* Everything in the window goes to the session. */
static void
open_window(struct conn *c)
{
	struct conn_group *g = c->group;
	enum transport_result result;
	struct slice got;

	while (c->state == CONN_OPEN) {
		result = transport_read(&c->transport, &g->io, &got);
		if (result == TRANSPORT_OK)
			worker_input(c->session, got);
		else if (result != TRANSPORT_MORE)
			dismiss(c, result);
		else
			break;
	}
	/* Answers that the transport makes by itself. */
	send_window(c);
}

/* One read per readiness.  False: C is gone. */
static bool
conn_read(struct conn *c)
{
	struct conn_group *g = c->group;
	ssize_t n = recv(c->fd, g->recv, sizeof(g->recv), 0);

	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		return true;
	if (n <= 0) {
		conn_lost(c);
		return false;
	}
	g->io.in = g->recv;
	g->io.inlen = (size_t)n;
	if (c->state == CONN_HANDSHAKE)
		handshake(c);
	if (c->state == CONN_OPEN)
		open_window(c);
	transport_forget(&g->io, g->recv, (size_t)n);
	return true;
}

static void
conn_ready(void *arg, bool readable, bool writable)
{
	struct conn *c = arg;
	struct conn_group *g = c->group;
	bool held = c->held;	/* what it had still said is not read */

	g->turn(g->arg);
	if (writable) {
		send_pending(c);
		if (c->state == CONN_LEAVING)
			finish_sending(c);
		else if (c->pending == NULL && c->more && !c->broken)
			worker_writable(c->session);
	}
	if (readable && held)
		conn_lost(c);
	else if (!readable || conn_read(c))
		set_watch(c);
	start_handshakes(g);
}

/* ---- time ------------------------------------------------------------ */

/* Ends what entered STATE more than MS ago; returns when the next is due. */
static int64_t
expire(struct conn_group *g, enum conn_state state, int64_t ms)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&g->lists[state])) != NULL) {
		if (c->since + ms > g->now)
			return c->since + ms;
		conn_lost(c);
	}
	return INT64_MAX;
}

int64_t
conn_expire(struct conn_group *g)
{
	/* Those that take their time give way when others wait. */
	bool crowded = g->counts[CONN_WAITING] > 0;
	int64_t patience = crowded ? g->handshake_ms / 10 : g->handshake_ms;
	int64_t a, b;

	a = expire(g, CONN_HANDSHAKE, patience);
	b = expire(g, CONN_LEAVING, g->linger_ms);
	start_handshakes(g);
	return a < b ? a : b;
}

void
conn_drop_early(struct conn_group *g)
{
	struct conn *c;

	while ((c = TAILQ_FIRST(&g->lists[CONN_WAITING])) != NULL)
		conn_free(c);
	while ((c = TAILQ_FIRST(&g->lists[CONN_HANDSHAKE])) != NULL)
		conn_free(c);
}

/* SPDX-License-Identifier: ISC */
/*
 * conn: one connection: its socket, its TLS, its session.
 *
 *	waiting ---> handshake ---> open ---> leaving ---> (gone)
 *
 * Waiting: too many handshakes are under way.  Open: there is a session.
 * Leaving: the session is gone; what was taken is sent, the peer is told, and
 * for a moment what it still sends is read and dropped, because closing a
 * socket with unread bytes destroys what was sent.
 */
#ifndef DAEMON_CONN_H
#define DAEMON_CONN_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "src/common/buf.h"
#include "src/daemon/transport.h"

struct conn;
struct crowd_place;
struct loop;
struct log;
struct worker;

enum conn_state {
	CONN_WAITING,
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_LEAVING,
	CONN_STATES
};

TAILQ_HEAD(conn_list, conn);

enum { CONN_PEER = 64, CONN_RECV = 32768 };

/* The connections of one worker. */
struct conn_group {
	struct loop *loop;
	struct worker *worker;
	struct log *log;
	SSL_CTX *tls;
	struct transport_io io;
	struct conn_list lists[CONN_STATES];	/* in the order of entering */
	unsigned counts[CONN_STATES];
	uint32_t handshakes_max, handshake_ms, linger_ms;
	int64_t now;		/* monotonic, of this turn */
	void (*turn)(void *arg);	/* something has come: sets NOW, and the
					 * worker's time */
	void (*gone)(void *arg, struct crowd_place *);	/* a connection has
					 * ended */
	void *arg;
	uint64_t accepted, tls_failures, tls_broken;
	uint8_t recv[CONN_RECV];
};

/* The fields above `io' are the caller's to set.  0 or -1. */
int conn_group_init(struct conn_group *);
void conn_group_fini(struct conn_group *);

/* A connection that has come. */
struct conn_arrival {
	int fd;
	uint64_t id;		/* of the session (server_session_id) */
	char peer[CONN_PEER];	/* for the log */
	struct crowd_place *place;	/* for `gone' */
};

/* Takes it, which free(3) can end, with the socket and the place. */
void conn_start_take(struct conn_group *, struct conn_arrival *);

/* Ends what has waited too long; returns when to call again, INT64_MAX: when
 * something new has come. */
int64_t conn_expire(struct conn_group *);

/* Ends all connections that have no session. */
void conn_drop_early(struct conn_group *);

unsigned conn_count(const struct conn_group *);

/* What is known of an open connection. */
struct conn_info {
	char peer[CONN_PEER];
	const char *tls, *cipher;	/* static */
};
void conn_describe(void *conn, struct conn_info *);

/* For struct worker_io. */
void conn_write(void *conn, struct buf *out);
void conn_close(void *conn);
size_t conn_unsent(void *conn);
size_t conn_binding(void *conn, uint8_t *out, size_t size);
void conn_peer(void *conn, char *out, size_t size);
void conn_hold(void *conn, bool hold);

#endif

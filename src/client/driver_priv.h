/* SPDX-License-Identifier: ISC */
/*
 * driver_priv: what the files of the driver share: driver_setup.c makes it,
 * driver_connect.c finds the server, driver_tls.c has the connection.
 */
#ifndef CLIENT_DRIVER_PRIV_H
#define CLIENT_DRIVER_PRIV_H

#include <netdb.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/client/stonechat.h"

enum { DRIVER_WHY_MAX = 400 };

enum driver_phase { IDLE, CONNECTING, HANDSHAKE, UP };

/* What drivers may have in common. */
struct driver_setup {
	unsigned refs;
	bool insecure;
	SSL_CTX *ctx;
	BIO_METHOD *method;
};

struct sc_driver {
	struct sc_client *client;
	char *host, *server_name, *local;
	char port[8];
	struct driver_setup *tls;
	SSL_SESSION *session;	/* to be resumed next time */

	enum driver_phase phase;
	int fd;
	SSL *ssl;
	struct addrinfo *addresses, *address;
	int64_t phase_until;	/* of CONNECTING and HANDSHAKE */
	bool want_write;	/* TLS waits for room to write */
	bool more;		/* TLS may have more that has been received */
	int fatal;		/* no use in trying again */
	char why[DRIVER_WHY_MAX];
};

/* The monotonic clock. */
int64_t driver_now(void);

/* Why there is no connection. */
void driver_say(struct sc_driver *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* What OpenSSL's last error was. */
const char *driver_tls_reason(void);

/* Ends the connection, and keeps the phase. */
void driver_close(struct sc_driver *);

/* The connection is gone, or could not be made; d->why says why. */
void driver_drop(struct sc_driver *);

void driver_setup_unref(struct driver_setup *);

/* IDLE: looks for the server, and begins to connect. */
void driver_begin_connect(struct sc_driver *);

/* CONNECTING: what poll said of the socket; 0: nothing. */
void driver_step_connecting(struct sc_driver *, short revents);

/* The socket is connected: HANDSHAKE. */
void driver_begin_handshake(struct sc_driver *);

#endif

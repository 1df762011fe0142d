/* SPDX-License-Identifier: ISC */
/*
 * tls: the handshake, and a transport whose records OpenSSL reads and writes.
 * One BIO per thread serves all of its connections.
 */
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <openssl/ssl.h>

#include "src/daemon/transport.h"

/* What OpenSSL needs to get at the windows of IO; NULL without memory. */
struct tls_window *tls_window_create(struct transport_io *);
void tls_window_destroy(struct tls_window *);

/* A server's connection whose handshake is to come.  0, or -1 without
 * memory. */
int tls_open(struct transport *, struct transport_io *, SSL_CTX *);

/* The next step of the handshake; bytes of both windows.  Once OK there are
 * records to be read and written. */
enum transport_result tls_handshake(struct transport *,
    struct transport_io *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * tls: the handshake, and a transport whose records OpenSSL reads and writes.
 * One BIO per thread serves all of its connections.  If the context says so
 * (handoff.h), the handshake ends with a transport that needs OpenSSL's object
 * no more.
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

/* The next step of the handshake, with what the network has brought; nothing
 * may be in the window for it yet.  Once OK there are records to be read and
 * written. */
enum transport_result tls_handshake(struct transport *,
    struct transport_io *);

/* tls-exporter of a connection by TLS 1.3, TRANSPORT_BINDING bytes. */
bool tls_export_binding(SSL *, uint8_t *out);

#endif

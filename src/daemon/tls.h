/* SPDX-License-Identifier: ISC */
/*
 * tls: TLS with memory on both sides: bytes from the network go in, bytes for
 * the network come out, and conn.c does the I/O.  One BIO per thread serves
 * all of its connections, through two windows that are the thread's: an idle
 * connection owns no buffer.
 */
#ifndef DAEMON_TLS_H
#define DAEMON_TLS_H

#include <openssl/ssl.h>

#include "src/common/buf.h"

struct config;
struct texts;

/* What all connections share, with the certificate and the key of TEXTS; NULL
 * and a sentence in WHY on failure. */
SSL_CTX *tls_context_create(const struct config *, const struct texts *,
    char *why, size_t whylen);

enum { TLS_FINGERPRINT = 33 };

/* The first half of the SHA-256 of the certificate, in hexadecimal digits.
 * Returns OUT. */
const char *tls_fingerprint(const SSL_CTX *, char out[TLS_FINGERPRINT]);

/* NEXT, which replaces NOW, takes over the keys of its tickets if the
 * certificate is the same: clients go on resuming. */
void tls_context_inherit(SSL_CTX *next, SSL_CTX *now);

/* The windows of one thread. */
struct tls_io {
	BIO *bio;
	BIO_METHOD *method;
	const uint8_t *in;	/* from the network, unread */
	size_t inlen;
	struct buf out;		/* for the network, unsent */
};

int tls_io_init(struct tls_io *);
void tls_io_fini(struct tls_io *);

/* A server's connection that reads and writes the windows of IO; NULL without
 * memory. */
SSL *tls_open(SSL_CTX *, struct tls_io *);

/* Frees it; with GOODBYE after putting a close_notify in the window. */
void tls_close(SSL *, bool goodbye);

enum tls_result {
	TLS_OK,
	TLS_MORE,	/* needs more bytes from the peer */
	TLS_END,	/* the peer said goodbye */
	TLS_BROKEN	/* an alert may be in the window */
};

/* The next step of the handshake. */
enum tls_result tls_handshake(SSL *);

/* What binds a login to this connection: 32 bytes that only its two ends know
 * (tls-exporter, RFC 9266), into OUT.  Their number, or 0: it has none, because
 * it is older than TLS 1.3. */
size_t tls_binding(SSL *, uint8_t *out, size_t size);

/* Opens bytes of the window into P, which has room for N; *GOT > 0 if OK. */
enum tls_result tls_read(SSL *, void *p, size_t n, size_t *got);

/* Seals all N bytes into the window.  0 or -1. */
int tls_write(SSL *, const void *p, size_t n);

/* The first error of this thread's queue as a phrase; empties the queue.  Only
 * a client without ALPN fails without one. */
const char *tls_why(char *out, size_t size);

#endif

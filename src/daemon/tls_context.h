/* SPDX-License-Identifier: ISC */
/*
 * tls_context: what all connections share: the certificate and its key, the
 * versions, the protocol, the keys of tickets.  It belongs to a configuration;
 * a reload makes another.
 */
#ifndef DAEMON_TLS_CONTEXT_H
#define DAEMON_TLS_CONTEXT_H

#include <openssl/ssl.h>
#include <stddef.h>

struct config;
struct texts;

/* With the certificate and the key of TEXTS; NULL and a sentence in WHY on
 * failure. */
SSL_CTX *tls_context_create(const struct config *, const struct texts *,
    char *why, size_t whylen);

enum { TLS_FINGERPRINT = 33 };

/* The first half of the SHA-256 of the certificate, in hexadecimal digits.
 * Returns OUT. */
const char *tls_fingerprint(const SSL_CTX *, char out[TLS_FINGERPRINT]);

/* NEXT, which replaces NOW, takes over the keys of its tickets if the
 * certificate is the same: clients go on resuming. */
void tls_context_inherit(SSL_CTX *next, SSL_CTX *now);

/* The first error of this thread's queue as a phrase, good until the next;
 * empties the queue. */
const char *tls_reason(void);

#endif

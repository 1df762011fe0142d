/* SPDX-License-Identifier: ISC */
/*
 * scram: the client's side of a login by SCRAM-SHA-256 (RFC 5802, RFC 7677):
 * its messages, and whether the server proves that it knows the password, too.
 *
 * GNU SASL prepares and derives; the messages are made here, because its client
 * cannot say `y', without which nobody could go on safely where -PLUS is not
 * offered.
 */
#ifndef CLIENT_SCRAM_H
#define CLIENT_SCRAM_H

#include "src/common/buf.h"

enum scram_bind {
	SCRAM_BIND_NO,		/* n: the client cannot, or is not to */
	SCRAM_BIND_NOT_OFFERED,	/* y: it can, and was told that the server
				 * cannot */
	SCRAM_BIND		/* p: -PLUS */
};

struct scram;

/*
 * BINDING is that of the connection (tls-exporter); NONCE is NULL but for
 * tests.  Strings are copied.  0, SC_ENOMEM, SC_EINTERNAL (no random bytes), or
 * SC_EBADREQUEST: user or password have characters that they may not.
 */
int scram_create(const char *user, const char *password, enum scram_bind,
    struct slice binding, const char *nonce, struct scram **);

/* NULL is nothing to do. */
void scram_destroy(struct scram *);

/* Appends the message that begins. */
void scram_first(const struct scram *, struct buf *out);

/*
 * Takes the challenge and appends the answer; takes milliseconds.  0;
 * SC_EMALFORMED; SC_ENOTAUTHORIZED: it is no answer to ours; SC_ENOTACCEPTABLE:
 * fewer rounds than are safe, or more than are reasonable; SC_ENOMEM.
 */
int scram_answer(struct scram *, struct slice challenge, struct buf *out);

/* Whether the server's last message proves that it knows the password.  0,
 * SC_EMALFORMED or SC_ENOTAUTHORIZED. */
int scram_verify(const struct scram *, struct slice final);

#endif

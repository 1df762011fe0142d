/* SPDX-License-Identifier: ISC */
/*
 * handoff: from OpenSSL's handshake to a transport that needs OpenSSL no more:
 * the traffic secrets, which OpenSSL tells as it makes them (keylog callback),
 * and the sequence numbers that its records have come to.
 */
#ifndef DAEMON_HANDOFF_H
#define DAEMON_HANDOFF_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/slice.h"
#include "src/daemon/record.h"
#include "src/daemon/transport.h"

/* What the other transport begins with.  Secret: to be wiped. */
struct handoff {
	const struct record_suite *suite;
	uint8_t in[RECORD_SECRET], out[RECORD_SECRET];	/* traffic secrets */
	uint64_t in_seq, out_seq;	/* of the next records */
	uint8_t binding[TRANSPORT_BINDING];
};

/* Handshakes of this context are to be handed off. */
void handoff_prepare(SSL_CTX *);

/* Before the handshake: remembers the secrets as they are made, if the context
 * of SSL is prepared.  0, or -1 without memory. */
int handoff_begin(SSL *);

/* Forgets them, before SSL is freed. */
void handoff_end(SSL *);

/* Before each step of the handshake. */
void handoff_step(SSL *);

/*
 * After the last step, which has made the bytes LAST for the network, and
 * before anything else is done with SSL.  False: the context is not prepared,
 * or this connection must stay with OpenSSL, because it is older than TLS 1.3,
 * has a suite or an extension that is not ours, or unread bytes.
 */
bool handoff_make(SSL *, struct slice last, struct handoff *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * sasl: the server's side of a login by PLAIN or SCRAM, step by step, by GNU
 * SASL.  Everything it needs is given to it at the start: no step reads the
 * store.  PLAIN is slow on purpose (password.h).
 */
#ifndef DAEMON_SASL_H
#define DAEMON_SASL_H

#include <gsasl.h>

#include "src/chat/user.h"
#include "src/common/buf.h"

struct sasl;

struct sasl_conf {
	unsigned mechanism;	/* enum mechanism of the dictionary, with a
				 * password */
	const struct credential *credential;	/* of the user, or a fake one */
	const char *name;	/* canonical; "": nobody */
	const char *domain;	/* ours, "" for none; must outlive the login */
	struct slice binding;	/* tls-exporter, if -PLUS is offered */
};

/* What logins are made of, for any number of threads; NULL on failure. */
Gsasl *sasl_context(void);

/* NULL on failure.  Threads may use it one after the other. */
struct sasl *sasl_create(Gsasl *, const struct sasl_conf *);
void sasl_destroy(struct sasl *);

/*
 * Takes the client's message, and appends the answer to OUT.
 * 0: it is the user.  SC_EMORE: the answer is a challenge.
 * SC_ENOTAUTHORIZED: wrong password, wrong binding, or the message names
 * another user.  SC_EBADREQUEST: malformed (SCRAM; a malformed PLAIN message
 * is a wrong password).  SC_ENOTACCEPTABLE: the client does not bind the
 * channel though it could, because somebody has kept from it that -PLUS is
 * offered; or binds something else than tls-exporter.  Else an error of ours.
 */
int sasl_step(struct sasl *, struct slice in, struct buf *out);

/*
 * The canonical name of `name' or `name@domain', if that is ours; otherwise "",
 * which nobody has.  OUT has room for USER_NAME_MAX + 1.
 */
void sasl_name(const char *domain, struct slice address, char *out);

#endif

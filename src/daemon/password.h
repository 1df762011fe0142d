/* SPDX-License-Identifier: ISC */
/*
 * password: what is kept of passwords, and the SASL PLAIN message, by GNU
 * SASL.  Slow on purpose: not for threads that have something else to do.
 */
#ifndef DAEMON_PASSWORD_H
#define DAEMON_PASSWORD_H

#include <gsasl.h>
#include <stdint.h>

#include "src/chat/user.h"

/*
 * Prepares PASSWORD by SASLprep and derives what is kept, with a random salt.
 * 0, SC_EBADREQUEST (empty, not UTF-8, or characters that no password may
 * have), SC_EINTERNAL.
 */
int password_derive(const char *password, uint32_t iterations,
    struct credential *);

/* A credential that no password matches, and that takes as long to check. */
int password_fake(uint32_t iterations, struct credential *);

/*
 * Checks a PLAIN message.  FIND is called once, whatever the message: USER is
 * the name to log in as, or "" where there is none, and *CREDENTIAL is what to
 * compare with, a fake one for who does not exist.  0, SC_ENOTAUTHORIZED, or
 * what FIND returned if that is not 0.  Takes the same time whether the user
 * exists, the password matches, or the message is malformed.
 */
typedef int password_find_fn(void *arg, const char *user,
    struct credential *);

int password_check_plain(Gsasl *, struct slice message,
    password_find_fn *find, void *arg);

/* A context for password_check_plain, for one thread; NULL on failure. */
Gsasl *password_context(void);

#endif

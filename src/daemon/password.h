/* SPDX-License-Identifier: ISC */
/*
 * password: what is kept of passwords.  Slow on purpose: not for threads that
 * have something else to do.
 */
#ifndef DAEMON_PASSWORD_H
#define DAEMON_PASSWORD_H

#include <stdint.h>

#include "src/chat/user.h"

/*
 * Prepares PASSWORD by SASLprep and derives what is kept, with a random salt.
 * 0, SC_EBADREQUEST (empty, not UTF-8, or characters that no password may
 * have), SC_EINTERNAL.
 */
int password_derive(const char *password, uint32_t iterations,
    struct credential *);

/* 0, SC_ENOTAUTHORIZED, or SC_EINTERNAL; always after the same time. */
int password_check(const struct credential *, const char *password);

/*
 * The credential of a user who does not exist: no password matches, it takes as
 * long to check as another, and for a name and a KEY it is always the same, so
 * that nobody can tell by its salt.  0 or SC_EINTERNAL.
 */
int password_fake(const uint8_t key[32], const char *name,
    uint32_t iterations, struct credential *);

#endif

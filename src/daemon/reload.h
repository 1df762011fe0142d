/* SPDX-License-Identifier: ISC */
/*
 * reload: a new configuration for a running server, all or nothing.
 *
 * First everything that can go wrong: the file is read and checked, nothing in
 * it may differ that needs a restart, the certificate and its key are loaded,
 * the log is opened.  Then what cannot: the new configuration takes the place
 * of the old one.  Nobody waits for a lock: the log changes under its writers;
 * workers get their numbers and TLS by mail; jobs read the core's through an
 * atomic pointer, and what that pointed to before is freed when none of them
 * can have it any more (grace.h).
 */
#ifndef DAEMON_RELOAD_H
#define DAEMON_RELOAD_H

#include <openssl/ssl.h>
#include <stddef.h>

struct config;
struct daemon;

/*
 * Reads the file again.  0, and DONE(ARG, number of elements that changed) is
 * called when all threads run with it; or -1 and a sentence in WHY: nothing has
 * changed.
 */
int reload(struct daemon *, void (*done)(void *arg, size_t changes), void *arg,
    char *why, size_t whylen);

/* The same for SIGHUP: the log tells how it went.  A log file is opened again
 * in any case. */
void reload_by_signal(struct daemon *);

/* What the file says now, checked, and its TLS, both to be freed.  0, or -1 and
 * a sentence in WHY: it cannot be used, and there is neither. */
int reload_try(struct daemon *, struct config *, SSL_CTX **, char *why,
    size_t whylen);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * daemon: everything joined, from a configuration to the end.
 *
 * Starting: what needs files and rights first (certificate, sockets), then the
 * database, then the threads; clients are accepted last.  Stopping goes the
 * other way: no new connections, sessions say goodbye, what they had asked for
 * is done and made durable, the database is closed.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stddef.h>

struct config;

/* Whether a daemon could use the files that CONF names.  0, or -1 and a
 * sentence in WHY. */
int daemon_check(const struct config *conf, char *why, size_t whylen);

/*
 * Runs until a signal or stonechatctl stops it: 0.  1: it failed while it ran;
 * the log has the reason.  -1: it did not start, with a sentence in WHY.
 */
int daemon_run(const struct config *conf, char *why, size_t whylen);

/* The names that CONF's point is called with, and those of the store; NULL at
 * the end. */
extern const char *const daemon_points[];

#endif

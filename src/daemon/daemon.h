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
struct handover;

/* Whether a daemon could be started with FILE, and what that names.  0, or -1
 * and a sentence in WHY. */
int daemon_check(const char *file, char *why, size_t whylen);

/* The database is to blame for its end.  A process that does not even start
 * for that reason has this exit status, too. */
enum { DAEMON_DATABASE = 3 };

/*
 * Runs, with what was handed over (which is used up), and what it asks its
 * parent for over LINE, until a signal or stonechatctl stops it: 0.
 * DAEMON_DATABASE or 1: it failed while it ran; the log has the reason.
 * -1: it did not start, with a sentence in WHY; -DAEMON_DATABASE: and the
 * database is to blame.
 */
int daemon_work(const struct config *conf, struct handover *, int line,
    char *why, size_t whylen);

/* The same in a process without a parent, which opens everything by itself.
 * 0, 1, or -1 and WHY. */
int daemon_run(const struct config *conf, char *why, size_t whylen);

/* The names that CONF's point is called with, and those of the store; NULL at
 * the end. */
extern const char *const daemon_points[];

#endif

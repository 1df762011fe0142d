/* SPDX-License-Identifier: ISC */
/*
 * notify: tells the service manager how the server does (sd_notify(3)), where
 * libsystemd is built in and NOTIFY_SOCKET names one.  Otherwise nothing
 * happens.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

/* Clients are served, also again after a reload; STATUS is for people. */
void notify_ready(const char *status, ...)
    __attribute__((format(printf, 1, 2)));

/* A reload begins; notify_ready ends it. */
void notify_reloading(void);

void notify_stopping(void);

void notify_status(const char *status, ...)
    __attribute__((format(printf, 1, 2)));

/* All is well; and how often it must be said, in milliseconds, 0: never. */
void notify_alive(void);
int64_t notify_alive_ms(void);

#endif

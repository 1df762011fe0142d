/* SPDX-License-Identifier: ISC */
/*
 * notify: tells the service manager how it goes (sd_notify(3)), from the main
 * loop, by whoever may speak to it (outside.h).  Without systemd, in this build
 * or on this machine, nothing happens.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdint.h>

struct outside;

/* Clients are served, or served again after notify_reloading; STATUS is for
 * people. */
void notify_ready(struct outside *, const char *status, ...)
    __attribute__((format(printf, 2, 3)));
void notify_reloading(struct outside *);
void notify_stopping(struct outside *);
void notify_status(struct outside *, const char *status, ...)
    __attribute__((format(printf, 2, 3)));
void notify_alive(struct outside *);

/* ---- for who may speak to it ----------------------------------------- */

void notify_send(const char *state);

/* How often the service manager wants to hear of this process, in ms; 0: it
 * does not. */
int64_t notify_alive_ms(void);

#endif

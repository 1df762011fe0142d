/* SPDX-License-Identifier: ISC */
/* activation: sockets that the service manager has opened (LISTEN_FDS). */
#ifndef DAEMON_ACTIVATION_H
#define DAEMON_ACTIVATION_H

#include <stddef.h>

/*
 * Takes what was passed to this process: listening TCP sockets go to LISTENERS,
 * which has room for CONFIG_ADDRESSES, a listening Unix socket to *CONTROL,
 * which is -1 before.  Nothing passed: nothing is taken.  0, or -1 and a
 * sentence in WHY: a socket that is neither, or too many.
 */
int activation_take(int *listeners, size_t *n, int *control, char *why,
    size_t whylen);

#endif

/* SPDX-License-Identifier: ISC */
/* listener_bind: sockets on the addresses of the configuration. */
#ifndef DAEMON_LISTENER_BIND_H
#define DAEMON_LISTENER_BIND_H

#include <stddef.h>
#include <stdint.h>

struct config;

/* Binds them all into FDS, which has room for CONFIG_ADDRESSES; *N says how
 * many there are.  0, or -1 and a sentence in WHY; then there are none. */
int listener_bind(const struct config *, int *fds, size_t *n, char *why,
    size_t whylen);

/* The port of a socket; 0: it has none. */
uint16_t listener_bound_port(int fd);

#endif

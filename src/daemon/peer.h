/* SPDX-License-Identifier: ISC */
/* peer: the other end of a connection, for people. */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stddef.h>
#include <sys/socket.h>

/* "ADDRESS:PORT", an IPv6 address in brackets, IPv4 in IPv6 as IPv4. */
void peer_print(const struct sockaddr_storage *, socklen_t, char *out,
    size_t size);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * crowd: how many connections come from each address. Of IPv6 the first 64 bits
 * count, which one subscriber has all of; an IPv4 address in IPv6 is that IPv4
 * address. Hashed with a secret, so that nobody can choose addresses that meet.
 *
 * The listener lets connections in; the worker that had one tells when it has
 * ended, so there is a lock.
 */
#ifndef DAEMON_CROWD_H
#define DAEMON_CROWD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct crowd;

/* An address with connections. */
struct crowd_place;

struct crowd *crowd_create(uint64_t secret);

/* Nobody is in it. */
void crowd_destroy(struct crowd *);

/* Another connection from PEER, if there are fewer than MAX (0: no limit);
 * else NULL, and FIRST says whether it is the first in a row that is refused
 * for this address. Any thread. */
struct crowd_place *crowd_enter(struct crowd *, const struct sockaddr *peer,
    uint32_t max, bool *first);

/* One that was let in has ended. */
void crowd_leave(struct crowd *, struct crowd_place *);

/* How many were refused. */
uint64_t crowd_refused(struct crowd *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * listener: accepts connections on the main loop and hands each to the worker
 * that has the fewest.
 */
#ifndef DAEMON_LISTENER_H
#define DAEMON_LISTENER_H

#include <stddef.h>
#include <stdint.h>

struct config;
struct listener;
struct loop;
struct runtime;

/* For N sockets that are bound (listener_bind.h). */
struct listener *listener_create_take(const int *fds, size_t n);

/* The port of the first address. */
uint16_t listener_port(const struct listener *);

/* Begins to accept.  0 or -1. */
int listener_start(struct listener *, struct loop *, const struct runtime *);

/* The part of the configuration that may change. */
void listener_configure(struct listener *, const struct config *);

/* Accepts no more, and closes the sockets: what connects from now on waits for
 * whoever else has them (the parent), or is refused. */
void listener_stop(struct listener *);

void listener_destroy(struct listener *);

#endif

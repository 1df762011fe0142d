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

/* Binds the addresses of the configuration.  NULL and a sentence in WHY. */
struct listener *listener_open(const struct config *, char *why,
    size_t whylen);

/* The port of the first address. */
uint16_t listener_port(const struct listener *);

/* Begins to accept.  0 or -1. */
int listener_start(struct listener *, struct loop *, const struct runtime *);

/* The part of the configuration that may change. */
void listener_configure(struct listener *, const struct config *);

/* Accepts no more: the port is free afterwards. */
void listener_stop(struct listener *);

void listener_destroy(struct listener *);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * request: what a client asks for and gets an answer to: `id', or, if it
 * changes a log, the counter `n' (R8).  Checked on the worker, run in one
 * transaction, answered.  What has a counter is settled once and gets the same
 * answer as often as it is repeated.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include <stdbool.h>

struct elem;
struct session;

void request_message(struct session *, const struct elem *);
void request_void(struct session *, const struct elem *);

/* Starts a request whose tag, with `n' or `id', a module serves (module.h);
 * false: none does. */
bool request_module(struct session *, const struct elem *);

/* A request that the server does not know, with a counter: it is refused, which
 * settles the counter like any other last word. */
void request_unknown(struct session *, const struct elem *);

#endif

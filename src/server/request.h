/* SPDX-License-Identifier: ISC */
/*
 * request: what carries a counter (R8): checked on the worker, run once on the
 * scribe, answered with the same outcome as often as it is repeated.
 */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

struct elem;
struct session;

void request_message(struct session *, const struct elem *);
void request_void(struct session *, const struct elem *);

/* A request that the server does not know, with a counter: it is refused, which
 * settles the counter like any other last word. */
void request_unknown(struct session *, const struct elem *);

#endif

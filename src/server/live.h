/* SPDX-License-Identifier: ISC */
/*
 * live: modules on a worker: their memory, their hooks, and what they tell
 * one another (module_live.h).  Each worker knows for itself which modules are
 * on, so that their hooks are called in an order that makes sense on it.
 */
#ifndef SERVER_LIVE_H
#define SERVER_LIVE_H

#include <stdbool.h>
#include <stdint.h>

struct elem;
struct event;
struct sc_module;
struct session;
struct worker;

/* With the worker.  live_end is the end of all modules on it. */
void live_init(struct worker *);
void live_end(struct worker *);
void live_fini(struct worker *);

/* Modules that have been switched on or off. */
void live_follow(struct worker *);

/* A session has logged in, or has ended and is not registered any more. */
void live_session(struct session *);
void live_session_ended(struct session *);

/* Calls what is due; when something will be: INT64_MAX, never. */
int64_t live_tick(struct worker *);

/* A stanza that no module has as a verb: whether one hears it, or is asked. */
bool live_heard(struct session *, const struct elem *);

/* EVENT_TOLD and EVENT_SIGNAL. */
void live_event(struct worker *, const struct event *);

#endif

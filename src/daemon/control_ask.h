/* SPDX-License-Identifier: ISC */
/* control_ask: one question to all workers. */
#ifndef DAEMON_CONTROL_ASK_H
#define DAEMON_CONTROL_ASK_H

#include <stddef.h>

struct runtime;
struct worker_thread;

/*
 * Calls FN(ARG, i, worker i) on the thread of each worker, of all at once, and
 * DONE(ARG) on the main loop when the last has answered.  Not when the server
 * stops (control_stopping).
 */
void control_ask(const struct runtime *,
    void (*fn)(void *arg, size_t i, struct worker_thread *),
    void (*done)(void *arg), void *arg);

#endif

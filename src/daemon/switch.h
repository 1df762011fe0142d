/* SPDX-License-Identifier: ISC */
/*
 * switch: modules are switched on and off while the server runs, on the main
 * loop.
 *
 * Off: from that moment no job finds the module; when every worker has gone
 * along, and every job that had found it has ended (grace.h), its `stop' runs.
 * On: its `start' runs in a transaction; when that is durable jobs find it, and
 * workers go along.  What is wanted while one of
 * the two is under way is done after it.
 */
#ifndef DAEMON_SWITCH_H
#define DAEMON_SWITCH_H

#include <stdbool.h>
#include <stddef.h>

struct config;
struct daemon;
struct sc_module_def;
struct switches;

/* After server_start.  NULL without memory. */
struct switches *switches_create(struct daemon *);
void switches_destroy(struct switches *);

/*
 * Brings a module to be on or off.  DONE (which may be NULL) is called, now or
 * later, with 0, or with a code and a sentence if it cannot be switched on,
 * or something else was wanted meanwhile.
 */
typedef void switch_done_fn(void *arg, int rc, const char *why);

void switches_want(struct switches *, const struct sc_module_def *, bool on,
    switch_done_fn *done, void *arg);

/* All modules as CONFIG says; the log tells which cannot be. */
void switches_follow(struct switches *, const struct config *);

#endif

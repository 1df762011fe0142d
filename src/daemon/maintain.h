/* SPDX-License-Identifier: ISC */
/*
 * maintain: what is done to the database while no server runs, as
 * `stonechatd --maintain ACTION [DIR]`, under the lock that a server holds.
 *
 *	verify		recovers, looks at every page of every database, then
 *			at whether all rows agree
 *	verify DIR	a backup: its sums, then all of that in a copy of it
 *			beside it, which goes again
 *	restore DIR	makes the (empty) store directory from a backup; clients
 *			are told by a new epoch (R3)
 *	recover		what a start would do, without serving; if that fails,
 *			from the oldest log file on
 *
 * What was found goes to standard output, a line each (or a JSON object);
 * messages of the store to standard error.
 */
#ifndef DAEMON_MAINTAIN_H
#define DAEMON_MAINTAIN_H

#include <stdbool.h>
#include <stddef.h>

struct config;

/* Whether there is such an action and it takes (or can do without) DIR. */
bool maintain_takes(const char *action, const char *dir);

/* 0: done, and good; 1: it has problems, which were printed; -1: a sentence in
 * WHY. */
int maintain_run(const struct config *, const char *action, const char *dir,
    bool json, char *why, size_t whylen);

#endif

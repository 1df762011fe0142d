/* SPDX-License-Identifier: ISC */
/*
 * control: what the program asks of the server's control socket: to add users,
 * and its counters.  One request at a time on each connection.
 */
#ifndef BENCH_CONTROL_H
#define BENCH_CONTROL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The server's counters, or NULL. */
json_t *control_stats(const char *path);

/* A counter of those, 0 if it is not there. */
uint64_t control_stat(const json_t *stats, const char *name);

/*
 * Adds the users prefix0 ... prefixN-1, all with PASSWORD; those that exist
 * are left as they are.  Tells PROGRESS (may be NULL) how many are done.  0,
 * or -1 and a sentence in WHY.
 */
int control_add_users(const char *path, const char *prefix, uint64_t n,
    const char *password, void (*progress)(uint64_t done, uint64_t n),
    char *why, size_t whylen);

#endif

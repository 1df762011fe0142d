/* SPDX-License-Identifier: ISC */
/*
 * guesses: how many wrong passwords a name may get.  Each name may get so many
 * in a row, and one more every so often; then no login by password is tried for
 * it for a while, right or wrong.  Names that do not exist count like others
 * (semantics R25), and logins with a device's token are not concerned, so that
 * nobody can lock people's devices out.
 *
 * A table of fixed size, hashed with a secret: who wants to push a name out of
 * it does not know which others to guess for.
 */
#ifndef DAEMON_GUESSES_H
#define DAEMON_GUESSES_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { GUESSES_SETS = 1024, GUESSES_WAYS = 4 };

struct guesses {
	pthread_mutex_t lock;
	uint64_t secret;
	struct guesses_name {
		uint64_t hash;
		int64_t paid_at;	/* ms: when its guesses are forgotten */
	} names[GUESSES_SETS][GUESSES_WAYS];
};

/* What is allowed: BURST wrong ones (0: no limit), and one more after each
 * EVERY_MS. */
struct guesses_conf {
	uint32_t burst, every_ms;
};

void guesses_init(struct guesses *, uint64_t secret);
void guesses_fini(struct guesses *);

/* Whether a password of NAME may be tried at NOW (monotonic milliseconds).
 * Any thread. */
bool guesses_allow(struct guesses *, const struct guesses_conf *,
    const char *name, int64_t now);

/* It was wrong. */
void guesses_count(struct guesses *, const struct guesses_conf *,
    const char *name, int64_t now);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * prng: every choice of a simulation comes from one of these, and so from its
 * seed.
 */
#ifndef SIM_PRNG_H
#define SIM_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct prng {
	uint64_t s[4];
};

void prng_init(struct prng *, uint64_t seed);

uint64_t prng_next(struct prng *);

/* 0 <= result < N; 0 for N = 0. */
uint64_t prng_below(struct prng *, uint64_t n);

/* LO <= result <= HI. */
int64_t prng_between(struct prng *, int64_t lo, int64_t hi);

/* True once in N times; never for N = 0. */
bool prng_one_in(struct prng *, unsigned n);

/* Mostly near LO, now and then near HI: delays. */
int64_t prng_skewed(struct prng *, int64_t lo, int64_t hi);

/* The signature that server and client want; ARG is a struct prng. */
void prng_fill(void *arg, void *p, size_t n);

#endif

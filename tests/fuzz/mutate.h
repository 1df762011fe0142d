/* SPDX-License-Identifier: ISC */
/*
 * mutate: a mutator for targets whose inputs are conversations (steps.h).  It
 * puts in, changes, repeats, moves and removes stanzas and steps, and now and
 * then breaks bytes, so that most of what a target gets is understood, and
 * goes on where the conversation is.
 *
 * A target has this beside itself, and one `mutate_target'.
 */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include "tests/fuzz/invent.h"

enum { MUTATE_SEQUENCE = 8 };

struct mutate_target {
	unsigned direction;	/* who speaks: FROM_CLIENT or FROM_SERVER */
	unsigned owns;		/* steps of its own: numbers below that */
	/* A step of its own came before what is invented next. */
	void (*own)(struct invent *, unsigned what);
	/* What belongs together; TAG_OTHER ends each. */
	const uint8_t (*sequences)[MUTATE_SEQUENCE];
	unsigned nsequences;
};

extern const struct mutate_target mutate_target;

/* libFuzzer's, or replay.c's. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max,
    unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t onelen,
    const uint8_t *two, size_t twolen, uint8_t *out, size_t max,
    unsigned seed);

#endif

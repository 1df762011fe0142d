/* SPDX-License-Identifier: ISC */
/*
 * proto_util: what the tests of protocol/ share: hexadecimal bytes, elements
 * that are compared, and random stanzas from a seed.
 */
#ifndef TESTS_PROTO_UTIL_H
#define TESTS_PROTO_UTIL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "protocol/stanza.h"

/* The bytes of HEX (digits, spaces are skipped) into B, which is cleared. */
struct slice unhex(struct buf *b, const char *hex);

/* Fails the test unless S are the bytes of HEX. */
void assert_hex(struct slice s, const char *hex);

/* Whether A and B mean the same; attributes in any order. */
bool elem_same(const struct elem *a, const struct elem *b);

/* A random generator that is the same everywhere. */
uint64_t rnd(uint64_t *seed);
/* From 0 to N - 1. */
unsigned rnd_below(uint64_t *seed, unsigned n);

/*
 * A random stanza in ARENA: of every shape, generic ones, tails, children,
 * raw and opaque payloads, values at their edges.  Its text is what XML has.
 */
void random_stanza(uint64_t *seed, struct arena *, struct elem *e);

#endif

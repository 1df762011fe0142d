/* SPDX-License-Identifier: ISC */
/*
 * fuzz: what fuzz targets share.  tests/fuzz/run NAME runs one with libFuzzer;
 * inputs that it finds go to corpus/NAME.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts where COND does not hold: the fuzzer keeps the input. */
#define fuzz_check(cond)                                                      \
	((cond) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #cond))

_Noreturn static inline void
fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

#endif

/* SPDX-License-Identifier: ISC */
/*
 * utf8: UTF-8 (RFC 3629) is checked wherever text enters: shortest forms
 * only, no surrogates, nothing above U+10FFFF.
 */
#ifndef PROTOCOL_UTF8_H
#define PROTOCOL_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/slice.h"

/*
 * Takes the next code point off the front of *IN, which is not empty.  0 or
 * SC_EMALFORMED (*IN unchanged).
 */
int utf8_take(struct slice *in, uint32_t *c);

bool utf8_valid(struct slice);

/* Code points in valid UTF-8 into *N; SC_EMALFORMED for what is not UTF-8. */
int utf8_length(struct slice, size_t *n);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * varint: unsigned integers in 1 to 10 bytes, seven bits a byte, the least
 * significant first, the top bit set on all but the last (LEB128).  Signed
 * ones are folded first (zigzag: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...).
 * Only the shortest form is valid, so that a value has one encoding.
 */
#ifndef PROTOCOL_VARINT_H
#define PROTOCOL_VARINT_H

#include <stddef.h>
#include <stdint.h>

#include "src/common/buf.h"

enum { VARINT_MAX = 10 };

/* Bytes that V takes. */
size_t varint_size(uint64_t v);

/* Writes V to P, which has room for VARINT_MAX; returns the bytes written. */
size_t varint_write(uint8_t *p, uint64_t v);

/* Appends V. */
void varint_put(struct buf *, uint64_t v);

/*
 * Reads a value off the front of *IN, which is advanced.  0, SC_EMORE when
 * the bytes end too early (*IN is unchanged), SC_EMALFORMED for a value that
 * is too long, not in its shortest form or above 64 bits.
 */
int varint_take(struct slice *in, uint64_t *v);

static inline uint64_t
zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v < 0 ? -1 : 0);
}

static inline int64_t
unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

#endif

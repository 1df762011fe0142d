/* SPDX-License-Identifier: ISC */
#include "protocol/cursor.h"

static uint64_t
fnv(uint64_t h, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		h ^= p[i];
		h *= UINT64_C(0x100000001b3);
	}
	return h;
}

static uint64_t
mix(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xff51afd7ed558ccd);
	h ^= h >> 33;
	h *= UINT64_C(0xc4ceb9fe1a85ec53);
	h ^= h >> 33;
	return h;
}

uint64_t
cursor_term(const struct chat_id *id, uint64_t cursor)
{
	uint8_t be[8];
	uint64_t h;

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(cursor >> (8 * (7 - i)));
	h = fnv(UINT64_C(0xcbf29ce484222325), id->b, sizeof(id->b));
	return mix(fnv(h, be, sizeof(be)));
}

/* SPDX-License-Identifier: ISC */
#include "protocol/varint.h"

#include "src/common/err.h"

size_t
varint_size(uint64_t v)
{
	size_t n = 1;

	while (v >= 0x80) {
		v >>= 7;
		n++;
	}
	return n;
}

size_t
varint_write(uint8_t *p, uint64_t v)
{
	size_t n = 0;

	while (v >= 0x80) {
		p[n++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	p[n++] = (uint8_t)v;
	return n;
}

void
varint_put(struct buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, varint_size(v));

	if (p != NULL)
		buf_added(b, varint_write(p, v));
}

int
varint_take(struct slice *in, uint64_t *v)
{
	uint64_t x = 0;
	size_t i;

	for (i = 0; i < in->len && i < VARINT_MAX; i++) {
		uint8_t c = in->p[i];

		/* the tenth byte holds the one bit that is left of 64 */
		if (i == VARINT_MAX - 1 && c > 1)
			return SC_EMALFORMED;
		x |= (uint64_t)(c & 0x7f) << (7 * i);
		if (c & 0x80)
			continue;
		if (c == 0 && i > 0)
			return SC_EMALFORMED;
		*v = x;
		in->p += i + 1;
		in->len -= i + 1;
		return 0;
	}
	return SC_EMORE;
}

/* SPDX-License-Identifier: ISC */
#include "protocol/utf8.h"

#include "src/common/err.h"

int
utf8_take(struct slice *in, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t b = in->p[0];
	uint32_t x;
	size_t n;

	if (b < 0x80) {
		n = 1;
		x = b;
	} else if (b >= 0xc2 && b < 0xe0) {
		n = 2;
		x = b & 0x1f;
	} else if (b >= 0xe0 && b < 0xf0) {
		n = 3;
		x = b & 0x0f;
	} else if (b >= 0xf0 && b < 0xf5) {
		n = 4;
		x = b & 0x07;
	} else {
		return SC_EMALFORMED;
	}
	if (n > in->len)
		return SC_EMALFORMED;
	for (size_t i = 1; i < n; i++) {
		if ((in->p[i] & 0xc0) != 0x80)
			return SC_EMALFORMED;
		x = x << 6 | (in->p[i] & 0x3f);
	}
	if (x < least[n] || x > 0x10ffff || (x >= 0xd800 && x < 0xe000))
		return SC_EMALFORMED;
	*c = x;
	in->p += n;
	in->len -= n;
	return 0;
}

/* How many bytes at the front are ASCII, in steps of eight. */
static size_t
ascii_run(struct slice s)
{
	size_t n = 0;

	while (s.len - n >= 8) {
		uint64_t w;

		memcpy(&w, s.p + n, 8);
		if (w & UINT64_C(0x8080808080808080))
			break;
		n += 8;
	}
	return n;
}

int
utf8_length(struct slice s, size_t *n)
{
	size_t count = 0;

	while (s.len > 0) {
		size_t run = ascii_run(s);
		uint32_t c;

		count += run;
		s.p += run;
		s.len -= run;
		if (s.len == 0)
			break;
		if (utf8_take(&s, &c) != 0)
			return SC_EMALFORMED;
		count++;
	}
	*n = count;
	return 0;
}

bool
utf8_valid(struct slice s)
{
	size_t n;

	return utf8_length(s, &n) == 0;
}

/* SPDX-License-Identifier: ISC */
#include "protocol/base64url.h"

#include "src/common/err.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
base64url_put(struct buf *b, struct slice s)
{
	unsigned bits = 0, have = 0;

	for (size_t i = 0; i < s.len; i++) {
		bits = bits << 8 | s.p[i];
		have += 8;
		while (have >= 6) {
			have -= 6;
			buf_put_u8(b, (uint8_t)digits[bits >> have & 63]);
		}
	}
	if (have > 0)
		buf_put_u8(b, (uint8_t)digits[bits << (6 - have) & 63]);
}

static int
digit_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

int
base64url_decode(struct slice text, uint8_t *out, size_t *n)
{
	unsigned bits = 0, have = 0;

	*n = 0;
	if (text.len % 4 == 1)
		return SC_EBADREQUEST;
	for (size_t i = 0; i < text.len; i++) {
		int v = digit_value(text.p[i]);

		if (v < 0)
			return SC_EBADREQUEST;
		bits = bits << 6 | (unsigned)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[(*n)++] = (uint8_t)(bits >> have);
		}
	}
	return bits & ((1u << have) - 1) ? SC_EBADREQUEST : 0;
}

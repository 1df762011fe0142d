/* SPDX-License-Identifier: ISC */
#include "protocol/address.h"

#include "src/common/err.h"

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

void
chat_id_print(const struct chat_id *id, char *text)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	text[n++] = '#';
	for (size_t i = 0; i < CHAT_ID_SIZE; i++) {
		bits = bits << 8 | id->b[i];
		have += 8;
		while (have >= 5) {
			have -= 5;
			text[n++] = digits[bits >> have & 31];
		}
	}
	text[n++] = digits[bits << (5 - have) & 31];
	text[n] = '\0';
}

static int
digit_value(uint8_t c)
{
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	if (c >= '2' && c <= '7')
		return c - '2' + 26;
	return -1;
}

int
chat_id_parse(struct slice text, struct chat_id *id)
{
	unsigned bits = 0, have = 0;
	size_t n = 0;

	if (text.len != CHAT_ID_TEXT || text.p[0] != '#')
		return SC_EBADREQUEST;
	for (size_t i = 1; i < text.len; i++) {
		int v = digit_value(text.p[i]);

		if (v < 0)
			return SC_EBADREQUEST;
		bits = bits << 5 | (unsigned)v;
		have += 5;
		if (have >= 8) {
			have -= 8;
			id->b[n++] = (uint8_t)(bits >> have);
		}
	}
	if (bits & ((1u << have) - 1))
		return SC_EBADREQUEST;
	return 0;
}

int
user_name_prepare(struct slice name, char *out)
{
	if (name.len == 0 || name.len > USER_NAME_MAX)
		return SC_EBADREQUEST;
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.p[i];

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c - 'A' + 'a');
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			return SC_EBADREQUEST;
		out[i] = (char)c;
	}
	out[name.len] = '\0';
	return 0;
}

void
address_split(struct slice address, struct slice *name, struct slice *domain)
{
	const uint8_t *at = address.len == 0
	    ? NULL
	    : memchr(address.p, '@', address.len);
	size_t n;

	if (at == NULL) {
		*name = address;
		*domain = slice_of(address.p + address.len, 0);
		return;
	}
	n = (size_t)(at - address.p);
	*name = slice_of(address.p, n);
	*domain = slice_of(at + 1, address.len - n - 1);
}

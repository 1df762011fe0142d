/* SPDX-License-Identifier: ISC */
/*
 * Codes by which a device lets another one in.  As text a code is base32 in
 * groups of four, which people can type; capitals, spaces and what stands
 * between groups do not matter.
 */
#include "src/client/link.h"

#include <string.h>

#include "protocol/utf8.h"
#include "src/client/engine_priv.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

enum { GROUP = 4, LETTERS = LINK_SIZE * 8 / 5 };

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

static int
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a';
	return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

int
link_parse(const char *text, uint8_t code[LINK_SIZE])
{
	unsigned n = 0, bits = 0, value = 0;
	size_t at = 0;

	for (; *text != '\0'; text++) {
		if (*text == '-' || *text == ' ' || *text == '\t')
			continue;
		if (value_of(*text) < 0 || ++n > LETTERS)
			return SC_CODE_BAD_REQUEST;
		value = (value << 5 | (unsigned)value_of(*text)) & 0xfffu;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			code[at++] = (uint8_t)(value >> bits);
		}
	}
	return n == LETTERS ? 0 : SC_CODE_BAD_REQUEST;
}

void
link_print(const uint8_t code[LINK_SIZE], char text[LINK_TEXT])
{
	size_t n = 0, at = 0;
	unsigned bits = 0, value = 0;

	for (unsigned i = 0; i < LETTERS; i++) {
		if (i > 0 && i % GROUP == 0)
			text[n++] = '-';
		if (bits < 5) {
			value = (value << 8 | code[at++]) & 0xfffu;
			bits += 8;
		}
		bits -= 5;
		text[n++] = alphabet[value >> bits & 31];
	}
	text[n] = '\0';
}

/* ---- what the application asks for ---- */

int
sc_client_link(struct sc_client *c, uint64_t *id)
{
	return ask_start(c, TAG_LINK, NULL, id);
}

int
sc_client_rename(struct sc_client *c, uint32_t device, const char *name,
    uint64_t *n)
{
	struct elem_buf e;

	if (device == 0 || name == NULL || name[0] == '\0' ||
	    strlen(name) > 64 || !utf8_valid(slice_str(name)))
		return SC_CODE_BAD_REQUEST;
	elem_begin(&e, TAG_DEVICE);
	elem_add_enum(&e, ATTR_ACTION, ACTION_SET);
	elem_add_uint(&e, ATTR_DEVICE, device);
	elem_add_text(&e, ATTR_NAME, slice_str(name));
	return send_request(c, &e.e, n);
}

/* <link token expires/> */
void
link_tell(struct sc_client *c, const struct elem *e, uint64_t id)
{
	struct slice token = elem_slice(e, ATTR_TOKEN);
	struct sc_event ev = {.type = SC_EVENT_LINK, .id = id,
	    .time = elem_int(e, ATTR_EXPIRES, 0)};
	char text[LINK_TEXT];

	if (token.len != LINK_SIZE)
		return;
	link_print(token.p, text);
	ev.text = text;
	ev.textlen = strlen(text);
	(void)engine_event(c, &ev);
	wipe(text, sizeof(text));
}

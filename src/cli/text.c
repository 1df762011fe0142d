/* SPDX-License-Identifier: ISC */
#include "src/cli/text.h"

#include <wchar.h>

#include "protocol/utf8.h"

enum { ESCAPE = 0x1b, DELETE = 0x7f };

/* What a terminal may obey although it is no ASCII control character. */
static bool
is_active(uint32_t c)
{
	return (c >= DELETE && c <= 0x9f) ||	/* controls of ISO 6429 */
	    c == 0x2028 || c == 0x2029 ||	/* separators */
	    (c >= 0x202a && c <= 0x202e) ||	/* embeddings, overrides */
	    (c >= 0x2066 && c <= 0x2069);	/* isolates */
}

static void
put_active(struct buf *b, uint32_t c, enum text_form form)
{
	if (form == TEXT_JSON)
		buf_printf(b, "\\u%04x", c);
	else if (form == TEXT_XML)
		buf_printf(b, "&#x%x;", c);
	else if (c == DELETE)
		buf_put_str(b, "^?");
	else
		buf_printf(b, "<U+%04X>", c);
}

static void
put_control(struct buf *b, uint32_t c, enum text_form form)
{
	if (form == TEXT_BLOCK && c == '\n')
		buf_printf(b, "\n%*s", TEXT_INDENT, "");
	else if (form == TEXT_BLOCK && c == '\t')
		buf_put_u8(b, ' ');
	else if (form == TEXT_JSON)
		buf_printf(b, "\\u%04x", c);
	else if (form == TEXT_XML)
		buf_printf(b, "&#x%x;", c);
	else
		buf_printf(b, "^%c", (int)(c ^ 0x40));
}

void
text_put(struct buf *b, struct slice s, enum text_form form)
{
	while (s.len > 0) {
		struct slice at = s;
		uint32_t c;

		if (utf8_take(&s, &c) != 0) {
			buf_printf(b, "<0x%02X>", s.p[0]);
			s = slice_of(s.p + 1, s.len - 1);
		} else if (c < 0x20) {
			put_control(b, c, form);
		} else if (is_active(c)) {
			put_active(b, c, form);
		} else {
			buf_put(b, at.p, at.len - s.len);
		}
	}
}

/* ---- columns ---- */

/* Passes over what is left of an escape that sets a colour. */
static void
skip_colour(struct slice *s)
{
	while (s->len > 0) {
		uint8_t c = s->p[0];

		*s = slice_of(s->p + 1, s->len - 1);
		if (c >= 'a' && c <= 'z')
			return;
	}
}

/* A wide character does not begin in the last column. */
static void
advance(unsigned width, unsigned columns, unsigned *row, unsigned *column)
{
	if (width == 0)
		return;
	if (*column + width > columns) {
		++*row;
		*column = 0;
	}
	*column += width;
}

void
text_walk(struct slice s, unsigned columns, unsigned *row, unsigned *column)
{
	while (s.len > 0) {
		uint32_t c;
		int width;

		if (utf8_take(&s, &c) != 0) {
			s = slice_of(s.p + 1, s.len - 1);
			continue;
		}
		if (c == '\n') {
			++*row;
			*column = 0;
		} else if (c == ESCAPE) {
			skip_colour(&s);
		} else {
			width = wcwidth((wchar_t)c);
			advance(width < 0 ? 1 : (unsigned)width, columns, row,
			    column);
		}
	}
}

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

void
text_put_cut(struct buf *b, struct slice s, unsigned columns)
{
	size_t before = b->len, fits = 0, length;
	unsigned row = 0, column = 0;
	struct slice all, rest;
	uint32_t c;

	text_put(b, s, TEXT_LINE);
	if (buf_failed(b))
		return;
	all = buf_slice(b);
	all = slice_of(all.p + before, all.len - before);
	for (rest = all; rest.len > 0;) {
		struct slice at = rest;

		if (utf8_take(&rest, &c) != 0)
			return;
		length = at.len - rest.len;
		text_walk(slice_of(at.p, length), UINT16_MAX, &row, &column);
		if (column > columns)
			break;
		/* room for the ellipsis */
		if (column < columns)
			fits = all.len - rest.len;
	}
	if (column <= columns)
		return;
	buf_truncate(b, before + fits);
	buf_put_str(b, "…");
}

/* ---- rows ---- */

/* Chinese and Japanese are written without spaces: a row may begin with any of
 * their characters but one that ends something. */
static bool
may_begin_row(uint32_t c)
{
	static const uint32_t ends[] = {0x3001, 0x3002, 0x3005, 0x3009, 0x300b,
	    0x300d, 0x300f, 0x3011, 0x30fb, 0x30fc, 0xff01, 0xff09, 0xff0c,
	    0xff0e, 0xff1a, 0xff1b, 0xff1f};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (c == ends[i])
			return false;
	return (c >= 0x2e80 && c <= 0x9fff) || (c >= 0xf900 && c <= 0xfaff) ||
	    (c >= 0xff01 && c <= 0xff60) || (c >= 0x20000 && c <= 0x3ffff);
}

/* Breaks the row of B at AT, in the place of a space if there is one, if what
 * follows fits a row. */
static void
break_at(struct buf *b, size_t at, unsigned columns, unsigned *column)
{
	struct slice all = buf_slice(b);
	unsigned row = 0, width = TEXT_INDENT;
	size_t from = at;
	struct buf tail;

	if (from < all.len && all.p[from] == ' ')
		from++;
	buf_init(&tail, 0);
	buf_put(&tail, all.p + from, all.len - from);
	text_walk(buf_slice(&tail), UINT16_MAX, &row, &width);
	if (width <= columns && !buf_failed(&tail)) {
		buf_truncate(b, at);
		buf_printf(b, "\n%*s", TEXT_INDENT, "");
		buf_put_slice(b, buf_slice(&tail));
		*column = width;
	}
	buf_fini(&tail);
}

/* False if nothing else follows, which then is left as it is. */
static bool
skip_spaces(struct slice *s)
{
	size_t n = 0;

	while (n < s->len && s->p[n] == ' ')
		n++;
	if (n == s->len)
		return false;
	*s = slice_of(s->p + n, s->len - n);
	return true;
}

void
text_wrap(struct buf *b, struct slice s, unsigned columns)
{
	size_t space = SIZE_MAX;	/* where this row may end */
	unsigned row = 0, column = 0;

	while (s.len > 0) {
		struct slice at = s;
		uint32_t c = 0;

		if (utf8_take(&s, &c) != 0)
			s = slice_of(s.p + 1, s.len - 1);
		else if (c == ESCAPE)
			skip_colour(&s);
		if ((c == ' ' || may_begin_row(c)) && column > TEXT_INDENT)
			space = b->len;
		buf_put(b, at.p, at.len - s.len);
		row = 0;
		text_walk(slice_of(at.p, at.len - s.len), columns, &row,
		    &column);
		if (c == '\n')
			space = SIZE_MAX;
		if (row == 0 || c == '\n')
			continue;
		if (c == ' ')
			space = skip_spaces(&s) ? b->len - 1 : SIZE_MAX;
		if (space != SIZE_MAX)
			break_at(b, space, columns, &column);
		space = SIZE_MAX;
	}
}

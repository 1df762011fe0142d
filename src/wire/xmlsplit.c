/* SPDX-License-Identifier: ISC */
#include "src/wire/xmlsplit.h"

#include <string.h>

void
xmlsplit_init(struct xmlsplit *x, struct slice text)
{
	memset(x, 0, sizeof(*x));
	x->rest = text;
	x->line = x->column = 1;
}

static void
skip(struct xmlsplit *x, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (x->rest.p[i] == '\n') {
			x->line++;
			x->column = 1;
		} else if ((x->rest.p[i] & 0xc0) != 0x80) {
			x->column++;
		}
	}
	x->rest.p += n;
	x->rest.len -= n;
}

static bool
at(const struct xmlsplit *x, const char *text)
{
	return slice_has_prefix(x->rest, slice_str(text));
}

/* Bytes up to and with the first END; all of them without one. */
static size_t
through(struct slice s, const char *end)
{
	size_t n = strlen(end);

	for (size_t i = 0; i + n <= s.len; i++)
		if (memcmp(s.p + i, end, n) == 0)
			return i + n;
	return s.len;
}

/* Bytes of the tag at the front, which starts with "<". */
static size_t
tag_length(struct slice s)
{
	uint8_t quote = 0;

	for (size_t i = 1; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (quote != 0)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i + 1;
	}
	return s.len;
}

/* Bytes of the element at the front; all of them if it does not end. */
static size_t
element_length(struct slice s)
{
	size_t at_byte = 0, depth = 0;

	while (at_byte < s.len) {
		struct slice rest = slice_of(s.p + at_byte, s.len - at_byte);
		size_t n;

		if (rest.p[0] != '<') {
			at_byte++;
			continue;
		}
		if (slice_has_prefix(rest, slice_str("<!--"))) {
			at_byte += through(rest, "-->");
			continue;
		}
		n = tag_length(rest);
		at_byte += n;
		if (rest.p[n - 1] != '>')
			return s.len;
		if (n > 1 && rest.p[1] == '/')
			depth -= depth > 0;
		else if (n < 2 || rest.p[n - 2] != '/')
			depth++;
		if (depth == 0)
			return at_byte;
	}
	return s.len;
}

static struct slice
trim(struct slice s)
{
	while (s.len > 0 && memchr(" \t\r\n", s.p[0], 4) != NULL)
		s = slice_of(s.p + 1, s.len - 1);
	while (s.len > 0 && memchr(" \t\r\n", s.p[s.len - 1], 4) != NULL)
		s.len--;
	return s;
}

static void
pass_comment(struct xmlsplit *x)
{
	size_t n = through(x->rest, "-->");

	if (n >= strlen("<!---->"))
		x->comment = trim(slice_of(x->rest.p + 4, n - 7));
	skip(x, n);
}

bool
xmlsplit_next(struct xmlsplit *x, struct slice *text, unsigned *line,
    unsigned *column)
{
	x->comment = slice_of(NULL, 0);
	while (x->rest.len > 0) {
		if (memchr(" \t\r\n", x->rest.p[0], 4) != NULL) {
			skip(x, 1);
		} else if (at(x, "<!--")) {
			pass_comment(x);
		} else if (at(x, "<?xml ")) {
			skip(x, through(x->rest, "?>"));
		} else if (!x->wrapped && at(x, "<stanzas>")) {
			x->wrapped = true;
			skip(x, strlen("<stanzas>"));
		} else if (x->wrapped && at(x, "</stanzas>")) {
			x->wrapped = false;
			skip(x, strlen("</stanzas>"));
		} else {
			size_t n = element_length(x->rest);

			*text = slice_of(x->rest.p, n);
			*line = x->line;
			*column = x->column;
			skip(x, n);
			return true;
		}
	}
	return false;
}

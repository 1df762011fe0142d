/* SPDX-License-Identifier: ISC */
#include "protocol/xmlvalue.h"

#include <inttypes.h>
#include <stdio.h>

#include "protocol/base64url.h"
#include "protocol/tables.h"
#include "protocol/utf8.h"
#include "protocol/value.h"
#include "protocol/xmltext.h"
#include "src/common/err.h"

static const char *const suffixes[] = {
	[VALUE_UINT] = "uint",
	[VALUE_INT] = "int",
	[VALUE_TIME] = "time",
	[VALUE_CHAT] = "chat",
	[VALUE_USER] = "user",
	[VALUE_ENUM] = "enum",
	[VALUE_BYTES] = "bytes",
	[VALUE_TEXT] = "",
	[VALUE_FLAG] = "flag",
};

const char *
xmlvalue_suffix(enum value_type type)
{
	return suffixes[type];
}

bool
xmlvalue_name(struct slice text, struct attr *a)
{
	const uint8_t *dot = text.len == 0
	    ? NULL
	    : memchr(text.p, '.', text.len);
	struct slice suffix;

	a->name = attr_find(text);
	a->v.type = attr_table[a->name].type;
	if (a->name != ATTR_OTHER)
		return true;
	a->other = text;
	if (dot == NULL)
		return literal_valid(text);
	a->other = slice_of(text.p, (size_t)(dot - text.p));
	suffix = slice_of(dot + 1, text.len - a->other.len - 1);
	if (!literal_valid(a->other) || attr_find(a->other) != ATTR_OTHER)
		return false;
	for (unsigned t = 0; t <= VALUE_FLAG; t++) {
		if (t == VALUE_ENUM || t == VALUE_TEXT ||
		    !slice_equal(suffix, slice_str(suffixes[t])))
			continue;
		a->v.type = (enum value_type)t;
		return true;
	}
	return false;
}

static bool
xml_character(uint32_t c)
{
	return c == '\t' || c == '\n' || c == '\r' ||
	    (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

int
xmlvalue_escape(struct buf *b, struct slice s, bool attribute)
{
	while (s.len > 0) {
		const uint8_t *from = s.p;
		uint32_t c;

		if (utf8_take(&s, &c) != 0 || !xml_character(c))
			return SC_EMALFORMED;
		if (c == '&')
			buf_put_str(b, "&amp;");
		else if (c == '<')
			buf_put_str(b, "&lt;");
		else if (c == '>')
			buf_put_str(b, "&gt;");
		else if (c == '"' && attribute)
			buf_put_str(b, "&quot;");
		else if (c < 0x20)
			buf_printf(b, "&#%u;", c);
		else
			buf_put(b, from, (size_t)(s.p - from));
	}
	return 0;
}

static bool
only_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* A name that would be read as something else is marked with "@". */
static int
print_name(struct buf *b, struct slice name, bool number_too)
{
	if (name.len > 0 && (memchr("#~@", name.p[0], 3) != NULL ||
	    (number_too && only_digits(name))))
		buf_put_u8(b, '@');
	return xmlvalue_escape(b, name, true);
}

static int
print_chat(struct buf *b, const struct chat_ref *c)
{
	char id[CHAT_ID_TEXT + 1];

	switch (c->kind) {
	case CHAT_BY_NUMBER:
		buf_printf(b, "%" PRIu64, c->number);
		return 0;
	case CHAT_BY_ID:
		chat_id_print(&c->id, id);
		buf_put_str(b, id);
		return 0;
	case CHAT_BY_USER:
		buf_printf(b, "~%" PRIu64, c->number);
		return 0;
	case CHAT_BY_NAME:
		return print_name(b, c->name, true);
	}
	return SC_EMALFORMED;
}

int
xmlvalue_print(struct buf *b, const struct attr *a)
{
	const struct value *v = &a->v;
	char time[25];

	if (!value_valid(a->name, v))
		return SC_EMALFORMED;
	switch (v->type) {
	case VALUE_UINT:
		buf_printf(b, "%" PRIu64, v->u);
		return 0;
	case VALUE_INT:
		buf_printf(b, "%" PRId64, v->i);
		return 0;
	case VALUE_TIME:
		time_print(v->i, time);
		buf_put_str(b, time);
		return 0;
	case VALUE_CHAT:
		return print_chat(b, &v->chat);
	case VALUE_USER:
		if (v->user.id == 0)
			return print_name(b, v->user.name, false);
		buf_printf(b, "~%" PRIu64, v->user.id);
		return 0;
	case VALUE_ENUM:
		buf_put_str(b, attr_value_text(a->name, v->u));
		return 0;
	case VALUE_BYTES:
		base64url_put(b, v->s);
		return 0;
	case VALUE_TEXT:
		return xmlvalue_escape(b, v->s, true);
	case VALUE_FLAG:
		buf_put_str(b, "true");
		return 0;
	}
	return SC_EMALFORMED;
}

static bool
parse_uint(struct slice s, uint64_t *v)
{
	uint64_t x = 0;

	if (s.len == 0 || !only_digits(s))
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = s.p[i] - (unsigned)'0';

		if (x > (UINT64_MAX - digit) / 10)
			return false;
		x = x * 10 + digit;
	}
	*v = x;
	return true;
}

static bool
parse_int(struct slice s, int64_t *v)
{
	bool negative = s.len > 0 && s.p[0] == '-';
	uint64_t x;

	if (negative)
		s = slice_of(s.p + 1, s.len - 1);
	if (!parse_uint(s, &x) || x > (uint64_t)INT64_MAX + negative)
		return false;
	*v = (int64_t)(negative ? 0 - x : x);
	return true;
}

static struct slice
rest_of(struct slice s)
{
	return slice_of(s.p + 1, s.len - 1);
}

static bool
parse_chat(struct slice s, struct chat_ref *c)
{
	if (s.len == 0)
		return false;
	c->kind = CHAT_BY_NAME;
	c->name = s;
	if (only_digits(s)) {
		c->kind = CHAT_BY_NUMBER;
		return parse_uint(s, &c->number);
	}
	switch (s.p[0]) {
	case '#':
		c->kind = CHAT_BY_ID;
		return chat_id_parse(s, &c->id) == 0;
	case '~':
		c->kind = CHAT_BY_USER;
		return parse_uint(rest_of(s), &c->number);
	case '@':
		c->name = rest_of(s);
	}
	return true;
}

static bool
parse_user(struct slice s, struct user_ref *u)
{
	if (s.len == 0)
		return false;
	if (s.p[0] == '~')
		return parse_uint(rest_of(s), &u->id);
	if (s.p[0] == '#')
		return false;
	u->name = s.p[0] == '@' ? rest_of(s) : s;
	return true;
}

static bool
parse_enum(struct slice s, enum attr_name name, uint64_t *v)
{
	for (*v = 0; *v < attr_table[name].nvalue; ++*v)
		if (slice_equal(s, slice_str(attr_value_text(name, *v))))
			return true;
	return false;
}

static bool
parse(struct slice s, struct attr *a)
{
	struct value *v = &a->v;

	switch (v->type) {
	case VALUE_UINT:
		return parse_uint(s, &v->u);
	case VALUE_INT:
		return parse_int(s, &v->i);
	case VALUE_TIME:
		return time_parse(s, &v->i) == 0;
	case VALUE_CHAT:
		return parse_chat(s, &v->chat);
	case VALUE_USER:
		return parse_user(s, &v->user);
	case VALUE_ENUM:
		return parse_enum(s, a->name, &v->u);
	case VALUE_BYTES:
	case VALUE_TEXT:
		v->s = s;
		return true;
	case VALUE_FLAG:
		v->u = 1;
		return slice_equal(s, slice_str("true"));
	}
	return false;
}

int
xmlvalue_parse(struct arena *arena, struct slice text, struct attr *a,
    const char **expected)
{
	static const char *const forms[] = {
		[VALUE_UINT] = "a number",
		[VALUE_INT] = "a number, maybe negative",
		[VALUE_TIME] = "a time such as 2026-11-23T06:46:00.123Z",
		[VALUE_CHAT] = "a chat: 7, #id, ~55 or a name",
		[VALUE_USER] = "a user: ~55 or a name",
		[VALUE_ENUM] = "one of its names",
		[VALUE_BYTES] = "base64url without padding",
		[VALUE_TEXT] = "text",
		[VALUE_FLAG] = "\"true\"",
	};
	struct slice copy = arena_copy(arena, text);
	uint8_t *bytes;

	if (copy.p == NULL)
		return SC_ENOMEM;
	*expected = forms[a->v.type];
	if (!parse(copy, a))
		return SC_EBADREQUEST;
	if (a->v.type == VALUE_BYTES) {
		bytes = arena_alloc(arena, copy.len);
		if (bytes == NULL)
			return SC_ENOMEM;
		a->v.s.p = bytes;
		if (base64url_decode(copy, bytes, &a->v.s.len) != 0)
			return SC_EBADREQUEST;
	}
	return value_valid(a->name, &a->v) ? 0 : SC_EBADREQUEST;
}

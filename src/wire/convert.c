/* SPDX-License-Identifier: ISC */
#include "src/wire/convert.h"

#include <stdio.h>
#include <string.h>

#include "protocol/frame.h"
#include "protocol/payload.h"
#include "protocol/xmltext.h"
#include "src/common/err.h"
#include "src/wire/xmlsplit.h"

enum {
	ARENA_LIMIT = 1 << 24,
	GUESSES = 16
};

/* One stanza of a file: where it is and what it is. */
struct item {
	struct slice text, comment;
	unsigned line, column;
	struct arena arena;
	struct elem e;
};

static bool
complain(const struct convert *c, unsigned line, unsigned column,
    const char *what)
{
	fflush(stdout);
	fprintf(stderr, "stonechat-wire: %s: line %u, column %u: %s\n", c->file,
	    line, column, what);
	return false;
}

/* The stanzas that set the base count from the next stanza on. */
static void
follow(struct convert *c, const struct elem *e)
{
	if (e->tag == TAG_SUCCESS || e->tag == TAG_BASE)
		c->base = elem_int(e, ATTR_TIME, c->base);
}

/*
 * White space in front of the element makes the parser count lines and
 * columns as the file does.
 */
static int
parse_in_place(struct convert *c, struct item *it, bool raw, char *why,
    size_t whylen)
{
	struct buf padded;
	int rc;

	buf_init(&padded, 0);
	for (unsigned i = 1; i < it->line; i++)
		buf_put_u8(&padded, '\n');
	for (unsigned i = 1; i < it->column; i++)
		buf_put_u8(&padded, ' ');
	buf_put_slice(&padded, it->text);
	rc = buf_failed(&padded)
	    ? SC_ENOMEM
	    : xmltext_parse(raw ? NULL : c->deflate, buf_slice(&padded),
	    &it->arena, &it->e, why, whylen);
	buf_fini(&padded);
	return rc;
}

static bool
item_parse(struct convert *c, struct item *it, bool raw)
{
	char why[256];
	int rc = parse_in_place(c, it, raw, why, sizeof(why));

	if (rc == 0)
		return true;
	if (rc != SC_EBADREQUEST)
		return complain(c, it->line, it->column, sc_strerror(rc));
	fflush(stdout);
	fprintf(stderr, "stonechat-wire: %s: %s\n", c->file, why);
	return false;
}

/* Appends the frame of the stanza in IT as it is sent, or RAW. */
static bool
item_frame(struct convert *c, struct item *it, bool raw, struct buf *frame)
{
	struct stanza_ctx ctx = {.base_time = c->base};
	uint8_t guesses[GUESSES];
	struct buf body;
	bool packed;
	size_t n;
	int rc;

	/* a page is deflated as a whole, over raw payloads */
	if (!item_parse(c, it, true))
		return false;
	packed = !raw && it->e.tag == TAG_PAGE;
	if (!raw && !packed && !item_parse(c, it, false))
		return false;
	buf_init(&body, FRAME_INFLATED_MAX);
	rc = stanza_encode(&ctx, &it->e, &body);
	n = payload_guess(buf_slice(&body), guesses, GUESSES);
	if (rc == 0)
		rc = frame_put_packed(c->deflate, buf_slice(&body), guesses,
		    packed ? n : 0, frame);
	buf_fini(&body);
	if (rc != 0)
		return complain(c, it->line, it->column, sc_strerror(rc));
	return true;
}

static bool
item_next(struct xmlsplit *x, struct item *it)
{
	arena_clear(&it->arena);
	if (!xmlsplit_next(x, &it->text, &it->line, &it->column))
		return false;
	it->comment = x->comment;
	return true;
}

static void
print_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		printf("%02x", s.p[i]);
	putchar('\n');
}

bool
convert_to_bytes(struct convert *c, struct slice text)
{
	struct xmlsplit x;
	struct item it;
	struct buf frame;
	bool ok = true;

	xmlsplit_init(&x, text);
	arena_init(&it.arena, ARENA_LIMIT);
	buf_init(&frame, 0);
	while (ok && item_next(&x, &it)) {
		buf_clear(&frame);
		ok = item_frame(c, &it, c->raw, &frame);
		if (!ok)
			break;
		if (it.comment.len > 0)
			printf("# %.*s\n", (int)it.comment.len,
			    (const char *)it.comment.p);
		print_hex(buf_slice(&frame));
		follow(c, &it.e);
	}
	buf_fini(&frame);
	arena_fini(&it.arena);
	return ok;
}

/* Sizes. */

struct sizes {
	size_t xml, raw, sent;
};

static bool
item_sizes(struct convert *c, struct item *it, struct sizes *s)
{
	struct buf b;
	bool ok;

	buf_init(&b, 0);
	ok = item_frame(c, it, false, &b);
	s->sent = b.len;
	buf_clear(&b);
	ok = ok && item_frame(c, it, true, &b);
	s->raw = b.len;
	buf_clear(&b);
	if (ok) {
		int rc = xmltext_print(c->deflate, &it->e, &b);

		s->xml = b.len;
		if (rc != 0)
			ok = complain(c, it->line, it->column,
			    sc_strerror(rc));
	}
	buf_fini(&b);
	return ok;
}

static void
print_json_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t ch = s.p[i];

		if (ch == '"' || ch == '\\')
			printf("\\%c", ch);
		else if (ch < 0x20)
			printf("\\u%04x", ch);
		else
			putchar(ch);
	}
}

static void
print_sizes(const struct convert *c, struct slice name, const struct sizes *s)
{
	if (!c->json) {
		printf("%-20.*s %7zu %7zu %7zu\n", (int)name.len,
		    (const char *)name.p, s->xml, s->raw, s->sent);
		return;
	}
	printf("{\"stanza\":\"");
	print_json_name(name);
	printf("\",\"xml\":%zu,\"raw\":%zu,\"sent\":%zu}\n", s->xml, s->raw,
	    s->sent);
}

bool
convert_sizes(struct convert *c, struct slice text)
{
	struct sizes s, total = {0, 0, 0};
	struct xmlsplit x;
	struct item it;
	bool ok = true;

	xmlsplit_init(&x, text);
	arena_init(&it.arena, ARENA_LIMIT);
	if (!c->json)
		printf("%-20s %7s %7s %7s\n", "stanza", "xml", "raw", "sent");
	while (ok && item_next(&x, &it)) {
		ok = item_sizes(c, &it, &s);
		if (!ok)
			break;
		print_sizes(c, it.comment.len > 0 ? it.comment :
		    it.e.tag == TAG_OTHER ? it.e.other :
		    slice_str(tag_name(it.e.tag)), &s);
		total.xml += s.xml;
		total.raw += s.raw;
		total.sent += s.sent;
		follow(c, &it.e);
	}
	if (ok && !c->json)
		print_sizes(c, slice_str("total"), &total);
	arena_fini(&it.arena);
	return ok;
}

/* Bytes to XML. */

static int
hex_value(uint8_t ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

/* Bytes of a line, white space between digits allowed. */
static bool
read_hex(const struct convert *c, struct slice s, unsigned line,
    struct buf *out)
{
	int high = -1;
	size_t i;

	for (i = 0; i < s.len; i++) {
		int v = hex_value(s.p[i]);

		if (memchr(" \t\r", s.p[i], 3) != NULL)
			continue;
		if (v < 0)
			return complain(c, line, (unsigned)i + 1,
			    "expected hexadecimal digits");
		if (high < 0) {
			high = v;
			continue;
		}
		buf_put_u8(out, (uint8_t)(high << 4 | v));
		high = -1;
	}
	if (high >= 0)
		return complain(c, line, (unsigned)i + 1,
		    "expected another hexadecimal digit");
	return true;
}

static int
print_frame(struct convert *c, const struct frame *f, struct buf *scratch,
    struct buf *xml)
{
	struct stanza_ctx ctx = {.base_time = c->base};
	struct arena arena;
	struct slice body;
	struct elem e;
	int rc;

	if (f->body.len == 0) {
		puts("<!-- keepalive -->");
		return 0;
	}
	arena_init(&arena, ARENA_LIMIT);
	rc = frame_inflate(c->deflate, f, scratch, &body);
	if (rc == 0)
		rc = stanza_decode(&ctx, body, &arena, &e);
	buf_clear(xml);
	if (rc == 0)
		rc = xmltext_print(c->deflate, &e, xml);
	if (rc == 0) {
		printf("%.*s\n", (int)xml->len, (const char *)buf_slice(xml).p);
		follow(c, &e);
	}
	arena_fini(&arena);
	return rc;
}

static bool
print_frames(struct convert *c, struct slice bytes, unsigned line)
{
	struct slice start = bytes;
	struct buf scratch, xml;
	int rc = 0;

	buf_init(&scratch, FRAME_INFLATED_MAX);
	buf_init(&xml, 0);
	while (rc == 0 && bytes.len > 0) {
		struct frame f;

		start = bytes;
		rc = frame_next(&bytes, FRAME_MAX, &f);
		if (rc == 0)
			rc = print_frame(c, &f, &scratch, &xml);
	}
	buf_fini(&scratch);
	buf_fini(&xml);
	if (rc == 0)
		return true;
	fflush(stdout);
	fprintf(stderr, "stonechat-wire: %s: line %u, %zu bytes from its end: "
	    "%s\n", c->file, line, start.len, sc_strerror(rc));
	return false;
}

bool
convert_to_xml(struct convert *c, struct slice text)
{
	unsigned line = 0;
	struct buf bytes;
	bool ok = true;

	buf_init(&bytes, 0);
	while (ok && text.len > 0) {
		const uint8_t *nl = memchr(text.p, '\n', text.len);
		size_t n = nl == NULL ? text.len : (size_t)(nl - text.p);
		struct slice s = slice_of(text.p, n);

		line++;
		text.p += n + (nl != NULL);
		text.len -= n + (nl != NULL);
		if (n > 0 && s.p[0] == '#') {
			printf("<!--%.*s -->\n", (int)n - 1,
			    (const char *)s.p + 1);
			continue;
		}
		buf_clear(&bytes);
		ok = read_hex(c, s, line, &bytes) &&
		    print_frames(c, buf_slice(&bytes), line);
	}
	buf_fini(&bytes);
	return ok;
}

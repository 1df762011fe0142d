/* SPDX-License-Identifier: ISC */
#include "protocol/xmltext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "protocol/payload.h"
#include "src/common/err.h"
#include "tests/unit/proto_util.h"

enum { ROUNDS = 10000, ARENA = 1 << 22 };

static char why[256];

/* Parses TEXT and prints it again into OUT. */
static int
through(struct deflate *d, const char *text, struct buf *out)
{
	struct arena arena;
	struct elem e;
	int rc;

	buf_clear(out);
	arena_init(&arena, ARENA);
	rc = xmltext_parse(d, slice_str(text), &arena, &e, why, sizeof(why));
	if (rc == 0)
		assert_int_equal(xmltext_print(d, &e, out), 0);
	arena_fini(&arena);
	return rc;
}

static void
assert_becomes(const char *text, const char *want)
{
	struct buf out;

	buf_init(&out, 0);
	if (through(NULL, text, &out) != 0)
		fail_msg("%s: %s", text, why);
	buf_put_u8(&out, '\0');
	assert_string_equal((const char *)out.p, want);
	buf_fini(&out);
}

static void
assert_stays(const char *text)
{
	assert_becomes(text, text);
}

/* Refused, with WANT in the reason. */
static void
assert_refused(const char *text, const char *want)
{
	struct buf out;

	buf_init(&out, 0);
	why[0] = '\0';
	if (through(NULL, text, &out) != SC_EBADREQUEST)
		fail_msg("%s was not refused", text);
	if (strstr(why, want) == NULL)
		fail_msg("%s: \"%s\" without \"%s\"", text, why, want);
	buf_fini(&out);
}

static void
canonical(void **state)
{
	(void)state;
	assert_stays("<ping/>");
	assert_stays("<ack n=\"7\" seq=\"9\" "
	    "time=\"2026-11-23T06:46:00.123Z\"/>");
	assert_stays("<read chat=\"7\" seq=\"1\"/>");
	assert_stays("<read chat=\"~55\" seq=\"1\"/>");
	assert_stays("<read chat=\"#aaisem2ekvthpcezvk54zxpo74\" seq=\"1\"/>");
	assert_stays("<read chat=\"bob\" seq=\"1\"/>");
	assert_stays("<read chat=\"bob@example.org\" seq=\"1\"/>");
	assert_stays("<read chat=\"@112\" seq=\"1\"/>");
	assert_stays("<read chat=\"@#x\" seq=\"1\"/>");
	assert_stays("<read chat=\"@@x\" seq=\"1\"/>");
	assert_stays("<block user=\"112\"/>");
	assert_stays("<block user=\"@~1\"/>");
	assert_stays("<challenge data=\"\"/>");
	assert_stays("<challenge data=\"_-8\"/>");
	assert_stays("<bye why=\"shutdown\" text=\"a &quot;b&quot; &lt;c&gt; "
	    "&amp; 'd' &#10;&#9;&#13;\"/>");
	assert_stays("<body>&lt;a&gt; &amp; \"b\" 'c' &#10;&#9;&#13;</body>");
	assert_stays("<body> </body>");
	assert_stays("<cursors final=\"true\"><cursor chat=\"1\" seq=\"2\"/>"
	    "</cursors>");
	assert_stays("<message chat=\"1\" n=\"2\"><reply seq=\"7\"/>"
	    "<body>hi</body></message>");
	assert_stays("<message chat=\"1\" n=\"2\"><opaque data=\"AAEC\"/>"
	    "</message>");
	assert_stays("<message chat=\"1\" n=\"2\"/>");
	assert_stays("<urn:some-thing xmlns=\"urn:x\" a=\"text\" b.uint=\"1\" "
	    "c.int=\"-1\" d.time=\"1970-01-01T00:00:00.000Z\" e.chat=\"#"
	    "aaisem2ekvthpcezvk54zxpo74\" f.user=\"~1\" g.bytes=\"AA\" "
	    "h.flag=\"true\">text</urn:some-thing>");
}

static void
lenient(void **state)
{
	(void)state;
	assert_becomes(" \n<ping ></ping>\n", "<ping/>");
	assert_becomes("<ping waiting='5'/>", "<ping waiting=\"5\"/>");
	assert_becomes("<ping waiting=\"007\"/>", "<ping waiting=\"7\"/>");
	assert_becomes("<!-- a --><body>a<!-- b -->b</body><!-- c -->",
	    "<body>ab</body>");
	assert_becomes("<cursors>\n <cursor chat=\"1\" seq=\"2\"/>\n"
	    "</cursors>", "<cursors><cursor chat=\"1\" seq=\"2\"/></cursors>");
	assert_becomes("<cursors>\n</cursors>", "<cursors/>");
	assert_becomes("<body>a\n\tb</body>", "<body>a&#10;&#9;b</body>");
	assert_becomes("<body>&#x41;&#66;&lt;&apos;&quot;</body>",
	    "<body>AB&lt;'\"</body>");
	assert_becomes("<base time=\"1790000000000\"/>",
	    "<base time=\"2026-09-21T14:13:20.000Z\"/>");
}

static void
refused(void **state)
{
	(void)state;
	/* what XML has and stanzas have not */
	assert_refused("<!DOCTYPE ping><ping/>", "document type");
	assert_refused("<!DOCTYPE a [<!ENTITY b \"c\">]><body>&b;</body>",
	    "document type");
	assert_refused("<body>&b;</body>", "entity");
	assert_refused("<?xml version=\"1.0\"?><ping/>", "declaration");
	assert_refused("<?php x?><ping/>", "processing instruction");
	assert_refused("<ping><?php x?></ping>", "processing instruction");
	assert_refused("<body><![CDATA[a]]></body>", "CDATA");
	/* not well-formed */
	assert_refused("", "line 1, column 1");
	assert_refused("ping", "line 1, column 1");
	assert_refused("<ping>", "line 1");
	assert_refused("<ping/><ping/>", "column 8");
	assert_refused("<ping waiting=5/>", "line 1");
	assert_refused("<ping waiting=\"1\" waiting=\"1\"/>", "duplicate");
	assert_refused("<body>\x01</body>", "line 1");
	assert_refused("<body>\xff</body>", "line 1");
	/* values */
	assert_refused("<ping waiting=\"x\"/>", "a number, not \"x\"");
	assert_refused("<ping waiting=\"\"/>", "a number");
	assert_refused("<ping waiting=\"-1\"/>", "a number");
	assert_refused("<ping waiting=\"18446744073709551616\"/>", "a number");
	assert_refused("<ping a.int=\"-9223372036854775809\"/>", "a number");
	assert_refused("<bye why=\"because\"/>", "one of its names");
	assert_refused("<base time=\"now\"/>", "a time");
	assert_refused("<challenge data=\"A\"/>", "base64url");
	assert_refused("<challenge data=\"AB\"/>", "base64url");
	assert_refused("<challenge data=\"AA==\"/>", "base64url");
	assert_refused("<challenge data=\"+/\"/>", "base64url");
	assert_refused("<read chat=\"0\" seq=\"1\"/>", "a chat");
	assert_refused("<read chat=\"\" seq=\"1\"/>", "a chat");
	assert_refused("<read chat=\"@\" seq=\"1\"/>", "a chat");
	assert_refused("<read chat=\"#short\" seq=\"1\"/>", "a chat");
	assert_refused("<read chat=\"~0\" seq=\"1\"/>", "a chat");
	assert_refused("<block user=\"~0\"/>", "a user");
	assert_refused("<block user=\"#x\"/>", "a user");
	assert_refused("<cursors final=\"yes\"/>", "\"true\"");
	/* names */
	assert_refused("<a.b/>", "no name for an element");
	assert_refused("<\xc3\xa9/>", "no name for an element");
	assert_refused("<ping a.b=\"1\"/>", "no name for an attribute");
	assert_refused("<ping a.enum=\"1\"/>", "no name for an attribute");
	assert_refused("<ping n.uint=\"1\"/>", "no name for an attribute");
	assert_refused("<ping a=\"1\" a.uint=\"1\"/>", "once");
	/* content */
	assert_refused("<result id=\"1\">x<ping/></result>", "not both");
	assert_refused("<result id=\"1\"><ping/>x</result>", "not both");
	assert_refused("<message><opaque data=\"\"/><body/></message>",
	    "one opaque");
	/* where it is */
	assert_refused("<result id=\"1\">\n  <ping waiting=\"x\"/></result>",
	    "line 2, column 3: ");
}

static void
limits(void **state)
{
	struct buf text, out;
	(void)state;

	buf_init(&text, 0);
	buf_init(&out, 0);
	for (unsigned n = 32; n <= 33; n++) {
		buf_clear(&text);
		buf_put_str(&text, "<x");
		for (unsigned i = 0; i < n; i++)
			buf_printf(&text, " a%u=\"\"", i);
		buf_put(&text, "/>", 3);
		assert_int_equal(through(NULL, (char *)text.p, &out),
		    n == 32 ? 0 : SC_EBADREQUEST);
	}
	for (unsigned n = STANZA_CHILDREN; n <= STANZA_CHILDREN + 1; n++) {
		buf_clear(&text);
		buf_put_str(&text, "<x>");
		for (unsigned i = 0; i < n; i++)
			buf_put_str(&text, "<ping/>");
		buf_put(&text, "</x>", 5);
		assert_int_equal(through(NULL, (char *)text.p, &out),
		    n == STANZA_CHILDREN ? 0 : SC_EBADREQUEST);
	}
	for (unsigned n = STANZA_DEPTH; n <= STANZA_DEPTH + 1; n++) {
		buf_clear(&text);
		for (unsigned i = 1; i < n; i++)
			buf_put_str(&text, "<x>");
		buf_put_str(&text, "<x/>");
		for (unsigned i = 1; i < n; i++)
			buf_put_str(&text, "</x>");
		buf_put_u8(&text, 0);
		assert_int_equal(through(NULL, (char *)text.p, &out),
		    n == STANZA_DEPTH ? 0 : SC_EBADREQUEST);
	}
	buf_fini(&text);
	buf_fini(&out);
}

static void
no_memory(void **state)
{
	struct arena arena;
	struct elem e;
	int rc = SC_ENOMEM;
	(void)state;

	for (size_t limit = 16; rc == SC_ENOMEM && limit < 65536;
	    limit += 16) {
		arena_init(&arena, limit);
		rc = xmltext_parse(NULL, slice_str("<message chat=\"bob\" "
		    "n=\"1\" x=\"y\"><body>hi</body><u>x</u></message>"),
		    &arena, &e, why, sizeof(why));
		arena_fini(&arena);
	}
	assert_int_equal(rc, 0);
}

static void
not_printable(void **state)
{
	struct elem_buf b;
	struct buf out;
	(void)state;

	buf_init(&out, 0);
	buf_put_str(&out, "x");
	elem_begin(&b, TAG_BODY);
	elem_set_text(&b, slice_str("a\x01"));
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_EMALFORMED);
	elem_set_text(&b, slice_of("\0", 1));
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_EMALFORMED);
	elem_set_text(&b, slice_str("\xef\xbf\xbe"));
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_EMALFORMED);
	/* white space where XML would not keep it */
	elem_begin(&b, TAG_PING);
	elem_set_text(&b, slice_str(" "));
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_EMALFORMED);
	/* a payload that needs deflate, and one that is damaged */
	elem_begin(&b, TAG_MESSAGE);
	elem_set_payload(&b, slice_of("\x09\x01\x03\x00", 4));
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_ENOTFOUND);
	elem_set_payload(&b, slice_of("\x04\xff", 2));
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_EMALFORMED);
	/* no room */
	out.limit = 5;
	elem_begin(&b, TAG_PING);
	assert_int_equal(xmltext_print(NULL, &b.e, &out), SC_ETOOLARGE);
	assert_int_equal(out.len, 1);
	buf_fini(&out);
}

static void
deflated(void **state)
{
	static const char text[] = "<message chat=\"1\" n=\"2\"><body>I will "
	    "be there in about ten minutes, see you soon</body></message>";
	struct deflate *d = deflate_create();
	struct arena arena;
	struct buf out;
	struct elem e;
	(void)state;

	arena_init(&arena, ARENA);
	buf_init(&out, 0);
	assert_int_equal(xmltext_parse(d, slice_str(text), &arena, &e, why,
	    sizeof(why)), 0);
	assert_int_equal(e.content, CONTENT_PAYLOAD);
	assert_int_equal(e.text.p[0] & 3, PAYLOAD_DEFLATE);
	assert_int_equal(xmltext_print(d, &e, &out), 0);
	assert_true(slice_equal(buf_slice(&out), slice_str(text)));
	buf_fini(&out);
	arena_fini(&arena);
	deflate_destroy(d);
}

/* XML that is printed reads as the same stanza, to the byte. */
static void
random_stanzas(void **state)
{
	struct stanza_ctx ctx = {0};
	uint64_t seed = 5290;
	struct buf xml, bytes, again;
	struct arena arena;
	(void)state;

	buf_init(&xml, 0);
	buf_init(&bytes, 0);
	buf_init(&again, 0);
	arena_init(&arena, ARENA);
	for (int i = 0; i < ROUNDS; i++) {
		struct elem e, back;
		int rc;

		buf_clear(&xml);
		buf_clear(&bytes);
		buf_clear(&again);
		arena_clear(&arena);
		random_stanza(&seed, &arena, &e);
		assert_int_equal(stanza_encode(&ctx, &e, &bytes), 0);
		assert_int_equal(xmltext_print(NULL, &e, &xml), 0);
		rc = xmltext_parse(NULL, buf_slice(&xml), &arena, &back, why,
		    sizeof(why));
		if (rc != 0)
			fail_msg("%.*s: %s", (int)xml.len, (char *)xml.p,
			    why);
		assert_int_equal(stanza_encode(&ctx, &back, &again), 0);
		if (!slice_equal(buf_slice(&bytes), buf_slice(&again)))
			fail_msg("%.*s", (int)xml.len, (char *)xml.p);
		buf_clear(&again);
		assert_int_equal(xmltext_print(NULL, &back, &again), 0);
		assert_true(slice_equal(buf_slice(&xml), buf_slice(&again)));
	}
	buf_fini(&xml);
	buf_fini(&bytes);
	buf_fini(&again);
	arena_fini(&arena);
}

static void
times(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{0, "1970-01-01T00:00:00.000Z"},
		{-1, "1969-12-31T23:59:59.999Z"},
		{1795416360123, "2026-11-23T06:46:00.123Z"},
		{951782400000, "2000-02-29T00:00:00.000Z"},
		{4107542400000, "2100-03-01T00:00:00.000Z"},
		{-62167219200000, "0000-01-01T00:00:00.000Z"},
		{253402300799999, "9999-12-31T23:59:59.999Z"},
		{-62167219200001, "-62167219200001"},
		{253402300800000, "253402300800000"},
		{INT64_MAX, "9223372036854775807"},
		{INT64_MIN, "-9223372036854775808"},
	};
	static const char *const bad[] = {"", "-", "1x", "+1", "01",
	    "9223372036854775808", "2026-11-23T06:46:00.123",
	    "2026-11-23 06:46:00.123Z", "2026-13-01T00:00:00.000Z",
	    "2026-00-01T00:00:00.000Z", "2026-02-29T00:00:00.000Z",
	    "1900-02-29T00:00:00.000Z", "2026-04-31T00:00:00.000Z",
	    "2026-01-00T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
	    "2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z",
	    "2026-01-01T00:00:00.00xZ"};
	char text[25];
	int64_t ms;
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		time_print(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
		assert_int_equal(time_parse(slice_str(text), &ms), 0);
		assert_true(ms == cases[i].ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (time_parse(slice_str(bad[i]), &ms) != SC_EBADREQUEST)
			fail_msg("%s", bad[i]);
	/* every day of 401 years */
	for (int64_t day = -719528; day < -719528 + 401 * 366; day++) {
		time_print(day * 86400000, text);
		assert_int_equal(time_parse(slice_str(text), &ms), 0);
		assert_true(ms == day * 86400000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical),
		cmocka_unit_test(lenient),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(not_printable),
		cmocka_unit_test(deflated),
		cmocka_unit_test(random_stanzas),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests_name("xmltext", tests, NULL, NULL);
}

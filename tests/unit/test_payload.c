/* SPDX-License-Identifier: ISC */
#include "protocol/payload.h"

#include <string.h>

#include "protocol/tables.h"
#include "src/common/err.h"
#include "tests/unit/proto_util.h"

static int
setup(void **state)
{
	*state = deflate_create();
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	deflate_destroy(*state);
	return 0;
}

static void
heads(void **state)
{
	struct payload p;
	struct slice in;
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	in = unhex(&b, "0c 616263 ff");
	assert_int_equal(payload_take(&in, &p), 0);
	assert_int_equal(p.encoding, PAYLOAD_RAW);
	assert_true(slice_equal(p.bytes, slice_str("abc")));
	assert_int_equal(in.len, 1);
	in = unhex(&b, "09 07 6162 ff");
	assert_int_equal(payload_take(&in, &p), 0);
	assert_int_equal(p.encoding, PAYLOAD_DEFLATE);
	assert_int_equal(p.dictionary, 7);
	assert_true(slice_equal(p.bytes, slice_str("ab")));
	assert_int_equal(in.len, 1);
	in = unhex(&b, "06 61");
	assert_int_equal(payload_take(&in, &p), 0);
	assert_int_equal(p.encoding, PAYLOAD_OPAQUE);
	assert_int_equal(in.len, 0);
	buf_fini(&b);
}

static void
bad_heads(void **state)
{
	static const struct {
		const char *hex;
		int rc;
	} bad[] = {
		{"", SC_EMORE},
		{"80", SC_EMORE},
		{"04", SC_EMORE},
		{"08 61", SC_EMORE},
		{"05", SC_EMORE},
		{"05 01", SC_EMORE},
		{"fcffffffffffffffff01", SC_EMORE},
		{"03", SC_EMALFORMED},
		{"07 61", SC_EMALFORMED},
		{"8000", SC_EMALFORMED},
		{"8400 61", SC_EMALFORMED},
	};
	struct payload p;
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice all = unhex(&b, bad[i].hex), in = all;

		assert_int_equal(payload_take(&in, &p), bad[i].rc);
		assert_int_equal(in.len, all.len);
	}
	buf_fini(&b);
}

static void
assert_body(struct deflate *d, struct slice wire, struct slice text)
{
	struct slice content, in = wire;
	struct arena arena;
	struct buf scratch;
	struct payload p;
	struct elem e;

	buf_init(&scratch, 65536);
	arena_init(&arena, 65536);
	assert_int_equal(payload_take(&in, &p), 0);
	assert_int_equal(in.len, 0);
	assert_int_equal(payload_open(d, &p, &scratch, &content), 0);
	assert_int_equal(payload_next(&content, &arena, &e), 0);
	assert_int_equal(e.tag, TAG_BODY);
	assert_true(slice_equal(e.text, text));
	assert_int_equal(payload_next(&content, &arena, &e), SC_EMORE);
	buf_fini(&scratch);
	arena_fini(&arena);
}

static void
smallest_form(void **state)
{
	static const uint8_t ids[] = {0, 1, 77};
	struct slice text = slice_str("I am on my way, see you in ten minutes "
	    "at the station.");
	struct buf content, wire;

	buf_init(&content, 0);
	buf_init(&wire, 0);
	assert_int_equal(payload_add_body(&content, text), 0);
	assert_int_equal(payload_put(*state, buf_slice(&content), ids, 3,
	    &wire), 0);
	assert_int_equal(wire.p[0] & 3, PAYLOAD_DEFLATE);
	assert_int_equal(wire.p[1], 1);
	assert_true(wire.len < text.len);
	assert_body(*state, buf_slice(&wire), text);

	/* no deflate, no dictionaries, none that exists: raw */
	for (int i = 0; i < 3; i++) {
		buf_clear(&wire);
		assert_int_equal(payload_put(i == 0 ? NULL : *state,
		    buf_slice(&content), ids + 2, i == 1 ? 0 : 1, &wire), 0);
		assert_int_equal(wire.p[0] & 3, PAYLOAD_RAW);
		assert_body(*state, buf_slice(&wire), text);
	}

	/* what deflate does not shorten stays raw; nothing is one byte */
	buf_clear(&content);
	buf_clear(&wire);
	assert_int_equal(payload_add_body(&content, slice_str("?")), 0);
	assert_int_equal(payload_put(*state, buf_slice(&content), ids, 2,
	    &wire), 0);
	assert_int_equal(wire.len, 1 + 3);
	buf_clear(&wire);
	assert_int_equal(payload_put(*state, slice_of(NULL, 0), ids, 2,
	    &wire), 0);
	assert_hex(buf_slice(&wire), "00");
	buf_fini(&content);
	buf_fini(&wire);
}

static void
full_buffer(void **state)
{
	struct buf wire;
	(void)state;

	buf_init(&wire, 4);
	buf_put_u8(&wire, 1);
	assert_int_equal(payload_put_opaque(slice_str("abc"), &wire),
	    SC_ETOOLARGE);
	assert_int_equal(wire.len, 1);
	assert_int_equal(payload_put_opaque(slice_str("ab"), &wire), 0);
	assert_hex(buf_slice(&wire), "01 0a 6162");
	assert_int_equal(payload_add_body(&wire, slice_str("x")),
	    SC_ETOOLARGE);
	assert_int_equal(wire.len, 4);
	buf_fini(&wire);
}

static void
cannot_be_opened(void **state)
{
	struct payload p = {.encoding = PAYLOAD_OPAQUE};
	struct slice content;
	struct buf scratch;

	buf_init(&scratch, 10);
	assert_int_equal(payload_open(*state, &p, &scratch, &content),
	    SC_ENOTACCEPTABLE);
	p.encoding = PAYLOAD_DEFLATE;
	p.dictionary = 250;
	p.bytes = slice_of("\x03\x00", 2);
	assert_int_equal(payload_open(*state, &p, &scratch, &content),
	    SC_ENOTFOUND);
	p.dictionary = 1;
	assert_int_equal(payload_open(*state, &p, &scratch, &content), 0);
	assert_int_equal(content.len, 0);
	p.bytes.len = 1;
	assert_int_equal(payload_open(*state, &p, &scratch, &content),
	    SC_EMALFORMED);
	buf_fini(&scratch);
}

static void
content_elements(void **state)
{
	struct elem_buf b, inner;
	struct slice content;
	struct arena arena;
	struct buf c;
	struct elem e;
	(void)state;

	buf_init(&c, 0);
	arena_init(&arena, 65536);
	elem_begin(&b, TAG_REPLY);
	elem_add_uint(&b, ATTR_SEQ, 12);
	assert_int_equal(payload_add(&c, &b.e), 0);
	assert_int_equal(payload_add_body(&c, slice_str("yes")), 0);
	assert_int_equal(payload_add_body(&c, slice_of(NULL, 0)), 0);
	/* a stranger inside a payload has no tail: it is generic */
	elem_add_text(&b, ATTR_NAME, slice_str("x"));
	assert_int_equal(payload_add(&c, &b.e), 0);
	/* times count from 0, in each element again */
	for (int i = 0; i < 2; i++) {
		elem_begin(&b, TAG_PRESENCE);
		elem_add_enum(&b, ATTR_SHOW, SHOW_AWAY);
		elem_add_time(&b, ATTR_TIME, 1000);
		assert_int_equal(payload_add(&c, &b.e), 0);
	}
	content = buf_slice(&c);
	assert_int_equal(payload_next(&content, &arena, &e), 0);
	assert_int_equal(e.tag, TAG_REPLY);
	assert_int_equal(elem_uint(&e, ATTR_SEQ, 0), 12);
	assert_int_equal(payload_next(&content, &arena, &e), 0);
	assert_true(slice_equal(e.text, slice_str("yes")));
	assert_int_equal(payload_next(&content, &arena, &e), 0);
	assert_int_equal(e.content, CONTENT_NONE);
	assert_int_equal(payload_next(&content, &arena, &e), 0);
	assert_true(slice_equal(elem_slice(&e, ATTR_NAME), slice_str("x")));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(payload_next(&content, &arena, &e), 0);
		assert_int_equal(elem_int(&e, ATTR_TIME, 0), 1000);
	}
	assert_int_equal(payload_next(&content, &arena, &e), SC_EMORE);

	/* opaque is how XML writes an opaque payload, not content */
	elem_begin(&b, TAG_OPAQUE);
	elem_add_bytes(&b, ATTR_DATA, slice_str("x"));
	buf_clear(&c);
	assert_int_equal(payload_add(&c, &b.e), SC_EMALFORMED);
	buf_put_u8(&c, tag_table[TAG_OPAQUE].shapes[0]);
	buf_put(&c, "\1x", 2);
	content = buf_slice(&c);
	assert_int_equal(payload_next(&content, &arena, &e), SC_EMALFORMED);

	/* what ends too early does not end */
	elem_begin(&inner, TAG_PING);
	elem_begin(&b, TAG_RESULT);
	elem_add_uint(&b, ATTR_ID, 300);
	elem_set_children(&b, &inner.e, 1);
	buf_clear(&c);
	assert_int_equal(payload_add(&c, &b.e), 0);
	for (size_t n = 1; n < c.len; n++) {
		content = slice_of(c.p, n);
		assert_int_equal(payload_next(&content, &arena, &e),
		    SC_EMALFORMED);
	}
	buf_fini(&c);
	arena_fini(&arena);
}

static void
guesses(void **state)
{
	static const struct {
		const char *text, *language;
	} cases[] = {
		{"hello", "en"},
		{"", "en"},
		{"123 \xff\xfe", "en"},
		{"Да, конечно ok", "ru"},
		{"माँ पूछ रही हैं", "hi"},
		{"سأصل بعد عشر دقائق", "ar"},
		{"把地址发给我一下", "zh"},
	};
	uint8_t ids[16];
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = payload_guess(slice_str(cases[i].text), ids, 16);

		assert_true(n >= 1);
		assert_string_equal(deflate_language(ids[0]),
		    cases[i].language);
	}
	assert_true(payload_guess(slice_str("hello"), ids, 16) > 2);
	assert_int_equal(payload_guess(slice_str("hello"), ids, 2), 2);
	assert_int_equal(payload_guess(slice_str("hello"), ids, 0), 0);
}

static void
utf8(void **state)
{
	static const struct {
		const char *text;
		int length;	/* -1: none */
	} cases[] = {
		{"", 0},
		{"abcdefgh", 8},
		{"abcdefghi\xc3\xa9", 10},
		{"\xf0\x9f\x94\xa5\xe4\xbd\xa0", 2},
		{"\xf4\x8f\xbf\xbf", 1},
		{"\xed\x9f\xbf\xee\x80\x80", 2},
		{"\x80", -1},			/* a continuation alone */
		{"abcdefgh\xc3", -1},		/* cut off */
		{"\xe4\xbd", -1},
		{"\xc0\x80", -1},		/* not the shortest form */
		{"\xc1\xbf", -1},
		{"\xe0\x9f\xbf", -1},
		{"\xf0\x8f\xbf\xbf", -1},
		{"\xed\xa0\x80", -1},		/* a surrogate */
		{"\xed\xbf\xbf", -1},
		{"\xf4\x90\x80\x80", -1},	/* above the last */
		{"\xf5\x80\x80\x80", -1},
		{"\xff", -1},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice s = slice_str(cases[i].text);
		size_t n = 99;

		assert_int_equal(utf8_length(s, &n),
		    cases[i].length < 0 ? SC_EMALFORMED : 0);
		if (cases[i].length >= 0)
			assert_int_equal(n, cases[i].length);
		assert_int_equal(utf8_valid(s), cases[i].length >= 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(smallest_form),
		cmocka_unit_test(full_buffer),
		cmocka_unit_test(cannot_be_opened),
		cmocka_unit_test(content_elements),
		cmocka_unit_test(guesses),
		cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests_name("payload", tests, setup, teardown);
}

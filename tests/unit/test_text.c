/* SPDX-License-Identifier: ISC */
#include "src/cli/text.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void
assert_text(struct slice in, enum text_form form, const char *out)
{
	struct buf b;

	buf_init(&b, 0);
	text_put(&b, in, form);
	buf_put_u8(&b, '\0');
	assert_string_equal((const char *)buf_slice(&b).p, out);
	buf_fini(&b);
}

static void
plain_text_stays(void **state)
{
	static const char *const texts[] = {"", "hello bob",
	    "ünï¢ödé 日本語 🙂 العربية", "e\xcc\x81", "👨‍👩‍👧"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (unsigned form = TEXT_LINE; form <= TEXT_XML; form++)
			assert_text(slice_str(texts[i]), form, texts[i]);
}

static void
escape_sequences_are_shown(void **state)
{
	(void)state;
	/* clears the screen, sets the title, asks the terminal to answer */
	assert_text(slice_str("a\x1b[2Jb"), TEXT_LINE, "a^[[2Jb");
	assert_text(slice_str("\x1b]0;owned\x07"), TEXT_BLOCK,
	    "^[]0;owned^G");
	assert_text(slice_str("\x1b[6n"), TEXT_BLOCK, "^[[6n");
	assert_text(slice_str("100%\r0%\b"), TEXT_BLOCK, "100%^M0%^H");
	assert_text(slice_of("nul\0del\x7f", 8), TEXT_LINE, "nul^@del^?");
}

/* The same sequences begin with one character of ISO 6429, in two bytes. */
static void
eight_bit_controls_are_shown(void **state)
{
	(void)state;
	assert_text(slice_str("\xc2\x9b" "31m"), TEXT_LINE, "<U+009B>31m");
	assert_text(slice_str("\xc2\x9b"), TEXT_JSON, "\\u009b");
	assert_text(slice_str("\xc2\x9b"), TEXT_XML, "&#x9b;");
	assert_text(slice_str("\x7f"), TEXT_JSON, "\\u007f");
}

static void
order_is_not_changed(void **state)
{
	(void)state;
	assert_text(slice_str("\xe2\x80\xae" "exe.txt"), TEXT_LINE,
	    "<U+202E>exe.txt");
	assert_text(slice_str("\xe2\x81\xa6"), TEXT_BLOCK, "<U+2066>");
	/* the mild marks of right-to-left text stay */
	assert_text(slice_str("\xe2\x80\x8f"), TEXT_LINE, "\xe2\x80\x8f");
}

/* No line of a message looks like a line of ours. */
static void
lines_are_indented(void **state)
{
	(void)state;
	assert_text(slice_str("hi\n10:00:00 bob: forged"), TEXT_BLOCK,
	    "hi\n    10:00:00 bob: forged");
	assert_text(slice_str("hi\nbob"), TEXT_LINE, "hi^Jbob");
	assert_text(slice_str("hi\xe2\x80\xa8" "bob"), TEXT_BLOCK,
	    "hi<U+2028>bob");
	assert_text(slice_str("a\tb"), TEXT_BLOCK, "a b");
}

static void
broken_utf8_is_shown(void **state)
{
	(void)state;
	assert_text(slice_str("\x9b" "31m"), TEXT_LINE, "<0x9B>31m");
	assert_text(slice_str("caf\xc3"), TEXT_BLOCK, "caf<0xC3>");
	assert_text(slice_str("\xc0\x9b"), TEXT_LINE, "<0xC0><0x9B>");
}

/* Whatever the bytes are, no byte that a terminal obeys is left. */
static void
nothing_active_is_left(void **state)
{
	(void)state;
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned second = 0; second < 256; second++) {
			uint8_t in[] = {(uint8_t)first, (uint8_t)second, 'x'};
			struct buf b;
			struct slice s;

			buf_init(&b, 0);
			text_put(&b, slice_of(in, sizeof(in)), TEXT_LINE);
			s = buf_slice(&b);
			for (size_t i = 0; i < s.len; i++) {
				assert_true(s.p[i] >= ' ' && s.p[i] != 0x7f);
				if (s.p[i] == 0xc2)
					assert_true(s.p[i + 1] >= 0xa0);
			}
			buf_fini(&b);
		}
	}
}

static void
assert_walk(const char *s, unsigned columns, unsigned row, unsigned column)
{
	unsigned r = 0, c = 0;

	text_walk(slice_str(s), columns, &r, &c);
	assert_int_equal(r, row);
	assert_int_equal(c, column);
}

static void
rows_and_columns(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	assert_walk("", 10, 0, 0);
	assert_walk("hello", 10, 0, 5);
	assert_walk("0123456789", 10, 0, 10);
	assert_walk("0123456789a", 10, 1, 1);
	assert_walk("0123456789\na", 10, 1, 1);
	assert_walk("日本", 10, 0, 4);
	assert_walk("012345678日", 10, 1, 2);
	assert_walk("e\xcc\x81", 10, 0, 1);
	assert_walk("\x1b[1mbob\x1b[0m", 10, 0, 3);
}

static void
assert_cut(const char *in, unsigned columns, const char *out)
{
	struct buf b;

	buf_init(&b, 0);
	buf_put_str(&b, "> ");
	text_put_cut(&b, slice_str(in), columns);
	buf_put_u8(&b, '\0');
	assert_string_equal((const char *)buf_slice(&b).p + 2, out);
	buf_fini(&b);
}

static void
long_text_is_cut(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	assert_cut("", 5, "");
	assert_cut("12345", 5, "12345");
	assert_cut("123456", 5, "1234…");
	assert_cut("日本語", 5, "日本…");
	assert_cut("日本語", 6, "日本語");
	assert_cut("1\n2", 5, "1^J2");
}

static void
assert_wrap(const char *in, unsigned columns, const char *out)
{
	struct buf b;

	buf_init(&b, 0);
	text_wrap(&b, slice_str(in), columns);
	buf_put_u8(&b, '\0');
	assert_string_equal((const char *)buf_slice(&b).p, out);
	buf_fini(&b);
}

static void
rows_are_broken_between_words(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	assert_wrap("", 12, "");
	assert_wrap("one two three", 13, "one two three");
	assert_wrap("one two three", 12, "one two\n    three");
	assert_wrap("one two three four", 12, "one two\n    three\n    four");
	assert_wrap("0123456789abcdef", 12, "0123456789abcdef");
	assert_wrap("0123 456789abcdefgh x", 12, "0123 456789abcdefgh x");
	assert_wrap("one two\nthree four five", 12,
	    "one two\nthree four\n    five");
	assert_wrap("\x1b[1mone two\x1b[0m three", 12,
	    "\x1b[1mone two\x1b[0m\n    three");
	assert_wrap("日本語 日本語", 12, "日本語 日本\n    語");
	assert_wrap("漢字かな交じり文、です", 12,
	    "漢字かな交じ\n    り文、で\n    す");
	assert_wrap("漢字かな交じ。x", 12, "漢字かな交\n    じ。x");
	assert_wrap("漢字だ 01234567", 12, "漢字だ\n    01234567");
	assert_wrap("👩‍👧 👩‍👧 👩‍👧", 12, "👩‍👧 👩‍👧\n    👩‍👧");
	assert_wrap("word   ", 5, "word   ");
	assert_wrap("0123456789ab cdef", 12, "0123456789ab\n    cdef");
	assert_wrap("0123456789ab   cdef", 12, "0123456789ab\n    cdef");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_text_stays),
	    cmocka_unit_test(escape_sequences_are_shown),
	    cmocka_unit_test(eight_bit_controls_are_shown),
	    cmocka_unit_test(order_is_not_changed),
	    cmocka_unit_test(lines_are_indented),
	    cmocka_unit_test(broken_utf8_is_shown),
	    cmocka_unit_test(nothing_active_is_left),
	    cmocka_unit_test(rows_and_columns),
	    cmocka_unit_test(long_text_is_cut),
	    cmocka_unit_test(rows_are_broken_between_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

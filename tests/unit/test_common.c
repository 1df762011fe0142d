/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "src/common/arena.h"
#include "src/common/buf.h"
#include "src/common/err.h"
#include "src/common/wipe.h"

static void
test_buf_keeps_order(void **state)
{
	struct buf b;
	uint8_t next_in = 0, next_out = 0;
	unsigned seed = 7;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 20000; i++) {
		seed = seed * 1103515245u + 12345u;
		for (unsigned n = seed >> 16 & 63; n > 0; n--)
			buf_put_u8(&b, next_in++);
		for (unsigned n = seed >> 8 & 63; n > 0 && b.len > 0; n--) {
			assert_int_equal(buf_slice(&b).p[0], next_out);
			next_out++;
			buf_consume(&b, 1);
		}
	}
	assert_false(buf_failed(&b));
	buf_fini(&b);
}

static void
test_buf_limit_is_inclusive_and_remembered(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 8);
	buf_put(&b, "12345678", 8);
	assert_false(buf_failed(&b));
	buf_put_u8(&b, '9');
	assert_true(buf_failed(&b));
	assert_int_equal(b.len, 8);
	buf_consume(&b, 4);
	buf_put_u8(&b, 'x');
	assert_int_equal(b.len, 4);	/* still failed: nothing is added */
	buf_clear(&b);
	buf_put(&b, "abcdefgh", 8);
	assert_false(buf_failed(&b));
	assert_null(buf_room(&b, SIZE_MAX));
	buf_fini(&b);
}

static void
test_buf_integers_and_text(void **state)
{
	static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0,
	    0, 8, 'n', '=', '9'};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_put_u8(&b, 1);
	buf_put_be16(&b, 0x0203);
	buf_put_be32(&b, 0x04050607);
	buf_put_be64(&b, 8);
	buf_printf(&b, "n=%d", 9);
	assert_int_equal(b.len, sizeof(want));
	assert_memory_equal(buf_slice(&b).p, want, sizeof(want));
	buf_wipe(&b);
	assert_int_equal(b.len, 0);
}

static void
test_arena_is_zeroed_aligned_and_bounded(void **state)
{
	struct arena a;
	size_t got = 0;
	uint8_t *p;

	(void)state;
	arena_init(&a, 10000);
	while ((p = arena_alloc(&a, 33)) != NULL) {
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (int i = 0; i < 33; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, 33);
		got += 33;
	}
	assert_true(got > 5000 && got <= 10000);
	arena_clear(&a);
	p = arena_alloc(&a, 64);
	assert_non_null(p);
	for (int i = 0; i < 64; i++)
		assert_int_equal(p[i], 0);
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_array(&a, SIZE_MAX / 2, 4));
	assert_non_null(arena_copy(&a, slice_of("", 0)).p);
	arena_fini(&a);
}

static void
test_arena_begins_in_lent_memory(void **state)
{
	alignas(max_align_t) unsigned char room[256];
	unsigned char *p;
	struct arena a;

	(void)state;
	memset(room, 0xaa, sizeof(room));
	arena_init_on(&a, room, sizeof(room), 10000);
	for (int round = 0; round < 3; round++) {
		p = arena_alloc(&a, 64);
		assert_true(p > room && p + 64 <= room + sizeof(room));
		for (int i = 0; i < 64; i++)
			assert_int_equal(p[i], 0);
		p[0] = 0xbb;
		arena_clear(&a);
	}
	/* then it goes on with memory of its own, up to the limit */
	assert_non_null(arena_alloc(&a, 64));
	p = arena_alloc(&a, 4000);
	assert_true(p + 4000 <= room || p >= room + sizeof(room));
	assert_null(arena_alloc(&a, 9000));
	arena_clear(&a);
	assert_non_null(arena_alloc(&a, 4000));
	arena_fini(&a);
	/* too little to begin with */
	arena_init_on(&a, room, 8, 0);
	assert_non_null(arena_alloc(&a, 1));
	arena_fini(&a);
}

static void
test_slice_order_is_that_of_keys(void **state)
{
	(void)state;
	assert_true(slice_compare(slice_str("a"), slice_str("b")) < 0);
	assert_true(slice_compare(slice_str("a"), slice_str("aa")) < 0);
	assert_true(slice_compare(slice_str(""), slice_str("a")) < 0);
	assert_int_equal(slice_compare(slice_str("x"), slice_str("x")), 0);
	assert_true(slice_compare(slice_str("\xff"), slice_str("a")) > 0);
	assert_true(slice_has_prefix(slice_str("abc"), slice_str("ab")));
	assert_false(slice_has_prefix(slice_str("a"), slice_str("ab")));
}

static void
test_every_error_has_a_phrase(void **state)
{
	(void)state;
	for (int code = 0; code >= -SC_EWIRE; code--)
		assert_string_not_equal(sc_strerror(code), "unknown error");
	for (int code = SC_EMORE; code >= SC_EUNKNOWN; code--)
		assert_string_not_equal(sc_strerror(code), "unknown error");
	assert_string_equal(sc_strerror(-1000), "unknown error");
}

static void
test_secrets(void **state)
{
	char a[8] = "secret!", b[8] = "secret!";

	(void)state;
	assert_true(equal_secret(a, b, sizeof(a)));
	b[6] = '?';
	assert_false(equal_secret(a, b, sizeof(a)));
	wipe(a, sizeof(a));
	assert_int_equal(a[0], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_buf_keeps_order),
	    cmocka_unit_test(test_buf_limit_is_inclusive_and_remembered),
	    cmocka_unit_test(test_buf_integers_and_text),
	    cmocka_unit_test(test_arena_is_zeroed_aligned_and_bounded),
	    cmocka_unit_test(test_arena_begins_in_lent_memory),
	    cmocka_unit_test(test_slice_order_is_that_of_keys),
	    cmocka_unit_test(test_every_error_has_a_phrase),
	    cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "protocol/varint.h"

#include "src/common/err.h"
#include "tests/unit/proto_util.h"

static const struct {
	uint64_t v;
	const char *hex;
} cases[] = {
	{0, "00"},
	{1, "01"},
	{127, "7f"},
	{128, "80 01"},
	{16383, "ff 7f"},
	{16384, "80 80 01"},
	{UINT64_C(1) << 32, "80 80 80 80 10"},
	{UINT64_MAX >> 1, "ff ff ff ff ff ff ff ff 7f"},
	{UINT64_C(1) << 63, "80 80 80 80 80 80 80 80 80 01"},
	{UINT64_MAX, "ff ff ff ff ff ff ff ff ff 01"},
};

static void
both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice in;
		struct buf b;
		uint64_t v = 7;

		buf_init(&b, 0);
		varint_put(&b, cases[i].v);
		assert_hex(buf_slice(&b), cases[i].hex);
		assert_int_equal(varint_size(cases[i].v), b.len);
		buf_put_u8(&b, 0xee);
		in = buf_slice(&b);
		assert_int_equal(varint_take(&in, &v), 0);
		assert_true(v == cases[i].v);
		assert_int_equal(in.len, 1);
		buf_fini(&b);
	}
}

static void
truncated_anywhere(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice all = unhex(&b, cases[i].hex);

		for (size_t n = 0; n < all.len; n++) {
			struct slice in = slice_of(all.p, n);
			uint64_t v;

			assert_int_equal(varint_take(&in, &v), SC_EMORE);
			assert_ptr_equal(in.p, all.p);
			assert_int_equal(in.len, n);
		}
	}
	buf_fini(&b);
}

static void
only_shortest(void **state)
{
	static const char *const bad[] = {
		"80 00", "81 00", "ff 80 00",
		"80 80 80 80 80 80 80 80 80 00",
		"ff ff ff ff ff ff ff ff ff 02",
		"80 80 80 80 80 80 80 80 80 80 01",
		"ff ff ff ff ff ff ff ff ff ff",
	};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice in = unhex(&b, bad[i]);
		uint64_t v;

		assert_int_equal(varint_take(&in, &v), SC_EMALFORMED);
	}
	buf_fini(&b);
}

static void
zigzag_folds(void **state)
{
	static const int64_t v[] = {0, -1, 1, -2, 2, INT64_MAX, INT64_MIN};
	static const uint64_t z[] = {0, 1, 2, 3, 4, UINT64_MAX - 1,
	    UINT64_MAX};
	(void)state;

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		assert_true(zigzag(v[i]) == z[i]);
		assert_true(unzigzag(z[i]) == v[i]);
	}
}

static void
full_buffer(void **state)
{
	struct buf b;
	(void)state;

	buf_init(&b, 2);
	varint_put(&b, 16384);
	assert_true(buf_failed(&b));
	assert_int_equal(b.len, 0);
	buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(truncated_anywhere),
		cmocka_unit_test(only_shortest),
		cmocka_unit_test(zigzag_folds),
		cmocka_unit_test(full_buffer),
	};

	return cmocka_run_group_tests_name("varint", tests, NULL, NULL);
}

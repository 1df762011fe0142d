/* SPDX-License-Identifier: ISC */
#include "protocol/deflate.h"

#include <string.h>

#include "src/common/err.h"
#include "tests/unit/proto_util.h"

static const char text[] = "What time are you coming home tonight? I can pick "
    "up something for dinner on the way.";

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
dictionaries(void **state)
{
	(void)state;
	assert_true(deflate_count() >= 2);
	assert_string_equal(deflate_language(0), "");
	assert_string_equal(deflate_language(1), "en");
	assert_null(deflate_language(deflate_count()));
	deflate_destroy(NULL);
}

static void
both_ways(void **state)
{
	struct slice in = slice_str(text);
	struct buf packed, out;

	buf_init(&packed, 0);
	buf_init(&out, 0);
	/* twice, so that kept states are used again */
	for (unsigned i = 0; i < 2 * deflate_count(); i++) {
		unsigned id = i % deflate_count();

		buf_clear(&packed);
		buf_clear(&out);
		buf_put_u8(&packed, 0xaa);
		buf_put_u8(&out, 0xbb);
		assert_int_equal(deflate_pack(*state, id, in, &packed), 0);
		buf_consume(&packed, 1);
		assert_int_equal(deflate_unpack(*state, id,
		    buf_slice(&packed), &out), 0);
		buf_consume(&out, 1);
		assert_true(slice_equal(buf_slice(&out), in));
	}
	buf_fini(&packed);
	buf_fini(&out);
}

static void
a_dictionary_helps(void **state)
{
	static const uint8_t ids[] = {0, 200, 1};
	struct slice in = slice_str(text);
	struct buf plain, packed;
	uint8_t id = 9;

	buf_init(&plain, 0);
	buf_init(&packed, 0);
	assert_int_equal(deflate_pack(*state, 0, in, &plain), 0);
	assert_int_equal(deflate_pack(*state, 1, in, &packed), 0);
	assert_true(packed.len < plain.len);
	buf_clear(&plain);
	assert_int_equal(deflate_pack_best(*state, ids, 3, in, &plain, &id),
	    0);
	assert_int_equal(id, 1);
	assert_true(slice_equal(buf_slice(&plain), buf_slice(&packed)));
	assert_int_equal(deflate_pack_best(*state, ids + 1, 1, in, &plain,
	    &id), SC_ENOTFOUND);
	buf_fini(&plain);
	buf_fini(&packed);
}

static void
wrong_dictionary(void **state)
{
	struct slice in = slice_str(text);
	struct buf packed, out;
	int rc;

	buf_init(&packed, 0);
	buf_init(&out, 1000);
	assert_int_equal(deflate_pack(*state, 1, in, &packed), 0);
	/* other text, or an error; never beyond the bounds */
	rc = deflate_unpack(*state, 2, buf_slice(&packed), &out);
	assert_true(rc == SC_EMALFORMED ||
	    (rc == 0 && !slice_equal(buf_slice(&out), in)));
	buf_clear(&out);
	assert_int_equal(deflate_unpack(*state, 0, buf_slice(&packed), &out),
	    SC_EMALFORMED);
	assert_int_equal(out.len, 0);
	assert_int_equal(deflate_unpack(*state, deflate_count(),
	    buf_slice(&packed), &out), SC_ENOTFOUND);
	assert_int_equal(deflate_pack(*state, deflate_count(), in, &packed),
	    SC_ENOTFOUND);
	assert_int_equal(deflate_unpack(NULL, 1, in, &out), SC_ENOTFOUND);
	buf_fini(&packed);
	buf_fini(&out);
}

static void
damaged(void **state)
{
	struct slice in = slice_str(text), all;
	struct buf packed, out;
	uint64_t seed = 1;

	buf_init(&packed, 0);
	buf_init(&out, 4096);
	assert_int_equal(deflate_pack(*state, 1, in, &packed), 0);
	all = buf_slice(&packed);
	for (size_t n = 0; n < all.len; n++)
		assert_int_equal(deflate_unpack(*state, 1,
		    slice_of(all.p, n), &out), SC_EMALFORMED);
	buf_put_u8(&packed, 0);
	assert_int_equal(deflate_unpack(*state, 1, buf_slice(&packed), &out),
	    SC_EMALFORMED);
	buf_truncate(&packed, packed.len - 1);
	for (int i = 0; i < 2000; i++) {
		uint8_t *at = packed.p + rnd_below(&seed, (unsigned)all.len);
		uint8_t was = *at;
		int rc;

		*at = (uint8_t)rnd(&seed);
		buf_clear(&out);
		rc = deflate_unpack(*state, 1, all, &out);
		assert_true(rc == 0 || rc == SC_EMALFORMED ||
		    rc == SC_ETOOLARGE);
		*at = was;
	}
	/* an error leaves no trace */
	buf_clear(&out);
	assert_int_equal(deflate_unpack(*state, 1, all, &out), 0);
	assert_true(slice_equal(buf_slice(&out), in));
	buf_fini(&packed);
	buf_fini(&out);
}

static void
limit_is_inclusive(void **state)
{
	struct slice in = slice_str(text);
	struct buf packed, out;

	buf_init(&packed, 0);
	assert_int_equal(deflate_pack(*state, 1, in, &packed), 0);
	buf_init(&out, in.len - 1);
	assert_int_equal(deflate_unpack(*state, 1, buf_slice(&packed), &out),
	    SC_ETOOLARGE);
	assert_int_equal(out.len, 0);
	assert_false(buf_failed(&out));
	buf_fini(&out);
	buf_init(&out, in.len);
	assert_int_equal(deflate_unpack(*state, 1, buf_slice(&packed), &out),
	    0);
	assert_int_equal(out.len, in.len);
	/* no room at all: only nothing fits */
	assert_int_equal(deflate_unpack(*state, 1, buf_slice(&packed), &out),
	    SC_ETOOLARGE);
	assert_int_equal(deflate_unpack(*state, 1, slice_of("\x03\x00", 2),
	    &out), 0);
	buf_fini(&out);
	buf_init(&out, packed.len - 1);
	assert_int_equal(deflate_pack(*state, 1, in, &out), SC_ETOOLARGE);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
	buf_fini(&packed);
}

/* SIZE zero bytes deflate to about a thousandth. */
static int
unpack_zeros(struct deflate *d, size_t size)
{
	struct buf zeros, packed, out;
	int rc;

	buf_init(&zeros, 0);
	buf_init(&packed, 0);
	buf_init(&out, 0);
	memset(buf_room(&zeros, size), 0, size);
	buf_added(&zeros, size);
	assert_int_equal(deflate_pack(d, 0, buf_slice(&zeros), &packed), 0);
	assert_true(packed.len < size / 100);
	rc = deflate_unpack(d, 0, buf_slice(&packed), &out);
	assert_int_equal(out.len, rc == 0 ? size : 0);
	/* it stopped on the way */
	assert_true(out.cap <= 4 * (DEFLATE_RATIO_FREE +
	    DEFLATE_RATIO_MAX * packed.len));
	buf_fini(&zeros);
	buf_fini(&packed);
	buf_fini(&out);
	return rc;
}

static void
bombs(void **state)
{
	assert_int_equal(unpack_zeros(*state, DEFLATE_RATIO_FREE), 0);
	assert_int_equal(unpack_zeros(*state, DEFLATE_RATIO_FREE + 1),
	    SC_ETOOLARGE);
	assert_int_equal(unpack_zeros(*state, 1 << 24), SC_ETOOLARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dictionaries),
		cmocka_unit_test(both_ways),
		cmocka_unit_test(a_dictionary_helps),
		cmocka_unit_test(wrong_dictionary),
		cmocka_unit_test(damaged),
		cmocka_unit_test(limit_is_inclusive),
		cmocka_unit_test(bombs),
	};

	return cmocka_run_group_tests_name("deflate", tests, setup, teardown);
}

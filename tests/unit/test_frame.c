/* SPDX-License-Identifier: ISC */
#include "protocol/frame.h"

#include "protocol/deflate.h"
#include "src/common/err.h"
#include "tests/unit/proto_util.h"

static void
keepalive(void **state)
{
	struct slice in = slice_of("\0\0", 2);
	struct frame f;
	(void)state;

	assert_int_equal(frame_next(&in, 10, &f), 0);
	assert_int_equal(f.body.len, 0);
	assert_false(f.deflated);
	assert_int_equal(in.len, 1);
}

static void
lengths(void **state)
{
	static const size_t sizes[] = {1, 63, 64, 8191, 8192, 65536};
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t mark, n = sizes[i];
		struct slice in;
		struct frame f;

		buf_clear(&b);
		buf_put_str(&b, "before");
		buf_consume(&b, 2);
		mark = frame_begin(&b);
		for (size_t j = 0; j < n; j++)
			buf_put_u8(&b, (uint8_t)j);
		frame_end(&b, mark, i & 1);
		buf_consume(&b, 4);
		in = buf_slice(&b);
		assert_int_equal(in.len, n + (n < 64 ? 1 : n < 8192 ? 2 : 3));
		for (size_t cut = in.len - 1; cut > 0 && in.len - cut < 80;
		    cut--) {
			struct slice part = slice_of(in.p, cut);

			assert_int_equal(frame_next(&part, n, &f), SC_EMORE);
			assert_int_equal(part.len, cut);
		}
		assert_int_equal(frame_next(&in, n, &f), 0);
		assert_int_equal(f.body.len, n);
		assert_int_equal(f.deflated, i & 1);
		for (size_t j = 0; j < n; j++)
			assert_int_equal(f.body.p[j], (uint8_t)j);
		assert_int_equal(in.len, 0);
	}
	buf_fini(&b);
}

static void
limit_is_inclusive(void **state)
{
	struct slice in;
	struct frame f;
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	frame_put(&b, slice_str("12345"), false);
	in = buf_slice(&b);
	assert_int_equal(frame_next(&in, 4, &f), SC_ETOOLARGE);
	/* known before the body is there */
	in = slice_of(b.p + b.off, 1);
	assert_int_equal(frame_next(&in, 4, &f), SC_ETOOLARGE);
	in = buf_slice(&b);
	assert_int_equal(frame_next(&in, 5, &f), 0);
	buf_fini(&b);
}

static void
bad_heads(void **state)
{
	static const char *const bad[] = {"01", "80 00", "82 00 00",
	    "ff ff ff ff ff ff ff ff ff 7f"};
	struct frame f;
	struct buf b;
	(void)state;

	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice in = unhex(&b, bad[i]);

		assert_int_equal(frame_next(&in, 100, &f), SC_EMALFORMED);
	}
	buf_fini(&b);
}

static void
full_buffer(void **state)
{
	struct buf b;
	size_t mark;
	(void)state;

	/* the body fits, the second byte of the head does not */
	buf_init(&b, 65);
	mark = frame_begin(&b);
	for (int i = 0; i < 64; i++)
		buf_put_u8(&b, 1);
	assert_false(buf_failed(&b));
	frame_end(&b, mark, false);
	assert_true(buf_failed(&b));
	buf_fini(&b);
}

static void
packed(void **state)
{
	static const uint8_t ids[] = {1, 0};
	struct deflate *d = deflate_create();
	struct slice in, body, text = slice_str("what time are you coming home "
	    "today? what time are you coming home today? what time?");
	struct buf b, scratch;
	struct frame f;
	(void)state;

	buf_init(&b, 0);
	buf_init(&scratch, 200);
	assert_int_equal(frame_put_packed(d, text, ids, 2, &b), 0);
	assert_true(b.len < text.len / 2);
	in = buf_slice(&b);
	assert_int_equal(frame_next(&in, FRAME_MAX, &f), 0);
	assert_true(f.deflated);
	assert_int_equal(frame_inflate(d, &f, &scratch, &body), 0);
	assert_true(slice_equal(body, text));

	/* what deflate does not shorten goes plain */
	buf_clear(&b);
	assert_int_equal(frame_put_packed(d, slice_str("x"), ids, 2, &b), 0);
	assert_hex(buf_slice(&b), "02 78");

	/* bounded by the scratch buffer */
	buf_clear(&b);
	for (int i = 0; i < 201; i++)
		buf_put_u8(&scratch, 'a');
	scratch.limit = 0;
	buf_clear(&scratch);
	for (int i = 0; i < 201; i++)
		buf_put_u8(&scratch, 'a');
	assert_int_equal(frame_put_packed(d, buf_slice(&scratch), ids, 2, &b),
	    0);
	scratch.limit = 200;
	in = buf_slice(&b);
	assert_int_equal(frame_next(&in, FRAME_MAX, &f), 0);
	assert_int_equal(frame_inflate(d, &f, &scratch, &body), SC_ETOOLARGE);
	scratch.limit = 201;
	assert_int_equal(frame_inflate(d, &f, &scratch, &body), 0);

	f.body.len = 1;
	assert_int_equal(frame_inflate(d, &f, &scratch, &body), SC_EMALFORMED);
	f.body = slice_of("\xff\x03\x00", 3);
	assert_int_equal(frame_inflate(d, &f, &scratch, &body), SC_ENOTFOUND);
	buf_fini(&b);
	buf_fini(&scratch);
	deflate_destroy(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keepalive),
		cmocka_unit_test(lengths),
		cmocka_unit_test(limit_is_inclusive),
		cmocka_unit_test(bad_heads),
		cmocka_unit_test(full_buffer),
		cmocka_unit_test(packed),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}

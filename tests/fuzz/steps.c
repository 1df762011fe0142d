/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/steps.h"

#include "protocol/frame.h"

static uint8_t
byte_take(struct slice *in)
{
	uint8_t b = in->len > 0 ? in->p[0] : 0;

	if (in->len > 0)
		*in = slice_of(in->p + 1, in->len - 1);
	return b;
}

static struct slice
bytes_take(struct slice *in, size_t n)
{
	struct slice s;

	if (n > in->len)
		n = in->len;
	s = slice_of(in->p, n);
	*in = slice_of(in->p + n, in->len - n);
	return s;
}

bool
step_next(struct slice *in, struct step *s)
{
	uint8_t op;
	size_t n;

	buf_clear(&s->bytes);
	s->own = -1;
	s->ms = 0;
	if (in->len == 0)
		return false;
	op = byte_take(in);
	if (op < 0x40) {
		s->own = op;
	} else if (op < 0x80) {
		s->ms = (int64_t)(op & 0x3f) * (op & 0x3f) * 25;
	} else if (op < 0xc0) {
		n = (size_t)(op & 0x3f) << 8;
		n |= byte_take(in);
		frame_put(&s->bytes, bytes_take(in, n), false);
	} else if (op < 0xe0) {
		buf_put_slice(&s->bytes, bytes_take(in, byte_take(in)));
	} else {
		frame_put(&s->bytes, bytes_take(in, byte_take(in)), true);
	}
	return true;
}

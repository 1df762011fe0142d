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

const uint8_t *
step_take(struct slice *in, uint8_t *op)
{
	const uint8_t *p;
	size_t n = 0;

	if (in->len == 0)
		return NULL;
	*op = byte_take(in);
	if (*op >= STEP_FRAME && *op < STEP_BYTES)
		n = (size_t)(*op & 0x3f) << 8;
	if (*op >= STEP_FRAME)
		n |= byte_take(in);
	p = in->p;
	if (n > in->len)
		n = in->len;
	*in = slice_of(p + n, in->len - n);
	return p;
}

bool
step_next(struct slice *in, struct step *s)
{
	struct slice bytes;
	uint8_t op;

	buf_clear(&s->bytes);
	s->own = -1;
	s->ms = 0;
	bytes.p = step_take(in, &op);
	if (bytes.p == NULL)
		return false;
	bytes.len = (size_t)(in->p - bytes.p);
	if (op < STEP_TIME)
		s->own = op;
	else if (op < STEP_FRAME)
		s->ms = (int64_t)(op & 0x3f) * (op & 0x3f) * 25;
	else if (op < STEP_BYTES)
		frame_put(&s->bytes, bytes, false);
	else if (op < STEP_DEFLATED)
		buf_put_slice(&s->bytes, bytes);
	else
		frame_put(&s->bytes, bytes, true);
	return true;
}

void
step_put_frame(struct buf *b, struct slice body)
{
	buf_put_u8(b, (uint8_t)(STEP_FRAME | body.len >> 8));
	buf_put_u8(b, (uint8_t)body.len);
	buf_put_slice(b, body);
}

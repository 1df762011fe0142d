/* SPDX-License-Identifier: ISC */
#include "protocol/frame.h"

#include <string.h>

#include "protocol/deflate.h"
#include "protocol/varint.h"
#include "src/common/err.h"

int
frame_next(struct slice *in, size_t limit, struct frame *f)
{
	struct slice rest = *in;
	uint64_t head, len;
	int rc;

	rc = varint_take(&rest, &head);
	if (rc != 0)
		return rc;
	len = head >> 1;
	if (len == 0 && head != 0)
		return SC_EMALFORMED;
	if (len > limit)
		return SC_ETOOLARGE;
	if (len > rest.len)
		return SC_EMORE;
	f->deflated = head & 1;
	f->body = slice_of(rest.p, (size_t)len);
	in->p = rest.p + len;
	in->len = rest.len - (size_t)len;
	return 0;
}

static uint64_t
frame_head(size_t len, bool deflated)
{
	return (uint64_t)len << 1 | deflated;
}

size_t
frame_write_head(uint8_t *p, size_t len, bool deflated)
{
	return varint_write(p, frame_head(len, deflated));
}

void
frame_put(struct buf *b, struct slice body, bool deflated)
{
	uint8_t head[VARINT_MAX];
	size_t n = varint_write(head, frame_head(body.len, deflated));
	uint8_t *to = buf_room(b, n + body.len);

	if (to == NULL)
		return;
	memcpy(to, head, n);
	if (body.len > 0)
		memcpy(to + n, body.p, body.len);
	buf_added(b, n + body.len);
}

/*
 * One byte is reserved: most frames are shorter than 64 bytes and never move.
 */
size_t
frame_begin(struct buf *b)
{
	size_t mark = b->len;

	buf_put_u8(b, 0);
	return mark;
}

void
frame_end(struct buf *b, size_t mark, bool deflated)
{
	uint8_t head[VARINT_MAX];
	size_t n, len;

	if (buf_failed(b))
		return;
	len = b->len - mark - 1;
	n = varint_write(head, frame_head(len, deflated));
	if (n > 1) {
		uint8_t *end = buf_room(b, n - 1);

		if (end == NULL)
			return;
		memmove(end - len + n - 1, end - len, len);
		buf_added(b, n - 1);
	}
	memcpy(b->p + b->off + mark, head, n);
}

int
frame_put_packed(struct deflate *d, struct slice body,
    const uint8_t *dictionaries, size_t n, struct buf *to)
{
	size_t start = to->len;
	struct buf packed;
	uint8_t id;
	int rc;

	if (buf_failed(to))
		return SC_ETOOLARGE;
	/* the id is known last and goes first */
	buf_init(&packed, 0);
	rc = deflate_pack_best(d, dictionaries, n, body, &packed, &id);
	if (rc == 0 && packed.len + 1 < body.len) {
		varint_put(to, frame_head(packed.len + 1, true));
		buf_put_u8(to, id);
		buf_put_slice(to, buf_slice(&packed));
	} else if (rc == 0 || rc == SC_ENOTFOUND) {
		rc = 0;
		frame_put(to, body, false);
	}
	buf_fini(&packed);
	if (rc == 0 && buf_failed(to)) {
		buf_truncate(to, start);
		to->failed = false;
		rc = SC_ETOOLARGE;
	}
	return rc;
}

int
frame_inflate(struct deflate *d, const struct frame *f, struct buf *scratch,
    struct slice *body)
{
	int rc;

	*body = f->body;
	if (!f->deflated)
		return 0;
	if (f->body.len < 2)
		return SC_EMALFORMED;
	buf_clear(scratch);
	rc = deflate_unpack(d, f->body.p[0],
	    slice_of(f->body.p + 1, f->body.len - 1), scratch);
	*body = buf_slice(scratch);
	return rc;
}

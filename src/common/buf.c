/* SPDX-License-Identifier: ISC */
#include "src/common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

void
buf_init(struct buf *b, size_t limit)
{
	memset(b, 0, sizeof(*b));
	b->limit = limit;
}

void
buf_fini(struct buf *b)
{
	size_t limit = b->limit;

	free(b->p);
	buf_init(b, limit);
}

void
buf_clear(struct buf *b)
{
	b->off = 0;
	b->len = 0;
	b->failed = false;
}

static bool
grow(struct buf *b, size_t n)
{
	size_t want = b->len + n;
	size_t cap = b->cap == 0 ? 64 : b->cap;
	uint8_t *p;

	if (b->off > 0 && want <= b->cap && b->off >= b->len) {
		/* half or more is read: moving is cheaper than growing */
		memcpy(b->p, b->p + b->off, b->len);
		b->off = 0;
		return true;
	}
	while (cap < want)
		cap *= 2;
	p = malloc(cap);
	if (p == NULL)
		return false;
	if (b->len > 0)
		memcpy(p, b->p + b->off, b->len);
	/* whose secret it was, only the owner knows, who wipes what he has at
	 * the end; a copy has been made anyhow, so this costs little more */
	if (b->p != NULL)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	b->p = p;
	b->off = 0;
	b->cap = cap;
	return true;
}

uint8_t *
buf_room(struct buf *b, size_t n)
{
	if (b->failed)
		return NULL;
	if (n > SIZE_MAX / 4 - b->len ||
	    (b->limit != 0 && b->len + n > b->limit) ||
	    (n > b->cap - b->off - b->len && !grow(b, n)) ||
	    (b->p == NULL && !grow(b, 1))) {
		b->failed = true;
		return NULL;
	}
	return b->p + b->off + b->len;
}

void
buf_added(struct buf *b, size_t n)
{
	sc_assert(n <= b->cap - b->off - b->len);
	b->len += n;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	uint8_t *to = buf_room(b, n);

	if (to == NULL || n == 0)
		return;
	memcpy(to, p, n);
	b->len += n;
}

void
buf_put_slice(struct buf *b, struct slice s)
{
	buf_put(b, s.p, s.len);
}

void
buf_put_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void
buf_put_be16(struct buf *b, uint16_t v)
{
	uint8_t x[2] = {(uint8_t)(v >> 8), (uint8_t)v};

	buf_put(b, x, sizeof(x));
}

void
buf_put_be32(struct buf *b, uint32_t v)
{
	buf_put_be16(b, (uint16_t)(v >> 16));
	buf_put_be16(b, (uint16_t)v);
}

void
buf_put_be64(struct buf *b, uint64_t v)
{
	uint8_t x[8];

	for (int i = 7; i >= 0; i--) {
		x[i] = (uint8_t)v;
		v >>= 8;
	}
	buf_put(b, x, sizeof(x));
}

void
buf_put_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	uint8_t *to;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
		return;
	}
	to = buf_room(b, (size_t)n + 1);
	if (to == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf((char *)to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_consume(struct buf *b, size_t n)
{
	sc_assert(n <= b->len);
	b->off += n;
	b->len -= n;
	if (b->len == 0)
		b->off = 0;
}

void
buf_truncate(struct buf *b, size_t n)
{
	sc_assert(n <= b->len);
	b->len = n;
}

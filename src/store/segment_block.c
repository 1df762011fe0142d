/* SPDX-License-Identifier: ISC */
/* Blocks of segments: rows <-> bytes as they are stored. */
#include "src/store/segment_priv.h"

#include <stdlib.h>

#include <zlib.h>

#include "src/common/err.h"

enum { LEVEL = 6, WINDOW = -15, MEMORY = 8 };	/* as zlib counts them */

const uint8_t segment_magic[SEGMENT_MAGIC] = {'s', 'c', 's', 'e', 'a', 'l',
    '\r', '\n'};
const uint8_t segment_head[SEGMENT_HEAD] = {'s', 'c', 's', 'e', 'a', 'l',
    '\r', '\n', 0, 0, 0, SEGMENT_VERSION};

struct segment_packer {
	z_stream z;
	uint8_t *out;
	size_t size;
};

void
segment_place_put(uint8_t p[SEGMENT_PLACE], const struct segment_place *at)
{
	segment_store(p, at->offset, 8);
	segment_store(p + 8, at->stored, 4);
	segment_store(p + 12, at->bytes, 4);
	segment_store(p + 16, at->crc, 4);
}

void
segment_place_get(const uint8_t p[SEGMENT_PLACE], struct segment_place *at)
{
	at->offset = segment_load(p, 8);
	at->stored = (uint32_t)segment_load(p + 8, 4);
	at->bytes = (uint32_t)segment_load(p + 12, 4);
	at->crc = (uint32_t)segment_load(p + 16, 4);
}

uint32_t
segment_crc(struct slice s)
{
	return (uint32_t)crc32(0, s.p, (uInt)s.len);
}

/* ---- packing --------------------------------------------------------- */

static void
number_put(struct buf *b, size_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_put_u8(b, (uint8_t)(v | 0x80));
	buf_put_u8(b, (uint8_t)v);
}

void
segment_row_put(struct buf *b, struct slice key, struct slice value)
{
	number_put(b, key.len);
	number_put(b, value.len);
	buf_put_slice(b, key);
	buf_put_slice(b, value);
}

struct segment_packer *
segment_packer_create(void)
{
	struct segment_packer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	if (deflateInit2(&p->z, LEVEL, Z_DEFLATED, WINDOW, MEMORY,
	    Z_DEFAULT_STRATEGY) == Z_OK)
		return p;
	free(p);
	return NULL;
}

void
segment_packer_destroy(struct segment_packer *p)
{
	if (p == NULL)
		return;
	deflateEnd(&p->z);
	free(p->out);
	free(p);
}

int
segment_pack(struct segment_packer *p, struct slice rows,
    struct slice *stored)
{
	uint8_t *out;

	*stored = rows;
	if (rows.len > p->size) {
		out = realloc(p->out, rows.len);
		if (out == NULL)
			return SC_ENOMEM;
		p->out = out;
		p->size = rows.len;
	}
	if (rows.len == 0)
		return 0;
	deflateReset(&p->z);
	p->z.next_in = (uint8_t *)(uintptr_t)rows.p;
	p->z.avail_in = (uInt)rows.len;
	p->z.next_out = p->out;
	p->z.avail_out = (uInt)rows.len - 1;	/* smaller, or as it is */
	if (deflate(&p->z, Z_FINISH) == Z_STREAM_END)
		*stored = slice_of(p->out, rows.len - 1 - p->z.avail_out);
	return 0;
}

/* ---- unpacking ------------------------------------------------------- */

static int
inflate_to(uint8_t *to, size_t bytes, struct slice stored)
{
	z_stream z = {.next_in = (uint8_t *)(uintptr_t)stored.p,
	    .avail_in = (uInt)stored.len, .next_out = to,
	    .avail_out = (uInt)bytes};
	int ret;

	if (inflateInit2(&z, WINDOW) != Z_OK)
		return SC_ENOMEM;
	ret = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (ret == Z_MEM_ERROR)
		return SC_ENOMEM;
	return ret == Z_STREAM_END && z.avail_out == 0 && z.avail_in == 0 ?
	    0 : SC_EDAMAGED;
}

static bool
number_get(struct slice *s, size_t *v)
{
	unsigned shift;

	*v = 0;
	for (shift = 0; shift < 28 && s->len > 0; shift += 7) {
		*v |= (size_t)(*s->p & 0x7f) << shift;
		s->len--;
		if ((*s->p++ & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
row_get(struct slice *s, struct segment_row *row)
{
	size_t key, value;

	if (!number_get(s, &key) || !number_get(s, &value) || key == 0 ||
	    key > STORE_KEY_MAX || key > s->len || value > s->len - key)
		return false;
	row->key = slice_of(s->p, key);
	row->value = slice_of(s->p + key, value);
	s->p += key + value;
	s->len -= key + value;
	return true;
}

/* The rows of a block; with ROWS NULL they are counted. */
static bool
rows_get(struct slice s, struct segment_row *rows, size_t *n)
{
	struct segment_row row, before = {.key = {NULL, 0}};

	for (*n = 0; s.len > 0; (*n)++) {
		if (!row_get(&s, &row) ||
		    slice_compare(before.key, row.key) >= 0)
			return false;
		if (rows != NULL)
			rows[*n] = row;
		before = row;
	}
	return true;
}

static int
block_rows(struct segment_block *b, struct slice bytes)
{
	if (!rows_get(bytes, NULL, &b->n))
		return SC_EDAMAGED;
	b->rows = calloc(b->n + 1, sizeof(*b->rows));
	if (b->rows == NULL)
		return SC_ENOMEM;
	return rows_get(bytes, b->rows, &b->n) ? 0 : SC_EDAMAGED;
}

int
segment_unpack(const struct segment_place *at, struct slice stored,
    struct segment_block *b)
{
	int rc = 0;

	memset(b, 0, sizeof(*b));
	if (stored.len != at->stored || at->stored > at->bytes ||
	    at->bytes > SEGMENT_BLOCK_MAX || segment_crc(stored) != at->crc)
		return SC_EDAMAGED;
	b->bytes = malloc((size_t)at->bytes + 1);
	if (b->bytes == NULL)
		return SC_ENOMEM;
	if (at->stored == at->bytes)
		memcpy(b->bytes, stored.p, at->bytes);
	else
		rc = inflate_to(b->bytes, at->bytes, stored);
	if (rc == 0)
		rc = block_rows(b, slice_of(b->bytes, at->bytes));
	if (rc != 0)
		segment_block_fini(b);
	return rc;
}

void
segment_block_fini(struct segment_block *b)
{
	free(b->bytes);
	free(b->rows);
	memset(b, 0, sizeof(*b));
}

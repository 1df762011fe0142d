/* SPDX-License-Identifier: ISC */
#include "protocol/deflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "protocol/tables.h"
#include "src/common/err.h"

enum {
	RAW_WINDOW = -15,
	LEVEL = 9,
	MEM_LEVEL = 9,
	/* a state has five blocks; one more state at a time is at work */
	STATE_BLOCKS = 5
};

struct block {
	void *p;
	size_t size;
	bool used;
};

struct deflate {
	z_stream *primed;	/* by dictionary id; state NULL: not yet */
	z_stream inflate;
	bool inflate_ready;
	struct block *blocks;
	size_t nblock;
	struct buf scratch;
};

/*
 * A copied state is some 400 KiB in five blocks, always of the same sizes.
 * Keeping them spares a page fault for each of their pages, message after
 * message.
 */
static void *
block_alloc(void *ctx, unsigned count, unsigned size)
{
	struct deflate *d = ctx;
	size_t n = (size_t)count * size;
	struct block *free_slot = NULL;

	for (size_t i = 0; i < d->nblock; i++) {
		struct block *b = &d->blocks[i];

		if (b->p != NULL && !b->used && b->size == n) {
			b->used = true;
			return b->p;
		}
		if (b->p == NULL && free_slot == NULL)
			free_slot = b;
	}
	if (free_slot == NULL)
		return NULL;
	free_slot->p = calloc(1, n);
	free_slot->size = n;
	free_slot->used = free_slot->p != NULL;
	return free_slot->p;
}

static void
block_free(void *ctx, void *p)
{
	struct deflate *d = ctx;

	for (size_t i = 0; i < d->nblock; i++)
		if (d->blocks[i].p == p)
			d->blocks[i].used = false;
}

struct deflate *
deflate_create(void)
{
	struct deflate *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	buf_init(&d->scratch, 0);
	d->nblock = (size_t)(deflate_table_count + 1) * STATE_BLOCKS;
	d->primed = calloc(deflate_table_count, sizeof(*d->primed));
	d->blocks = calloc(d->nblock, sizeof(*d->blocks));
	if (d->primed == NULL || d->blocks == NULL) {
		deflate_destroy(d);
		return NULL;
	}
	return d;
}

void
deflate_destroy(struct deflate *d)
{
	if (d == NULL)
		return;
	if (d->inflate_ready)
		inflateEnd(&d->inflate);
	if (d->blocks != NULL)
		for (size_t i = 0; i < d->nblock; i++)
			free(d->blocks[i].p);
	free(d->blocks);
	free(d->primed);
	buf_fini(&d->scratch);
	free(d);
}

unsigned
deflate_count(void)
{
	return deflate_table_count;
}

const char *
deflate_language(unsigned id)
{
	return id < deflate_table_count ? deflate_table[id].language : NULL;
}

/* The state that has read dictionary ID and nothing else. */
static z_stream *
primed_get(struct deflate *d, unsigned id)
{
	z_stream *z = &d->primed[id];
	const struct deflate_dictionary *dict = &deflate_table[id];

	if (z->state != NULL)
		return z;
	z->zalloc = block_alloc;
	z->zfree = block_free;
	z->opaque = d;
	if (deflateInit2(z, LEVEL, Z_DEFLATED, RAW_WINDOW, MEM_LEVEL,
	    Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	if (dict->len > 0 &&
	    deflateSetDictionary(z, dict->p, (unsigned)dict->len) != Z_OK) {
		deflateEnd(z);
		return NULL;
	}
	return z;
}

static int
put_whole(struct buf *out, struct slice s)
{
	if (buf_failed(out))
		return SC_ETOOLARGE;
	buf_put_slice(out, s);
	if (!buf_failed(out))
		return 0;
	out->failed = false;
	return SC_ETOOLARGE;
}

int
deflate_pack(struct deflate *d, unsigned id, struct slice in, struct buf *out)
{
	z_stream *primed, z;
	size_t bound;
	uint8_t *to;
	int rc;

	if (d == NULL || id >= deflate_table_count)
		return SC_ENOTFOUND;
	if (in.len > UINT32_MAX / 2)
		return SC_ETOOLARGE;
	primed = primed_get(d, id);
	if (primed == NULL || deflateCopy(&z, primed) != Z_OK)
		return SC_ENOMEM;
	bound = deflateBound(&z, (unsigned long)in.len);
	buf_clear(&d->scratch);
	to = buf_room(&d->scratch, bound);
	if (to == NULL) {
		deflateEnd(&z);
		return SC_ENOMEM;
	}
	/* zlib does not write to its input, but not every version says so */
	z.next_in = (z_const Bytef *)(uintptr_t)in.p;
	z.avail_in = (unsigned)in.len;
	z.next_out = to;
	z.avail_out = (unsigned)bound;
	rc = deflate(&z, Z_FINISH);
	buf_added(&d->scratch, bound - z.avail_out);
	deflateEnd(&z);
	if (rc != Z_STREAM_END)
		return SC_ENOMEM;
	return put_whole(out, buf_slice(&d->scratch));
}

int
deflate_pack_best(struct deflate *d, const uint8_t *ids, size_t n,
    struct slice in, struct buf *out, uint8_t *id)
{
	struct buf try, best;
	bool found = false;
	int rc = 0;

	buf_init(&try, 0);
	buf_init(&best, 0);
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct buf swap = best;

		buf_clear(&try);
		rc = deflate_pack(d, ids[i], in, &try);
		if (rc == SC_ENOTFOUND) {
			rc = 0;
			continue;
		}
		if (rc != 0 || (found && try.len >= best.len))
			continue;
		found = true;
		*id = ids[i];
		best = try;
		try = swap;
	}
	if (rc == 0)
		rc = found ? put_whole(out, buf_slice(&best)) : SC_ENOTFOUND;
	buf_fini(&try);
	buf_fini(&best);
	return rc;
}

static int
inflate_start(struct deflate *d, unsigned id)
{
	const struct deflate_dictionary *dict = &deflate_table[id];

	if (!d->inflate_ready) {
		if (inflateInit2(&d->inflate, RAW_WINDOW) != Z_OK)
			return SC_ENOMEM;
		d->inflate_ready = true;
	} else if (inflateReset(&d->inflate) != Z_OK) {
		return SC_ENOMEM;
	}
	if (dict->len > 0 && inflateSetDictionary(&d->inflate, dict->p,
	    (unsigned)dict->len) != Z_OK)
		return SC_ENOMEM;
	return 0;
}

/* The bytes that may still come out, where MADE have come from IN. */
static size_t
allowed(const struct buf *out, size_t in, size_t made)
{
	size_t most = in > DEFLATE_RATIO_FREE / DEFLATE_RATIO_MAX
	    ? in * DEFLATE_RATIO_MAX
	    : DEFLATE_RATIO_FREE;

	most -= made;
	if (out->limit != 0 && most > out->limit - out->len)
		most = out->limit - out->len;
	return most;
}

/*
 * One turn of inflate into OUT.  With no room left it goes on into a single
 * byte of its own: a stream may well end exactly at the limit.
 */
static int
inflate_some(z_stream *z, struct buf *out, size_t most)
{
	enum { CHUNK = 16384 };
	uint8_t over, *to = &over;
	size_t n = most < CHUNK ? most : CHUNK;
	int rc;

	if (n > 0) {
		to = buf_room(out, n);
		if (to == NULL)
			return SC_ENOMEM;
	}
	z->next_out = to;
	z->avail_out = n > 0 ? (unsigned)n : 1;
	rc = inflate(z, Z_NO_FLUSH);
	if (n == 0 && z->avail_out == 0)
		return SC_ETOOLARGE;
	if (n > 0)
		buf_added(out, n - z->avail_out);
	if (rc == Z_STREAM_END)
		return z->avail_in == 0 ? 0 : SC_EMALFORMED;
	if (rc == Z_MEM_ERROR)
		return SC_ENOMEM;
	if (rc != Z_OK || (z->avail_in == 0 && z->avail_out > 0))
		return SC_EMALFORMED;
	return SC_EMORE;
}

int
deflate_unpack(struct deflate *d, unsigned id, struct slice in,
    struct buf *out)
{
	size_t start = out->len;
	int rc;

	if (d == NULL || id >= deflate_table_count)
		return SC_ENOTFOUND;
	if (buf_failed(out) || in.len > UINT32_MAX / DEFLATE_RATIO_MAX)
		return SC_ETOOLARGE;
	rc = inflate_start(d, id);
	if (rc != 0)
		return rc;
	d->inflate.next_in = (z_const Bytef *)(uintptr_t)in.p;
	d->inflate.avail_in = (unsigned)in.len;
	do {
		rc = inflate_some(&d->inflate, out,
		    allowed(out, in.len, out->len - start));
	} while (rc == SC_EMORE);
	if (rc != 0) {
		buf_truncate(out, start);
		out->failed = false;
	}
	return rc;
}

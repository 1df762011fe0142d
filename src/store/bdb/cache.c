/* SPDX-License-Identifier: ISC */
#include "src/store/bdb/cache.h"

#include <stdlib.h>
#include <string.h>

struct row {
	uint32_t table, part;
	uint32_t keylen, len;
	uint32_t size;		/* of data */
	uint8_t data[];		/* the key, then the value */
};

/* TAG tells most other rows apart without a look at ROW. */
struct place {
	uint64_t tag;
	struct row *row;
};

struct bdb_cache {
	size_t mask;
	struct place places[];
};

struct bdb_cache *
bdb_cache_create(size_t rows)
{
	struct bdb_cache *c = calloc(1, sizeof(*c) +
	    rows * sizeof(struct place));

	if (c != NULL)
		c->mask = rows - 1;
	return c;
}

void
bdb_cache_destroy(struct bdb_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i <= c->mask; i++)
		free(c->places[i].row);
	free(c);
}

static uint64_t
tag_of(const struct memkey *k)
{
	const uint64_t factor = 0x9fb21c651e98df25;
	uint64_t h = ((uint64_t)k->table << 32 | k->part) * factor, word;
	size_t i, n;

	for (i = 0; i < k->key.len; i += n) {
		n = k->key.len - i < 8 ? k->key.len - i : 8;
		word = 0;
		memcpy(&word, k->key.p + i, n);
		h = ((h ^ h >> 29) + word) * factor;
	}
	h ^= h >> 32;
	return h ^ h >> 17;
}

static bool
is_row(const struct place *at, uint64_t tag, const struct memkey *k)
{
	const struct row *r = at->row;

	return r != NULL && at->tag == tag && r->table == k->table &&
	    r->part == k->part &&
	    slice_equal(slice_of(r->data, r->keylen), k->key);
}

bool
bdb_cache_get(const struct bdb_cache *c, const struct memkey *key,
    struct slice *value)
{
	uint64_t tag = tag_of(key);
	const struct place *at = &c->places[tag & c->mask];
	const struct row *r = at->row;

	if (!is_row(at, tag, key))
		return false;
	*value = slice_of(r->data + r->keylen, r->len);
	return true;
}

/* A row with room for SIZE bytes in a place; NULL: there is none. */
static struct row *
row_room(struct row **at, size_t size)
{
	struct row *r = *at;

	if (r != NULL && r->size >= size && r->size <= 2 * size)
		return r;
	free(r);
	*at = r = malloc(sizeof(*r) + size);
	if (r != NULL)
		r->size = (uint32_t)size;
	return r;
}

void
bdb_cache_put(struct bdb_cache *c, const struct memkey *key,
    struct slice value)
{
	size_t size = key->key.len + value.len;
	uint64_t tag = tag_of(key);
	struct place *at = &c->places[tag & c->mask];
	struct row *r;

	if (size > BDB_CACHE_ROW)
		return;
	r = row_room(&at->row, size);
	if (r == NULL)
		return;
	at->tag = tag;
	r->table = key->table;
	r->part = key->part;
	r->keylen = (uint32_t)key->key.len;
	r->len = (uint32_t)value.len;
	memcpy(r->data, key->key.p, key->key.len);
	if (value.len > 0)
		memcpy(r->data + r->keylen, value.p, value.len);
}

void
bdb_cache_forget(struct bdb_cache *c, const struct memkey *key)
{
	uint64_t tag = tag_of(key);
	struct place *at = &c->places[tag & c->mask];

	if (!is_row(at, tag, key))
		return;
	free(at->row);
	at->row = NULL;
}

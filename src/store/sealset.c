/* SPDX-License-Identifier: ISC */
#include "src/store/sealset.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/store/segment_priv.h"

enum { SEAL_VERSION = 1 };

struct sealset {
	_Atomic(unsigned) refs;
	unsigned count;
	struct seal seals[];		/* by table and partition, ascending */
};

static uint64_t
space_of(uint32_t table, uint32_t part)
{
	return (uint64_t)table << 32 | part;
}

static uint64_t
space_at(const struct sealset *s, unsigned i)
{
	return space_of(s->seals[i].table, s->seals[i].part);
}

static struct sealset *
sealset_sized(unsigned count)
{
	struct sealset *s = xcalloc(1, sizeof(*s) +
	    count * sizeof(s->seals[0]));

	atomic_init(&s->refs, 1);
	s->count = count;
	return s;
}

struct sealset *
sealset_create(void)
{
	return sealset_sized(0);
}

/* The number of members below SPACE. */
static unsigned
rank(const struct sealset *s, uint64_t space)
{
	unsigned low = 0, high = s->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (space_at(s, middle) < space)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
is_at(const struct sealset *s, unsigned i, uint64_t space)
{
	return i < s->count && space_at(s, i) == space;
}

struct sealset *
sealset_put(const struct sealset *old, const struct seal *seal)
{
	uint64_t space = space_of(seal->table, seal->part);
	unsigned i = rank(old, space), there = is_at(old, i, space);
	struct sealset *s = sealset_sized(old->count + !there);

	memcpy(s->seals, old->seals, i * sizeof(*seal));
	s->seals[i] = *seal;
	memcpy(s->seals + i + 1, old->seals + i + there,
	    (old->count - i - there) * sizeof(*seal));
	return s;
}

struct sealset *
sealset_del(const struct sealset *old, uint32_t table, uint32_t part)
{
	uint64_t space = space_of(table, part);
	unsigned i = rank(old, space), there = is_at(old, i, space);
	struct sealset *s = sealset_sized(old->count - there);

	memcpy(s->seals, old->seals, i * sizeof(s->seals[0]));
	memcpy(s->seals + i, old->seals + i + there,
	    (old->count - i - there) * sizeof(s->seals[0]));
	return s;
}

struct sealset *
sealset_ref(struct sealset *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void
sealset_unref(struct sealset *s)
{
	if (s != NULL && atomic_fetch_sub_explicit(&s->refs, 1,
	    memory_order_acq_rel) == 1)
		free(s);
}

const struct seal *
sealset_find(const struct sealset *s, uint32_t table, uint32_t part)
{
	uint64_t space = space_of(table, part);
	unsigned i;

	if (s == NULL || s->count == 0)
		return NULL;
	i = rank(s, space);
	return is_at(s, i, space) ? &s->seals[i] : NULL;
}

const struct seal *
sealset_next(const struct sealset *s, uint32_t table, uint32_t from)
{
	unsigned i;

	if (s == NULL)
		return NULL;
	i = rank(s, space_of(table, from));
	return i < s->count && s->seals[i].table == table ? &s->seals[i]
							  : NULL;
}

unsigned
sealset_count(const struct sealset *s)
{
	return s->count;
}

const struct seal *
sealset_at(const struct sealset *s, unsigned i)
{
	return &s->seals[i];
}

bool
sealset_has_segment(const struct sealset *s, uint64_t number)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->seals[i].state == SEAL_DONE &&
		    s->seals[i].number == number)
			return true;
	return false;
}

struct memkey
seal_row(uint8_t key[DROP_KEY_LEN], uint32_t table, uint32_t part)
{
	struct memkey row = drop_row(key, table, part);

	row.part = SEAL_PART;
	return row;
}

struct slice
seal_value(uint8_t value[SEAL_VALUE_LEN], const struct seal *s)
{
	value[0] = SEAL_VERSION;
	value[1] = (uint8_t)s->state;
	segment_store(value + 2, s->overlay, 4);
	segment_store(value + 6, s->number, 8);
	segment_store(value + 14, s->sum.rows, 8);
	segment_store(value + 22, s->sum.bytes, 8);
	segment_store(value + 30, s->sum.size, 8);
	segment_store(value + 38, s->sum.crc, 4);
	return slice_of(value, SEAL_VALUE_LEN);
}

bool
seal_parse(struct slice key, struct slice value, struct seal *s)
{
	const uint8_t *p = value.p;

	if (!drop_parse(key, &s->table, &s->part) ||
	    value.len != SEAL_VALUE_LEN || p[0] != SEAL_VERSION ||
	    (p[1] != SEAL_OPEN && p[1] != SEAL_DONE))
		return false;
	s->state = p[1];
	s->overlay = (uint32_t)segment_load(p + 2, 4);
	s->number = segment_load(p + 6, 8);
	s->sum.rows = segment_load(p + 14, 8);
	s->sum.bytes = segment_load(p + 22, 8);
	s->sum.size = segment_load(p + 30, 8);
	s->sum.crc = (uint32_t)segment_load(p + 38, 4);
	return true;
}

struct sealset *
sealset_apply(const struct sealset *old, struct slice key,
    const struct slice *value)
{
	struct seal s;
	uint32_t table, part;

	if (value != NULL)
		return seal_parse(key, *value, &s) ? sealset_put(old, &s)
						   : NULL;
	return drop_parse(key, &table, &part) ? sealset_del(old, table, part)
					      : NULL;
}

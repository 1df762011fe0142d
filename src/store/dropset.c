/* SPDX-License-Identifier: ISC */
#include "src/store/dropset.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

struct dropset {
	_Atomic(unsigned) refs;
	unsigned count;
	uint64_t spaces[];	/* table and partition, ascending */
};

static uint64_t
space_of(uint32_t table, uint32_t part)
{
	return (uint64_t)table << 32 | part;
}

static struct dropset *
dropset_sized(unsigned count)
{
	struct dropset *d = xcalloc(1, sizeof(*d) +
	    count * sizeof(d->spaces[0]));

	atomic_init(&d->refs, 1);
	d->count = count;
	return d;
}

struct dropset *
dropset_create(void)
{
	return dropset_sized(0);
}

/* The number of members below SPACE. */
static unsigned
rank(const struct dropset *d, uint64_t space)
{
	unsigned low = 0, high = d->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (d->spaces[mid] < space)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct dropset *
dropset_add(const struct dropset *old, uint32_t table, uint32_t part)
{
	uint64_t space = space_of(table, part);
	unsigned i = rank(old, space);
	bool there = i < old->count && old->spaces[i] == space;
	struct dropset *d = dropset_sized(old->count + !there);

	memcpy(d->spaces, old->spaces, i * sizeof(space));
	d->spaces[i] = space;
	memcpy(d->spaces + i + 1, old->spaces + i + there,
	    (old->count - i - there) * sizeof(space));
	return d;
}

struct dropset *
dropset_ref(struct dropset *d)
{
	atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
	return d;
}

void
dropset_unref(struct dropset *d)
{
	if (d != NULL && atomic_fetch_sub_explicit(&d->refs, 1,
	    memory_order_acq_rel) == 1)
		free(d);
}

bool
dropset_has(const struct dropset *d, uint32_t table, uint32_t part)
{
	uint64_t space = space_of(table, part);
	unsigned i = rank(d, space);

	return i < d->count && d->spaces[i] == space;
}

unsigned
dropset_count(const struct dropset *d)
{
	return d->count;
}

void
dropset_at(const struct dropset *d, unsigned i, uint32_t *table,
    uint32_t *part)
{
	*table = (uint32_t)(d->spaces[i] >> 32);
	*part = (uint32_t)d->spaces[i];
}

struct memkey
drop_row(uint8_t bytes[DROP_KEY_LEN], uint32_t table, uint32_t part)
{
	uint64_t space = space_of(table, part);
	int i;

	for (i = 0; i < DROP_KEY_LEN; i++)
		bytes[i] = (uint8_t)(space >> (56 - 8 * i));
	return (struct memkey){DROP_TABLE, DROP_PART,
	    slice_of(bytes, DROP_KEY_LEN)};
}

struct slice
drop_value(void)
{
	static const uint8_t version[] = {1};

	return slice_of(version, sizeof(version));
}

bool
drop_parse(struct slice key, uint32_t *table, uint32_t *part)
{
	uint64_t space = 0;
	int i;

	if (key.len != DROP_KEY_LEN)
		return false;
	for (i = 0; i < DROP_KEY_LEN; i++)
		space = space << 8 | key.p[i];
	*table = (uint32_t)(space >> 32);
	*part = (uint32_t)space;
	return true;
}

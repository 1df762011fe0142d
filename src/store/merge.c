/* SPDX-License-Identifier: ISC */
#include "src/store/merge.h"

#include <string.h>

#include "src/common/err.h"

struct merge {
	struct merge_source *const *sources;
	unsigned count;
	bool reverse;
	bool live[MERGE_MAX];	/* the source is at a row */
};

static int
merge_advance(struct merge *m, unsigned i)
{
	int rc = m->sources[i]->next(m->sources[i]);

	if (rc < 0)
		return rc;
	m->live[i] = rc > 0;
	return 0;
}

/* The source that is at the next row, the newest of those at the same key;
 * COUNT at the end. */
static unsigned
merge_choose(const struct merge *m)
{
	unsigned i, best = m->count;
	int c;

	for (i = 0; i < m->count; i++) {
		if (!m->live[i])
			continue;
		if (best == m->count) {
			best = i;
			continue;
		}
		c = slice_compare(m->sources[i]->key, m->sources[best]->key);
		if (m->reverse ? c > 0 : c < 0)
			best = i;
	}
	return best;
}

/* Moves all sources that are at the chosen key past it.  The chosen one goes
 * last: its key is what the others are compared with. */
static int
merge_pass(struct merge *m, unsigned chosen)
{
	unsigned i;
	int rc;

	for (i = chosen + 1; i < m->count; i++) {
		if (!m->live[i] || !slice_equal(m->sources[i]->key,
		    m->sources[chosen]->key))
			continue;
		rc = merge_advance(m, i);
		if (rc != 0)
			return rc;
	}
	return merge_advance(m, chosen);
}

int
merge_scan(struct merge_source *const *sources, unsigned count, bool reverse,
    store_scan_fn *fn, void *arg)
{
	struct merge m = {.sources = sources, .count = count,
	    .reverse = reverse};
	const struct merge_source *s;
	unsigned i;
	int rc;

	sc_assert(count <= MERGE_MAX);
	for (i = 0; i < count; i++) {
		rc = merge_advance(&m, i);
		if (rc != 0)
			return rc;
	}
	while ((i = merge_choose(&m)) < count) {
		s = sources[i];
		if (!s->dead) {
			rc = fn(arg, s->key, s->value);
			if (rc != 0)
				return rc < 0 ? rc : 0;
		}
		rc = merge_pass(&m, i);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Before the first row that is beyond a range without upper bound. */
static bool
seek_end(struct merge_memtable *m)
{
	struct memkey key = {m->table, m->part + 1, {NULL, 0}};

	if (m->part == UINT32_MAX)
		key.table++;
	return memcursor_seek_before(&m->cursor, m->cursor.table, &key);
}

static bool
seek_first(struct merge_memtable *m)
{
	const struct memtable *table = m->cursor.table;
	struct memkey key = {m->table, m->part, m->range->lo};

	m->begun = true;
	if (!m->range->reverse)
		return memcursor_seek(&m->cursor, table, &key);
	if (m->range->hi.len == 0)
		return seek_end(m);
	key.key = m->range->hi;
	return memcursor_seek_before(&m->cursor, table, &key);
}

static bool
move(struct merge_memtable *m)
{
	if (!m->begun)
		return seek_first(m);
	return m->range->reverse ? memcursor_prev(&m->cursor)
				 : memcursor_next(&m->cursor);
}

static bool
within(const struct merge_memtable *m, const struct memkey *key)
{
	const struct store_range *r = m->range;

	if (key->table != m->table || key->part != m->part)
		return false;
	if (r->reverse)
		return slice_compare(key->key, r->lo) >= 0;
	return r->hi.len == 0 || slice_compare(key->key, r->hi) < 0;
}

static int
memtable_source_next(struct merge_source *s)
{
	struct merge_memtable *m = (struct merge_memtable *)s;
	struct memvalue value;
	struct memkey key;

	while (move(m)) {
		key = memcursor_key(&m->cursor);
		if (!within(m, &key))
			return 0;
		if (!memcursor_value(&m->cursor, m->seq, &value))
			continue;	/* the row is newer than the scan */
		s->key = key.key;
		s->value = value.value;
		s->dead = value.dead;
		return 1;
	}
	return 0;
}

void
merge_memtable_init(struct merge_memtable *m, const struct memtable *table,
    uint32_t id, uint32_t part, uint64_t seq, const struct store_range *range)
{
	memset(m, 0, sizeof(*m));
	m->source.next = memtable_source_next;
	m->cursor.table = table;
	m->table = id;
	m->part = part;
	m->seq = seq;
	m->range = range;
}

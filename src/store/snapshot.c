/* SPDX-License-Identifier: ISC */
#include "src/store/snapshot.h"

#include "src/common/err.h"

static bool
dropped(const struct snapshot *s, uint32_t table, uint32_t part)
{
	uint8_t bytes[DROP_KEY_LEN];
	struct memkey row;

	if (dropset_has(s->drops, table, part))
		return true;
	if (!s->own_drops)
		return false;
	row = drop_row(bytes, table, part);
	return memtable_newest(s->own, &row) != 0;
}

static bool
lookup(const struct snapshot *s, const struct memkey *key, struct memvalue *v)
{
	unsigned i;

	if (s->own != NULL && memtable_get(s->own, key, UINT64_MAX, v))
		return true;
	for (i = 0; i < s->count; i++) {
		if (memtable_get(s->layers[i], key, s->seq, v))
			return true;
	}
	return false;
}

int
snapshot_get(struct snapshot *s, const struct memkey *key, struct slice *value)
{
	struct memvalue v;

	if (dropped(s, key->table, key->part))
		return SC_ENOTFOUND;
	if (lookup(s, key, &v)) {
		if (v.dead)
			return SC_ENOTFOUND;
		*value = v.value;
		return 0;
	}
	if (s->base == NULL)
		return SC_ENOTFOUND;
	return s->base->get(s->base_arg, key, value);
}

int
snapshot_scan(struct snapshot *s, uint32_t table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	struct merge_memtable mem[SNAPSHOT_LAYERS + 1];
	struct merge_source *sources[SNAPSHOT_LAYERS + 2], *base = NULL;
	unsigned i, n = 0;
	int rc;

	if (dropped(s, table, part))
		return 0;
	if (s->own != NULL && memtable_rows(s->own) > 0) {
		merge_memtable_init(&mem[n], s->own, table, part, UINT64_MAX,
		    range);
		sources[n] = &mem[n].source;
		n++;
	}
	for (i = 0; i < s->count; i++, n++) {
		merge_memtable_init(&mem[n], s->layers[i], table, part,
		    s->seq, range);
		sources[n] = &mem[n].source;
	}
	if (s->base != NULL) {
		rc = s->base->open(s->base_arg, table, part, range, &base);
		if (rc != 0)
			return rc;
		if (base != NULL)
			sources[n++] = base;
	}
	rc = merge_scan(sources, n, range->reverse, fn, arg);
	if (base != NULL)
		s->base->close(s->base_arg, base);
	return rc;
}

static void
part_candidate(const struct memtable *m, uint32_t table, uint32_t from,
    bool *found, uint32_t *part)
{
	uint32_t p;

	if (memtable_next_part(m, table, from, &p) && (!*found || p < *part)) {
		*part = p;
		*found = true;
	}
}

static bool
next_part(struct snapshot *s, uint32_t table, uint32_t from, uint32_t *part)
{
	bool found = false;
	uint32_t p;
	unsigned i;

	if (s->own != NULL)
		part_candidate(s->own, table, from, &found, part);
	for (i = 0; i < s->count; i++)
		part_candidate(s->layers[i], table, from, &found, part);
	if (s->base != NULL &&
	    s->base->next_part(s->base_arg, table, from, &p) &&
	    (!found || p < *part)) {
		*part = p;
		found = true;
	}
	return found;
}

static int
row_seen(void *arg, struct slice key, struct slice value)
{
	bool *seen = arg;

	(void)key;
	(void)value;
	*seen = true;
	return 1;
}

int
snapshot_parts(struct snapshot *s, uint32_t table,
    int (*fn)(void *arg, uint32_t part), void *arg)
{
	const struct store_range all = {0};
	uint32_t part, from = 0;
	bool seen;
	int rc;

	while (next_part(s, table, from, &part)) {
		seen = false;
		rc = snapshot_scan(s, table, part, &all, row_seen, &seen);
		if (rc == 0 && seen)
			rc = fn(arg, part);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		if (part == UINT32_MAX)
			break;
		from = part + 1;
	}
	return 0;
}

int
snapshot_put(struct snapshot *s, const struct memkey *key,
    const struct slice *value)
{
	if (dropped(s, key->table, key->part))
		return SC_ECONFLICT;
	return memtable_put(s->own, key, value, 1);
}

int
snapshot_drop(struct snapshot *s, uint32_t table, uint32_t part)
{
	uint8_t bytes[DROP_KEY_LEN];
	struct memkey row = drop_row(bytes, table, part);
	struct slice value = drop_value();

	if (dropped(s, table, part))
		return 0;
	s->own_drops = true;
	return memtable_put(s->own, &row, &value, 1);
}

int
snapshot_rewind(struct snapshot *s)
{
	s->own_drops = false;
	return memtable_clear(s->own) ? 0 : SC_ENOMEM;
}

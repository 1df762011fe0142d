/* SPDX-License-Identifier: ISC */
#include "src/store/snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

static bool
own_dropped(const struct snapshot *s, uint32_t table, uint32_t part)
{
	uint8_t bytes[DROP_KEY_LEN];
	struct memkey row;

	if (!s->own_drops)
		return false;
	row = drop_row(bytes, table, part);
	return memtable_newest(s->own, &row) != 0;
}

/* Of a sealed partition the overlay tells: it goes when all goes. */
static bool
dropped(const struct snapshot *s, const struct seal *seal, uint32_t table,
    uint32_t part)
{
	if (seal != NULL)
		return own_dropped(s, seal->overlay, part);
	return dropset_has(s->drops, table, part) ||
	    own_dropped(s, table, part);
}

static bool
lookup(const struct snapshot *s, const struct memkey *key, struct memvalue *v)
{
	unsigned i;

	for (i = 0; i < s->count; i++) {
		if (memtable_get(s->layers[i], key, s->seq, v))
			return true;
	}
	return false;
}

/* ---- one row --------------------------------------------------------- */

/* In the partition itself. */
static int
get_row(struct snapshot *s, const struct memkey *key, struct slice *value)
{
	struct memvalue v;
	bool own = s->own != NULL &&
	    memtable_get(s->own, key, UINT64_MAX, &v);

	if (!own && s->base != NULL && s->base->kept(s->base_arg, key, value))
		return 0;
	if (own || lookup(s, key, &v)) {
		if (v.dead)
			return SC_ENOTFOUND;
		*value = v.value;
		return 0;
	}
	if (s->base == NULL)
		return SC_ENOTFOUND;
	return s->base->get(s->base_arg, key, value);
}

static int
get_segment(struct snapshot *s, const struct seal *seal, struct slice key,
    struct slice *value)
{
	struct segment *segment;
	int rc = s->segments->ref(s->segments_arg, seal, &segment);

	if (rc == 0) {
		rc = segment_get(segment, key, s->values, value);
		s->segments->unref(s->segments_arg, segment);
	}
	if (rc != 0 && rc != SC_ENOTFOUND)
		s->segments->failed(s->segments_arg, seal, rc);
	return rc;
}

/* What a value in the overlay says.  SC_ENOTFOUND: there is no such row. */
static int
overlay_value(struct slice *value)
{
	if (value->len < 1 || value->p[0] > SEAL_LIVE)
		return SC_EDAMAGED;
	if (value->p[0] == SEAL_DEAD)
		return SC_ENOTFOUND;
	value->p++;
	value->len--;
	return 0;
}

static int
get_sealed(struct snapshot *s, const struct seal *seal,
    const struct memkey *key, struct slice *value)
{
	const struct memkey over = {seal->overlay, key->part, key->key};
	int rc = get_row(s, &over, value);

	if (rc == 0)
		return overlay_value(value);
	if (rc != SC_ENOTFOUND)
		return rc;
	return seal->state == SEAL_OPEN ? get_row(s, key, value)
	    : get_segment(s, seal, key->key, value);
}

int
snapshot_get(struct snapshot *s, const struct memkey *key, struct slice *value)
{
	const struct seal *seal = sealset_find(s->seals, key->table, key->part);

	if (dropped(s, seal, key->table, key->part))
		return SC_ENOTFOUND;
	return seal != NULL ? get_sealed(s, seal, key, value)
			    : get_row(s, key, value);
}

/* ---- scans ----------------------------------------------------------- */

/* The overlay's rows as those of the partition. */
struct overlay_source {
	struct merge_source source;
	struct merge_source *of;
};

/* A segment's, which may fail. */
struct segment_source {
	struct merge_source source;
	struct merge_source *of;
	struct snapshot *snapshot;
	const struct seal *seal;
	struct segment *segment;
};

enum { SCAN_LAYERS = SNAPSHOT_LAYERS + 1 };	/* OWN, too */

/* Overlay and partition at most. */
struct scan {
	struct merge_memtable memory[2 * SCAN_LAYERS];
	struct overlay_source overlay[SCAN_LAYERS + 1];
	struct segment_source segment;
	struct merge_source *sources[MERGE_MAX], *bases[2];
	unsigned n, nmemory, nbases;
};

_Static_assert(2 * (SCAN_LAYERS + 1) + 1 <= MERGE_MAX, "they can be merged");

static void
scan_add_memory(struct scan *c, const struct memtable *rows, uint32_t table,
    uint32_t part, uint64_t seq, const struct store_range *range)
{
	struct merge_memtable *m = &c->memory[c->nmemory++];

	merge_memtable_init(m, rows, table, part, seq, range);
	c->sources[c->n++] = &m->source;
}

/* What is below those that are there already. */
static int
scan_add(struct snapshot *s, struct scan *c, uint32_t table, uint32_t part,
    const struct store_range *range)
{
	struct merge_source *base = NULL;
	int rc;

	if (s->own != NULL && memtable_rows(s->own) > 0)
		scan_add_memory(c, s->own, table, part, UINT64_MAX, range);
	for (unsigned i = 0; i < s->count; i++)
		scan_add_memory(c, s->layers[i], table, part, s->seq, range);
	if (s->base == NULL)
		return 0;
	rc = s->base->open(s->base_arg, table, part, range, &base);
	if (rc == 0 && base != NULL)
		c->sources[c->n++] = c->bases[c->nbases++] = base;
	return rc;
}

static int
overlay_next(struct merge_source *source)
{
	struct overlay_source *o = (struct overlay_source *)source;
	int rc = o->of->next(o->of);

	if (rc <= 0)
		return rc;
	source->key = o->of->key;
	source->value = o->of->value;
	source->dead = o->of->dead;
	if (source->dead)
		return 1;
	rc = overlay_value(&source->value);
	source->dead = rc == SC_ENOTFOUND;
	return rc == 0 || source->dead ? 1 : rc;
}

/* All that are there already are the overlay's. */
static void
scan_overlay(struct scan *c)
{
	for (unsigned i = 0; i < c->n; i++) {
		c->overlay[i].source.next = overlay_next;
		c->overlay[i].of = c->sources[i];
		c->sources[i] = &c->overlay[i].source;
	}
}

static int
segment_next(struct merge_source *source)
{
	struct segment_source *g = (struct segment_source *)source;
	struct snapshot *s = g->snapshot;
	int rc = g->of->next(g->of);

	if (rc < 0)
		s->segments->failed(s->segments_arg, g->seal, rc);
	source->key = g->of->key;
	source->value = g->of->value;
	return rc;
}

static int
scan_add_segment(struct snapshot *s, struct scan *c, const struct seal *seal,
    const struct store_range *range)
{
	struct segment_source *g = &c->segment;
	struct segment *segment;
	int rc = s->segments->ref(s->segments_arg, seal, &segment);

	if (rc == 0) {
		rc = segment_source_open(segment, range, &g->of);
		if (rc != 0)
			s->segments->unref(s->segments_arg, segment);
	}
	if (rc != 0) {
		s->segments->failed(s->segments_arg, seal, rc);
		return rc;
	}
	g->source.next = segment_next;
	g->snapshot = s;
	g->seal = seal;
	g->segment = segment;
	c->sources[c->n++] = &g->source;
	return 0;
}

static void
scan_end(struct snapshot *s, struct scan *c)
{
	for (unsigned i = 0; i < c->nbases; i++)
		s->base->close(s->base_arg, c->bases[i]);
	if (c->segment.of == NULL)
		return;
	segment_source_close(c->segment.of);
	s->segments->unref(s->segments_arg, c->segment.segment);
}

static void
scan_begin(struct scan *c)
{
	memset(c->overlay, 0, sizeof(c->overlay));
	memset(&c->segment, 0, sizeof(c->segment));
	c->n = c->nmemory = c->nbases = 0;
}

int
snapshot_scan_rows(struct snapshot *s, uint32_t table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	struct scan c;
	int rc;

	scan_begin(&c);
	rc = scan_add(s, &c, table, part, range);
	if (rc == 0)
		rc = merge_scan(c.sources, c.n, range->reverse, fn, arg);
	scan_end(s, &c);
	return rc;
}

static int
scan_sealed(struct snapshot *s, const struct seal *seal,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	struct scan c;
	int rc;

	scan_begin(&c);
	rc = scan_add(s, &c, seal->overlay, seal->part, range);
	if (rc == 0) {
		scan_overlay(&c);
		rc = seal->state == SEAL_OPEN
		    ? scan_add(s, &c, seal->table, seal->part, range)
		    : scan_add_segment(s, &c, seal, range);
	}
	if (rc == 0)
		rc = merge_scan(c.sources, c.n, range->reverse, fn, arg);
	scan_end(s, &c);
	return rc;
}

int
snapshot_scan(struct snapshot *s, uint32_t table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	const struct seal *seal = sealset_find(s->seals, table, part);

	if (dropped(s, seal, table, part))
		return 0;
	return seal != NULL ? scan_sealed(s, seal, range, fn, arg)
	    : snapshot_scan_rows(s, table, part, range, fn, arg);
}

/* ---- partitions ------------------------------------------------------ */

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
	const struct seal *seal = sealset_next(s->seals, table, from);
	bool found = seal != NULL;
	uint32_t p;
	unsigned i;

	if (found)
		*part = seal->part;
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

/*
 * Whether there is a row.  A segment need not be read for that while nothing in
 * it has changed.
 */
static int
part_seen(struct snapshot *s, uint32_t table, uint32_t part, bool *seen)
{
	const struct seal *seal = sealset_find(s->seals, table, part);
	const struct store_range all = {.reverse = false};
	bool changed = false;
	int rc;

	*seen = false;
	if (seal != NULL && seal->state == SEAL_DONE && seal->sum.rows > 0 &&
	    !dropped(s, seal, table, part)) {
		rc = snapshot_scan_rows(s, seal->overlay, part, &all,
		    row_seen, &changed);
		*seen = rc == 0 && !changed;
		if (rc != 0 || *seen)
			return rc;
	}
	return snapshot_scan(s, table, part, &all, row_seen, seen);
}

int
snapshot_parts(struct snapshot *s, uint32_t table,
    int (*fn)(void *arg, uint32_t part), void *arg)
{
	uint32_t part = 0, from = 0;
	bool seen;
	int rc;

	while (next_part(s, table, from, &part)) {
		rc = part_seen(s, table, part, &seen);
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

/* ---- writing --------------------------------------------------------- */

static int
put_overlay(struct snapshot *s, const struct seal *seal, struct slice key,
    const struct slice *value)
{
	const struct memkey over = {seal->overlay, seal->part, key};
	size_t n = 1 + (value == NULL ? 0 : value->len);
	uint8_t *bytes = malloc(n);
	struct slice marked = slice_of(bytes, n);
	int rc;

	if (bytes == NULL)
		return SC_ENOMEM;
	bytes[0] = value == NULL ? SEAL_DEAD : SEAL_LIVE;
	if (n > 1)
		memcpy(bytes + 1, value->p, value->len);
	rc = memtable_put(s->own, &over, &marked, 1);
	free(bytes);
	return rc;
}

int
snapshot_put(struct snapshot *s, const struct memkey *key,
    const struct slice *value)
{
	const struct seal *seal = sealset_find(s->seals, key->table, key->part);

	if (dropped(s, seal, key->table, key->part))
		return SC_ECONFLICT;
	return seal != NULL ? put_overlay(s, seal, key->key, value)
	    : memtable_put(s->own, key, value, 1);
}

static int
put_drop(struct snapshot *s, uint32_t table, uint32_t part)
{
	uint8_t bytes[DROP_KEY_LEN];
	struct memkey row = drop_row(bytes, table, part);
	struct slice value = drop_value();

	s->own_drops = true;
	return memtable_put(s->own, &row, &value, 1);
}

/* All that it is made of, and it is not sealed any more. */
static int
drop_sealed(struct snapshot *s, const struct seal *seal)
{
	uint8_t bytes[DROP_KEY_LEN];
	struct memkey row = seal_row(bytes, seal->table, seal->part);
	int rc = put_drop(s, seal->table, seal->part);

	if (rc == 0)
		rc = put_drop(s, seal->overlay, seal->part);
	return rc != 0 ? rc : memtable_put(s->own, &row, NULL, 1);
}

int
snapshot_drop(struct snapshot *s, uint32_t table, uint32_t part)
{
	const struct seal *seal = sealset_find(s->seals, table, part);

	if (dropped(s, seal, table, part))
		return 0;
	return seal != NULL ? drop_sealed(s, seal) : put_drop(s, table, part);
}

/* ---- sealing --------------------------------------------------------- */

static int
put_seal(struct snapshot *s, const struct seal *seal)
{
	uint8_t key[DROP_KEY_LEN], bytes[SEAL_VALUE_LEN];
	struct memkey row = seal_row(key, seal->table, seal->part);
	struct slice value = seal_value(bytes, seal);

	return memtable_put(s->own, &row, &value, 1);
}

int
snapshot_seal_open(struct snapshot *s, uint32_t table, uint32_t part,
    uint32_t overlay)
{
	const struct seal seal = {.table = table, .part = part,
	    .overlay = overlay, .state = SEAL_OPEN};

	return dropped(s, NULL, table, part) ? SC_ECONFLICT
					     : put_seal(s, &seal);
}

int
snapshot_seal_done(struct snapshot *s, const struct seal *seal)
{
	int rc;

	if (dropped(s, seal, seal->table, seal->part))
		return SC_ECONFLICT;
	rc = put_seal(s, seal);
	return rc != 0 ? rc : put_drop(s, seal->table, seal->part);
}

int
snapshot_sealed(const struct snapshot *s, uint32_t table, uint32_t part,
    struct store_sealed *to)
{
	const struct seal *seal = sealset_find(s->seals, table, part);

	if (seal == NULL || dropped(s, seal, table, part))
		return SC_ENOTFOUND;
	*to = (struct store_sealed){seal->state == SEAL_DONE, seal->sum.rows,
	    seal->sum.bytes, seal->sum.size};
	return 0;
}

int
snapshot_rewind(struct snapshot *s)
{
	s->own_drops = false;
	return memtable_clear(s->own) ? 0 : SC_ENOMEM;
}

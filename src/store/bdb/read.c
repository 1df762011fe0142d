/* SPDX-License-Identifier: ISC */
/*
 * Reading the trees.  A scan takes rows in runs: it finds its place, copies a
 * number of rows and lets go of everything, so that no lock of the database is
 * held while the rows are looked at.  The next run begins beyond the last key.
 * Runs start small, for those who want one row, and grow.
 */
#include "src/store/bdb/bdb_priv.h"

#include <stdlib.h>

#include "src/common/err.h"

enum {
	RUN_FIRST = 8 << 10,
	RUN_MAX = 64 << 10,
	ROWS_FIRST = 16,	/* backwards, where BDB has no bulk reads */
	ROWS_MAX = 128,
	GET_FIRST = 2048	/* most values are smaller */
};

struct tree_source {
	struct merge_source source;
	struct bdb *bdb;
	struct bdb_tree *tree;
	const struct store_range *range;
	uint8_t *run;
	uint32_t size;
	/* forwards: BDB's bulk buffer */
	DBT bulk;
	void *at;		/* NULL: the run is used up */
	/* backwards: keys and values, each after its length */
	uint32_t filled, next;
	unsigned rows_max;
	bool end;		/* no more runs */
	bool begun;
	uint8_t last[STORE_KEY_MAX + 1];	/* where the next run begins */
	uint32_t last_len;
};

static void
dbt_key(DBT *t, uint8_t *room, struct slice key)
{
	memset(t, 0, sizeof(*t));
	if (key.len > 0)
		memcpy(room, key.p, key.len);
	t->data = room;
	t->size = (uint32_t)key.len;
	t->ulen = STORE_KEY_MAX + 1;
	t->flags = DB_DBT_USERMEM;
}

static void
dbt_room(DBT *t, void *p, uint32_t n)
{
	memset(t, 0, sizeof(*t));
	t->data = p;
	t->ulen = n;
	t->flags = DB_DBT_USERMEM;
}

static int
db_get(DB *db, DBT *key, DBT *value)
{
	int ret;

	/* The write-back may have a reader give way: not an error. */
	do {
		ret = db->get(db, NULL, key, value, DB_READ_UNCOMMITTED);
	} while (ret == DB_LOCK_DEADLOCK || ret == DB_LOCK_NOTGRANTED);
	return ret;
}

static int
tree_get(struct bdb_txn *t, DB *db, struct slice key, struct slice *value)
{
	uint8_t room[STORE_KEY_MAX + 1], first[GET_FIRST];
	uint8_t *p = first;
	uint32_t size = sizeof(first);
	DBT k, v;
	int ret;

	for (;;) {
		dbt_key(&k, room, key);
		dbt_room(&v, p, size);
		ret = db_get(db, &k, &v);
		if (ret != DB_BUFFER_SMALL)
			break;
		size = v.size;
		p = arena_alloc(&t->values, size);
		if (p == NULL)
			return SC_ENOMEM;
	}
	if (ret == DB_NOTFOUND)
		return SC_ENOTFOUND;
	if (ret != 0)
		return bdb_error(t->bdb, "reading", ret);
	*value = p == first ? arena_copy(&t->values, slice_of(p, v.size))
			    : slice_of(p, v.size);
	return value->p == NULL ? SC_ENOMEM : 0;
}

static struct bdb_cache *
cache_of(const struct bdb_txn *t)
{
	return t->txn.writer ? t->bdb->cache : NULL;
}

static bool
base_kept(void *arg, const struct memkey *key, struct slice *value)
{
	struct bdb_txn *t = arg;
	struct bdb_cache *cache = cache_of(t);

	if (cache == NULL || !bdb_cache_get(cache, key, value))
		return false;
	/* without memory it is looked for as any other */
	*value = arena_copy(&t->values, *value);
	return value->p != NULL;
}

static int
base_get(void *arg, const struct memkey *key, struct slice *value)
{
	struct bdb_txn *t = arg;
	struct bdb_cache *cache = cache_of(t);
	struct bdb_tree *tree;
	int rc;

	rc = bdb_tree_ref(t->bdb, key->table, key->part, false, &tree);
	if (rc != 0)
		return rc;
	rc = tree_get(t, bdb_tree_db(tree), key->key, value);
	bdb_tree_unref(t->bdb, tree);
	if (rc == 0 && cache != NULL)
		bdb_cache_put(cache, key, *value);
	return rc;
}

/* ---- scans ---- */

static int
run_grow(struct tree_source *s, uint32_t size)
{
	uint8_t *p;

	if (size <= s->size)
		return 0;
	size = (size + 1023) / 1024 * 1024;	/* as bulk reads want it */
	p = realloc(s->run, size);
	if (p == NULL)
		return SC_ENOMEM;
	s->run = p;
	s->size = size;
	return 0;
}

static void
last_set(struct tree_source *s, struct slice key)
{
	if (key.len > 0)
		memcpy(s->last, key.p, key.len);
	s->last_len = (uint32_t)key.len;
}

static bool
in_range(const struct store_range *r, struct slice key)
{
	if (r->reverse)
		return slice_compare(key, r->lo) >= 0;
	return r->hi.len == 0 || slice_compare(key, r->hi) < 0;
}

/* A run of rows at or after LAST. */
static int
run_forward(struct tree_source *s, DBC *c)
{
	uint8_t room[STORE_KEY_MAX + 1];
	DBT key;
	int ret;

	for (;;) {
		dbt_key(&key, room, slice_of(s->last, s->last_len));
		dbt_room(&s->bulk, s->run, s->size);
		ret = c->get(c, &key, &s->bulk, DB_SET_RANGE |
		    DB_MULTIPLE_KEY | DB_READ_UNCOMMITTED);
		if (ret != DB_BUFFER_SMALL)
			return ret;
		if (run_grow(s, s->bulk.size + 4096) != 0)
			return DB_BUFFER_SMALL;
	}
}

static bool
at_or_after(const struct tree_source *s, const DBT *key)
{
	return slice_compare(slice_of(key->data, key->size),
	    slice_of(s->last, s->last_len)) >= 0;
}

/*
 * Where a scan backwards goes on: the last row before LAST.  The write-back
 * may insert between finding LAST's place and looking before it; such a row
 * is beyond the bounds of the scan, where no memtable would hide it.
 */
static int
seek_backward(struct tree_source *s, DBC *c, DBT *key, DBT *value)
{
	DBT peek;
	int ret;

	if (s->last_len == 0)
		return c->get(c, key, value, DB_LAST | DB_READ_UNCOMMITTED);
	dbt_key(key, key->data, slice_of(s->last, s->last_len));
	dbt_room(&peek, NULL, 0);
	peek.flags |= DB_DBT_PARTIAL;		/* of no bytes */
	ret = c->get(c, key, &peek, DB_SET_RANGE | DB_READ_UNCOMMITTED);
	if (ret == 0)
		ret = c->get(c, key, value, DB_PREV | DB_READ_UNCOMMITTED);
	else if (ret == DB_NOTFOUND)
		ret = c->get(c, key, value, DB_LAST | DB_READ_UNCOMMITTED);
	while (ret == 0 && at_or_after(s, key))
		ret = c->get(c, key, value, DB_PREV | DB_READ_UNCOMMITTED);
	return ret;
}

enum { LENGTHS = 8 };	/* before each row of a run backwards */

/* Where the next row of the run goes: its value; the key comes before. */
static void
run_room(struct tree_source *s, DBT *value)
{
	uint32_t at = s->filled + LENGTHS + STORE_KEY_MAX + 1;

	dbt_room(value, s->run + at, at < s->size ? s->size - at : 0);
}

static void
run_add(struct tree_source *s, const DBT *key, const DBT *value)
{
	uint32_t lengths[2] = {key->size, value->size};
	uint8_t *p = s->run + s->filled;

	memcpy(p, lengths, LENGTHS);
	memcpy(p + LENGTHS, key->data, key->size);
	memmove(p + LENGTHS + key->size, value->data, value->size);
	s->filled += LENGTHS + key->size + value->size;
}

static int
run_backward(struct tree_source *s, DBC *c)
{
	uint8_t room[STORE_KEY_MAX + 1];
	DBT key, value;
	unsigned rows = 0;
	int ret;

again:
	s->filled = s->next = 0;
	dbt_key(&key, room, slice_of("", 0));
	run_room(s, &value);
	ret = seek_backward(s, c, &key, &value);
	while (ret == 0) {
		run_add(s, &key, &value);
		if (++rows >= s->rows_max)
			break;
		run_room(s, &value);
		if (value.ulen == 0)
			break;
		ret = c->get(c, &key, &value, DB_PREV | DB_READ_UNCOMMITTED);
	}
	if (ret == DB_BUFFER_SMALL && rows > 0)
		return 0;
	if (ret == DB_BUFFER_SMALL) {
		if (run_grow(s, value.size + LENGTHS + STORE_KEY_MAX + 1) == 0)
			goto again;
		return ret;
	}
	if (ret == DB_NOTFOUND && rows > 0) {
		s->end = true;
		return 0;
	}
	return ret;
}

static int
run_read(struct tree_source *s)
{
	DB *db = bdb_tree_db(s->tree);
	DBC *c;
	int ret, closed;

	do {
		ret = db->cursor(db, NULL, &c, DB_READ_UNCOMMITTED);
		if (ret != 0)
			break;
		ret = s->range->reverse ? run_backward(s, c)
					: run_forward(s, c);
		closed = c->close(c);
		if (ret == 0)
			ret = closed;
	} while (ret == DB_LOCK_DEADLOCK || ret == DB_LOCK_NOTGRANTED);
	return ret;
}

/* The next run; 1: there are rows in it, 0: the end. */
static int
run_next(struct tree_source *s)
{
	int ret;

	if (s->end)
		return 0;
	if (s->begun) {
		if (run_grow(s, s->size * 2 < RUN_MAX ? s->size * 2 : RUN_MAX)
		    != 0)
			return SC_ENOMEM;
		s->rows_max = s->rows_max * 2 < ROWS_MAX ? s->rows_max * 2
							 : ROWS_MAX;
		if (!s->range->reverse)		/* the least key beyond */
			s->last[s->last_len++] = 0;
	}
	s->begun = true;
	ret = run_read(s);
	if (ret == DB_NOTFOUND) {
		s->end = true;
		return 0;
	}
	if (ret == DB_BUFFER_SMALL)
		return SC_ENOMEM;
	if (ret != 0)
		return bdb_error(s->bdb, "reading", ret);
	if (!s->range->reverse)
		DB_MULTIPLE_INIT(s->at, &s->bulk);
	return 1;
}

static bool
bulk_row(struct tree_source *s)
{
	uint8_t *key, *value;
	size_t klen, vlen;

	if (s->at == NULL)
		return false;
	DB_MULTIPLE_KEY_NEXT(s->at, &s->bulk, key, klen, value, vlen);
	if (s->at == NULL)
		return false;
	s->source.key = slice_of(key, klen);
	s->source.value = slice_of(value, vlen);
	last_set(s, s->source.key);
	return true;
}

static bool
backward_row(struct tree_source *s)
{
	const uint8_t *p = s->run + s->next;
	uint32_t lengths[2];

	if (s->next == s->filled)
		return false;
	memcpy(lengths, p, LENGTHS);
	s->source.key = slice_of(p + LENGTHS, lengths[0]);
	s->source.value = slice_of(p + LENGTHS + lengths[0], lengths[1]);
	s->next += LENGTHS + lengths[0] + lengths[1];
	last_set(s, s->source.key);
	return true;
}

static int
tree_source_next(struct merge_source *source)
{
	struct tree_source *s = (struct tree_source *)source;
	int rc;

	while (!(s->range->reverse ? backward_row(s) : bulk_row(s))) {
		rc = run_next(s);
		if (rc <= 0)
			return rc;
	}
	if (!in_range(s->range, source->key)) {
		s->end = true;
		return 0;
	}
	return 1;
}

static int
base_open(void *arg, uint32_t table, uint32_t part,
    const struct store_range *range, struct merge_source **source)
{
	struct bdb_txn *t = arg;
	struct tree_source *s;
	struct bdb_tree *tree;
	int rc = bdb_tree_ref(t->bdb, table, part, false, &tree);

	if (rc != 0)
		return rc == SC_ENOTFOUND ? 0 : rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL || run_grow(s, RUN_FIRST) != 0) {
		free(s);
		bdb_tree_unref(t->bdb, tree);
		return SC_ENOMEM;
	}
	s->source.next = tree_source_next;
	s->bdb = t->bdb;
	s->tree = tree;
	s->range = range;
	s->rows_max = ROWS_FIRST;
	last_set(s, range->reverse ? range->hi : range->lo);
	*source = &s->source;
	return 0;
}

static void
base_close(void *arg, struct merge_source *source)
{
	struct tree_source *s = (struct tree_source *)source;
	struct bdb_txn *t = arg;

	bdb_tree_unref(t->bdb, s->tree);
	free(s->run);
	free(s);
}

static bool
base_next_part(void *arg, uint32_t table, uint32_t from, uint32_t *part)
{
	struct bdb_txn *t = arg;

	return bdb_tree_next(t->bdb, table, from, part);
}

const struct snapshot_base bdb_base = {base_kept, base_get, base_open,
    base_close, base_next_part};

/* ---- drops and seals ---- */

static int
seal_seen(void *arg, struct slice key, struct slice value)
{
	struct sealset **seals = arg, *old = *seals;
	struct sealset *new = sealset_apply(old, key, &value);

	if (new == NULL)
		return SC_EDAMAGED;
	*seals = new;
	sealset_unref(old);
	return 0;
}

static int
drop_seen(void *arg, struct slice key, struct slice value)
{
	struct dropset **drops = arg, *old = *drops;
	uint32_t table, part;

	(void)value;
	if (!drop_parse(key, &table, &part))
		return SC_EDAMAGED;
	*drops = dropset_add(old, table, part);
	dropset_unref(old);
	return 0;
}

int
bdb_drops_load(struct bdb *b, struct dropset **drops, struct sealset **seals)
{
	const struct store_range all = {0};
	struct bdb_txn t = {.bdb = b};
	struct dropset *none = dropset_create();
	int rc;

	t.snap.drops = none;
	t.snap.base = &bdb_base;
	t.snap.base_arg = &t;
	rc = snapshot_scan(&t.snap, DROP_TABLE, DROP_PART, &all, drop_seen,
	    drops);
	if (rc == 0)
		rc = snapshot_scan(&t.snap, DROP_TABLE, SEAL_PART, &all,
		    seal_seen, seals);
	dropset_unref(none);
	return rc;
}

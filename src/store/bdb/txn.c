/* SPDX-License-Identifier: ISC */
/* Transactions: a view, a snapshot of it, and the writer's own rows. */
#include "src/store/bdb/bdb_priv.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { SPARE_MAX = 1 << 20 };	/* bytes; larger ones are not kept */

static struct bdb_txn *
txn_of(struct store_txn *t)
{
	return (struct bdb_txn *)t;
}

static struct memkey
key_of(const struct store_table *table, uint32_t part, struct slice key)
{
	return (struct memkey){table->id, part, key};
}

/* The writer's own rows: one memtable serves one transaction after another. */
static struct memtable *
own_take(struct bdb *b)
{
	struct memtable *own = b->spare;

	b->spare = NULL;
	return own != NULL ? own : memtable_create(0);
}

static void
own_return(struct bdb *b, struct memtable *own)
{
	if (memtable_bytes(own) <= SPARE_MAX && memtable_clear(own))
		b->spare = own;
	else
		memtable_destroy(own);
}

struct store_txn *
bdb_begin(struct store *s, bool writer)
{
	struct bdb *b = bdb_of(s);
	struct bdb_txn *t = xcalloc(1, sizeof(*t));

	sc_assert(b->started);
	t->txn = (struct store_txn){s, writer};
	t->bdb = b;
	arena_init(&t->values, 0);
	if (writer) {
		sc_assert(b->writer == NULL);
		t->snap.own = own_take(b);
		if (t->snap.own == NULL) {
			free(t);
			return NULL;
		}
		b->writer = t;
	}
	t->view = bdb_view_ref(b, &t->snap.seq);
	t->snap.layers[t->snap.count++] = t->view->active->rows;
	if (t->view->frozen != NULL)
		t->snap.layers[t->snap.count++] = t->view->frozen->rows;
	t->snap.drops = t->view->drops;
	t->snap.seals = t->view->seals;
	t->snap.segments = &bdb_segments;
	t->snap.segments_arg = b;
	t->snap.values = &t->values;
	t->snap.base = &bdb_base;
	t->snap.base_arg = t;
	return &t->txn;
}

void
bdb_abandon(struct store_txn *txn)
{
	struct bdb_txn *t = txn_of(txn);
	struct bdb *b = t->bdb;

	bdb_view_unref(b, t->view);
	if (txn->writer) {
		b->writer = NULL;
		own_return(b, t->snap.own);
	}
	arena_fini(&t->values);
	free(t);
}

/* Whether T may read now; every 0 is followed by read_end. */
static int
read_begin(struct bdb_txn *t)
{
	int rc = atomic_load_explicit(&t->bdb->failed, memory_order_relaxed);

	return rc != 0 ? rc : bdb_view_enter(t->view);
}

static int
read_end(struct bdb_txn *t, int rc)
{
	bdb_view_leave(t->bdb, t->view);
	return rc;
}

int
bdb_get(struct store_txn *txn, const struct store_table *table, uint32_t part,
    struct slice key, struct slice *value)
{
	struct memkey k = key_of(table, part, key);
	struct bdb_txn *t = txn_of(txn);
	int rc = read_begin(t);

	if (rc != 0)
		return rc;
	return read_end(t, snapshot_get(&t->snap, &k, value));
}

int
bdb_lock(struct store_txn *txn, const struct store_table *table, uint32_t part,
    struct slice key)
{
	/* There is one writer at a time. */
	(void)txn;
	(void)table;
	(void)part;
	(void)key;
	return 0;
}

int
bdb_put(struct store_txn *txn, const struct store_table *table, uint32_t part,
    struct slice key, const struct slice *value)
{
	struct memkey k = key_of(table, part, key);

	return snapshot_put(&txn_of(txn)->snap, &k, value);
}

int
bdb_scan(struct store_txn *txn, const struct store_table *table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	struct bdb_txn *t = txn_of(txn);
	int rc = read_begin(t);

	if (rc != 0)
		return rc;
	return read_end(t, snapshot_scan(&t->snap, table->id, part, range, fn,
	    arg));
}

int
bdb_scan_rows(struct bdb_txn *t, uint32_t table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	int rc = read_begin(t);

	if (rc != 0)
		return rc;
	return read_end(t, snapshot_scan_rows(&t->snap, table, part, range,
	    fn, arg));
}

int
bdb_drop(struct store_txn *txn, const struct store_table *table, uint32_t part)
{
	return snapshot_drop(&txn_of(txn)->snap, table->id, part);
}

int
bdb_parts(struct store_txn *txn, const struct store_table *table,
    int (*fn)(void *, uint32_t), void *arg)
{
	struct bdb_txn *t = txn_of(txn);
	int rc = read_begin(t);

	if (rc != 0)
		return rc;
	return read_end(t, snapshot_parts(&t->snap, table->id, fn, arg));
}

int
bdb_finish(struct store_txn *txn)
{
	struct bdb_txn *t = txn_of(txn);
	int rc = bdb_batch_add(t->bdb, t->snap.own);

	bdb_abandon(txn);
	return rc;
}

int
bdb_rewind(struct store_txn *txn)
{
	return snapshot_rewind(&txn_of(txn)->snap);
}

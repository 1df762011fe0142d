/* SPDX-License-Identifier: ISC */
/* Transactions: what one sees, and whether it may be applied. */
#include "src/store/mem/mem_priv.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

static struct mem_txn *
txn_of(struct store_txn *t)
{
	return (struct mem_txn *)t;
}

void
mem_txn_free(struct mem_txn *t)
{
	memtable_destroy(t->snap.own);
	memtable_destroy(t->locked);
	dropset_unref(t->drops);
	sealset_unref(t->seals);
	arena_fini(&t->values);
	free(t);
}

struct store_txn *
mem_begin(struct store *s, bool writer)
{
	struct mem *m = mem_of(s);
	struct mem_txn *t = xcalloc(1, sizeof(*t));

	t->txn = (struct store_txn){s, writer};
	arena_init(&t->values, 0);
	if (writer) {
		t->snap.own = memtable_create(0);
		t->locked = memtable_create(0);
		if (t->snap.own == NULL || t->locked == NULL) {
			mem_txn_free(t);
			return NULL;
		}
	}
	pthread_mutex_lock(&m->lock);
	t->snap.layers[0] = m->rows;
	t->snap.count = 1;
	t->snap.seq = m->seq;
	t->drops = dropset_ref(m->drops);
	t->snap.drops = t->drops;
	t->seals = sealset_ref(m->seals);
	t->snap.seals = t->seals;
	t->snap.segments = &mem_segments;
	t->snap.segments_arg = m;
	t->snap.values = &t->values;
	t->next = m->open;
	if (t->next != NULL)
		t->next->prev = t;
	m->open = t;
	pthread_mutex_unlock(&m->lock);
	return &t->txn;
}

void
mem_txn_close(struct mem *m, struct mem_txn *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		m->open = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
}

int
mem_get(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key, struct slice *value)
{
	return snapshot_get(&txn_of(t)->snap,
	    &(struct memkey){table->id, part, key}, value);
}

int
mem_lock(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key)
{
	return memtable_put(txn_of(t)->locked,
	    &(struct memkey){table->id, part, key}, NULL, 1);
}

int
mem_put(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key, const struct slice *value)
{
	return snapshot_put(&txn_of(t)->snap,
	    &(struct memkey){table->id, part, key}, value);
}

int
mem_scan(struct store_txn *t, const struct store_table *table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	return snapshot_scan(&txn_of(t)->snap, table->id, part, range, fn,
	    arg);
}

int
mem_drop(struct store_txn *t, const struct store_table *table, uint32_t part)
{
	return snapshot_drop(&txn_of(t)->snap, table->id, part);
}

int
mem_parts(struct store_txn *t, const struct store_table *table,
    int (*fn)(void *, uint32_t), void *arg)
{
	return snapshot_parts(&txn_of(t)->snap, table->id, fn, arg);
}

/* The segment is made at once: here nobody waits. */
int
mem_seal(struct store_txn *txn, const struct store_table *table, uint32_t part,
    bool *done)
{
	struct mem_txn *t = txn_of(txn);
	struct mem *m = mem_of(txn->store);
	const struct seal *open = sealset_find(t->seals, table->id, part);
	struct mem_segment *g;
	struct seal seal;
	int rc;

	if (open == NULL)
		return snapshot_seal_open(&t->snap, table->id, part,
		    table->overlay->id);
	*done = true;
	if (open->state == SEAL_DONE)
		return 0;
	seal = *open;
	seal.state = SEAL_DONE;
	g = xcalloc(1, sizeof(*g));
	buf_init(&g->bytes, 0);
	rc = mem_segment_make(&t->snap, &seal, g, &seal.sum);
	if (rc != 0) {
		mem_segment_free(g);
		return rc;
	}
	pthread_mutex_lock(&m->lock);
	seal.number = g->number = ++m->last_segment;
	g->next = m->segments;
	m->segments = g;
	pthread_mutex_unlock(&m->lock);
	return snapshot_seal_done(&t->snap, &seal);
}

int
mem_sealed(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct store_sealed *sealed)
{
	return snapshot_sealed(&txn_of(t)->snap, table->id, part, sealed);
}

/* Whether a row was written where it may not be any more. */
static bool
part_changed(const struct mem *m, const struct mem_txn *t, uint32_t table,
    uint32_t part)
{
	return (dropset_has(m->drops, table, part) &&
	    !dropset_has(t->drops, table, part)) ||
	    (sealset_find(m->seals, table, part) != NULL &&
	    sealset_find(t->seals, table, part) == NULL);
}

/*
 * Whether a row in SET was changed, or locked by a transaction that changed
 * something, since T began.  The latter is the promise of R24: what the
 * earlier holder of the lock wrote need not be the locked row.
 */
static bool
set_conflicts(const struct mem *m, const struct mem_txn *t,
    const struct memtable *set)
{
	struct memcursor c;
	struct memkey key;
	bool more;

	for (more = memcursor_first(&c, set); more;
	    more = memcursor_next(&c)) {
		key = memcursor_key(&c);
		if (memtable_newest(m->rows, &key) > t->snap.seq ||
		    memtable_newest(m->locks, &key) > t->snap.seq ||
		    part_changed(m, t, key.table, key.part))
			return true;
	}
	return false;
}

static void
seal_apply(struct mem *m, const struct memkey *row,
    const struct memvalue *v)
{
	struct sealset *old = m->seals;

	m->seals = sealset_apply(old, row->key, v->dead ? NULL : &v->value);
	sc_assert(m->seals != NULL);
	sealset_unref(old);
}

static void
drop_apply(struct mem *m, const struct memkey *row)
{
	struct dropset *old = m->drops;
	uint32_t table, part;

	sc_assert(drop_parse(row->key, &table, &part));
	m->drops = dropset_add(old, table, part);
	dropset_unref(old);
}

/* Copies the newest versions in SET to TO; a half-applied transaction must
 * not be seen, so there is no way on without memory. */
static void
set_apply(struct mem *m, struct memtable *to, const struct memtable *set,
    bool count)
{
	struct memvalue v;
	struct memcursor c;
	struct memkey key;
	bool more;

	for (more = memcursor_first(&c, set); more;
	    more = memcursor_next(&c)) {
		key = memcursor_key(&c);
		sc_assert(memcursor_value(&c, UINT64_MAX, &v));
		sc_assert(memtable_put(to, &key, v.dead ? NULL : &v.value,
		    m->seq + 1) == 0);
		if (!count)
			continue;
		m->stats.rows_written++;
		m->stats.bytes_written += key.key.len + v.value.len;
		if (key.table == DROP_TABLE && key.part == SEAL_PART)
			seal_apply(m, &key, &v);
		else if (key.table == DROP_TABLE)
			drop_apply(m, &key);
	}
}

int
mem_finish(struct store_txn *txn)
{
	struct mem_txn *t = txn_of(txn);
	struct mem *m = mem_of(txn->store);
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	mem_txn_close(m, t);
	if (set_conflicts(m, t, t->snap.own) ||
	    set_conflicts(m, t, t->locked)) {
		m->stats.reruns++;
		rc = SC_ERERUN;
	} else {
		if (memtable_rows(t->snap.own) > 0) {
			set_apply(m, m->rows, t->snap.own, true);
			set_apply(m, m->locks, t->locked, false);
			m->seq++;
		}
		m->stats.transactions++;
	}
	mem_compact(m);
	pthread_mutex_unlock(&m->lock);
	mem_txn_free(t);
	return rc;
}

void
mem_abandon(struct store_txn *txn)
{
	struct mem *m = mem_of(txn->store);

	pthread_mutex_lock(&m->lock);
	mem_txn_close(m, txn_of(txn));
	mem_compact(m);
	pthread_mutex_unlock(&m->lock);
	mem_txn_free(txn_of(txn));
}

int
mem_rewind(struct store_txn *txn)
{
	return snapshot_rewind(&txn_of(txn)->snap);
}

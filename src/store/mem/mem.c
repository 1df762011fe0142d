/* SPDX-License-Identifier: ISC */
#include "src/store/mem/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/store/mem/mem_priv.h"

enum { COMPACT_MIN = 1 << 20 };	/* smaller tables are left alone */

static const struct store_engine mem_engine;

struct mem *
mem_of(struct store *s)
{
	sc_assert(s->engine == &mem_engine);
	return (struct mem *)s;
}

static void
queue_init(struct mem_queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
queue_add(struct mem_queue *q, uint64_t batch, uint64_t seq,
    store_done_fn *done, void *arg)
{
	struct mem_wait *w = xcalloc(1, sizeof(*w));

	w->batch = batch;
	w->seq = seq;
	w->done = done;
	w->arg = arg;
	*q->last = w;
	q->last = &w->next;
}

static struct mem_wait *
queue_take(struct mem_queue *q)
{
	struct mem_wait *w = q->first;

	q->first = w->next;
	if (q->first == NULL)
		q->last = &q->first;
	return w;
}

static void
queue_clear(struct mem_queue *q)
{
	while (q->first != NULL)
		free(queue_take(q));
}

struct store *
mem_open(bool auto_sync)
{
	struct mem *m = xcalloc(1, sizeof(*m));

	m->store.engine = &mem_engine;
	m->auto_sync = auto_sync;
	pthread_mutex_init(&m->lock, NULL);
	m->rows = memtable_create(0);
	m->locks = memtable_create(0);
	m->drops = dropset_create();
	m->seals = sealset_create();
	m->batch = 1;
	queue_init(&m->commits);
	queue_init(&m->barriers);
	if (m->rows == NULL || m->locks == NULL) {
		store_close(&m->store);
		return NULL;
	}
	return &m->store;
}

/* After a crash whoever starts again declares the tables that there were. */
static int
table_again(struct mem_table *t, struct store_table **table)
{
	if (t->declared)
		return SC_ECONFLICT;
	t->declared = true;
	*table = &t->table;
	return 0;
}

static int
mem_table_add(struct store *s, const char *name, unsigned flags,
    struct store_table **table)
{
	struct mem *m = mem_of(s);
	struct mem_table *t;

	for (t = m->tables; t != NULL; t = t->next) {
		if (strcmp(t->table.name, name) == 0)
			return table_again(t, table);
	}
	t = xcalloc(1, sizeof(*t));
	t->declared = true;
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->table = (struct store_table){.store = s, .name = t->name,
	    .flags = flags, .id = ++m->ids};
	t->next = m->tables;
	m->tables = t;
	*table = &t->table;
	return 0;
}

static int
mem_start(struct store *s, char *why, size_t whylen)
{
	(void)s;
	(void)why;
	(void)whylen;
	return 0;
}

/* ---- the state as a whole ---- */

static bool
row_dropped(void *arg, const struct memkey *key)
{
	return dropset_has(arg, key->table, key->part);
}

/* Forgets versions between LOW and HIGH's reach; rows in DROPS as well. */
static int
rows_rebuild(struct mem *m, uint64_t low, uint64_t high,
    struct dropset *drops)
{
	struct memtable *rows = memtable_create(0);

	if (rows == NULL)
		return SC_ENOMEM;
	if (memtable_copy(rows, m->rows, low, high,
	    drops == NULL ? NULL : row_dropped, drops) != 0 ||
	    !memtable_clear(m->locks)) {
		memtable_destroy(rows);
		return SC_ENOMEM;
	}
	memtable_destroy(m->rows);
	m->rows = rows;
	m->compacted = memtable_bytes(rows);
	return 0;
}

void
mem_compact(struct mem *m)
{
	size_t bytes = memtable_bytes(m->rows) + memtable_bytes(m->locks);

	if (m->open != NULL)
		return;
	if (m->durable == m->seq)
		mem_segments_collect(m);
	if (bytes < COMPACT_MIN || bytes < 2 * m->compacted)
		return;
	/* Without memory everything stays as it was. */
	(void)rows_rebuild(m, m->durable, m->seq,
	    m->durable == m->seq ? m->drops : NULL);
}

static int
drop_seen(void *arg, struct slice key, struct slice value)
{
	struct dropset **drops = arg, *old = *drops;
	uint32_t table, part;

	(void)value;
	sc_assert(drop_parse(key, &table, &part));
	*drops = dropset_add(old, table, part);
	dropset_unref(old);
	return 0;
}

static int
seal_seen(void *arg, struct slice key, struct slice value)
{
	struct sealset **seals = arg, *old = *seals;

	*seals = sealset_apply(old, key, &value);
	sc_assert(*seals != NULL);
	sealset_unref(old);
	return 0;
}

/* Reads drops and seals from their rows. */
static void
drops_load(struct mem *m)
{
	const struct store_range all = {0};
	struct snapshot snap = {.layers = {m->rows}, .count = 1,
	    .seq = m->seq};
	struct dropset *none = dropset_create();

	dropset_unref(m->drops);
	m->drops = dropset_create();
	snap.drops = none;
	sc_assert(snapshot_scan(&snap, DROP_TABLE, DROP_PART, &all, drop_seen,
	    &m->drops) == 0);
	sealset_unref(m->seals);
	m->seals = sealset_create();
	sc_assert(snapshot_scan(&snap, DROP_TABLE, SEAL_PART, &all, seal_seen,
	    &m->seals) == 0);
	dropset_unref(none);
}

/* ---- batches ---- */

static void
mem_commit(struct store *s, store_done_fn *done, void *arg)
{
	struct mem *m = mem_of(s);

	pthread_mutex_lock(&m->lock);
	m->committed = m->seq;
	queue_add(&m->commits, m->batch++, m->seq, done, arg);
	m->waiting++;
	m->stats.batches++;
	pthread_mutex_unlock(&m->lock);
	if (m->auto_sync)
		mem_sync(s, UINT32_MAX);
}

static void
mem_barrier(struct store *s, store_done_fn *done, void *arg)
{
	struct mem *m = mem_of(s);
	uint64_t batch;
	bool wait;

	pthread_mutex_lock(&m->lock);
	batch = m->seq > m->committed ? m->batch : m->batch - 1;
	wait = batch > m->batch_durable;
	if (wait)
		queue_add(&m->barriers, batch, 0, done, arg);
	pthread_mutex_unlock(&m->lock);
	if (!wait)
		done(arg, 0);
}

/* The next completion that is due, a commit's or barrier's; barriers come
 * after the commit that they waited for.  The lock is held. */
static struct mem_wait *
next_due(struct mem *m, unsigned *n)
{
	struct mem_wait *w;

	if (m->barriers.first != NULL &&
	    m->barriers.first->batch <= m->batch_durable)
		return queue_take(&m->barriers);
	if (*n == 0 || m->commits.first == NULL)
		return NULL;
	w = queue_take(&m->commits);
	m->durable = w->seq;
	m->batch_durable = w->batch;
	m->waiting--;
	m->stats.syncs++;
	(*n)--;
	return w;
}

unsigned
mem_sync(struct store *s, unsigned n)
{
	struct mem *m = mem_of(s);
	struct mem_wait *w;
	unsigned left = n;

	pthread_mutex_lock(&m->lock);
	while ((w = next_due(m, &left)) != NULL) {
		pthread_mutex_unlock(&m->lock);
		w->done(w->arg, 0);
		free(w);
		pthread_mutex_lock(&m->lock);
	}
	mem_compact(m);
	pthread_mutex_unlock(&m->lock);
	return n - left;
}

unsigned
mem_waiting(const struct store *s)
{
	const struct mem *m = (const struct mem *)s;

	sc_assert(s->engine == &mem_engine);
	return m->waiting;
}

void
mem_crash(struct store *s, unsigned keep)
{
	struct mem *m = mem_of(s);
	struct mem_table *table;
	struct mem_wait *w;
	struct mem_txn *t;

	pthread_mutex_lock(&m->lock);
	for (table = m->tables; table != NULL; table = table->next)
		table->declared = false;
	while ((t = m->open) != NULL) {
		mem_txn_close(m, t);
		mem_txn_free(t);
	}
	while (m->commits.first != NULL) {
		w = queue_take(&m->commits);
		if (keep > 0) {
			m->durable = w->seq;
			keep--;
		}
		free(w);
	}
	queue_clear(&m->barriers);
	m->waiting = 0;
	m->batch_durable = m->batch - 1;
	m->seq = m->committed = m->durable;
	sc_assert(rows_rebuild(m, m->seq, m->seq, NULL) == 0);
	drops_load(m);
	pthread_mutex_unlock(&m->lock);
}

/* ---- the rest ---- */

void
mem_set_state(struct store *s, int state)
{
	struct mem *m = mem_of(s);

	pthread_mutex_lock(&m->lock);
	m->state = state;
	pthread_mutex_unlock(&m->lock);
}

static int
mem_state(struct store *s)
{
	struct mem *m = mem_of(s);
	int state;

	pthread_mutex_lock(&m->lock);
	state = m->state;
	pthread_mutex_unlock(&m->lock);
	return state;
}

static void
mem_stats(struct store *s, struct store_stats *stats)
{
	struct mem *m = mem_of(s);

	pthread_mutex_lock(&m->lock);
	*stats = m->stats;
	stats->memory = memtable_bytes(m->rows) + memtable_bytes(m->locks);
	pthread_mutex_unlock(&m->lock);
}

static int
mem_close(struct store *s)
{
	struct mem *m = mem_of(s);
	struct mem_table *t;
	struct mem_wait *w;

	sc_assert(m->open == NULL);
	mem_sync(s, UINT32_MAX);
	while (m->barriers.first != NULL) {
		w = queue_take(&m->barriers);
		w->done(w->arg, SC_EUNAVAILABLE);
		free(w);
	}
	while ((t = m->tables) != NULL) {
		m->tables = t->next;
		free(t);
	}
	sealset_unref(m->seals);
	m->seals = sealset_create();
	mem_segments_collect(m);
	sealset_unref(m->seals);
	memtable_destroy(m->rows);
	memtable_destroy(m->locks);
	dropset_unref(m->drops);
	pthread_mutex_destroy(&m->lock);
	free(m);
	return 0;
}

static const struct store_engine mem_engine = {
	.name = "mem",
	.table_add = mem_table_add,
	.start = mem_start,
	.begin = mem_begin,
	.get = mem_get,
	.lock = mem_lock,
	.put = mem_put,
	.scan = mem_scan,
	.drop = mem_drop,
	.parts = mem_parts,
	.finish = mem_finish,
	.abandon = mem_abandon,
	.rewind = mem_rewind,
	.seal = mem_seal,
	.sealed = mem_sealed,
	.commit = mem_commit,
	.barrier = mem_barrier,
	.state = mem_state,
	.stats = mem_stats,
	.close = mem_close,
};

/* SPDX-License-Identifier: ISC */
/*
 * All rows are in one memtable.  A transaction keeps its writes in a memtable
 * of its own, and the rows that it locked in another, until it finishes.
 *
 * The lock guards everything but the memtables, which guard themselves.  The
 * big memtable is replaced (compaction, crash) only while no transaction is
 * open.
 */
#include "src/store/mem/mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/store/engine.h"
#include "src/store/snapshot.h"

enum { COMPACT_MIN = 1 << 20 };	/* smaller tables are left alone */

struct mem_table {
	struct store_table table;
	char name[40];
	bool declared;			/* since the start or the last crash */
	struct mem_table *next;
};

/* A segment, as the file that it would be. */
struct mem_segment {
	struct mem_segment *next;
	uint64_t number;
	struct buf bytes;
	struct segment *segment;
};

struct mem_txn {
	struct store_txn txn;
	struct snapshot snap;
	struct memtable *locked;	/* rows as tombstones; writers only */
	struct dropset *drops;
	struct sealset *seals;
	struct arena values;		/* of what was read in segments */
	struct mem_txn *prev, *next;	/* of those that are open */
};

/* A call that waits for a batch. */
struct mem_wait {
	struct mem_wait *next;
	uint64_t batch;			/* its number */
	uint64_t seq;			/* of the last transaction in it */
	store_done_fn *done;
	void *arg;
};

struct mem_queue {
	struct mem_wait *first, **last;
};

struct mem {
	struct store store;
	bool auto_sync;
	pthread_mutex_t lock;
	int state;
	struct mem_table *tables;
	uint32_t ids;
	struct memtable *rows;		/* everything */
	struct memtable *locks;		/* when rows were last locked */
	struct dropset *drops;		/* as of SEQ */
	struct sealset *seals;
	struct mem_segment *segments;
	uint64_t last_segment;
	struct mem_txn *open;
	uint64_t seq, committed, durable;	/* of the last transaction */
	uint64_t batch;			/* number of the open batch */
	uint64_t batch_durable;
	size_t compacted;		/* bytes after the last compaction */
	struct mem_queue commits, barriers;
	unsigned waiting;		/* commits */
	struct store_stats stats;
};

static const struct store_engine mem_engine;

static struct mem *
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

static void
segment_free(struct mem_segment *g)
{
	segment_close(g->segment);
	buf_fini(&g->bytes);
	free(g);
}

/* Forgets the segments of which no seal tells. */
static void
segments_collect(struct mem *m)
{
	struct mem_segment **p = &m->segments, *g;

	while ((g = *p) != NULL) {
		if (sealset_has_segment(m->seals, g->number)) {
			p = &g->next;
			continue;
		}
		*p = g->next;
		segment_free(g);
	}
}

/* Versions that neither a transaction nor a crash can ask for any more go
 * when they take as much memory as all the rest. */
static void
compact(struct mem *m)
{
	size_t bytes = memtable_bytes(m->rows) + memtable_bytes(m->locks);

	if (m->open != NULL)
		return;
	if (m->durable == m->seq)
		segments_collect(m);
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

/* ---- segments ---- */

static int
segment_ref(void *arg, const struct seal *seal, struct segment **segment)
{
	struct mem *m = arg;
	struct mem_segment *g;

	pthread_mutex_lock(&m->lock);
	for (g = m->segments; g != NULL && g->number != seal->number;
	    g = g->next)
		;
	pthread_mutex_unlock(&m->lock);
	if (g == NULL)
		return SC_EDAMAGED;
	*segment = g->segment;
	return 0;
}

/* They stay while a transaction is open. */
static void
segment_unref(void *arg, struct segment *segment)
{
	(void)arg;
	(void)segment;
}

static void
segment_failed(void *arg, const struct seal *seal, int rc)
{
	(void)arg;
	(void)seal;
	(void)rc;
}

static const struct snapshot_segments mem_segments = {segment_ref,
    segment_unref, segment_failed};

static int
segment_write(void *arg, const void *p, size_t n)
{
	struct mem_segment *g = arg;

	buf_put(&g->bytes, p, n);
	return buf_failed(&g->bytes) ? SC_ENOMEM : 0;
}

static int
segment_read(void *arg, uint64_t at, void *p, size_t n)
{
	struct mem_segment *g = arg;

	memcpy(p, buf_slice(&g->bytes).p + at, n);
	return 0;
}

static int
segment_row(void *arg, struct slice key, struct slice value)
{
	return segment_writer_add(arg, key, value);
}

/* The rows of a partition that do not change any more. */
static int
segment_make(struct snapshot *snap, const struct seal *seal,
    struct mem_segment *g, struct segment_sum *sum)
{
	const struct store_range all = {.reverse = false};
	struct segment_file file = {.read = segment_read, .arg = g};
	struct segment_writer w;
	int rc = segment_writer_init(&w, segment_write, g);

	if (rc == 0)
		rc = snapshot_scan_rows(snap, seal->table, seal->part, &all,
		    segment_row, &w);
	if (rc == 0)
		rc = segment_writer_end(&w, sum);
	segment_writer_fini(&w);
	file.size = g->bytes.len;
	return rc != 0 ? rc : segment_open(&file, &g->segment);
}

/* ---- transactions ---- */

static struct mem_txn *
txn_of(struct store_txn *t)
{
	return (struct mem_txn *)t;
}

static void
txn_free(struct mem_txn *t)
{
	memtable_destroy(t->snap.own);
	memtable_destroy(t->locked);
	dropset_unref(t->drops);
	sealset_unref(t->seals);
	arena_fini(&t->values);
	free(t);
}

static struct store_txn *
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
			txn_free(t);
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

/* Takes T out of the open transactions; the lock is held. */
static void
txn_close(struct mem *m, struct mem_txn *t)
{
	if (t->prev != NULL)
		t->prev->next = t->next;
	else
		m->open = t->next;
	if (t->next != NULL)
		t->next->prev = t->prev;
}

static int
mem_get(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key, struct slice *value)
{
	return snapshot_get(&txn_of(t)->snap,
	    &(struct memkey){table->id, part, key}, value);
}

static int
mem_lock(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key)
{
	return memtable_put(txn_of(t)->locked,
	    &(struct memkey){table->id, part, key}, NULL, 1);
}

static int
mem_put(struct store_txn *t, const struct store_table *table, uint32_t part,
    struct slice key, const struct slice *value)
{
	return snapshot_put(&txn_of(t)->snap,
	    &(struct memkey){table->id, part, key}, value);
}

static int
mem_scan(struct store_txn *t, const struct store_table *table, uint32_t part,
    const struct store_range *range, store_scan_fn *fn, void *arg)
{
	return snapshot_scan(&txn_of(t)->snap, table->id, part, range, fn,
	    arg);
}

static int
mem_drop(struct store_txn *t, const struct store_table *table, uint32_t part)
{
	return snapshot_drop(&txn_of(t)->snap, table->id, part);
}

static int
mem_parts(struct store_txn *t, const struct store_table *table,
    int (*fn)(void *, uint32_t), void *arg)
{
	return snapshot_parts(&txn_of(t)->snap, table->id, fn, arg);
}

/* The segment is made at once: here nobody waits. */
static int
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
	rc = segment_make(&t->snap, &seal, g, &seal.sum);
	if (rc != 0) {
		segment_free(g);
		return rc;
	}
	pthread_mutex_lock(&m->lock);
	seal.number = g->number = ++m->last_segment;
	g->next = m->segments;
	m->segments = g;
	pthread_mutex_unlock(&m->lock);
	return snapshot_seal_done(&t->snap, &seal);
}

static int
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

static int
mem_finish(struct store_txn *txn)
{
	struct mem_txn *t = txn_of(txn);
	struct mem *m = mem_of(txn->store);
	int rc = 0;

	pthread_mutex_lock(&m->lock);
	txn_close(m, t);
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
	compact(m);
	pthread_mutex_unlock(&m->lock);
	txn_free(t);
	return rc;
}

static void
mem_abandon(struct store_txn *txn)
{
	struct mem *m = mem_of(txn->store);

	pthread_mutex_lock(&m->lock);
	txn_close(m, txn_of(txn));
	compact(m);
	pthread_mutex_unlock(&m->lock);
	txn_free(txn_of(txn));
}

static int
mem_rewind(struct store_txn *txn)
{
	return snapshot_rewind(&txn_of(txn)->snap);
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
	compact(m);
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
		txn_close(m, t);
		txn_free(t);
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
	segments_collect(m);
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

/* SPDX-License-Identifier: ISC */
/*
 * Which memtables a transaction reads, and when a frozen one may go to the
 * trees.
 *
 * A transaction looks in its view's active memtable, then in the frozen one,
 * then in the trees.  The write-back of a memtable changes the trees under
 * everybody.  Who began after it was frozen does not notice: it has that
 * memtable before the trees, and finds there whatever the write-back changes.
 * Who began before may not: it could miss a row in its memtables, as newer
 * than its snapshot, and then find it in a tree.  So the write-back waits for
 * the views of earlier generations to end, or makes them expire.
 */
#include "src/store/bdb/bdb_priv.h"

#include <stdlib.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { ROW_BYTES = 256 };	/* about what one takes in a memtable */

static struct bdb_layer *
layer_create(const struct bdb *b)
{
	struct bdb_layer *l = xcalloc(1, sizeof(*l));

	l->rows = memtable_create(b->conf.memtable_bytes / ROW_BYTES);
	if (l->rows == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

static void
layer_unref(struct bdb_layer *l)
{
	if (l == NULL || --l->refs > 0)
		return;
	memtable_destroy(l->rows);
	dropset_unref(l->drops);
	sealset_unref(l->seals);
	free(l);
}

/* Makes a view of these the current one; takes the references to DROPS and
 * SEALS.  The caller holds LOCK, as for all functions here that do not take
 * it. */
static void
view_push(struct bdb *b, struct bdb_layer *active, struct bdb_layer *frozen,
    struct dropset *drops, struct sealset *seals, uint64_t generation)
{
	struct bdb_view *v = xcalloc(1, sizeof(*v));

	v->generation = generation;
	v->active = active;
	v->active->refs++;
	v->frozen = frozen;
	if (frozen != NULL)
		frozen->refs++;
	v->drops = drops;
	v->seals = seals;
	v->older = b->current;
	if (b->current != NULL)
		b->current->newer = v;
	else
		b->oldest = v;
	b->current = v;
}

static void
view_collect(struct bdb *b, struct bdb_view *v)
{
	if (v->users > 0 || v == b->current)
		return;
	if (v->older != NULL)
		v->older->newer = v->newer;
	else
		b->oldest = v->newer;
	v->newer->older = v->older;
	layer_unref(v->active);
	layer_unref(v->frozen);
	dropset_unref(v->drops);
	sealset_unref(v->seals);
	free(v);
}

/* The current view gives way to another. */
static void
view_replace(struct bdb *b, struct bdb_layer *active,
    struct bdb_layer *frozen, struct dropset *drops, struct sealset *seals,
    uint64_t generation)
{
	struct bdb_view *old = b->current;

	view_push(b, active, frozen, drops, seals, generation);
	view_collect(b, old);
	pthread_cond_broadcast(&b->changed);
}

int
bdb_views_init(struct bdb *b)
{
	struct bdb_layer *active = layer_create(b);

	if (active == NULL)
		return SC_ENOMEM;
	b->active = active->rows;
	view_push(b, active, NULL, dropset_create(), sealset_create(), 1);
	return 0;
}

void
bdb_views_fini(struct bdb *b)
{
	struct bdb_view *v = b->current;

	if (v == NULL)
		return;
	sc_assert(b->oldest == v && v->users == 0);
	layer_unref(v->active);
	layer_unref(v->frozen);
	dropset_unref(v->drops);
	sealset_unref(v->seals);
	free(v);
	b->current = b->oldest = NULL;
}

struct bdb_view *
bdb_view_ref(struct bdb *b, uint64_t *seq)
{
	struct bdb_view *v;

	pthread_mutex_lock(&b->lock);
	v = b->current;
	v->users++;
	*seq = b->seq;
	pthread_mutex_unlock(&b->lock);
	return v;
}

void
bdb_view_unref(struct bdb *b, struct bdb_view *v)
{
	pthread_mutex_lock(&b->lock);
	if (--v->users == 0 && v != b->current) {
		view_collect(b, v);
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
}

int
bdb_view_enter(struct bdb_view *v)
{
	/* Either this read sees that the view expired, or the write-back sees
	 * that a read is in progress: both orders are sequential. */
	atomic_fetch_add(&v->busy, 1);
	if (!atomic_load(&v->expired))
		return 0;
	atomic_fetch_sub(&v->busy, 1);
	return SC_ERERUN;
}

void
bdb_view_leave(struct bdb *b, struct bdb_view *v)
{
	/* The caller's reference keeps V alive until after this. */
	if (atomic_fetch_sub(&v->busy, 1) == 1 && atomic_load(&v->expired)) {
		pthread_mutex_lock(&b->lock);
		pthread_cond_broadcast(&b->changed);
		pthread_mutex_unlock(&b->lock);
	}
}

void
bdb_view_drop(struct bdb *b, uint32_t table, uint32_t part)
{
	struct bdb_view *v = b->current;

	view_replace(b, v->active, v->frozen,
	    dropset_add(v->drops, table, part), sealset_ref(v->seals),
	    v->generation);
}

void
bdb_view_seal_take(struct bdb *b, struct sealset *seals)
{
	struct bdb_view *v = b->current;

	view_replace(b, v->active, v->frozen, dropset_ref(v->drops), seals,
	    v->generation);
}

int
bdb_view_freeze(struct bdb *b)
{
	struct bdb_view *v = b->current;
	struct bdb_layer *active = layer_create(b), *old = v->active;

	sc_assert(v->frozen == NULL);
	b->freeze_wanted = b->grown = false;
	if (active == NULL)
		return SC_ENOMEM;
	old->seq = b->committed_seq;
	old->batch = b->logged_batch;
	old->lsn = b->logged_lsn;
	old->drops = dropset_ref(v->drops);
	old->seals = sealset_ref(v->seals);
	old->segments_until = bdb_seal_until(b);
	b->active = active->rows;
	view_replace(b, active, old, dropset_ref(v->drops),
	    sealset_ref(v->seals), v->generation + 1);
	return 0;
}

void
bdb_view_thaw(struct bdb *b)
{
	struct bdb_view *v;

	pthread_mutex_lock(&b->lock);
	v = b->current;
	view_replace(b, v->active, NULL, dropset_ref(v->drops),
	    sealset_ref(v->seals), v->generation);
	pthread_mutex_unlock(&b->lock);
}

/* Whether a transaction of an earlier generation may read the trees. */
static bool
earlier_reads(const struct bdb *b)
{
	struct bdb_view *v;

	for (v = b->oldest; v->generation < b->current->generation;
	    v = v->newer) {
		if (v->users > 0 && (!atomic_load(&v->expired) ||
		    atomic_load(&v->busy) > 0))
			return true;
	}
	return false;
}

void
bdb_view_settle(struct bdb *b)
{
	pthread_mutex_lock(&b->lock);
	while (earlier_reads(b)) {
		if (!b->held) {
			b->held = true;
			pthread_cond_broadcast(&b->changed);
		}
		pthread_cond_wait(&b->changed, &b->lock);
	}
	b->held = false;
	pthread_mutex_unlock(&b->lock);
}

void
bdb_view_expire(struct bdb *b)
{
	struct bdb_view *v;

	for (v = b->oldest; v->generation < b->current->generation;
	    v = v->newer)
		atomic_store(&v->expired, true);
	pthread_cond_broadcast(&b->changed);
}

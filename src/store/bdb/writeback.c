/* SPDX-License-Identifier: ISC */
/*
 * The write-back thread: brings a frozen memtable into the trees, in key
 * order and each row once however often it changed, in transactions of
 * bounded size that nobody waits for.  Their order in BDB's log is what makes
 * a crash harmless: rows, then "applied up to"; a restart takes the log of
 * batches from there, and rows that are in the trees already are merely
 * written again.
 *
 * After that, when it is time: a checkpoint, and log files go that neither
 * BDB nor a restart of ours would read.
 */
#include "src/store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "src/common/err.h"

enum {
	CHUNK_ROWS = 1024,	/* in a transaction, and locks with them */
	BULK_SIZE = 256 << 10,	/* of rows that BDB gets at once */
	TICK_LOW_MS = 1000	/* how often to look when the disk is full */
};

/* A transaction at a time: up to CHUNK_ROWS rows of one tree from AT on. */
struct chunk {
	struct bdb *bdb;
	const struct bdb_layer *layer;
	struct memcursor at;	/* the first row that is not done */
	bool more;
	/* rows to put, in BDB's layout; END is where the next one goes */
	DBT bulk;
	void *end;
	unsigned count;
};

static void
bulk_clear(struct chunk *c)
{
	c->bulk.flags = DB_DBT_USERMEM;
	DB_MULTIPLE_WRITE_INIT(c->end, &c->bulk);
	c->count = 0;
}

/* Puts the collected rows: in one call BDB finds its way once per page. */
static int
bulk_put(struct chunk *c, DB *db, DB_TXN *txn)
{
	int ret;

	if (c->count == 0)
		return 0;
	ret = db->put(db, txn, &c->bulk, NULL, DB_MULTIPLE_KEY);
	bulk_clear(c);
	return ret;
}

/* BDB writes to neither of these; its interface knows no const. */
static void
dbt_of(DBT *t, struct slice s)
{
	memset(t, 0, sizeof(*t));
	t->data = (void *)(uintptr_t)s.p;
	t->size = (uint32_t)s.len;
}

static bool
bulk_add(struct chunk *c, struct slice key, struct slice value)
{
	uint8_t *k, *v;

	DB_MULTIPLE_KEY_RESERVE_NEXT(c->end, &c->bulk, k, key.len, v,
	    value.len);
	if (k == NULL)
		return false;
	memcpy(k, key.p, key.len);
	memcpy(v, value.p, value.len);
	c->count++;
	return true;
}

static int
row_write(struct chunk *c, DB *db, DB_TXN *txn, struct slice key,
    const struct memvalue *v)
{
	DBT k, d;
	int ret;

	if (!v->dead && bulk_add(c, key, v->value))
		return 0;
	ret = bulk_put(c, db, txn);
	if (ret != 0)
		return ret;
	if (!v->dead && bulk_add(c, key, v->value))
		return 0;
	dbt_of(&k, key);
	dbt_of(&d, v->value);
	if (!v->dead)
		return db->put(db, txn, &k, &d, 0);
	ret = db->del(db, txn, &k, 0);
	return ret == DB_NOTFOUND ? 0 : ret;
}

static bool
same_tree(struct memkey a, struct memkey b)
{
	return a.table == b.table && a.part == b.part;
}

/* Writes the rows of a chunk; C moves past them. */
static int
chunk_rows(struct chunk *c, DB *db, DB_TXN *txn)
{
	struct memkey first = memcursor_key(&c->at), key = first;
	struct memvalue v;
	int ret, n = 0;

	while (n < CHUNK_ROWS && same_tree(key, first)) {
		/* What is not committed stays out: it may never be. */
		if (memcursor_value(&c->at, c->layer->seq, &v)) {
			ret = row_write(c, db, txn, key.key, &v);
			if (ret != 0)
				return ret;
			n++;
		}
		c->more = memcursor_next(&c->at);
		if (!c->more)
			break;
		key = memcursor_key(&c->at);
	}
	return bulk_put(c, db, txn);
}

static int
chunk_write(struct chunk *c, DB *db)
{
	DB_ENV *env = c->bdb->env;
	struct memcursor begin = c->at;
	DB_TXN *txn;
	int ret;

	do {
		c->at = begin;
		bulk_clear(c);
		ret = env->txn_begin(env, NULL, &txn, DB_TXN_NOSYNC);
		if (ret != 0)
			break;
		ret = chunk_rows(c, db, txn);
		if (ret == 0)
			ret = txn->commit(txn, DB_TXN_NOSYNC);
		else
			(void)txn->abort(txn);
	} while (ret == DB_LOCK_DEADLOCK || ret == DB_LOCK_NOTGRANTED);
	return ret == 0 ? 0 : bdb_error(c->bdb, "writing back", ret);
}

/* Past the partition that the cursor is in. */
static bool
skip_partition(struct chunk *c)
{
	struct memkey key = memcursor_key(&c->at);

	key.key = slice_of(NULL, 0);
	if (key.part++ == UINT32_MAX)
		key.table++;
	return memcursor_seek(&c->at, c->layer->rows, &key);
}

static int
next_chunk(struct chunk *c)
{
	struct memkey key = memcursor_key(&c->at);
	struct bdb_tree *tree;
	int rc;

	if (dropset_has(c->layer->drops, key.table, key.part)) {
		c->more = skip_partition(c);
		return 0;
	}
	rc = bdb_tree_ref(c->bdb, key.table, key.part, true, &tree);
	if (rc != 0)
		return rc;
	rc = chunk_write(c, bdb_tree_db(tree));
	bdb_tree_unref(c->bdb, tree);
	if (rc == 0)
		bdb_point(c->bdb, "writeback-chunk");
	return rc;
}

static int
layer_write(struct bdb *b, const struct bdb_layer *l)
{
	struct chunk c = {.bdb = b, .layer = l};
	int rc = 0;

	c.bulk.data = malloc(BULK_SIZE);
	if (c.bulk.data == NULL)
		return bdb_fail(b, "out of memory", 0);
	c.bulk.ulen = BULK_SIZE;
	c.more = memcursor_first(&c.at, l->rows);
	while (rc == 0 && c.more)
		rc = next_chunk(&c);
	free(c.bulk.data);
	return rc;
}

/* ---- checkpoints and log files ---- */

static uint64_t
log_position(const struct bdb *b, const DB_LSN *lsn)
{
	return (uint64_t)lsn->file * b->conf.log_bytes + lsn->offset;
}

static int
log_end(struct bdb *b, DB_LSN *lsn)
{
	DB_LOG_STAT *stat;
	int ret = b->env->log_stat(b->env, &stat, 0);

	if (ret != 0)
		return bdb_error(b, "log_stat", ret);
	lsn->file = stat->st_cur_file;
	lsn->offset = stat->st_cur_offset;
	free(stat);
	return 0;
}

/* Removes the files of LIST that are before APPLIED. */
static void
logs_unlink(struct bdb *b, char *const *list, const DB_LSN *applied)
{
	const char *number;

	for (; *list != NULL; list++) {
		number = strrchr(*list, '.');
		if (number == NULL ||
		    strtoul(number + 1, NULL, 10) >= applied->file)
			continue;
		if (unlink(*list) != 0)
			bdb_log(b, LOG_WARNING, "cannot remove %s", *list);
	}
}

/* Removes the files that are before APPLIED and that BDB is done with. */
static void
logs_remove(struct bdb *b, const DB_LSN *applied)
{
	char **list = NULL;
	int ret;

	/* a backup may be reading them */
	if (pthread_mutex_trylock(&b->remove_lock) != 0)
		return;
	ret = b->env->log_archive(b->env, &list, DB_ARCH_ABS);
	if (ret == 0 && list != NULL)
		logs_unlink(b, list, applied);
	pthread_mutex_unlock(&b->remove_lock);
	free(list);
	if (ret != 0)
		bdb_error(b, "log_archive", ret);
	else
		bdb_point(b, "logs-removed");
}

static void
checkpoint(struct bdb *b, const DB_LSN *applied, bool force)
{
	int64_t now = bdb_now();
	DB_LSN end;
	int ret;

	if (log_end(b, &end) != 0)
		return;
	if (!force && now - b->checkpointed_at < b->conf.checkpoint_ms &&
	    log_position(b, &end) - log_position(b, &b->checkpoint_lsn) <
	    BDB_CHECKPOINT_LOGS * (uint64_t)b->conf.log_bytes)
		return;
	/* the names of databases, before the log need not have them */
	ret = bdb_folder_sync(b, "data");
	if (ret != 0) {
		bdb_error(b, "syncing the data directory", ret);
		return;
	}
	ret = b->env->txn_checkpoint(b->env, 0, 0, DB_FORCE);
	if (ret != 0) {
		bdb_error(b, "checkpoint", ret);
		return;
	}
	if (bdb_mark_sync(b) != 0)
		return;
	b->checkpointed_at = now;
	b->checkpoint_lsn = end;
	bdb_point(b, "checkpointed");
	logs_remove(b, applied);
}

/* ---- all of it ---- */

static void
writeback(struct bdb *b, struct bdb_layer *l, bool force)
{
	struct bdb_applied applied = {l->lsn, l->batch};
	struct dropset *drops = dropset_ref(l->drops);
	struct sealset *seals = sealset_ref(l->seals);
	uint64_t until = l->segments_until;

	/* After an error the store has failed, and the log has it all. */
	if (layer_write(b, l) == 0 && atomic_load(&b->failed) == 0 &&
	    bdb_meta_apply(b, &applied) == 0) {
		bdb_point(b, "writeback-done");
		bdb_view_thaw(b);
		checkpoint(b, &applied.lsn, force);
		if (pthread_mutex_trylock(&b->remove_lock) == 0) {
			bdb_trees_remove(b, drops);
			bdb_segments_remove(b, seals, until);
			pthread_mutex_unlock(&b->remove_lock);
		}
	}
	dropset_unref(drops);
	sealset_unref(seals);
}

/* Whether it is time for a memtable that is not full. */
static bool
is_due(const struct bdb *b, int64_t now)
{
	if (b->grown && !b->dirty && now - b->written_at >= BDB_QUIET_MS)
		return true;
	return memtable_bytes(b->current->active->rows) > 0 &&
	    now - b->frozen_at >= b->conf.checkpoint_ms;
}

/* Freezes what is old enough though small, if no batch is open, and what has
 * grown when nobody writes: in trees it takes less memory. */
static void
freeze_due(struct bdb *b)
{
	bool frozen = false;

	pthread_mutex_lock(&b->write_lock);
	pthread_mutex_lock(&b->lock);
	if (b->current->frozen == NULL && !b->stopping &&
	    is_due(b, bdb_now())) {
		if (b->dirty)
			b->freeze_wanted = true;	/* with its commit */
		else
			frozen = bdb_view_freeze(b) == 0;
	}
	pthread_mutex_unlock(&b->lock);
	pthread_mutex_unlock(&b->write_lock);
	if (frozen)
		bdb_point(b, "memtable-frozen");
}

/* Waits for MS, for a frozen memtable or one that has grown; LOCK is held. */
static void
wait_for(struct bdb *b, int64_t ms)
{
	struct timespec until;
	bool grown = b->grown;

	if (ms < 1)
		ms = 1;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	while (b->current->frozen == NULL && !b->stopping &&
	    b->grown == grown &&
	    pthread_cond_timedwait(&b->changed, &b->lock, &until) == 0)
		;
}

/* Until there may be something to do; LOCK is held. */
static int64_t
wait_ms(const struct bdb *b)
{
	int64_t ms = b->frozen_at + b->conf.checkpoint_ms - bdb_now();

	if (ms <= 0)
		ms = b->conf.checkpoint_ms;
	if (atomic_load(&b->low) && ms > TICK_LOW_MS)
		ms = TICK_LOW_MS;
	return b->grown && ms > BDB_QUIET_MS ? BDB_QUIET_MS : ms;
}

void *
bdb_writeback_run(void *arg)
{
	struct bdb *b = arg;
	struct bdb_layer *l;

	pthread_setname_np(pthread_self(), "store-writeback");
	pthread_mutex_lock(&b->lock);
	while (!b->stopping && atomic_load(&b->failed) == 0) {
		wait_for(b, wait_ms(b));
		l = b->current->frozen;
		pthread_mutex_unlock(&b->lock);
		bdb_space_check(b);
		if (l == NULL) {
			freeze_due(b);
		} else {
			bdb_view_settle(b);
			writeback(b, l, false);
		}
		pthread_mutex_lock(&b->lock);
		if (l != NULL)
			b->frozen_at = bdb_now();
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

void
bdb_writeback_now(struct bdb *b)
{
	struct bdb_layer *l;
	int i;

	/* The view has no partitions any more that a batch has dropped which
	 * will not be: everything is left to the log, as after a crash. */
	if (b->drops)
		return;
	/* What is frozen already, then the rest. */
	for (i = 0; i < 2 && atomic_load(&b->failed) == 0; i++) {
		pthread_mutex_lock(&b->write_lock);
		pthread_mutex_lock(&b->lock);
		if (b->current->frozen == NULL)
			(void)bdb_view_freeze(b);
		l = b->current->frozen;
		pthread_mutex_unlock(&b->lock);
		pthread_mutex_unlock(&b->write_lock);
		if (l != NULL)
			writeback(b, l, i == 1);
	}
}

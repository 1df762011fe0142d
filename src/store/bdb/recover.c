/* SPDX-License-Identifier: ISC */
/*
 * After BDB has recovered the trees: reads the batches that are in the log
 * but not in the trees into the memtable.  Batches are numbered without gaps,
 * so a lost log file is noticed.  A batch that was cut off by a crash has no
 * last part; nobody was told that it is durable, and its number is used again.
 */
#include "src/store/bdb/bdb_priv.h"

#include <stdlib.h>
#include <syslog.h>

#include "src/common/err.h"

struct replay {
	struct bdb *bdb;
	struct dropset *drops;
	struct sealset *seals;
	struct buf parts;	/* of a batch in several records */
	uint64_t batch;		/* the last whole one */
	uint32_t parts_seen;
	uint64_t rows;
	DB_LSN lsn;		/* of it */
};

static int
seal_replay(struct replay *r, struct slice key, const struct slice *value)
{
	struct sealset *old = r->seals, *new = sealset_apply(old, key, value);

	if (new == NULL)
		return SC_EDAMAGED;
	r->seals = new;
	sealset_unref(old);
	return 0;
}

static int
row_replay(void *arg, const struct memkey *key, const struct slice *value)
{
	struct replay *r = arg;
	struct dropset *old = r->drops;
	uint32_t table, part;

	if (key->table == DROP_TABLE && key->part == SEAL_PART) {
		if (seal_replay(r, key->key, value) != 0)
			return SC_EDAMAGED;
	} else if (key->table == DROP_TABLE) {
		if (value == NULL || !drop_parse(key->key, &table, &part))
			return SC_EDAMAGED;
		r->drops = dropset_add(old, table, part);
		dropset_unref(old);
	} else if (bdb_table_find(r->bdb, key->table) == NULL ||
	    key->key.len < 1 || key->key.len > STORE_KEY_MAX) {
		return SC_EDAMAGED;
	}
	r->rows++;
	return memtable_put(r->bdb->active, key, value, r->batch);
}

/* One of our records, in order. */
static int
record_replay(struct replay *r, const struct bdb_record *rec,
    const DB_LSN *lsn)
{
	if (rec->batch != r->batch + 1)
		return SC_EDAMAGED;
	if (rec->index == 0) {	/* what came before was cut off */
		buf_clear(&r->parts);
		r->parts_seen = 0;
	}
	if (rec->index != r->parts_seen)
		return SC_EDAMAGED;
	r->parts_seen++;
	buf_put_slice(&r->parts, rec->rows);
	if (buf_failed(&r->parts))
		return SC_ENOMEM;
	if (!rec->last)
		return 0;
	r->batch = rec->batch;
	r->lsn = *lsn;
	r->parts_seen = 0;
	return bdb_batch_decode(buf_slice(&r->parts), row_replay, r);
}

static int
log_replay(struct replay *r, DB_LOGC *c, const struct bdb_applied *applied,
    bool *found)
{
	struct bdb_record rec;
	DB_LSN lsn = applied->lsn;
	DBT data = {.flags = DB_DBT_REALLOC};
	uint32_t how = lsn.file == 0 ? DB_FIRST : DB_SET;
	int ret, rc = 0;

	*found = lsn.file == 0;
	while (rc == 0 && (ret = c->get(c, &lsn, &data, how)) == 0) {
		if (bdb_record_parse(slice_of(data.data, data.size), &rec)) {
			if (*found)
				rc = record_replay(r, &rec, &lsn);
			else if (rec.batch != applied->batch)
				rc = SC_EDAMAGED;
		} else if (!*found) {
			rc = SC_EDAMAGED;
		}
		*found = true;
		how = DB_NEXT;
	}
	free(data.data);
	if (rc == 0 && ret != DB_NOTFOUND)
		rc = bdb_error(r->bdb, "reading the log", ret);
	return rc;
}

/* The state of a writer that has just committed the last batch. */
static void
replay_adopt(struct bdb *b, struct replay *r)
{
	uint32_t table, part;
	unsigned i;

	b->seq = b->committed_seq = r->batch;
	b->durable_batch = b->logged_batch = r->batch;
	b->batch = r->batch + 1;
	b->logged_lsn = r->lsn;
	/* BDB has synced what it has read; its own records are behind that. */
	b->durable.batch = r->batch;
	b->durable.end = r->lsn;
	if (r->lsn.file != 0)
		b->durable.end.offset++;
	for (i = 0; i < dropset_count(r->drops); i++) {
		dropset_at(r->drops, i, &table, &part);
		bdb_view_drop(b, table, part);
	}
	bdb_view_seal_take(b, sealset_ref(r->seals));
}

int
bdb_recover(struct bdb *b, char *why, size_t whylen)
{
	struct replay r = {.bdb = b, .drops = dropset_create(),
	    .seals = sealset_create()};
	struct bdb_applied applied;
	bool found = true;
	DB_LOGC *c;
	int ret, rc;

	rc = bdb_drops_load(b, &r.drops, &r.seals);
	if (rc == 0)
		rc = bdb_meta_applied(b, &applied);
	if (rc == 0) {
		ret = b->env->log_cursor(b->env, &c, 0);
		if (ret != 0)
			rc = bdb_error(b, "reading the log", ret);
	}
	if (rc == 0) {
		buf_init(&r.parts, 0);
		r.batch = applied.batch;
		r.lsn = applied.lsn;
		rc = log_replay(&r, c, &applied, &found);
		buf_fini(&r.parts);
		(void)c->close(c, 0);
	}
	if (rc == 0 && (!found || r.batch < b->mark.durable.batch))
		rc = SC_EDAMAGED;
	if (rc == 0)
		rc = bdb_segments_open(b, r.seals);
	if (rc == 0) {
		replay_adopt(b, &r);
		bdb_trees_remove(b, r.drops);
		if (r.batch != applied.batch)
			bdb_log(b, LOG_NOTICE, "recovered %llu batches, %llu "
			    "rows from the log",
			    (unsigned long long)(r.batch - applied.batch),
			    (unsigned long long)r.rows);
	} else {
		snprintf(why, whylen, "the log in %s/log does not fit the "
		    "databases (%s after batch %llu): restore a backup",
		    b->conf.dir, sc_strerror(rc),
		    (unsigned long long)r.batch);
	}
	dropset_unref(r.drops);
	sealset_unref(r.seals);
	return rc;
}

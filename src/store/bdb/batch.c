/* SPDX-License-Identifier: ISC */
/*
 * The open batch is kept as the bytes that go to the log: a header, then rows
 *
 *	kind (0 deletion, 1 row), table, partition, key length, key,
 *	and of a row: value length, value
 *
 * with numbers in base 128, least significant group first.  The header is
 *
 *	record type, transaction 0, previous LSN 0	as BDB wants it
 *	batch number (8), index (4), last (4)		big-endian
 *	durable: file (4), offset (4), batch (8)	of when it was written
 *	CRC-32 of what is before (4)
 *
 * so a record says how far the log was durable, wherever it is found (tail.c).
 * Records of format 1 end with "last".
 *
 * A batch larger than part_max becomes several records with ascending index,
 * and counts only when the one marked last is there.  BDB has a checksum in
 * each record.
 */
#include "src/store/bdb/bdb_priv.h"

#include <zlib.h>

#include "src/common/err.h"

enum {
	HEADER = BDB_RECORD_HEADER,
	HEADER_SUMMED = 48,
	HEADER_1 = 32,			/* of format 1 */
	TYPE_1 = DB_user_BEGIN + 1,
	TYPE = DB_user_BEGIN + 2
};

/* A part fits a log file many times. */
static size_t
part_max(const struct bdb *b)
{
	return b->conf.log_bytes / BDB_LOG_PARTS;
}

static void
be_store(uint8_t *p, uint64_t v, int n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static uint64_t
be_load(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

static uint8_t *
number_put(uint8_t *p, uint32_t v)
{
	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	return p;
}

static bool
number_get(struct slice *s, uint32_t *v)
{
	unsigned shift;

	*v = 0;
	for (shift = 0; shift < 35 && s->len > 0; shift += 7) {
		*v |= (uint32_t)(*s->p & 0x7f) << shift;
		s->len--;
		if ((*s->p++ & 0x80) == 0)
			return true;
	}
	return false;
}

static bool
bytes_get(struct slice *s, struct slice *bytes)
{
	uint32_t n;

	if (!number_get(s, &n) || n > s->len)
		return false;
	*bytes = slice_of(s->p, n);
	s->p += n;
	s->len -= n;
	return true;
}

static bool
row_put(struct buf *b, const struct memkey *key, const struct memvalue *v)
{
	size_t most = 1 + 4 * 5 + key->key.len + v->value.len;
	uint8_t *p = buf_room(b, most), *begin = p;

	if (p == NULL)
		return false;
	*p++ = !v->dead;
	p = number_put(p, key->table);
	p = number_put(p, key->part);
	p = number_put(p, (uint32_t)key->key.len);
	memcpy(p, key->key.p, key->key.len);
	p += key->key.len;
	if (!v->dead) {
		p = number_put(p, (uint32_t)v->value.len);
		memcpy(p, v->value.p, v->value.len);
		p += v->value.len;
	}
	buf_added(b, (size_t)(p - begin));
	return true;
}

int
bdb_batch_decode(struct slice s,
    int (*fn)(void *, const struct memkey *, const struct slice *value),
    void *arg)
{
	struct slice value;
	struct memkey key;
	uint32_t kind;
	int rc;

	while (s.len > 0) {
		if (!number_get(&s, &kind) || kind > 1 ||
		    !number_get(&s, &key.table) ||
		    !number_get(&s, &key.part) || !bytes_get(&s, &key.key) ||
		    (kind == 1 && !bytes_get(&s, &value)))
			return SC_EDAMAGED;
		rc = fn(arg, &key, kind == 1 ? &value : NULL);
		if (rc != 0)
			return rc;
	}
	return 0;
}

void
bdb_record_head(uint8_t head[BDB_RECORD_ZEROES])
{
	uint32_t type = TYPE;

	memset(head, 0, BDB_RECORD_ZEROES);
	memcpy(head, &type, sizeof(type));
}

static uint32_t
header_sum(const uint8_t *p)
{
	return (uint32_t)crc32(0, p, HEADER_SUMMED);
}

static void
header_write(uint8_t *p, const struct bdb_record *r,
    const struct bdb_durable *d)
{
	bdb_record_head(p);
	be_store(p + 16, r->batch, 8);
	be_store(p + 24, r->index, 4);
	be_store(p + 28, r->last, 4);
	be_store(p + 32, d->end.file, 4);
	be_store(p + 36, d->end.offset, 4);
	be_store(p + 40, d->batch, 8);
	be_store(p + HEADER_SUMMED, header_sum(p), 4);
}

bool
bdb_record_vouches(const uint8_t p[BDB_RECORD_HEADER], struct bdb_durable *d)
{
	if (be_load(p + HEADER_SUMMED, 4) != header_sum(p))
		return false;
	d->end.file = (uint32_t)be_load(p + 32, 4);
	d->end.offset = (uint32_t)be_load(p + 36, 4);
	d->batch = be_load(p + 40, 8);
	return true;
}

bool
bdb_record_parse(struct slice bytes, struct bdb_record *r)
{
	size_t header = HEADER;
	uint32_t type;

	if (bytes.len < sizeof(type))
		return false;
	memcpy(&type, bytes.p, sizeof(type));
	if (type == TYPE_1)
		header = HEADER_1;
	else if (type != TYPE)
		return false;
	if (bytes.len < header)
		return false;
	r->batch = be_load(bytes.p + 16, 8);
	r->index = (uint32_t)be_load(bytes.p + 24, 4);
	r->last = be_load(bytes.p + 28, 4) != 0;
	r->rows = slice_of(bytes.p + header, bytes.len - header);
	return true;
}

int
bdb_batch_begin(struct bdb *b)
{
	uint8_t *p;

	if (b->batch_buf.cap > 2 * part_max(b))
		buf_fini(&b->batch_buf);
	buf_clear(&b->batch_buf);
	p = buf_room(&b->batch_buf, HEADER);
	if (p == NULL)
		return SC_ENOMEM;
	buf_added(&b->batch_buf, HEADER);
	return 0;
}

/* Adds OWN's rows to the batch's bytes, all or none. */
static int
batch_encode(struct bdb *b, const struct memtable *own, uint64_t *rows,
    uint64_t *bytes)
{
	size_t before = b->batch_buf.len;
	struct memcursor c;
	struct memvalue v;
	struct memkey key;
	bool more;

	for (more = memcursor_first(&c, own); more;
	    more = memcursor_next(&c)) {
		key = memcursor_key(&c);
		sc_assert(memcursor_value(&c, UINT64_MAX, &v));
		if (!row_put(&b->batch_buf, &key, &v)) {
			b->batch_buf.failed = false;
			buf_truncate(&b->batch_buf, before);
			return SC_ENOMEM;
		}
		(*rows)++;
		*bytes += key.key.len + v.value.len;
	}
	return 0;
}

/* Adds OWN's rows to the active memtable, where nobody sees them yet. */
static int
batch_apply(struct bdb *b, const struct memtable *own, uint64_t seq)
{
	struct memcursor c;
	struct memvalue v;
	struct memkey key;
	bool more;
	int rc;

	for (more = memcursor_first(&c, own); more;
	    more = memcursor_next(&c)) {
		key = memcursor_key(&c);
		sc_assert(memcursor_value(&c, UINT64_MAX, &v));
		bdb_cache_forget(b->cache, &key);
		rc = memtable_put(b->active, &key, v.dead ? NULL : &v.value,
		    seq);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static void
seal_publish(struct bdb *b, const struct memcursor *c)
{
	struct memvalue v;

	sc_assert(memcursor_value(c, UINT64_MAX, &v));
	bdb_seal_publish(b, memcursor_key(c).key, v.dead ? NULL : &v.value);
}

/* Drops and seals are the first rows: their table's id is the lowest. */
static void
drops_publish(struct bdb *b, const struct memtable *own)
{
	struct memcursor c;
	uint32_t table, part;
	bool more;

	for (more = memcursor_first(&c, own); more &&
	    memcursor_key(&c).table == DROP_TABLE; more = memcursor_next(&c)) {
		b->drops = true;
		if (memcursor_key(&c).part == SEAL_PART) {
			seal_publish(b, &c);
			continue;
		}
		sc_assert(drop_parse(memcursor_key(&c).key, &table, &part));
		bdb_view_drop(b, table, part);
	}
}

static int
batch_add(struct bdb *b, const struct memtable *own)
{
	uint64_t rows = 0, bytes = 0;
	int rc = batch_encode(b, own, &rows, &bytes);

	if (rc != 0)
		return rc;
	/* SEQ changes only while write_lock is held, too. */
	rc = batch_apply(b, own, b->seq + 1);
	if (rc != 0)
		return bdb_fail(b, "out of memory in the middle of a batch",
		    0);
	pthread_mutex_lock(&b->lock);
	b->seq++;
	b->dirty = true;
	drops_publish(b, own);
	b->stats.transactions++;
	b->stats.rows_written += rows;
	b->stats.bytes_written += bytes;
	pthread_mutex_unlock(&b->lock);
	return 0;
}

int
bdb_batch_add(struct bdb *b, const struct memtable *own)
{
	int rc = atomic_load(&b->failed);

	if (rc != 0)
		return rc;
	if (memtable_rows(own) == 0) {
		pthread_mutex_lock(&b->lock);
		b->stats.transactions++;
		pthread_mutex_unlock(&b->lock);
		return 0;
	}
	pthread_mutex_lock(&b->write_lock);
	rc = batch_add(b, own);
	pthread_mutex_unlock(&b->write_lock);
	return rc;
}

/*
 * Puts the batch into the log.  A part's header is written over the end of
 * the part before it, which is in the log by then.
 */
static int
batch_log(struct bdb *b, uint64_t batch, const struct bdb_durable *durable,
    DB_LSN *lsn)
{
	uint8_t *p = b->batch_buf.p + b->batch_buf.off;
	size_t left = b->batch_buf.len - HEADER, most = part_max(b), n;
	struct bdb_record part = {.batch = batch};
	DBT record;
	int ret;

	do {
		n = left > most ? most : left;
		part.last = n == left;
		header_write(p, &part, durable);
		part.index++;
		memset(&record, 0, sizeof(record));
		record.data = p;
		record.size = (uint32_t)(HEADER + n);
		ret = b->env->log_put(b->env, lsn, &record, 0);
		if (ret != 0)
			return bdb_fail(b, "writing the log", ret);
		p += n;
		left -= n;
		if (left > 0)
			bdb_point(b, "batch-part");
	} while (left > 0);
	return 0;
}

/* The write-back begins to look for a pause.  LOCK is held. */
static void
note_growth(struct bdb *b, size_t bytes)
{
	if (b->grown || bytes < b->conf.memtable_bytes / BDB_QUIET_SHARE)
		return;
	b->grown = true;
	pthread_cond_broadcast(&b->changed);
}

/* Freezes the active memtable if it is time and nothing is frozen.
 * write_lock is held, and the batch is closed. */
static void
maybe_freeze(struct bdb *b)
{
	bool frozen = false;
	size_t bytes;

	pthread_mutex_lock(&b->lock);
	bytes = memtable_bytes(b->current->active->rows);
	if (b->current->frozen == NULL && bytes > 0 &&
	    (b->freeze_wanted || bytes >= b->conf.memtable_bytes))
		frozen = bdb_view_freeze(b) == 0;
	else
		note_growth(b, bytes);
	pthread_mutex_unlock(&b->lock);
	if (frozen)
		bdb_point(b, "memtable-frozen");
}

/*
 * Memory is bounded: a writer that is faster than the write-back waits for
 * it.  For readers it does not wait at first, they may be on its own thread;
 * when too much has come together they lose their snapshot.
 */
static void
wait_for_room(struct bdb *b)
{
	uint64_t limit = b->conf.memtable_bytes;
	bool counted = false;
	size_t bytes;

	pthread_mutex_lock(&b->lock);
	while (b->current->frozen != NULL && atomic_load(&b->failed) == 0) {
		bytes = memtable_bytes(b->current->active->rows);
		if (bytes < limit ||
		    (b->held && bytes < BDB_HOLD_FACTOR * limit))
			break;
		if (b->held)
			bdb_view_expire(b);
		if (!counted)
			b->stats.stalls++;
		counted = true;
		pthread_cond_wait(&b->changed, &b->lock);
	}
	pthread_mutex_unlock(&b->lock);
}

/* Closes the batch; write_lock is held.  Batches are numbered in the log
 * without gaps; empty ones are not there. */
static int
batch_close(struct bdb *b, const struct bdb_durable *durable,
    struct bdb_durable *logged)
{
	uint64_t batch = b->logged_batch + 1;
	DB_LSN *lsn = &logged->end;
	int rc = atomic_load(&b->failed);

	if (rc != 0)
		return rc;
	bdb_point(b, "batch-begun");
	rc = batch_log(b, batch, durable, lsn);
	if (rc != 0)
		return rc;
	bdb_point(b, "batch-logged");
	b->committed_seq = b->seq;
	b->logged_batch = batch;
	b->logged_lsn = *lsn;
	logged->batch = batch;
	lsn->offset++;		/* the end is behind where it begins */
	return bdb_batch_begin(b) == 0 ? 0 :
	    bdb_fail(b, "out of memory", 0);
}

void
bdb_commit(struct store *s, store_done_fn *done, void *arg)
{
	struct bdb *b = bdb_of(s);
	struct bdb_durable durable, logged = {0};
	uint64_t batch;
	bool dirty;

	sc_assert(b->writer == NULL);
	bdb_space_check(b);
	pthread_mutex_lock(&b->write_lock);
	pthread_mutex_lock(&b->lock);
	dirty = b->dirty;
	batch = b->batch;
	if (dirty)
		b->written_at = bdb_now();
	durable = b->durable;
	pthread_mutex_unlock(&b->lock);
	/* A failure is the store's, and the flush thread reports it. */
	if (dirty)
		(void)batch_close(b, &durable, &logged);
	bdb_flush_add(b, done, arg, batch, &logged);
	maybe_freeze(b);
	pthread_mutex_unlock(&b->write_lock);
	wait_for_room(b);
	/* What kept the active memtable from being frozen may be over. */
	pthread_mutex_lock(&b->write_lock);
	maybe_freeze(b);
	pthread_mutex_unlock(&b->write_lock);
}

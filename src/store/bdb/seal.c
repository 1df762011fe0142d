/* SPDX-License-Identifier: ISC */
/*
 * Sealing.  A transaction opens the overlay of a partition, from when its rows
 * do not change; the seal thread writes them to a file, as a reader like
 * others, a piece at a time; the next transaction puts the file in the place of
 * the partition.  A crash before that leaves the partition and perhaps a file
 * that nothing tells of; a crash after it leaves the file and perhaps a tree
 * that is dropped.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum {
	PIECE_BYTES = 1 << 20,	/* of rows, in one reading transaction */
	NICE = 10		/* of the thread: nobody waits for it */
};

/* One that is being written. */
struct sealing {
	struct bdb *bdb;
	struct seal *seal;
	int fd;
	int error;			/* of the file */
	struct segment_writer writer;
	uint8_t from[STORE_KEY_MAX + 1];	/* where the next piece begins */
	size_t from_len;
	uint64_t piece;			/* bytes of it */
	bool more;
};

static int
file_write(void *arg, const void *p, size_t n)
{
	struct sealing *s = arg;
	const uint8_t *from = p;
	ssize_t done;

	while (n > 0) {
		done = write(s->fd, from, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0) {
			s->error = errno;
			return errno == ENOSPC ? SC_ENOSPC : SC_EIO;
		}
		from += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
row_add(void *arg, struct slice key, struct slice value)
{
	struct sealing *s = arg;
	int rc = segment_writer_add(&s->writer, key, value);

	if (rc != 0)
		return rc;
	/* the least key beyond */
	memcpy(s->from, key.p, key.len);
	s->from[key.len] = 0;
	s->from_len = key.len + 1;
	s->piece += key.len + value.len;
	s->more = s->piece >= PIECE_BYTES;
	return s->more;
}

static bool
is_stopped(struct bdb *b)
{
	bool stopped;

	pthread_mutex_lock(&b->lock);
	stopped = b->stopping || atomic_load(&b->failed) != 0;
	pthread_mutex_unlock(&b->lock);
	return stopped;
}

/* A piece of the rows, from where the last one ended. */
static int
piece_add(struct sealing *s)
{
	struct store_range range = {.lo = slice_of(s->from, s->from_len)};
	struct store_txn *t = bdb_begin(&s->bdb->store, false);
	int rc;

	if (t == NULL)
		return SC_ENOMEM;
	s->piece = 0;
	s->more = false;
	rc = bdb_scan_rows((struct bdb_txn *)t, s->seal->table, s->seal->part,
	    &range, row_add, s);
	bdb_abandon(t);
	if (rc == SC_ERERUN) {		/* from where it got to */
		s->more = true;
		rc = 0;
	}
	if (rc == 0)
		bdb_point(s->bdb, "segment-rows");
	return rc;
}

static int
rows_write(struct sealing *s)
{
	int rc = segment_writer_init(&s->writer, file_write, s);

	s->more = true;
	while (rc == 0 && s->more)
		rc = is_stopped(s->bdb) ? SC_EUNAVAILABLE : piece_add(s);
	if (rc == 0)
		rc = segment_writer_end(&s->writer, &s->seal->sum);
	segment_writer_fini(&s->writer);
	return rc;
}

/* The name is durable before any transaction can tell of it. */
static int
file_name(struct sealing *s, const char *part)
{
	char path[4096], name[BDB_SEGMENT_NAME];
	struct bdb *b = s->bdb;

	bdb_segment_name(s->seal->number, name);
	snprintf(path, sizeof(path), "%s/sealed/%s", b->conf.dir, name);
	bdb_point(b, "segment-written");
	if (fsync(s->fd) != 0) {
		s->error = errno;
		return SC_EIO;
	}
	bdb_point(b, "segment-synced");
	if (rename(part, path) != 0) {
		s->error = errno;
		return SC_EIO;
	}
	bdb_point(b, "segment-named");
	s->error = bdb_folder_sync(b, "sealed");
	return s->error == 0 ? 0 : SC_EIO;
}

static int
segment_make(struct bdb *b, struct seal *seal)
{
	struct sealing s = {.bdb = b, .seal = seal};
	char part[4096];
	int rc;

	snprintf(part, sizeof(part), "%s/sealed/%llx.part", b->conf.dir,
	    (unsigned long long)seal->number);
	s.fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s.fd < 0)
		s.error = errno;
	rc = s.fd < 0 ? SC_EIO : rows_write(&s);
	if (rc == 0)
		rc = file_name(&s, part);
	if (s.fd >= 0)
		close(s.fd);
	if (rc != 0)
		(void)unlink(part);
	if (rc != 0 && rc != SC_EUNAVAILABLE)
		bdb_log(b, LOG_ERR, "a partition could not be sealed: %s%s%s",
		    sc_strerror(rc), s.error != 0 ? ": " : "",
		    s.error != 0 ? strerror(s.error) : "");
	return rc;
}

/* What is wanted is made; LOCK is held, but not meanwhile. */
static void
run_one(struct bdb *b)
{
	struct seal seal;
	int rc;

	b->sealing.state = SEALING_RUNS;
	b->sealing.seal.number = b->next_segment++;
	seal = b->sealing.seal;
	pthread_mutex_unlock(&b->lock);
	rc = segment_make(b, &seal);
	if (rc == 0)
		bdb_point(b, "segment-ready");
	pthread_mutex_lock(&b->lock);
	seal.state = SEAL_DONE;
	b->sealing.seal = seal;
	b->sealing.rc = rc;
	b->sealing.state = rc == 0 ? SEALING_READY : SEALING_FAILED;
}

void *
bdb_seal_run(void *arg)
{
	struct bdb *b = arg;

	pthread_setname_np(pthread_self(), "store-seal");
	/* on Linux a thread has its own */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	pthread_mutex_lock(&b->lock);
	while (!b->stopping) {
		if (b->sealing.state == SEALING_WANTED)
			run_one(b);
		else
			pthread_cond_wait(&b->changed, &b->lock);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

uint64_t
bdb_seal_until(const struct bdb *b)
{
	const struct bdb_sealing *s = &b->sealing;

	return s->state == SEALING_RUNS || s->state == SEALING_READY
	    ? s->seal.number : b->next_segment;
}

/* ---- the writer ------------------------------------------------------ */

/* LOCK is held. */
static void
sealing_want(struct bdb *b, const struct seal *open)
{
	b->sealing.state = SEALING_WANTED;
	b->sealing.seal = *open;
	pthread_cond_broadcast(&b->changed);
}

void
bdb_seal_publish(struct bdb *b, struct slice key, const struct slice *value)
{
	struct sealset *seals = sealset_apply(b->current->seals, key, value);
	const struct seal *seal;
	uint32_t table, part;

	sc_assert(seals != NULL && drop_parse(key, &table, &part));
	bdb_view_seal_take(b, seals);
	if (b->sealing.state == SEALING_READY &&
	    sealset_has_segment(seals, b->sealing.seal.number))
		b->sealing.state = SEALING_NONE;
	seal = sealset_find(seals, table, part);
	if (b->sealing.state == SEALING_NONE && seal != NULL &&
	    seal->state == SEAL_OPEN)
		sealing_want(b, seal);
}

/* What has become of the partition with an open overlay; the work begins if
 * nothing else is at work.  1: it is sealed, as *SEAL says. */
static int
sealing_step(struct bdb *b, const struct seal *open, struct seal *seal)
{
	struct bdb_sealing *s = &b->sealing;
	bool same = s->seal.table == open->table && s->seal.part == open->part;
	int rc = 0;

	if (s->state == SEALING_WANTED || s->state == SEALING_RUNS)
		return 0;
	if (same && s->state == SEALING_READY) {
		*seal = s->seal;
		return 1;
	}
	if (same && s->state == SEALING_FAILED) {
		s->state = SEALING_NONE;	/* the next call tries again */
		rc = s->rc;
		return rc == SC_EIO ? SC_EDAMAGED : rc;
	}
	sealing_want(b, open);
	return 0;
}

int
bdb_seal(struct store_txn *txn, const struct store_table *table, uint32_t part,
    bool *done)
{
	struct bdb_txn *t = (struct bdb_txn *)txn;
	const struct seal *open = sealset_find(t->view->seals, table->id,
	    part);
	struct seal seal;
	int rc;

	if (open != NULL && open->state == SEAL_DONE) {
		*done = true;
		return 0;
	}
	if (bdb_state(txn->store) != 0)
		return bdb_state(txn->store);
	if (open == NULL)
		return snapshot_seal_open(&t->snap, table->id, part,
		    table->overlay->id);
	/* The next one would take its place in what is known of sealing, and
	 * its file would be nobody's until this transaction is finished. */
	if (t->seals)
		return 0;
	pthread_mutex_lock(&t->bdb->lock);
	rc = sealing_step(t->bdb, open, &seal);
	pthread_mutex_unlock(&t->bdb->lock);
	if (rc <= 0)
		return rc;
	*done = t->seals = true;
	return snapshot_seal_done(&t->snap, &seal);
}

int
bdb_sealed(struct store_txn *txn, const struct store_table *table,
    uint32_t part, struct store_sealed *sealed)
{
	return snapshot_sealed(&((struct bdb_txn *)txn)->snap, table->id, part,
	    sealed);
}

/* SPDX-License-Identifier: ISC */
/*
 * Opening and closing: the directory, its lock, BDB's environment, threads.
 *
 *	DIR/lock	held by flock while the store is open
 *	DIR/mark	how far the log is on the disk (mark.c)
 *	DIR/log/	BDB's log: our batches and its own records
 *	DIR/data/	the databases
 *	DIR/sealed/	segments: partitions that are sealed
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

const char *const bdb_points[] = {"batch-begun", "batch-part",
    "batch-logged", "log-flushed", "memtable-frozen", "writeback-chunk",
    "writeback-done", "checkpointed", "logs-removed", "partition-removed",
    "segment-rows", "segment-written", "segment-synced", "segment-named",
    "segment-ready", "segment-removed", NULL};

static const struct store_engine bdb_engine;

#ifdef __has_feature
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__ 1
#endif
#endif
#ifdef __SANITIZE_THREAD__
/* BDB is not compiled for the thread sanitizer, which then takes its latches
 * for disorder; and sees that it reads files (zeroes.c), not that it closes
 * them. */
const char *__tsan_default_suppressions(void);

const char *
__tsan_default_suppressions(void)
{
	return "called_from_lib:libdb-5.3.so\nrace:^read_page$\n";
}
#endif

struct bdb *
bdb_of(struct store *s)
{
	sc_assert(s->engine == &bdb_engine);
	return (struct bdb *)s;
}

void
bdb_point(struct bdb *b, const char *name)
{
	if (b->conf.point != NULL)
		b->conf.point(b->conf.point_arg, name);
}

void
bdb_log(struct bdb *b, int level, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (b->conf.log == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	b->conf.log(b->conf.log_arg, level, text);
}

int64_t
bdb_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
bdb_fail(struct bdb *b, const char *what, int error)
{
	if (atomic_exchange(&b->failed, SC_EIO) == 0)
		bdb_log(b, LOG_CRIT, "the store has failed: %s%s%s", what,
		    error != 0 ? ": " : "",
		    error != 0 ? db_strerror(error) : "");
	pthread_mutex_lock(&b->lock);
	pthread_cond_broadcast(&b->queued);
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	return SC_EIO;
}

int
bdb_error(struct bdb *b, const char *what, int error)
{
	if (error == ENOMEM)
		return SC_ENOMEM;
	return bdb_fail(b, what, error);
}

/* ---- what BDB calls ---- */

static void
on_error(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)prefix;
	bdb_log(env->app_private, LOG_ERR, "%s", text);
}

static void
on_message(const DB_ENV *env, const char *text)
{
	bdb_log(env->app_private, LOG_INFO, "%s", text);
}

static void
on_event(DB_ENV *env, uint32_t event, void *info)
{
	struct bdb *b = env->app_private;

	(void)info;
	/* May come from within any call: no lock is taken here.  Whoever made
	 * the call gets an error and wakes the others. */
	if (event == DB_EVENT_PANIC || event == DB_EVENT_WRITE_FAILED)
		atomic_store(&b->failed, SC_EIO);
}

/* BDB's recovery passes our records by. */
static int
on_record(DB_ENV *env, DBT *record, DB_LSN *lsn, db_recops op)
{
	(void)env;
	(void)record;
	(void)lsn;
	(void)op;
	return 0;
}

/* ---- the environment ---- */

int
bdb_env_log(const struct bdb *b, DB_ENV *e)
{
	int ret;

	if ((ret = e->set_lg_dir(e, "log")) != 0 ||
	    (ret = e->set_lg_bsize(e,
	    b->conf.log_bytes / BDB_LOG_BUFFERS)) != 0)
		return ret;
	return e->set_lg_max(e, b->conf.log_bytes);
}

static int
env_configure(struct bdb *b)
{
	DB_ENV *e = b->env;
	uint64_t cache = b->conf.cache_bytes;
	int ret;

	e->app_private = b;
	e->set_errcall(e, on_error);
	e->set_msgcall(e, on_message);
	if ((ret = e->set_event_notify(e, on_event)) != 0 ||
	    (ret = e->set_app_dispatch(e, on_record)) != 0 ||
	    (ret = bdb_backup_configure(b)) != 0 ||
	    (ret = e->add_data_dir(e, "data")) != 0 ||
	    (ret = e->set_create_dir(e, "data")) != 0 ||
	    (ret = bdb_env_log(b, e)) != 0 ||
	    (ret = e->set_lg_regionmax(e, 1 << 20)) != 0 ||
	    (ret = e->set_cachesize(e, (uint32_t)(cache >> 30),
	    (uint32_t)(cache & 0x3fffffff), 1)) != 0 ||
	    (ret = e->set_lk_detect(e, DB_LOCK_MINWRITE)) != 0 ||
	    (ret = e->set_lk_max_locks(e, 200000)) != 0 ||
	    (ret = e->set_lk_max_objects(e, 200000)) != 0 ||
	    (ret = e->set_lk_max_lockers(e, 10000)) != 0 ||
	    (ret = e->set_flags(e, DB_TXN_NOSYNC, 1)) != 0)
		return ret;
	return 0;
}

/* After a recovery that failed. */
static const char *
advice(int ret)
{
	switch (ret) {
	case ENOSPC:
	case EDQUOT:
		return "free the disk, then start again";
	case EIO:
	case EROFS:
		return "look after the disk, then start again";
	default:
		return "restore a backup";
	}
}

int
bdb_env_open(struct bdb *b, char *why, size_t whylen)
{
	int ret = db_env_create(&b->env, 0);

	bdb_sync_configure();
	bdb_zeroes_allow(true);
	if (ret == 0)
		ret = env_configure(b);
	if (ret == 0)
		ret = b->env->open(b->env, b->conf.dir, DB_CREATE |
		    DB_INIT_TXN | DB_INIT_LOG | DB_INIT_MPOOL | DB_INIT_LOCK |
		    DB_THREAD | DB_PRIVATE | (b->conf.restored ?
		    DB_RECOVER_FATAL : DB_RECOVER), 0600);
	bdb_zeroes_allow(false);
	if (ret == 0)
		return 0;
	snprintf(why, whylen, "%s: recovery failed: %s: %s", b->conf.dir,
	    db_strerror(ret), advice(ret));
	return SC_EDAMAGED;
}

int
bdb_env_close(struct bdb *b)
{
	int ret;

	bdb_trees_close(b);
	if (b->meta != NULL)
		(void)b->meta->close(b->meta, DB_NOSYNC);
	b->meta = NULL;
	if (b->env == NULL)
		return 0;
	ret = b->env->close(b->env, 0);
	b->env = NULL;
	if (ret != 0)
		bdb_log(b, LOG_ERR, "closing: %s", db_strerror(ret));
	return ret == 0 ? 0 : SC_EIO;
}

/* ---- opening ---- */

void
bdb_conf_init(struct bdb_conf *conf, const char *dir)
{
	memset(conf, 0, sizeof(*conf));
	conf->dir = dir;
	conf->cache_bytes = 64 << 20;
	conf->memtable_bytes = 32 << 20;
	conf->checkpoint_ms = 60000;
	conf->reserve_bytes = 256 << 20;
	conf->sync = true;
}

static int
dir_lock(struct bdb *b, char *why, size_t whylen)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/lock", b->conf.dir);
	b->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (b->lock_fd < 0) {
		snprintf(why, whylen, "%s: %s", path, strerror(errno));
		return SC_EIO;
	}
	if (flock(b->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	snprintf(why, whylen, errno == EWOULDBLOCK ?
	    "%s: another process has the store open" : "%s: cannot be locked",
	    path);
	return SC_ECONFLICT;
}

static int
dir_make(struct bdb *b, const char *name, char *why, size_t whylen)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", b->conf.dir, name);
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	snprintf(why, whylen, "%s: %s", path, strerror(errno));
	return SC_EIO;
}

static int
dir_restored(struct bdb *b, char *why, size_t whylen)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/" BDB_RESTORING, b->conf.dir);
	if (b->conf.restored || access(path, F_OK) != 0)
		return 0;
	snprintf(why, whylen, "%s: a restore did not end: empty the "
	    "directory and restore again", b->conf.dir);
	return SC_EDAMAGED;
}

static struct bdb *
bdb_create(const struct bdb_conf *conf)
{
	struct bdb *b = xcalloc(1, sizeof(*b));
	pthread_condattr_t attr;

	b->store.engine = &bdb_engine;
	b->conf = *conf;
	b->conf.dir = xstrdup(conf->dir);
	if (b->conf.memtable_bytes == 0)
		b->conf.memtable_bytes = 32 << 20;
	if (b->conf.log_bytes == 0)
		b->conf.log_bytes = BDB_LOG_BYTES;
	b->lock_fd = b->mark.fd = -1;
	pthread_mutex_init(&b->write_lock, NULL);
	pthread_mutex_init(&b->lock, NULL);
	pthread_mutex_init(&b->remove_lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&b->changed, &attr);
	pthread_cond_init(&b->queued, NULL);
	pthread_condattr_destroy(&attr);
	buf_init(&b->batch_buf, 0);
	bdb_queue_init(&b->commits);
	bdb_queue_init(&b->barriers);
	return b;
}

static void
bdb_destroy(struct bdb *b)
{
	struct bdb_table *t;

	bdb_segments_close(b);
	(void)bdb_env_close(b);
	bdb_views_fini(b);
	while ((t = b->tables) != NULL) {
		b->tables = t->next;
		free(t);
	}
	memtable_destroy(b->spare);
	bdb_cache_destroy(b->cache);
	buf_fini(&b->batch_buf);
	bdb_mark_close(b);
	if (b->lock_fd >= 0)
		close(b->lock_fd);
	pthread_cond_destroy(&b->changed);
	pthread_cond_destroy(&b->queued);
	pthread_mutex_destroy(&b->remove_lock);
	pthread_mutex_destroy(&b->lock);
	pthread_mutex_destroy(&b->write_lock);
	free((void *)(uintptr_t)b->conf.dir);
	free(b);
}

struct store *
bdb_open(const struct bdb_conf *conf, char *why, size_t whylen)
{
	struct bdb *b;
	int major, minor, patch;

	db_version(&major, &minor, &patch);
	if (major != 5 || minor != 3) {
		snprintf(why, whylen, "Berkeley DB %d.%d is loaded, 5.3 is "
		    "needed", major, minor);
		return NULL;
	}
	b = bdb_create(conf);
	if (dir_restored(b, why, whylen) != 0 ||
	    dir_lock(b, why, whylen) != 0 ||
	    dir_make(b, "log", why, whylen) != 0 ||
	    dir_make(b, "data", why, whylen) != 0 ||
	    dir_make(b, "sealed", why, whylen) != 0) {
		bdb_destroy(b);
		return NULL;
	}
	return &b->store;
}

static int
bdb_table_add(struct store *s, const char *name, unsigned flags,
    struct store_table **table)
{
	struct bdb *b = bdb_of(s);
	struct bdb_table *t;

	for (t = b->tables; t != NULL; t = t->next) {
		if (strcmp(t->name, name) == 0)
			return SC_ECONFLICT;
	}
	sc_assert(!b->started);
	t = xcalloc(1, sizeof(*t));
	snprintf(t->name, sizeof(t->name), "%s", name);
	t->table.store = s;
	t->table.name = t->name;
	t->table.flags = flags;
	t->declared = true;
	t->next = b->tables;
	b->tables = t;
	*table = &t->table;
	return 0;
}

/* The flush thread ends when its queue is empty. */
static void
flush_stop(struct bdb *b)
{
	pthread_mutex_lock(&b->lock);
	b->stopping = true;
	pthread_cond_broadcast(&b->queued);
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	pthread_join(b->flush_thread, NULL);
}

static int
threads_start(struct bdb *b)
{
	if (pthread_create(&b->flush_thread, NULL, bdb_flush_run, b) != 0)
		return SC_ENOMEM;
	if (pthread_create(&b->writeback_thread, NULL, bdb_writeback_run,
	    b) != 0) {
		flush_stop(b);
		return SC_ENOMEM;
	}
	if (pthread_create(&b->seal_thread, NULL, bdb_seal_run, b) != 0) {
		flush_stop(b);
		pthread_join(b->writeback_thread, NULL);
		return SC_ENOMEM;
	}
	b->threads = true;
	return 0;
}

static int
cache_make(struct bdb *b)
{
	uint64_t rows = 256;

	while (rows * BDB_CACHE_SHARE < b->conf.cache_bytes &&
	    rows < BDB_CACHE_MAX)
		rows *= 2;
	b->cache = bdb_cache_create((size_t)rows);
	return b->cache == NULL ? SC_ENOMEM : 0;
}

/* Whether what is there can be believed; from here on it is in use. */
static int
files_check(struct bdb *b, char *why, size_t whylen)
{
	int rc = bdb_mark_open(b, why, whylen);

	if (rc == 0 && !b->mark.closed)
		rc = bdb_renew(b, why, whylen);
	if (rc == 0)
		rc = bdb_tail_check(b, why, whylen);
	if (rc == 0 && (bdb_mark_put(b, false, &b->mark.durable) != 0 ||
	    bdb_mark_sync(b) != 0 || bdb_folder_sync(b, ".") != 0)) {
		snprintf(why, whylen, "%s/mark cannot be written: look after "
		    "the disk, then start again", b->conf.dir);
		rc = SC_EIO;
	}
	return rc;
}

static int
bdb_start(struct store *s, char *why, size_t whylen)
{
	struct bdb *b = bdb_of(s);
	int rc;

	snprintf(why, whylen, "%s: cannot be opened", b->conf.dir);
	rc = files_check(b, why, whylen);
	if (rc != 0 || (rc = bdb_env_open(b, why, whylen)) != 0 ||
	    (rc = cache_make(b)) != 0 ||
	    (rc = bdb_views_init(b)) != 0 ||
	    (rc = bdb_meta_open(b)) != 0 || (rc = bdb_meta_tables(b)) != 0 ||
	    (rc = bdb_trees_open(b)) != 0 ||
	    (rc = bdb_recover(b, why, whylen)) != 0 ||
	    (rc = bdb_batch_begin(b)) != 0)
		return rc;
	b->frozen_at = b->checkpointed_at = bdb_now();
	b->checkpoint_lsn = b->logged_lsn;
	atomic_store(&b->space_checked, bdb_now() - 1000000);
	bdb_space_check(b);
	rc = threads_start(b);
	b->started = rc == 0;
	return rc;
}

static void
bdb_stats(struct store *s, struct store_stats *stats)
{
	struct bdb *b = bdb_of(s);

	pthread_mutex_lock(&b->lock);
	*stats = b->stats;
	stats->memory = memtable_bytes(b->current->active->rows);
	if (b->current->frozen != NULL)
		stats->memory += memtable_bytes(b->current->frozen->rows);
	pthread_mutex_unlock(&b->lock);
}

/* The log has nothing that is not in the databases, and all is on the disk: the
 * environment says so when it is closed. */
static bool
all_is_written(struct bdb *b, struct bdb_durable *end)
{
	DB_LOG_STAT *stat;

	if (!b->threads || b->drops || atomic_load(&b->failed) != 0 ||
	    b->env->log_flush(b->env, NULL) != 0 ||
	    b->env->log_stat(b->env, &stat, 0) != 0)
		return false;
	end->batch = b->logged_batch;
	end->end.file = stat->st_cur_file;
	end->end.offset = stat->st_cur_offset;
	free(stat);
	return true;
}

static int
bdb_close(struct store *s)
{
	struct bdb *b = bdb_of(s);
	struct bdb_durable end;
	bool written;
	int rc, closed;

	if (b->threads) {
		sc_assert(b->writer == NULL);
		flush_stop(b);
		pthread_join(b->writeback_thread, NULL);
		pthread_join(b->seal_thread, NULL);
		bdb_barriers_cancel(b);
		bdb_writeback_now(b);
	}
	rc = atomic_load(&b->failed);
	written = all_is_written(b, &end);
	closed = bdb_env_close(b);
	if (written && closed == 0 && bdb_mark_put(b, true, &end) == 0)
		(void)bdb_mark_sync(b);
	bdb_destroy(b);
	return rc != 0 ? rc : closed;
}

static const struct store_engine bdb_engine = {
	.name = "bdb",
	.table_add = bdb_table_add,
	.start = bdb_start,
	.begin = bdb_begin,
	.get = bdb_get,
	.lock = bdb_lock,
	.put = bdb_put,
	.scan = bdb_scan,
	.drop = bdb_drop,
	.parts = bdb_parts,
	.finish = bdb_finish,
	.abandon = bdb_abandon,
	.rewind = bdb_rewind,
	.seal = bdb_seal,
	.sealed = bdb_sealed,
	.commit = bdb_commit,
	.barrier = bdb_barrier,
	.state = bdb_state,
	.stats = bdb_stats,
	.close = bdb_close,
};

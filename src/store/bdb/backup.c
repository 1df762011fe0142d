/* SPDX-License-Identifier: ISC */
/*
 * A copy of the store while it is in use.
 *
 * The databases come first, page by page as BDB's cache has them, so each page
 * is whole but they are of different moments; then the log, which is synced
 * before.  Recovery from the first record of that log on (conf.restored) makes
 * one moment of it: files that were made meanwhile are in the log too, and
 * none was removed, because the copy holds REMOVE_LOCK.  Segments are last:
 * those that the log tells of are there by then, and those that it does not
 * tell of are removed when the copy is opened.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { PIECE = 256 << 10 };

struct bdb_backup_run {
	struct bdb *bdb;
	const struct bdb_backup *to;
	int rc;			/* of the caller's functions */
	uint64_t at;		/* in the current file */
	const char *what;	/* that could not be read */
	int error;
};

/* ---- what BDB calls for a database ---- */

static int
on_open(DB_ENV *env, const char *name, const char *target, void **handle)
{
	struct bdb_backup_run *r = ((struct bdb *)env->app_private)->backup;

	(void)name;
	(void)target;
	*handle = r;
	r->at = 0;
	return 0;
}

static int
on_write(DB_ENV *env, uint32_t gigabytes, uint32_t bytes, uint32_t size,
    uint8_t *p, void *handle)
{
	struct bdb_backup_run *r = handle;
	uint64_t at = ((uint64_t)gigabytes << 30) + bytes;

	(void)env;
	if (at != r->at)
		return EINVAL;	/* in order, and nothing left out */
	r->at += size;
	r->rc = r->to->bytes(r->to->arg, p, size);
	return r->rc == 0 ? 0 : ECANCELED;
}

static int
on_close(DB_ENV *env, const char *name, void *handle)
{
	(void)env;
	(void)name;
	(void)handle;
	return 0;
}

int
bdb_backup_configure(struct bdb *b)
{
	return b->env->set_backup_callbacks(b->env, on_open, on_write,
	    on_close);
}

/* ---- the copy ---- */

static int
begin_file(struct bdb_backup_run *r, const char *directory, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	r->rc = r->to->file(r->to->arg, path);
	return r->rc;
}

static int
failed(struct bdb_backup_run *r, const char *what, int error)
{
	if (r->rc != 0)
		return r->rc;
	r->what = what;
	r->error = error;
	return SC_EIO;
}

static int
copy_database(void *arg, const char *name)
{
	struct bdb_backup_run *r = arg;
	DB_ENV *env = r->bdb->env;
	int ret;

	if (begin_file(r, "data", name) != 0)
		return r->rc;
	ret = env->dbbackup(env, name, NULL, 0);
	return ret == 0 ? 0 : failed(r, "a database", ret);
}

/* The first LENGTH bytes: what is behind the end of the log is not of it. */
static int
copy_file(struct bdb_backup_run *r, const char *directory, const char *path,
    const char *what, uint64_t length)
{
	const char *slash = strrchr(path, '/');
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc;
	uint8_t *piece;
	ssize_t n = 0;

	if (fd < 0)
		return failed(r, what, errno);
	piece = xcalloc(1, PIECE);
	rc = begin_file(r, directory, slash == NULL ? path : slash + 1);
	while (rc == 0 && length > 0 && (n = read(fd, piece,
	    length < PIECE ? (size_t)length : PIECE)) > 0) {
		rc = r->rc = r->to->bytes(r->to->arg, piece, (size_t)n);
		length -= (uint64_t)n;
	}
	if (rc == 0 && n < 0)
		rc = failed(r, what, errno);
	free(piece);
	close(fd);
	return rc;
}

static int
copy_log(struct bdb_backup_run *r)
{
	DB_ENV *env = r->bdb->env;
	char **list = NULL, **path;
	const char *number;
	DB_LOG_STAT *end;
	int ret, rc = 0;

	ret = env->log_flush(env, NULL);
	if (ret == 0)
		ret = env->log_stat(env, &end, 0);
	if (ret != 0)
		return failed(r, "the log", ret);
	ret = env->log_archive(env, &list, DB_ARCH_ABS | DB_ARCH_LOG);
	if (ret != 0)
		rc = failed(r, "the log", ret);
	for (path = list; rc == 0 && path != NULL && *path != NULL; path++) {
		unsigned long file;

		number = strrchr(*path, '.');
		file = number == NULL ? 0 : strtoul(number + 1, NULL, 10);
		if (file <= end->st_cur_file)
			rc = copy_file(r, "log", *path, "a log file",
			    file < end->st_cur_file ? UINT64_MAX
			    : end->st_cur_offset);
	}
	free(list);
	free(end);
	return rc;
}

static int
copy_segment(void *arg, const char *name)
{
	struct bdb_backup_run *r = arg;
	char path[4096];

	snprintf(path, sizeof(path), "%s/sealed/%s", r->bdb->conf.dir, name);
	return copy_file(r, "sealed", path, "a segment", UINT64_MAX);
}

static int
copy_segments(struct bdb_backup_run *r)
{
	int rc = bdb_segments_names(r->bdb, copy_segment, r);

	return rc != 0 && r->rc == 0 && r->what == NULL
	    ? failed(r, "the directory of segments", errno) : rc;
}

int
bdb_backup(struct store *s, const struct bdb_backup *to, char *why,
    size_t whylen)
{
	struct bdb *b = bdb_of(s);
	struct bdb_backup_run r = {.bdb = b, .to = to};
	int rc;

	if (atomic_exchange(&b->backing_up, true)) {
		snprintf(why, whylen, "another backup is under way");
		return SC_ECONFLICT;
	}
	pthread_mutex_lock(&b->remove_lock);
	b->backup = &r;
	rc = copy_database(&r, "_meta");
	if (rc == 0)
		rc = bdb_trees_names(b, copy_database, &r);
	if (rc == 0)
		rc = copy_log(&r);
	if (rc == 0)
		rc = copy_segments(&r);
	b->backup = NULL;
	pthread_mutex_unlock(&b->remove_lock);
	atomic_store(&b->backing_up, false);
	if (rc != 0 && r.what != NULL)
		snprintf(why, whylen, "%s could not be read: %s", r.what,
		    db_strerror(r.error));
	return rc;
}

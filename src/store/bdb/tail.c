/* SPDX-License-Identifier: ISC */
/*
 * Where the log ends, compared with where it must not end.
 *
 * To BDB the log ends at the first record that is not whole, and it writes on
 * from there: what a disk has spoilt in the middle looks like what a loss of
 * power has left at the end.  The difference is whether it was durable: the
 * mark says so (mark.c), and so does every batch that was written later
 * (batch.c), which is still there behind the damage.  What no one vouches for
 * was never acknowledged, and is given up without a word.
 *
 * All of this only reads, before BDB writes anything.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { PIECE = 1 << 20 };

struct tail {
	struct bdb *bdb;
	DB_LSN end;		/* as BDB sees it */
	struct bdb_durable must;	/* at least so far */
	char *why;
	size_t whylen;
};

static bool
name_parse(const char *name, uint32_t *number)
{
	char *stop;

	if (strncmp(name, "log.", 4) != 0 || strlen(name) != 14)
		return false;
	*number = (uint32_t)strtoul(name + 4, &stop, 10);
	return *stop == '\0';
}

static void
log_path(const struct bdb *b, uint32_t number, char path[4096])
{
	snprintf(path, 4096, "%s/log/log.%010u", b->conf.dir, number);
}

struct numbers {
	struct tail *tail;
	int (*fn)(struct tail *, uint32_t number);
	bool failed;		/* it has said why */
};

static int
number_each(void *arg, const char *name)
{
	struct numbers *n = arg;
	uint32_t number;
	int rc = name_parse(name, &number) ? n->fn(n->tail, number) : 0;

	n->failed = rc != 0;
	return rc;
}

/* Calls FN for the number of each log file until it returns something else
 * than 0. */
static int
logs_each(struct tail *t, int (*fn)(struct tail *, uint32_t number))
{
	struct numbers n = {t, fn, false};
	int rc = bdb_files_each(t->bdb, "log", number_each, &n);

	if (rc != 0 && !n.failed)
		snprintf(t->why, t->whylen, "%s/log: %s", t->bdb->conf.dir,
		    strerror(errno));
	return rc;
}

/* ---- where it ends --------------------------------------------------- */

static void
ignore(const DB_ENV *env, const char *prefix, const char *text)
{
	(void)env, (void)prefix, (void)text;
}

static int
env_end(DB_ENV *env, const struct bdb *b, DB_LSN *end)
{
	DB_LOG_STAT *stat;
	int ret;

	env->set_errcall(env, ignore);
	if ((ret = bdb_env_log(b, env)) != 0 ||
	    (ret = env->open(env, b->conf.dir, DB_CREATE | DB_INIT_LOG |
	    DB_PRIVATE, 0600)) != 0 ||
	    (ret = env->log_stat(env, &stat, 0)) != 0)
		return ret;
	end->file = stat->st_cur_file;
	end->offset = stat->st_cur_offset;
	free(stat);
	return 0;
}

/* An environment with nothing but the log reads it and leaves it alone. */
static int
end_find(struct tail *t)
{
	DB_ENV *env;
	int ret = db_env_create(&env, 0);

	if (ret == 0) {
		ret = env_end(env, t->bdb, &t->end);
		(void)env->close(env, 0);
	}
	if (ret == 0)
		return 0;
	snprintf(t->why, t->whylen, "%s/log cannot be read: %s: restore a "
	    "backup", t->bdb->conf.dir, db_strerror(ret));
	return SC_EDAMAGED;
}

static int
log_found(struct tail *t, uint32_t number)
{
	return t->end.file == 0 && number > 0 ? end_find(t) : 0;
}

/* ---- how far it must go ---------------------------------------------- */

static void
bytes_search(struct tail *t, const uint8_t *p, size_t n)
{
	const uint8_t *at, *end = p + n;
	uint8_t head[BDB_RECORD_ZEROES];
	struct bdb_durable d;

	bdb_record_head(head);
	for (; end - p >= BDB_RECORD_HEADER; p = at + 1) {
		at = memchr(p, head[0], (size_t)(end - p) -
		    BDB_RECORD_HEADER + 1);
		if (at == NULL)
			return;
		if (memcmp(at, head, sizeof(head)) == 0 &&
		    bdb_record_vouches(at, &d) &&
		    log_compare(&d.end, &t->must.end) > 0)
			t->must = d;
	}
}

/* Past a hole: a file is made as long as it will be. */
static off_t
data_next(int fd, off_t at, size_t *have)
{
	off_t data = lseek(fd, at, SEEK_DATA);

	if (data <= at)
		return at;
	*have = 0;
	return data;
}

/* Pieces overlap, so that no header is cut. */
static int
file_search(struct tail *t, int fd, off_t at)
{
	uint8_t *piece = xcalloc(1, PIECE + BDB_RECORD_HEADER);
	size_t have = 0, keep;
	ssize_t n;

	for (;;) {
		at = data_next(fd, at, &have);
		n = pread(fd, piece + have, PIECE, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		at += n;
		have += (size_t)n;
		bytes_search(t, piece, have);
		keep = have < BDB_RECORD_HEADER ? have : BDB_RECORD_HEADER;
		memmove(piece, piece + have - keep, keep);
		have = keep;
	}
	free(piece);
	return n == 0 ? 0 : errno;
}

/* What is behind the end. */
static int
log_search(struct tail *t, uint32_t number)
{
	char path[4096];
	int fd, error;

	if (number < t->end.file)
		return 0;
	log_path(t->bdb, number, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	error = fd < 0 ? errno : file_search(t, fd, number == t->end.file
	    ? (off_t)t->end.offset : 0);
	if (fd >= 0)
		close(fd);
	if (error == 0)
		return 0;
	snprintf(t->why, t->whylen, "%s: %s", path, strerror(error));
	return SC_EIO;
}

/* ---- what to do ------------------------------------------------------ */

/* What is behind the end must not vouch for anything at the next start. */
static int
log_cut(struct tail *t, uint32_t number)
{
	char path[4096], aside[4096];
	int error = 0;

	log_path(t->bdb, number, path);
	if (number == t->end.file && truncate(path, t->end.offset) != 0)
		error = errno;
	if (number > t->end.file) {
		snprintf(aside, sizeof(aside), "%s/log/damaged.%010u",
		    t->bdb->conf.dir, number);
		if (rename(path, aside) != 0)
			error = errno;
	}
	if (error == 0)
		return 0;
	snprintf(t->why, t->whylen, "%s: %s", path, strerror(error));
	return SC_EIO;
}

static int
loss_refuse(const struct tail *t)
{
	const struct bdb *b = t->bdb;

	snprintf(t->why, t->whylen, "%s/log is damaged: it ends at byte %u of "
	    "file %u, and was on the disk up to byte %u of file %u: messages "
	    "that were acknowledged are lost. Restore a backup, or give them "
	    "up: keep a copy of %s, then run stonechatctl recover",
	    b->conf.dir, t->end.offset, t->end.file, t->must.end.offset,
	    t->must.end.file, b->conf.dir);
	return SC_EDAMAGED;
}

static int
loss_accept(struct tail *t)
{
	struct bdb *b = t->bdb;
	bool ahead;
	int error = bdb_ahead(b, &t->end, &ahead);

	if (error != 0 || ahead) {
		snprintf(t->why, t->whylen, error != 0 ? "%s/data: %s" :
		    "%s/log is damaged, and the databases have some of what it "
		    "has lost, so that they cannot go on without it: restore a "
		    "backup", b->conf.dir, strerror(error));
		return SC_EDAMAGED;
	}
	bdb_log(b, LOG_WARNING, "given up: the log from byte %u of file %u on; "
	    "it was on the disk up to byte %u of file %u, batch %llu",
	    t->end.offset, t->end.file, t->must.end.offset, t->must.end.file,
	    (unsigned long long)t->must.batch);
	memset(&b->mark.durable, 0, sizeof(b->mark.durable));
	if (logs_each(t, log_cut) != 0)
		return SC_EIO;
	error = bdb_folder_sync(b, "log");
	if (error != 0)
		snprintf(t->why, t->whylen, "%s/log: %s", b->conf.dir,
		    strerror(error));
	return error == 0 ? 0 : SC_EIO;
}

int
bdb_tail_check(struct bdb *b, char *why, size_t whylen)
{
	struct tail t = {.bdb = b, .must = b->mark.durable, .why = why,
		.whylen = whylen};
	int rc = logs_each(&t, log_found);

	if (rc == 0)
		rc = logs_each(&t, log_search);
	if (rc != 0)
		return rc;
	b->mark.durable = t.must;
	if (log_compare(&t.end, &t.must.end) >= 0)
		return 0;
	return b->conf.accept_loss ? loss_accept(&t) : loss_refuse(&t);
}

/* SPDX-License-Identifier: ISC */
/*
 * The state in a directory: `lock` and `journal`.
 *
 * The journal is 8 bytes of magic and records.  A record is a CRC-32C of what
 * follows (4 bytes, big-endian), the length of its data and the number of
 * bytes before the record that were not durable when it was written (two
 * varints), and the data.
 *
 * After a crash the end may be missing or garbled from some record on: those
 * were never durable, nothing depends on them, and they are cut off.  But if
 * a valid record follows which says that the damaged place was durable, then
 * something else destroyed it, and that is an error.
 */
#include "src/client/stonechat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/varint.h"
#include "src/common/buf.h"
#include "src/common/wipe.h"

enum {
	MAGIC_SIZE = 8,
	CRC_SIZE = 4,
	HEAD_MAX = CRC_SIZE + 2 * VARINT_MAX,
	RECORD_MAX = 1 << 20,
	PATH_MAX_BYTES = 1024
};

static const char magic[MAGIC_SIZE + 1] = "SCSTATE1";

struct sc_state {
	char dir[PATH_MAX_BYTES];
	char *why;		/* while it is being opened */
	size_t whylen;
	int lock, fd;
	bool durable;
	bool broken;		/* the file's end is not known: only replace */
	uint64_t size;		/* of the journal */
	uint64_t synced;	/* how much of it is durable */
};

/* ---- CRC-32C (Castagnoli), four bits at a time ---- */

static uint32_t
crc32c(const uint8_t *p, size_t n)
{
	static const uint32_t table[16] = {
	    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
	    0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= p[i];
		crc = table[crc & 15] ^ (crc >> 4);
		crc = table[crc & 15] ^ (crc >> 4);
	}
	return crc ^ 0xffffffff;
}

/* ---- files ---- */

static int
path_of(const struct sc_state *s, const char *name, char *path)
{
	int n = snprintf(path, PATH_MAX_BYTES + 32, "%s/%s", s->dir, name);

	return n < 0 || n >= PATH_MAX_BYTES + 32 ? SC_CODE_IO : 0;
}

static int
say(struct sc_state *s, int code, const char *what, const char *name)
{
	if (s->why != NULL && s->whylen > 0)
		(void)snprintf(s->why, s->whylen, "%s %s/%s: %s", what, s->dir,
		    name, strerror(errno));
	return code;
}

static int
write_all(int fd, const uint8_t *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return SC_CODE_IO;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int
data_sync(const struct sc_state *s, int fd)
{
	return s->durable && fdatasync(fd) != 0 ? SC_CODE_IO : 0;
}

/* A new or renamed name survives a crash only after this. */
static int
dir_sync(const struct sc_state *s)
{
	int fd, rc;

	if (!s->durable)
		return 0;
	fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return SC_CODE_IO;
	rc = fsync(fd) != 0 ? SC_CODE_IO : 0;
	(void)close(fd);
	return rc;
}

/* The directory and those above it that do not exist. */
static int
make_dirs(struct sc_state *s)
{
	char path[PATH_MAX_BYTES];
	size_t n = strlen(s->dir);

	memcpy(path, s->dir, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return say(s, SC_CODE_IO, "cannot create", "");
		path[i] = i < n ? '/' : '\0';
	}
	return 0;
}

/* Held until the descriptor is closed, by a crash too. */
static int
take_lock(struct sc_state *s)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[PATH_MAX_BYTES + 32];

	if (path_of(s, "lock", path) != 0)
		return SC_CODE_IO;
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return say(s, SC_CODE_IO, "cannot open", "lock");
#ifdef F_OFD_SETLK
	if (fcntl(s->lock, F_OFD_SETLK, &whole) == 0)
		return 0;
#else
	if (fcntl(s->lock, F_SETLK, &whole) == 0)
		return 0;
#endif
	if (errno != EAGAIN && errno != EACCES)
		return say(s, SC_CODE_IO, "cannot lock", "lock");
	if (s->why != NULL && s->whylen > 0)
		(void)snprintf(s->why, s->whylen, "%s is in use by another "
		    "process: end it, or use another directory", s->dir);
	return SC_CODE_CONFLICT;
}

/* ---- records ---- */

/* Writes the head of a record at HEAD, which has room for HEAD_MAX, and
 * returns its size.  The CRC is over all of the record but itself. */
static size_t
head_write(uint8_t *head, uint64_t unsynced, const uint8_t *data, size_t n,
    struct buf *scratch)
{
	size_t len = CRC_SIZE;
	uint32_t crc;

	len += varint_write(head + len, n);
	len += varint_write(head + len, unsynced);
	buf_clear(scratch);
	buf_put(scratch, head + CRC_SIZE, len - CRC_SIZE);
	buf_put(scratch, data, n);
	if (buf_failed(scratch))
		return 0;
	crc = crc32c(scratch->p + scratch->off, scratch->len);
	for (unsigned i = 0; i < CRC_SIZE; i++)
		head[i] = (uint8_t)(crc >> (24 - 8 * i));
	return len;
}

/* The bytes of a whole record in TO. */
static int
record_make(uint64_t unsynced, const void *p, size_t n, struct buf *to)
{
	uint8_t head[HEAD_MAX];
	struct buf scratch;
	size_t len;

	if (n > RECORD_MAX)
		return SC_CODE_TOO_LARGE;
	buf_init(&scratch, 0);
	len = head_write(head, unsynced, p, n, &scratch);
	buf_wipe(&scratch);
	if (len == 0)
		return SC_CODE_NO_MEMORY;
	buf_put(to, head, len);
	buf_put(to, p, n);
	return buf_failed(to) ? SC_CODE_NO_MEMORY : 0;
}

struct parsed {
	struct slice data;
	uint64_t unsynced;
	size_t size;		/* of the whole record */
};

/* The record at the start of IN; false: there is none. */
static bool
record_parse(struct slice in, struct parsed *r)
{
	struct slice rest;
	uint64_t len;
	uint32_t crc = 0;

	if (in.len < CRC_SIZE)
		return false;
	for (unsigned i = 0; i < CRC_SIZE; i++)
		crc = crc << 8 | in.p[i];
	rest = slice_of(in.p + CRC_SIZE, in.len - CRC_SIZE);
	if (varint_take(&rest, &len) != 0 || len > RECORD_MAX ||
	    varint_take(&rest, &r->unsynced) != 0 || len > rest.len)
		return false;
	r->data = slice_of(rest.p, (size_t)len);
	r->size = (size_t)(rest.p - in.p) + (size_t)len;
	return crc32c(in.p + CRC_SIZE, r->size - CRC_SIZE) == crc;
}

/* Whether a record behind AT says that what is at AT was durable. */
static bool
was_durable(struct slice file, size_t at)
{
	struct parsed r;

	for (size_t i = at + 1; i < file.len; i++)
		if (record_parse(slice_of(file.p + i, file.len - i), &r) &&
		    r.unsynced <= i && i - r.unsynced > at)
			return true;
	return false;
}

/* ---- loading ---- */

static int
read_file(struct sc_state *s, struct buf *to)
{
	struct stat st;
	size_t n = 0;
	uint8_t *p;

	if (fstat(s->fd, &st) != 0 || st.st_size < 0 ||
	    (uint64_t)st.st_size > SIZE_MAX / 8)
		return say(s, SC_CODE_IO, "cannot read", "journal");
	p = buf_room(to, (size_t)st.st_size + 1);
	if (p == NULL)
		return SC_CODE_NO_MEMORY;
	while (n < (size_t)st.st_size) {
		ssize_t got = pread(s->fd, p + n, (size_t)st.st_size - n,
		    (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return say(s, SC_CODE_IO, "cannot read", "journal");
		if (got == 0)
			break;
		n += (size_t)got;
	}
	buf_added(to, n);
	return 0;
}

static int
damaged(struct sc_state *s, size_t at)
{
	if (s->why != NULL && s->whylen > 0)
		(void)snprintf(s->why, s->whylen, "%s/journal is damaged at "
		    "byte %zu: restore it, or remove the directory and log "
		    "in again", s->dir, at);
	return SC_CODE_MALFORMED;
}

/* The end of the last whole record in *END. */
static int
check_journal(struct sc_state *s, struct slice file, size_t *end)
{
	struct parsed r;
	size_t at = MAGIC_SIZE;

	if (file.len < MAGIC_SIZE ||
	    memcmp(file.p, magic, MAGIC_SIZE) != 0)
		return damaged(s, 0);
	while (at < file.len && record_parse(slice_of(file.p + at,
	    file.len - at), &r))
		at += r.size;
	if (at < file.len && was_durable(file, at))
		return damaged(s, at);
	*end = at;
	return 0;
}

/* Cuts off what a crash left behind; what remains is durable. */
static int
trim(struct sc_state *s, size_t end, size_t size)
{
	if (end < size && ftruncate(s->fd, (off_t)end) != 0)
		return say(s, SC_CODE_IO, "cannot truncate", "journal");
	if (data_sync(s, s->fd) != 0)
		return say(s, SC_CODE_IO, "cannot sync", "journal");
	s->size = s->synced = end;
	return 0;
}

static int
state_load(void *arg, int (*record)(void *engine, const void *p, size_t n),
    void *engine)
{
	struct sc_state *s = arg;
	struct slice file;
	struct parsed r;
	struct buf b;
	int rc;

	buf_init(&b, 0);
	rc = read_file(s, &b);
	file = buf_slice(&b);
	for (size_t at = MAGIC_SIZE; rc == 0 && at < s->size && at < file.len;
	    at += r.size) {
		if (!record_parse(slice_of(file.p + at, file.len - at), &r))
			rc = SC_CODE_MALFORMED;
		else
			rc = record(engine, r.data.p, r.data.len);
		if (rc != 0)
			break;
	}
	buf_wipe(&b);
	return rc;
}

/* ---- writing ---- */

static int
state_append(void *arg, const void *p, size_t n)
{
	struct sc_state *s = arg;
	struct buf b;
	int rc;

	if (s->broken)
		return SC_CODE_IO;
	buf_init(&b, 0);
	rc = record_make(s->size - s->synced, p, n, &b);
	if (rc == 0)
		rc = write_all(s->fd, b.p + b.off, b.len);
	if (rc == 0)
		s->size += b.len;
	else if (ftruncate(s->fd, (off_t)s->size) != 0)
		s->broken = true;
	buf_wipe(&b);
	return rc;
}

static int
state_sync(void *arg)
{
	struct sc_state *s = arg;

	if (s->broken)
		return SC_CODE_IO;
	if (data_sync(s, s->fd) != 0) {
		/* nobody knows what the disk has now */
		s->broken = true;
		return SC_CODE_IO;
	}
	s->synced = s->size;
	return 0;
}

/* ---- replacing ---- */

struct fresh {
	int fd;
	uint64_t size;
	struct buf pending;
};

static int
fresh_flush(struct fresh *f)
{
	int rc = write_all(f->fd, f->pending.p + f->pending.off,
	    f->pending.len);

	buf_clear(&f->pending);
	return rc;
}

static int
fresh_add(void *ctx, const void *p, size_t n)
{
	struct fresh *f = ctx;
	size_t before = f->pending.len;
	int rc;

	/* nothing is durable until the name changes */
	rc = record_make(f->size - MAGIC_SIZE, p, n, &f->pending);
	if (rc != 0)
		return rc;
	f->size += f->pending.len - before;
	return f->pending.len < 65536 ? 0 : fresh_flush(f);
}

/* The journal that FILL makes under the name `journal.new`, durable. */
static int
fresh_write(struct sc_state *s, struct fresh *f, const char *path,
    int (*fill)(void *engine, int (*add)(void *ctx, const void *p, size_t n),
    void *ctx), void *engine)
{
	int rc;

	f->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
	    0600);
	if (f->fd < 0)
		return SC_CODE_IO;
	f->size = MAGIC_SIZE;
	buf_put(&f->pending, magic, MAGIC_SIZE);
	rc = fill == NULL ? 0 : fill(engine, fresh_add, f);
	if (rc == 0)
		rc = buf_failed(&f->pending) ? SC_CODE_NO_MEMORY
					     : fresh_flush(f);
	if (rc == 0)
		rc = data_sync(s, f->fd);
	return rc;
}

static int
state_replace(void *arg, int (*fill)(void *engine,
    int (*add)(void *ctx, const void *p, size_t n), void *ctx), void *engine)
{
	struct sc_state *s = arg;
	char path[PATH_MAX_BYTES + 32], to[PATH_MAX_BYTES + 32];
	struct fresh f = {.fd = -1};
	int rc;

	buf_init(&f.pending, 0);
	rc = path_of(s, "journal.new", path);
	if (rc == 0)
		rc = path_of(s, "journal", to);
	if (rc == 0)
		rc = fresh_write(s, &f, path, fill, engine);
	buf_wipe(&f.pending);
	if (rc == 0 && rename(path, to) != 0)
		rc = SC_CODE_IO;
	if (rc != 0) {
		if (f.fd >= 0)
			(void)close(f.fd);
		return rc;
	}
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = f.fd;
	s->size = s->synced = f.size;
	/* until the directory is durable, a crash may bring the old one back */
	s->broken = dir_sync(s) != 0;
	return s->broken ? SC_CODE_IO : 0;
}

/* ---- opening ---- */

/* A journal that ends before its magic was never used: it is made anew. */
static int
open_journal(struct sc_state *s)
{
	char path[PATH_MAX_BYTES + 32];
	struct stat st;

	if (path_of(s, "journal", path) != 0)
		return SC_CODE_IO;
	s->fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (s->fd < 0 && errno != ENOENT)
		return say(s, SC_CODE_IO, "cannot open", "journal");
	if (s->fd >= 0 && fstat(s->fd, &st) == 0 && st.st_size != 0)
		return 0;
	if (state_replace(s, NULL, NULL) != 0)
		return say(s, SC_CODE_IO, "cannot create", "journal");
	return 0;
}

static int
open_all(struct sc_state *s)
{
	size_t end = 0;
	struct buf b;
	int rc;

	rc = make_dirs(s);
	if (rc == 0)
		rc = take_lock(s);
	if (rc == 0)
		rc = open_journal(s);
	if (rc != 0)
		return rc;
	buf_init(&b, 0);
	rc = read_file(s, &b);
	if (rc == 0)
		rc = check_journal(s, buf_slice(&b), &end);
	if (rc == 0)
		rc = trim(s, end, b.len);
	buf_wipe(&b);
	return rc;
}

int
sc_state_open(const char *dir, bool durable, struct sc_state **out,
    struct sc_state_io *io, char *why, size_t whylen)
{
	struct sc_state *s;
	size_t n = strlen(dir);
	int rc;

	*out = NULL;
	if (why != NULL && whylen > 0)
		(void)snprintf(why, whylen, "the directory's name is empty, "
		    "too long, or there is no memory");
	if (n == 0 || n >= PATH_MAX_BYTES)
		return SC_CODE_BAD_REQUEST;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return SC_CODE_NO_MEMORY;
	memcpy(s->dir, dir, n + 1);
	s->lock = s->fd = -1;
	s->durable = durable;
	s->why = why;
	s->whylen = whylen;
	rc = open_all(s);
	s->why = NULL;
	if (rc != 0) {
		sc_state_close(s);
		return rc;
	}
	*io = (struct sc_state_io){state_load, state_append, state_sync,
	    state_replace, s};
	*out = s;
	return 0;
}

void
sc_state_close(struct sc_state *s)
{
	if (s == NULL)
		return;
	if (s->fd >= 0) {
		if (!s->broken && s->size != s->synced)
			(void)state_sync(s);
		(void)close(s->fd);
	}
	if (s->lock >= 0)
		(void)close(s->lock);
	free(s);
}

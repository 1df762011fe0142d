/* SPDX-License-Identifier: ISC */
/*
 * After a process that did not close the store well, what the page cache gives
 * need not be on the disk: a sync may have failed, after which Linux counts the
 * pages as written, and nobody else can see it.  What is read from them would be
 * shown and acknowledged, synced in vain, and be gone after a loss of power.
 *
 * So before anything is read, the cache lets go of what it can, and what stays
 * in it is written again, which makes the pages dirty, and synced.  The log is
 * written again as it is: what the disk has failed to take it may take now.
 * Segments had their names only when they were synced.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

enum { WINDOW = 4 << 20 };

struct renewal {
	const struct bdb *bdb;
	const char *folder;
	bool forget;		/* what is in the cache, where that can be */
	size_t page;		/* bytes */
	uint8_t *bytes;		/* WINDOW */
	unsigned char *resident;	/* one for each page of a window */
	uint64_t written;	/* bytes of the current file */
};

static int
bytes_put(struct renewal *r, int fd, size_t from, size_t to, off_t at)
{
	ssize_t put;

	for (; from < to; from += (size_t)put) {
		put = pwrite(fd, r->bytes + from, to - from, at + (off_t)from);
		if (put < 0 && errno != EINTR)
			return errno;
		if (put < 0)
			put = 0;
		r->written += (size_t)put;
	}
	return 0;
}

static bool
is_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* The N bytes that were read at AT, but for pages of zeroes: those of a file
 * that was made as long as it will be are nothing that could have been lost. */
static int
pages_put(struct renewal *r, int fd, off_t at, size_t n)
{
	size_t from = 0, to, end;
	int error = 0;

	for (to = 0; error == 0 && to < n; to = end) {
		end = n - to < r->page ? n : to + r->page;
		if (!is_zero(r->bytes + to, end - to))
			continue;
		error = bytes_put(r, fd, from, to, at);
		from = end;
	}
	return error != 0 ? error : bytes_put(r, fd, from, n, at);
}

/* The same N bytes once more. */
static int
bytes_renew(struct renewal *r, int fd, off_t at, size_t n)
{
	ssize_t got;
	int error;

	while (n > 0) {
		got = pread(fd, r->bytes, n, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got == 0 ? 0 : errno;
		error = pages_put(r, fd, at, (size_t)got);
		if (error != 0)
			return error;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/* Which pages of a window are in the cache: all, if it cannot be known. */
static void
window_look(struct renewal *r, int fd, off_t at, size_t n)
{
	size_t pages = (n + r->page - 1) / r->page;
	void *map = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, at);

	if (map == MAP_FAILED || mincore(map, n, r->resident) != 0)
		memset(r->resident, 1, pages);
	if (map != MAP_FAILED)
		(void)munmap(map, n);
}

static int
window_renew(struct renewal *r, int fd, off_t at, size_t n)
{
	size_t pages = (n + r->page - 1) / r->page, from, to, end;
	int error = 0;

	window_look(r, fd, at, n);
	for (from = 0; error == 0 && from < pages; from = to + 1) {
		for (to = from; to < pages && (r->resident[to] & 1) != 0; to++)
			;
		end = to * r->page < n ? to * r->page : n;
		if (to > from)
			error = bytes_renew(r, fd, at + (off_t)(from *
			    r->page), end - from * r->page);
	}
	return error;
}

/* What is in the cache; adds to WRITTEN how many bytes that is. */
static int
cached_renew(struct renewal *r, int fd)
{
	struct stat st;
	off_t at;
	int error = fstat(fd, &st) == 0 ? 0 : errno;

	for (at = 0; error == 0 && at < st.st_size; at += WINDOW)
		error = window_renew(r, fd, at, st.st_size - at < WINDOW
		    ? (size_t)(st.st_size - at) : WINDOW);
	return error;
}

/* The first sync may report what became of earlier writes: then the same once
 * more.  What is not in the cache was written, and the device is told to keep
 * it when the mark is synced. */
static int
contents_renew(struct renewal *r, int fd)
{
	int error;

	if (r->forget)
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	r->written = 0;
	error = cached_renew(r, fd);
	if (error != 0 || r->written == 0 || fdatasync(fd) == 0)
		return error;
	error = cached_renew(r, fd);
	return error != 0 || fdatasync(fd) == 0 ? error : errno;
}

static int
file_renew(void *arg, const char *name)
{
	struct renewal *r = arg;
	char path[4096];
	int fd, error;

	snprintf(path, sizeof(path), "%s/%s/%s", r->bdb->conf.dir, r->folder,
	    name);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	error = fd < 0 ? errno : contents_renew(r, fd);
	if (fd >= 0)
		close(fd);
	return error;
}

/* All of a folder; names that are there become durable. */
static int
folder_renew(struct renewal *r, const char *folder, bool forget)
{
	int rc;

	r->folder = folder;
	r->forget = forget;
	rc = bdb_files_each(r->bdb, folder, file_renew, r);
	if (rc < 0)
		return errno;
	return rc != 0 ? rc : bdb_folder_sync(r->bdb, folder);
}

/* The log first: pages of the databases that stand for what is not in the log
 * must not be on the disk. */
int
bdb_renew(const struct bdb *b, char *why, size_t whylen)
{
	struct renewal r = {.bdb = b, .page = (size_t)sysconf(_SC_PAGESIZE),
		.bytes = xcalloc(1, WINDOW)};
	int error;

	r.resident = xcalloc(WINDOW / r.page, 1);
	error = folder_renew(&r, "log", false);
	if (error == 0)
		error = folder_renew(&r, "data", true);
	if (error != 0)
		snprintf(why, whylen, "%s/%s cannot be written: %s: look after "
		    "the disk, then start again", b->conf.dir, r.folder,
		    strerror(error));
	free(r.resident);
	free(r.bytes);
	return error == 0 ? 0 : SC_EIO;
}

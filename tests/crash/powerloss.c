/* SPDX-License-Identifier: ISC */
/*
 * A shared object to be preloaded into a process that keeps its promises with
 * fsync.  Of all that it does to the files below SC_POWERLOSS_STORE it keeps in
 * SC_POWERLOSS_IMAGE what a disk would hold (image.h), so that a SIGKILL and
 * image_lose are a loss of power.  An image that is there already is that of a
 * process before, which was killed and had its power.
 *
 *	SC_POWERLOSS_LOW	while this file exists there is no room, for who
 *				asks with statvfs
 *	SC_POWERLOSS_FULL	while this file exists, for who writes
 *	SC_POWERLOSS_BROKEN	while this file exists and the name of a file
 *				begins with what is in it, a sync of that
 *				fails with EIO, and as on Linux what was to be
 *				written counts as written from then on: the next
 *				sync succeeds, and the disk has nothing of it
 *	SC_POWERLOSS_EXIT	if set, everything is synced at exit: then the
 *				image is the directory, or a write was missed
 *
 * A change of a file by a call that is not modelled ends the process.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tests/crash/image.h"
#include "tests/crash/tree.h"

enum { FDS = 65536 };

/* A block as the page cache has it. */
enum { CLEAN, DIRTY, LOST /* clean, but not on the disk */ };

/* A file, whatever it is called. */
struct file {
	uint64_t id;
	int live, image;	/* both to read, the image to write */
	off_t synced;		/* the size at the last sync; -1: never */
	int lost;		/* a file that keeps which blocks are lost */
	uint8_t *dirty;		/* a byte for each block */
	size_t ndirty;
	unsigned opens;
	bool named;
};

struct name {
	struct name *next;
	struct file *file;	/* NULL: a directory */
	char path[];		/* below the store */
};

static struct {
	pthread_mutex_t lock;
	const char *store, *image, *low, *full, *broken, *at_exit; /* or NULL */
	size_t storelen;
	struct name *names;
	struct file *fds[FDS];
	uint64_t ids;
	int pending;		/* the file of pending changes */
	uint64_t npending;
} shim = {.lock = PTHREAD_MUTEX_INITIALIZER, .pending = -1};

static _Noreturn void
fail(const char *what)
{
	dprintf(STDERR_FILENO, "powerloss: %s: %s\n", what, strerror(errno));
	abort();
}

/* ---- the system, past our own functions ---- */

static int
real_open(const char *path, int flags, mode_t mode)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static ssize_t
real_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return syscall(SYS_pwrite64, fd, p, n, at);
}

static void
make_path(char path[TREE_PATH], const char *kind, const char *name)
{
	char dir[TREE_PATH];

	tree_path(dir, shim.image, kind);
	tree_path(path, dir, name);
}

/* ---- names ---- */

/* The part of PATH below the store, or NULL. */
static const char *
below(const char *path)
{
	if (shim.store == NULL || path == NULL ||
	    strncmp(path, shim.store, shim.storelen) != 0)
		return NULL;
	path += shim.storelen;
	if (*path != '/')
		return NULL;
	while (*path == '/')
		path++;
	return *path == '\0' ? NULL : path;
}

static struct name **
find(const char *path)
{
	struct name **n = &shim.names;

	while (*n != NULL && strcmp((*n)->path, path) != 0)
		n = &(*n)->next;
	return n;
}

static void
name_add(const char *path, struct file *f)
{
	size_t len = strlen(path) + 1;
	struct name *n = malloc(sizeof(*n) + len);

	if (n == NULL)
		fail("malloc");
	memcpy(n->path, path, len);
	n->file = f;
	n->next = shim.names;
	shim.names = n;
	if (f != NULL)
		f->named = true;
}

static void
file_release(struct file *f)
{
	if (f == NULL || f->named || f->opens > 0)
		return;
	syscall(SYS_close, f->live);
	syscall(SYS_close, f->image);
	syscall(SYS_close, f->lost);
	free(f->dirty);
	free(f);
}

static void
name_remove(struct name **at)
{
	struct name *n = *at;

	*at = n->next;
	if (n->file != NULL) {
		n->file->named = false;
		file_release(n->file);
	}
	free(n);
}

/* A change of names, to be durable some time. */
static void __attribute__((format(printf, 1, 2)))
pend(const char *fmt, ...)
{
	char line[3 * TREE_PATH];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (syscall(SYS_write, shim.pending, line, (size_t)n) != n)
		fail("pending");
	shim.npending++;
}

static void
open_pending(void)
{
	char path[TREE_PATH];

	tree_path(path, shim.image, "pending");
	shim.pending = real_open(path, O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0600);
	if (shim.pending < 0)
		fail(path);
}

/* All changes of names become durable. */
static void
commit(void)
{
	char from[TREE_PATH], to[TREE_PATH];

	if (shim.npending == 0)
		return;
	tree_path(from, shim.image, "pending");
	tree_path(to, shim.image, "committing");
	if (syscall(SYS_rename, from, to) != 0)
		fail(to);
	syscall(SYS_close, shim.pending);
	open_pending();
	image_apply(shim.image, "committing", UINT64_MAX);
	syscall(SYS_unlink, to);
	shim.npending = 0;
}

/* ---- contents ---- */

/* The file that is called PATH in the store and ID in the image. */
static struct file *
file_open(const char *path, uint64_t id)
{
	struct file *f = calloc(1, sizeof(*f));
	char name[32], at[TREE_PATH];

	if (f == NULL)
		fail("calloc");
	f->id = id;
	f->synced = -1;
	tree_path(at, shim.store, path);
	f->live = real_open(at, O_RDONLY | O_CLOEXEC, 0);
	snprintf(name, sizeof(name), "%llu", (unsigned long long)id);
	make_path(at, "files", name);
	f->image = real_open(at, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	make_path(at, "lost", name);
	f->lost = real_open(at, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (f->live < 0 || f->image < 0 || f->lost < 0)
		fail(path);
	return f;
}

/* A block becomes CLEAN, DIRTY or LOST; whether it is lost outlives us. */
static void
block_set(struct file *f, size_t i, uint8_t state)
{
	uint8_t lost = state == LOST;

	if ((f->dirty[i] == LOST) != lost &&
	    real_pwrite(f->lost, &lost, 1, (off_t)i) != 1)
		fail("what is lost");
	f->dirty[i] = state;
}

static void
mark(struct file *f, off_t from, off_t to)
{
	size_t first = (size_t)from / IMAGE_BLOCK;
	size_t end = ((size_t)to + IMAGE_BLOCK - 1) / IMAGE_BLOCK, n;

	if (end > f->ndirty) {
		n = 2 * end;
		f->dirty = realloc(f->dirty, n);
		if (f->dirty == NULL)
			fail("realloc");
		memset(f->dirty + f->ndirty, 0, n - f->ndirty);
		f->ndirty = n;
	}
	while (first < end)
		block_set(f, first++, DIRTY);
}

static void
block_sync(struct file *f, size_t i)
{
	char bytes[IMAGE_BLOCK];
	off_t at = (off_t)i * IMAGE_BLOCK;
	ssize_t n = syscall(SYS_pread64, f->live, bytes, sizeof(bytes), at);

	block_set(f, i, CLEAN);
	if (n < 0 || (n > 0 && real_pwrite(f->image, bytes, (size_t)n,
	    at) != n))
		fail("a block of the image");
}

/* What is in the file is durable; DATA: by fdatasync. */
static void
file_sync(struct file *f, bool data)
{
	struct stat st;
	uint8_t *next;
	size_t i = 0;
	bool grown;

	if (fstat(f->live, &st) != 0)
		fail("fstat");
	grown = st.st_size != f->synced;
	while (f->ndirty > i && (next = memchr(f->dirty + i, DIRTY,
	    f->ndirty - i)) != NULL) {
		i = (size_t)(next - f->dirty);
		block_sync(f, i);
	}
	if (syscall(SYS_ftruncate, f->image, st.st_size) != 0)
		fail("ftruncate");
	f->synced = st.st_size;
	/* a file whose size or blocks are new takes the names with it */
	if (!data || grown)
		commit();
}

/* What was to be written is not, and nobody hears of it again. */
static void
file_lose(struct file *f)
{
	for (size_t i = 0; i < f->ndirty; i++)
		if (f->dirty[i] == DIRTY)
			block_set(f, i, LOST);
}

/* The page cache forgets what is clean: FD reads what the disk has. */
static void
file_forget(struct file *f, int fd)
{
	char bytes[IMAGE_BLOCK] = "", path[64];
	struct stat st;
	ssize_t n;
	off_t at;
	int out;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	out = real_open(path, O_WRONLY | O_CLOEXEC, 0);
	if (out < 0 || fstat(f->live, &st) != 0)
		fail(path);
	for (size_t i = 0; i < f->ndirty; i++) {
		if (f->dirty[i] != LOST)
			continue;
		at = (off_t)i * IMAGE_BLOCK;
		memset(bytes, 0, sizeof(bytes));
		n = syscall(SYS_pread64, f->image, bytes, sizeof(bytes), at);
		if (n < 0 || real_pwrite(out, bytes, st.st_size - at <
		    IMAGE_BLOCK ? (size_t)(st.st_size - at) : IMAGE_BLOCK,
		    at) < 0)
			fail("a block that is lost");
		block_set(f, i, CLEAN);
	}
	syscall(SYS_close, out);
}

/* ---- the beginning ---- */

/* What a process before has lost. */
static void
adopt_lost(struct file *f)
{
	uint8_t lost[IMAGE_BLOCK];
	off_t at = 0;
	ssize_t n;

	while ((n = syscall(SYS_pread64, f->lost, lost, sizeof(lost),
	    at)) > 0) {
		for (size_t i = 0; i < (size_t)n; i++)
			if (lost[i] != 0 && (size_t)at + i < f->ndirty)
				f->dirty[(size_t)at + i] = LOST;
		at += n;
	}
}

/* A file that the image does not know, or does not know as it is now. */
static void
adopt(const char *path, uint64_t id, bool durable)
{
	struct file *f = file_open(path, id);
	char now[TREE_PATH], at[TREE_PATH], name[32];
	struct stat st;

	if (fstat(f->live, &st) != 0)
		fail(path);
	mark(f, 0, st.st_size);
	adopt_lost(f);
	if (!durable && fstat(f->image, &st) == 0 && st.st_size > 0)
		f->synced = st.st_size;
	name_add(path, f);
	snprintf(name, sizeof(name), "%llu", (unsigned long long)id);
	make_path(at, "files", name);
	make_path(now, "now", path);
	if (link(at, now) != 0 && errno != EEXIST)
		fail(now);
	if (!durable)
		return;
	pend("create %s %s\n", path, name);
	file_sync(f, false);
}

static void
begin_new(void *arg, const char *path, bool directory)
{
	char now[TREE_PATH];

	(void)arg;
	if (!directory) {
		adopt(path, ++shim.ids, true);
		return;
	}
	make_path(now, "now", path);
	syscall(SYS_mkdir, now, 0700);
	pend("mkdir %s\n", path);
	name_add(path, NULL);
	commit();
}

/* The number of the file that is called PATH, by its place on the disk. */
static void
number(void *arg, const char *name, bool directory)
{
	uint64_t id = strtoull(name, NULL, 10);

	(void)arg;
	(void)directory;
	if (id > shim.ids)
		shim.ids = id;
}

struct search {
	struct stat st;
	uint64_t id;
};

static void
match(void *arg, const char *name, bool directory)
{
	struct search *s = arg;
	char at[TREE_PATH];
	struct stat st;

	(void)directory;
	make_path(at, "files", name);
	if (stat(at, &st) == 0 && st.st_ino == s->st.st_ino)
		s->id = strtoull(name, NULL, 10);
}

/* A file of a process before: what it had not synced is not synced. */
static void
begin_again(void *arg, const char *path, bool directory)
{
	char now[TREE_PATH], files[TREE_PATH];
	struct search s = {.id = 0};

	(void)arg;
	make_path(now, "now", path);
	if (directory) {
		if (syscall(SYS_mkdir, now, 0700) == 0)
			pend("mkdir %s\n", path);
		name_add(path, NULL);
		return;
	}
	tree_path(files, shim.image, "files");
	if (stat(now, &s.st) == 0)
		tree_walk(files, match, &s);
	if (s.id == 0) {
		s.id = ++shim.ids;
		pend("create %s %llu\n", path, (unsigned long long)s.id);
	}
	adopt(path, s.id, false);
}

static void
drop_gone(void *arg, const char *path, bool directory)
{
	char live[TREE_PATH], now[TREE_PATH];

	(void)arg;
	tree_path(live, shim.store, path);
	if (directory || access(live, F_OK) == 0)
		return;
	make_path(now, "now", path);
	syscall(SYS_unlink, now);
	pend("unlink %s\n", path);
}

static void
image_begin(bool again)
{
	static const char *const kinds[] = {"files", "now", "durable", "lost"};
	char path[TREE_PATH];
	unsigned i;

	if (!again)
		syscall(SYS_mkdir, shim.image, 0700);
	for (i = 0; !again && i < 4; i++) {
		tree_path(path, shim.image, kinds[i]);
		if (syscall(SYS_mkdir, path, 0700) != 0)
			fail(path);
	}
	open_pending();
	if (again) {
		tree_path(path, shim.image, "files");
		tree_walk(path, number, NULL);
		image_apply(shim.image, "committing", UINT64_MAX);
		shim.npending = 1;	/* some, perhaps */
		tree_path(path, shim.image, "now");
		tree_walk(path, drop_gone, NULL);
	}
	if (access(shim.store, F_OK) == 0)
		tree_walk(shim.store, again ? begin_again : begin_new, NULL);
}

static void __attribute__((constructor))
begin(void)
{
	struct stat st;

	shim.low = getenv("SC_POWERLOSS_LOW");
	shim.full = getenv("SC_POWERLOSS_FULL");
	shim.broken = getenv("SC_POWERLOSS_BROKEN");
	shim.at_exit = getenv("SC_POWERLOSS_EXIT");
	shim.image = getenv("SC_POWERLOSS_IMAGE");
	shim.store = getenv("SC_POWERLOSS_STORE");
	if (shim.store != NULL)
		shim.storelen = strlen(shim.store);
	if (shim.image != NULL && shim.store != NULL)
		image_begin(stat(shim.image, &st) == 0);
}

static void __attribute__((destructor))
end(void)
{
	const struct name *n;

	if (shim.image == NULL || shim.at_exit == NULL)
		return;
	for (n = shim.names; n != NULL; n = n->next)
		if (n->file != NULL)
			file_sync(n->file, false);
	commit();
}

/* ---- calls ---- */

static bool
is_full(void)
{
	return shim.full != NULL &&
	    syscall(SYS_access, shim.full, F_OK) == 0;
}

static struct file *
file_of(int fd)
{
	return fd >= 0 && fd < FDS ? shim.fds[fd] : NULL;
}

/* The lock is held. */
static bool
is_broken(const struct file *f)
{
	char prefix[TREE_PATH];
	const struct name *n;
	ssize_t len;
	int fd;

	fd = shim.broken == NULL ? -1 : real_open(shim.broken, O_RDONLY, 0);
	if (fd < 0)
		return false;
	len = syscall(SYS_read, fd, prefix, sizeof(prefix));
	syscall(SYS_close, fd);
	for (n = shim.names; n != NULL && n->file != f; n = n->next)
		;
	return n != NULL && len >= 0 &&
	    strncmp(n->path, prefix, (size_t)len) == 0;
}

/* A file of the store, or that of another's. */
static void
opened(int fd, const char *path, int flags)
{
	struct name **n = find(path);
	char at[TREE_PATH], now[TREE_PATH], id[32];
	struct file *f;

	if (fd >= FDS)
		fail("too many descriptors");
	if ((flags & O_DIRECTORY) != 0 || (*n != NULL && (*n)->file == NULL))
		return;
	if (*n == NULL) {
		f = file_open(path, ++shim.ids);
		name_add(path, f);
		snprintf(id, sizeof(id), "%llu", (unsigned long long)f->id);
		make_path(at, "files", id);
		make_path(now, "now", path);
		if (link(at, now) != 0)
			fail(now);
		pend("create %s %s\n", path, id);
	} else {
		f = (*n)->file;
	}
	f->opens++;
	shim.fds[fd] = f;
}

static int
do_open(const char *path, int flags, mode_t mode)
{
	const char *name = shim.image == NULL ? NULL : below(path);
	int fd, saved;

	if (name == NULL)
		return real_open(path, flags, mode);
	pthread_mutex_lock(&shim.lock);
	fd = real_open(path, flags, mode);
	saved = errno;
	if (fd >= 0)
		opened(fd, name, flags);
	pthread_mutex_unlock(&shim.lock);
	errno = saved;
	return fd;
}

#define EXPORT __attribute__((visibility("default")))

int open_2(const char *path, int flags) __asm__("__open_2") EXPORT;
int open64_2(const char *path, int flags) __asm__("__open64_2") EXPORT;

EXPORT int
open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return do_open(path, flags, mode);
}

EXPORT int
open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	return do_open(path, flags, mode);
}

int
open_2(const char *path, int flags)
{
	return do_open(path, flags, 0);
}

int
open64_2(const char *path, int flags)
{
	return do_open(path, flags, 0);
}

EXPORT int
openat(int dir, const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;

	va_start(ap, flags);
	mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(ap, mode_t) : 0;
	va_end(ap);
	if (dir == AT_FDCWD || path[0] == '/')
		return do_open(path, flags, mode);
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

EXPORT int
creat(const char *path, mode_t mode)
{
	return do_open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

EXPORT int
close(int fd)
{
	struct file *f = file_of(fd);

	if (f != NULL) {
		pthread_mutex_lock(&shim.lock);
		shim.fds[fd] = NULL;
		f->opens--;
		file_release(f);
		pthread_mutex_unlock(&shim.lock);
	}
	return (int)syscall(SYS_close, fd);
}

/* N bytes were written, ending at END; -1: where the descriptor is now. */
static ssize_t
written(int fd, struct file *f, ssize_t n, off_t end)
{
	int saved = errno;

	if (n > 0) {
		if (end < 0)
			end = lseek(fd, 0, SEEK_CUR);
		pthread_mutex_lock(&shim.lock);
		mark(f, end - n, end);
		pthread_mutex_unlock(&shim.lock);
	}
	errno = saved;
	return n;
}

/* In the store, while the disk is full. */
static bool
refuse(const struct file *f)
{
	if (f == NULL || !is_full())
		return false;
	errno = ENOSPC;
	return true;
}

EXPORT ssize_t
write(int fd, const void *p, size_t n)
{
	struct file *f = file_of(fd);

	if (f == NULL)
		return syscall(SYS_write, fd, p, n);
	return refuse(f) ? -1 : written(fd, f, syscall(SYS_write, fd, p, n),
	    -1);
}

EXPORT ssize_t
writev(int fd, const struct iovec *v, int count)
{
	struct file *f = file_of(fd);

	if (f == NULL)
		return syscall(SYS_writev, fd, v, count);
	return refuse(f) ? -1 : written(fd, f, syscall(SYS_writev, fd, v,
	    count), -1);
}

EXPORT ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	struct file *f = file_of(fd);
	ssize_t done;

	if (f == NULL)
		return real_pwrite(fd, p, n, at);
	if (refuse(f))
		return -1;
	done = real_pwrite(fd, p, n, at);
	return written(fd, f, done, at + (done > 0 ? done : 0));
}

EXPORT ssize_t
pwrite64(int fd, const void *p, size_t n, off_t at)
{
	return pwrite(fd, p, n, at);
}

static bool
any_dirty(const struct file *f)
{
	return f->ndirty > 0 && memchr(f->dirty, DIRTY, f->ndirty) != NULL;
}

static int
do_sync(int fd, bool data)
{
	struct file *f = file_of(fd);
	int rc = (int)syscall(data ? SYS_fdatasync : SYS_fsync, fd);

	if (rc != 0 || shim.image == NULL)
		return rc;
	pthread_mutex_lock(&shim.lock);
	if (f != NULL && any_dirty(f) && is_broken(f)) {
		file_lose(f);
		rc = -1;
	} else if (f != NULL) {
		file_sync(f, data);
	} else if (!data) {
		commit();	/* of a directory, perhaps */
	}
	pthread_mutex_unlock(&shim.lock);
	if (rc != 0)
		errno = EIO;
	return rc;
}

EXPORT int
fsync(int fd)
{
	return do_sync(fd, false);
}

EXPORT int
fdatasync(int fd)
{
	return do_sync(fd, true);
}

EXPORT int
posix_fadvise(int fd, off_t at, off_t n, int advice)
{
	struct file *f = file_of(fd);

	if (f != NULL && advice == POSIX_FADV_DONTNEED) {
		pthread_mutex_lock(&shim.lock);
		file_forget(f, fd);
		pthread_mutex_unlock(&shim.lock);
	}
	return syscall(SYS_fadvise64, fd, at, n, advice) == 0 ? 0 : errno;
}

EXPORT int
posix_fadvise64(int fd, off_t at, off_t n, int advice)
{
	return posix_fadvise(fd, at, n, advice);
}

EXPORT int
ftruncate(int fd, off_t size)
{
	struct file *f = file_of(fd);
	struct stat st;

	if (f != NULL && refuse(f))
		return -1;
	if (f != NULL && fstat(fd, &st) == 0 && st.st_size > size) {
		/* what is written there again is not what was there */
		pthread_mutex_lock(&shim.lock);
		mark(f, size, st.st_size);
		pthread_mutex_unlock(&shim.lock);
	}
	return (int)syscall(SYS_ftruncate, fd, size);
}

EXPORT int
ftruncate64(int fd, off_t size)
{
	return ftruncate(fd, size);
}

EXPORT int
unlink(const char *path)
{
	const char *name = shim.image == NULL ? NULL : below(path);
	char now[TREE_PATH];
	struct name **n;
	int rc = (int)syscall(SYS_unlink, path);

	if (rc != 0 || name == NULL)
		return rc;
	pthread_mutex_lock(&shim.lock);
	n = find(name);
	if (*n != NULL)
		name_remove(n);
	make_path(now, "now", name);
	syscall(SYS_unlink, now);
	pend("unlink %s\n", name);
	pthread_mutex_unlock(&shim.lock);
	return 0;
}

EXPORT int
rename(const char *old, const char *new)
{
	const char *from = shim.image == NULL ? NULL : below(old);
	const char *to = shim.image == NULL ? NULL : below(new);
	char a[TREE_PATH], b[TREE_PATH];
	int rc = (int)syscall(SYS_rename, old, new);
	struct file *f;
	struct name **n;

	if (rc != 0 || (from == NULL && to == NULL))
		return rc;
	if (from == NULL || to == NULL)
		fail("a file is moved into the store, or out of it");
	pthread_mutex_lock(&shim.lock);
	n = find(to);
	if (*n != NULL)
		name_remove(n);
	n = find(from);
	if (*n == NULL || (*n)->file == NULL)
		fail("a directory is renamed");
	f = (*n)->file;
	f->opens++;
	name_remove(n);
	f->opens--;
	name_add(to, f);
	make_path(a, "now", from);
	make_path(b, "now", to);
	if (syscall(SYS_rename, a, b) != 0)
		fail(b);
	pend("rename %s %s\n", from, to);
	pthread_mutex_unlock(&shim.lock);
	return 0;
}

EXPORT int
mkdir(const char *path, mode_t mode)
{
	const char *name = shim.image == NULL ? NULL : below(path);
	char now[TREE_PATH];
	int rc = (int)syscall(SYS_mkdir, path, mode);

	if (rc != 0 || name == NULL)
		return rc;
	pthread_mutex_lock(&shim.lock);
	name_add(name, NULL);
	make_path(now, "now", name);
	syscall(SYS_mkdir, now, 0700);
	pend("mkdir %s\n", name);
	pthread_mutex_unlock(&shim.lock);
	return 0;
}

EXPORT int
statvfs(const char *path, struct statvfs *fs)
{
	int (*real)(const char *, struct statvfs *);
	int rc;

	*(void **)&real = dlsym(RTLD_NEXT, "statvfs");
	rc = real(path, fs);
	if (rc == 0 && shim.low != NULL &&
	    syscall(SYS_access, shim.low, F_OK) == 0)
		fs->f_bavail = fs->f_bfree = 0;
	return rc;
}

/* ---- what is not modelled ---- */

EXPORT void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	if (file_of(fd) != NULL && (flags & MAP_SHARED) != 0 &&
	    (prot & PROT_WRITE) != 0)
		fail("a file is mapped");
	return (void *)syscall(SYS_mmap, at, n, prot, flags, fd, offset);
}

EXPORT int
fallocate(int fd, int mode, off_t at, off_t n)
{
	if (file_of(fd) != NULL)
		fail("fallocate");
	return (int)syscall(SYS_fallocate, fd, mode, at, n);
}

EXPORT int
link(const char *old, const char *new)
{
	if (shim.image != NULL && below(new) != NULL)
		fail("link");
	return (int)syscall(SYS_link, old, new);
}

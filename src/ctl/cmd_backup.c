/* SPDX-License-Identifier: ISC */
/*
 * Command: backup.  The server sends the files of a consistent copy in pieces;
 * they are written here, so that the server needs no right to write anywhere.
 * MANIFEST, in the format of sha256sum, is written last: a directory without
 * it is not a backup.  A copy that could not be finished is removed again: it
 * would be of no use, and in the way of the next one.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/common/manifest.h"
#include "src/ctl/ctl.h"

enum { PIECE_MAX = 1 << 20 };

struct backup {
	struct ctl *ctl;
	const char *dir;
	int dir_fd;
	FILE *manifest;
	struct manifest_row row;	/* of the file that is open */
	int fd;			/* -1: none is */
	EVP_MD_CTX *hash;
	unsigned char *piece;
	uint64_t files, bytes;
	bool progress;		/* shown on a terminal */
	time_t shown;
};

static int
fail_file(const struct backup *b, const char *name)
{
	return ctl_fail("%s/%s: %s%s", b->dir, name, strerror(errno),
	    errno == ENOSPC || errno == EDQUOT ?
	    ": make room, or name a directory on another disk" : "");
}

/* ---- files ----------------------------------------------------------- */

static int
file_end(struct backup *b)
{
	char line[MANIFEST_LINE];

	if (b->fd < 0)
		return 0;
	if (fsync(b->fd) != 0 || close(b->fd) != 0) {
		b->fd = -1;
		return fail_file(b, b->row.name);
	}
	b->fd = -1;
	EVP_DigestFinal_ex(b->hash, b->row.sum, NULL);
	manifest_print(&b->row, line);
	fputs(line, b->manifest);
	return 0;
}

static int
file_begin(struct backup *b, const char *name)
{
	int rc = file_end(b);

	if (rc != 0)
		return rc;
	snprintf(b->row.name, sizeof(b->row.name), "%s", name);
	b->fd = openat(b->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL |
	    O_NOFOLLOW | O_CLOEXEC, 0600);
	if (b->fd < 0)
		return fail_file(b, name);
	b->files++;
	return EVP_DigestInit_ex(b->hash, EVP_sha256(), NULL) == 1 ? 0 :
	    ctl_fail("no SHA-256 in this OpenSSL");
}

static int
write_all(struct backup *b, size_t n)
{
	const unsigned char *p = b->piece;
	ssize_t done;

	for (; n > 0; n -= (size_t)done, p += done) {
		done = write(b->fd, p, n);
		if (done < 0 && errno == EINTR)
			done = 0;
		if (done < 0)
			return fail_file(b, b->row.name);
	}
	return 0;
}

static void
show_progress(struct backup *b)
{
	time_t now = time(NULL);

	if (!b->progress || now == b->shown)
		return;
	b->shown = now;
	fprintf(stderr, "\r%llu files, %llu MiB ",
	    (unsigned long long)b->files,
	    (unsigned long long)(b->bytes >> 20));
}

/* ---- the answer ------------------------------------------------------ */

static int
take_piece(struct backup *b, const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "file"));
	json_int_t n = json_integer_value(json_object_get(item, "bytes"));
	int rc = 0;

	if (name == NULL || !manifest_name_is_good(name) || n < 0 || n > PIECE_MAX)
		return ctl_fail("the server sends something else than a "
		    "backup: are both of the same version?");
	if (fread(b->piece, 1, (size_t)n, b->ctl->in) != (size_t)n)
		return ctl_lost(b->ctl);
	if (b->fd < 0 || strcmp(name, b->row.name) != 0)
		rc = file_begin(b, name);
	if (rc == 0)
		rc = write_all(b, (size_t)n);
	EVP_DigestUpdate(b->hash, b->piece, (size_t)n);
	b->bytes += (uint64_t)n;
	show_progress(b);
	return rc;
}

static int
take_all(struct backup *b)
{
	json_t *j, *item;
	int rc = 0;

	while (rc == 0 && (j = ctl_receive(b->ctl)) != NULL) {
		item = json_object_get(j, "item");
		if (item == NULL) {
			rc = ctl_ended(j);
			json_decref(j);
			return rc != 0 ? rc : file_end(b);
		}
		rc = take_piece(b, item);
		json_decref(j);
	}
	return rc != 0 ? rc : ctl_lost(b->ctl);
}

/* ---- the directory --------------------------------------------------- */

static int
make_directories(struct backup *b)
{
	if (mkdir(b->dir, 0700) != 0)
		return ctl_fail("%s: %s: %s", b->dir, strerror(errno),
		    errno == EEXIST ? "name a directory that is not there yet"
		    : "make the directory that it is to be in, or name "
		    "another");
	b->dir_fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dir_fd < 0 || mkdirat(b->dir_fd, "data", 0700) != 0 ||
	    mkdirat(b->dir_fd, "log", 0700) != 0 ||
	    mkdirat(b->dir_fd, "sealed", 0700) != 0)
		return fail_file(b, "");
	return 0;
}

/* Names are durable when their directories are. */
static int
sync_directory(const struct backup *b, const char *name)
{
	int fd = openat(b->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) != 0 ? fail_file(b, name) : 0;

	if (fd >= 0)
		close(fd);
	return rc;
}

static int
manifest_open(struct backup *b)
{
	int fd = openat(b->dir_fd, "MANIFEST.part", O_WRONLY | O_CREAT |
	    O_EXCL | O_CLOEXEC, 0600);

	b->manifest = fd < 0 ? NULL : fdopen(fd, "w");
	return b->manifest == NULL ? fail_file(b, "MANIFEST.part") : 0;
}

/* From here on it is a backup. */
static int
manifest_end(struct backup *b)
{
	int rc = sync_directory(b, "data");
	char line[MANIFEST_LINE];

	manifest_print_end(b->files, line);
	fputs(line, b->manifest);
	if (rc == 0)
		rc = sync_directory(b, "log");
	if (rc == 0)
		rc = sync_directory(b, "sealed");
	if (rc == 0 && (fflush(b->manifest) != 0 || ferror(b->manifest) ||
	    fsync(fileno(b->manifest)) != 0 ||
	    renameat(b->dir_fd, "MANIFEST.part", b->dir_fd,
	    "MANIFEST") != 0))
		rc = fail_file(b, "MANIFEST");
	return rc == 0 ? sync_directory(b, ".") : rc;
}

/* ---- what could not be finished -------------------------------------- */

static void
remove_files(const struct backup *b, const char *name)
{
	int fd = openat(b->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	while (d != NULL && (e = readdir(d)) != NULL)
		unlinkat(fd, e->d_name, 0);	/* "." and ".." stay */
	if (d != NULL)
		closedir(d);
	else if (fd >= 0)
		close(fd);
	unlinkat(b->dir_fd, name, AT_REMOVEDIR);
}

/* The directory is ours: it was not there before. */
static void
remove_all(const struct backup *b)
{
	remove_files(b, "data");
	remove_files(b, "log");
	remove_files(b, "sealed");
	unlinkat(b->dir_fd, "MANIFEST.part", 0);
	unlinkat(b->dir_fd, "MANIFEST", 0);
	if (rmdir(b->dir) != 0)
		ctl_fail("%s: %s: it is no backup: remove it", b->dir,
		    strerror(errno));
}

static int
run(struct backup *b)
{
	int rc = make_directories(b);

	if (rc == 0)
		rc = manifest_open(b);
	if (rc == 0)
		rc = ctl_send_take(b->ctl, json_pack("{s:s}", "command",
		    "backup"));
	if (rc == 0)
		rc = take_all(b);
	if (rc == 0)
		rc = manifest_end(b);
	if (b->shown != 0)
		fputc('\n', stderr);
	return rc;
}

static void
print_done(const struct backup *b)
{
	json_t *j;

	if (!b->ctl->json) {
		printf("%s: %llu files, %llu bytes\n", b->dir,
		    (unsigned long long)b->files,
		    (unsigned long long)b->bytes);
		return;
	}
	j = json_pack("{s:s, s:I, s:I}", "directory", b->dir, "files",
	    (json_int_t)b->files, "bytes", (json_int_t)b->bytes);
	ctl_print_json(j);
	json_decref(j);
}

static int
backup(struct ctl *c)
{
	struct backup b = {.ctl = c, .dir = c->args[0], .dir_fd = -1,
	    .fd = -1, .hash = EVP_MD_CTX_new(), .piece = malloc(PIECE_MAX),
	    .progress = isatty(STDERR_FILENO) == 1};
	int rc;

	rc = b.hash == NULL || b.piece == NULL ? ctl_fail("out of memory") :
	    run(&b);
	if (rc == 0)
		print_done(&b);
	if (b.fd >= 0)
		close(b.fd);
	if (b.manifest != NULL)
		fclose(b.manifest);
	if (rc != 0 && b.dir_fd >= 0)
		remove_all(&b);
	if (b.dir_fd >= 0)
		close(b.dir_fd);
	free(b.piece);
	EVP_MD_CTX_free(b.hash);
	return rc;
}

const struct ctl_command cmd_backup[] = {
	{.name = "backup",
	    .what = "copy the database of the running server",
	    .args = "DIR", .run = backup},
	{.name = NULL},
};

/* SPDX-License-Identifier: ISC */
#include "src/daemon/restore.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/common/manifest.h"
#include "src/store/bdb/bdb.h"

enum { PIECE = 256 << 10 };

struct copy {
	struct restore *r;
	int from, to;		/* directories; TO may be -1 */
	int data, log, sealed;	/* of TO.  They may be the server's user's by
				 * now, who could put others in their place */
	EVP_MD_CTX *hash;
	uint8_t *piece;
	char *why;
	size_t whylen;
};

static int __attribute__((format(printf, 2, 3)))
say(struct copy *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(c->why, c->whylen, fmt, ap);
	va_end(ap);
	return -1;
}

/* ---- one file -------------------------------------------------------- */

static int
give(const struct restore *r, int fd)
{
	return r->uid == (uid_t)-1 ? 0 : fchown(fd, r->uid, r->gid);
}

/* Of a name that manifest_name_is_good, or that is beside those. */
static int
directory_of(const struct copy *c, const char *name)
{
	if (strchr(name, '/') == NULL)
		return c->to;
	if (*name == 's')
		return c->sealed;
	return *name == 'd' ? c->data : c->log;
}

static int
create_file(struct copy *c, const char *name)
{
	const char *slash = strchr(name, '/');
	int fd = openat(directory_of(c, name), slash == NULL ? name : slash + 1, O_WRONLY |
	    O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd >= 0 && give(c->r, fd) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return say(c, "%s/%s: %s", c->r->to, name, strerror(errno));
}

static int
write_all(struct copy *c, int fd, const char *name, size_t n)
{
	const uint8_t *p = c->piece;
	ssize_t done;

	for (; n > 0; n -= (size_t)done, p += done) {
		done = write(fd, p, n);
		if (done < 0 && errno == EINTR)
			done = 0;
		if (done < 0)
			return say(c, "%s/%s: %s", c->r->to, name,
			    strerror(errno));
	}
	return 0;
}

static int
copy_bytes(struct copy *c, int in, int out, const struct manifest_row *row)
{
	uint8_t sum[MANIFEST_SUM];
	ssize_t n;

	EVP_DigestInit_ex(c->hash, EVP_sha256(), NULL);
	while ((n = read(in, c->piece, PIECE)) > 0) {
		EVP_DigestUpdate(c->hash, c->piece, (size_t)n);
		c->r->bytes += (uint64_t)n;
		if (out >= 0 && write_all(c, out, row->name, (size_t)n) != 0)
			return -1;
	}
	if (n < 0)
		return say(c, "%s/%s: %s", c->r->from, row->name,
		    strerror(errno));
	EVP_DigestFinal_ex(c->hash, sum, NULL);
	if (memcmp(sum, row->sum, sizeof(sum)) != 0)
		return say(c, "%s/%s: it is not what MANIFEST says: this "
		    "backup is damaged, take another one", c->r->from,
		    row->name);
	return 0;
}

static int
copy_file(struct copy *c, const struct manifest_row *row)
{
	int in = openat(c->from, row->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	int out = -1, rc = 0;

	if (in < 0)
		return say(c, "%s/%s: %s: this backup is not complete, take "
		    "another one", c->r->from, row->name, strerror(errno));
	if (c->to >= 0) {
		out = create_file(c, row->name);
		rc = out < 0 ? -1 : 0;
	}
	if (rc == 0)
		rc = copy_bytes(c, in, out, row);
	close(in);
	if (out >= 0 && (fsync(out) != 0) + (close(out) != 0) != 0 && rc == 0)
		rc = say(c, "%s/%s: %s", c->r->to, row->name,
		    strerror(errno));
	c->r->files++;
	return rc;
}

/* ---- the directory --------------------------------------------------- */

/* An earlier server's lock may lie there; nothing else. */
static int
check_empty(struct copy *c)
{
	DIR *d = opendir(c->r->to);
	struct dirent *e;
	int rc = 0;

	if (d == NULL)
		return say(c, "%s: %s", c->r->to, strerror(errno));
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    strcmp(e->d_name, "lock") != 0)
			rc = say(c, "%s is not empty (%s): move what is in it "
			    "away first", c->r->to, e->d_name);
	closedir(d);
	return rc;
}

/* Its descriptor, or -1. */
static int
make_directory(struct copy *c, const char *name)
{
	int fd = -1;

	if (mkdirat(c->to, name, 0700) == 0)
		fd = openat(c->to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd >= 0 && give(c->r, fd) == 0)
		return fd;
	say(c, "%s/%s: %s", c->r->to, name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
sync_directory(struct copy *c, int fd)
{
	return fsync(fd) == 0 ? 0 : say(c, "%s: %s", c->r->to,
	    strerror(errno));
}

static int
prepare(struct copy *c)
{
	int fd, rc = check_empty(c);

	if (rc != 0)
		return rc;
	c->to = open(c->r->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->to < 0)
		return say(c, "%s: %s", c->r->to, strerror(errno));
	fd = create_file(c, BDB_RESTORING);
	if (fd < 0)
		return -1;
	close(fd);
	if (sync_directory(c, c->to) != 0 ||
	    (c->data = make_directory(c, "data")) < 0 ||
	    (c->log = make_directory(c, "log")) < 0 ||
	    (c->sealed = make_directory(c, "sealed")) < 0)
		return -1;
	return 0;
}

/* All of it, before anything is written. */
static int
manifest_check(struct copy *c, FILE *manifest)
{
	char line[MANIFEST_LINE + 2] = "";
	struct manifest_row row;
	uint64_t files = 0;

	while (fgets(line, sizeof(line), manifest) != NULL &&
	    manifest_parse(line, &row))
		files++;
	if (ferror(manifest))
		return say(c, "%s/MANIFEST: %s", c->r->from, strerror(errno));
	if (!feof(manifest) && *line != '#')
		return say(c, "%s/MANIFEST: line %llu is not one of a backup: "
		    "take another one", c->r->from,
		    (unsigned long long)files + 1);
	if (!manifest_is_end(line, files) ||
	    fgets(line, sizeof(line), manifest) != NULL)
		return say(c, "%s/MANIFEST has %llu files and no end that says "
		    "so: it was cut, or is of an older version: take another "
		    "backup", c->r->from, (unsigned long long)files);
	rewind(manifest);
	return 0;
}

static int
copy_all(struct copy *c, FILE *manifest)
{
	char line[MANIFEST_LINE + 2];
	struct manifest_row row;
	int rc = 0;

	while (rc == 0 && fgets(line, sizeof(line), manifest) != NULL &&
	    manifest_parse(line, &row))
		rc = copy_file(c, &row);
	if (rc == 0 && !manifest_is_end(line, c->r->files))
		rc = say(c, "%s/MANIFEST has changed meanwhile", c->r->from);
	if (rc == 0 && c->to >= 0)
		rc = sync_directory(c, c->data);
	if (rc == 0 && c->to >= 0)
		rc = sync_directory(c, c->log);
	if (rc == 0 && c->to >= 0)
		rc = sync_directory(c, c->sealed);
	return rc == 0 && c->to >= 0 ? sync_directory(c, c->to) : rc;
}

static FILE *
manifest_open(struct copy *c)
{
	FILE *f;
	int fd;

	c->from = open(c->r->from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = c->from < 0 ? -1 :
	    openat(c->from, "MANIFEST", O_RDONLY | O_CLOEXEC);
	f = fd < 0 ? NULL : fdopen(fd, "r");
	if (f == NULL)
		say(c, "%s/MANIFEST: %s: name the directory of a backup that "
		    "is complete", c->r->from, strerror(errno));
	return f;
}

int
restore_files(struct restore *r, char *why, size_t whylen)
{
	struct copy c = {.r = r, .from = -1, .to = -1, .data = -1, .log = -1,
		.sealed = -1, .why = why, .whylen = whylen, .hash = EVP_MD_CTX_new(),
		.piece = xcalloc(1, PIECE)};
	const int *const fds[] = {&c.from, &c.to, &c.data, &c.log, &c.sealed};
	FILE *manifest = manifest_open(&c);
	int rc = manifest == NULL ? -1 : 0;

	r->files = r->bytes = 0;
	if (rc == 0 && c.hash == NULL)
		rc = say(&c, "out of memory");
	if (rc == 0)
		rc = manifest_check(&c, manifest);
	if (rc == 0 && r->to != NULL)
		rc = prepare(&c);
	if (rc == 0)
		rc = copy_all(&c, manifest);
	if (manifest != NULL)
		fclose(manifest);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (*fds[i] >= 0)
			close(*fds[i]);
	EVP_MD_CTX_free(c.hash);
	free(c.piece);
	return rc;
}

bool
restore_began(const char *to)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/" BDB_RESTORING, to);
	return access(path, F_OK) == 0;
}

int
restore_done(const char *to, char *why, size_t whylen)
{
	struct restore r = {.to = to};
	struct copy c = {.r = &r, .why = why, .whylen = whylen};
	int rc;

	c.to = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.to < 0)
		return say(&c, "%s: %s", to, strerror(errno));
	rc = unlinkat(c.to, BDB_RESTORING, 0) != 0 ? say(&c, "%s/%s: %s", to,
	    BDB_RESTORING, strerror(errno)) : sync_directory(&c, c.to);
	close(c.to);
	return rc;
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/common/alloc.h"
#include "src/daemon/config.h"

int
files_find_user(const struct config *c, uid_t *uid, gid_t *gid, char *why,
    size_t whylen)
{
	const struct passwd *pw;

	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	if (c->user == NULL || geteuid() != 0)
		return 0;
	pw = getpwnam(c->user);
	if (pw == NULL) {
		snprintf(why, whylen, "there is no user %s: create it, or "
		    "correct <process><user>", c->user);
		return -1;
	}
	if (pw->pw_uid == 0)
		return 0;
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return 0;
}

static int
cannot_become(const struct config *c, char *why, size_t whylen)
{
	snprintf(why, whylen, "cannot become user %s: %s: correct "
	    "<process><user>", c->user, strerror(errno));
	return -1;
}

int
files_join_groups(const struct config *c, gid_t gid, char *why, size_t whylen)
{
	if (initgroups(c->user, gid) == 0 && setgid(gid) == 0)
		return 0;
	return cannot_become(c, why, whylen);
}

int
files_become(const struct config *c, uid_t uid, char *why, size_t whylen)
{
	return setuid(uid) == 0 ? 0 : cannot_become(c, why, whylen);
}

int
files_drop(const struct config *c, uid_t uid, gid_t gid, char *why,
    size_t whylen)
{
	if (files_join_groups(c, gid, why, whylen) != 0)
		return -1;
	return files_become(c, uid, why, whylen);
}

int
files_give_away(const struct config *c, uid_t uid, gid_t gid, char *why,
    size_t whylen)
{
	const char *const paths[] = {c->store_dir, c->control};
	size_t i;

	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (chown(paths[i], uid, gid) == 0)
			continue;
		snprintf(why, whylen, "%s: it cannot be given to user %s: %s",
		    paths[i], c->user, strerror(errno));
		return -1;
	}
	return 0;
}

int
files_make_directory(const char *dir, char *why, size_t whylen)
{
	struct stat st;

	if (mkdir(dir, 0700) == 0)
		return 0;
	if (errno == EEXIST && stat(dir, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	snprintf(why, whylen, "%s: %s: create it, or choose another "
	    "<store><directory>", dir, strerror(errno));
	return -1;
}

int
number_file_open(struct number_file *f, const char *path,
    const char *element, char *why, size_t whylen)
{
	*f = (struct number_file){.fd = -1};
	if (path == NULL)
		return 0;
	f->path = xstrdup(path);
	f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (f->fd >= 0)
		return 0;
	snprintf(why, whylen, "%s: %s: choose another %s, or make its "
	    "directory writable", path, strerror(errno), element);
	return -1;
}

int
number_file_write(struct number_file *f, unsigned long number, char *why,
    size_t whylen)
{
	char text[32];
	size_t len;

	if (f->fd < 0)
		return 0;
	len = (size_t)snprintf(text, sizeof(text), "%lu\n", number);
	if (ftruncate(f->fd, 0) == 0 &&
	    pwrite(f->fd, text, len, 0) == (ssize_t)len) {
		f->written = true;
		return 0;
	}
	snprintf(why, whylen, "%s: %s", f->path, strerror(errno));
	return -1;
}

void
number_file_close(struct number_file *f)
{
	struct stat st;

	if (f->fd < 0) {
		free(f->path);
		f->path = NULL;
		return;
	}
	/* Where we may not remove it, at least it names nobody. */
	if (f->written || (fstat(f->fd, &st) == 0 && st.st_size == 0)) {
		if (ftruncate(f->fd, 0) == 0)
			unlink(f->path);
	}
	close(f->fd);
	free(f->path);
	*f = (struct number_file){.fd = -1};
}

void
files_raise_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return;
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

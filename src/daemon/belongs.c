/* SPDX-License-Identifier: ISC */
#include "src/daemon/belongs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/daemon/config.h"

/* What else lies in the directory, lost+found say, is not the database. */
static const char *const ours[] = {"lock", "mark", "data", "log", "sealed"};

static int
refuse(const struct config *c, const char *name, char *why, size_t whylen)
{
	const char *dir = c->store_dir;

	if (errno == EACCES || errno == EPERM)
		snprintf(why, whylen, "%s%s%s: %s: it belongs to somebody "
		    "else: give the database to the server's user (chown -R "
		    "%s: %s)", dir, *name == '\0' ? "" : "/", name,
		    strerror(errno), c->user == NULL ? "USER" : c->user, dir);
	else
		snprintf(why, whylen, "%s%s%s: %s", dir,
		    *name == '\0' ? "" : "/", name, strerror(errno));
	return -1;
}

static bool
is_usable(int dir, const char *name, bool directory)
{
	int wanted = directory ? R_OK | W_OK | X_OK : R_OK | W_OK;

	return faccessat(dir, name, wanted, AT_EACCESS) == 0 ||
	    errno == ENOENT;
}

/* The files in the directory NAME of DIR. */
static int
check_files(const struct config *c, int dir, const char *name, char *why,
    size_t whylen)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;
	char path[320];

	if (d == NULL) {
		rc = refuse(c, name, why, whylen);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || is_usable(fd, e->d_name, false))
			continue;
		snprintf(path, sizeof(path), "%s/%s", name, e->d_name);
		rc = refuse(c, path, why, whylen);
	}
	closedir(d);
	return rc;
}

static int
check_one(const struct config *c, int dir, const char *name, char *why,
    size_t whylen)
{
	struct stat st;
	bool directory;

	if (fstatat(dir, name, &st, 0) != 0)
		return errno == ENOENT ? 0 : refuse(c, name, why, whylen);
	directory = S_ISDIR(st.st_mode);
	if (!is_usable(dir, name, directory))
		return refuse(c, name, why, whylen);
	return directory ? check_files(c, dir, name, why, whylen) : 0;
}

int
belongs_check(const struct config *c, const char *dir, char *why,
    size_t whylen)
{
	int fd, rc = 0;

	if (!is_usable(AT_FDCWD, dir, true))
		return refuse(c, "", why, whylen);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : refuse(c, "", why, whylen);
	for (size_t i = 0; rc == 0 && i < sizeof(ours) / sizeof(ours[0]); i++)
		rc = check_one(c, fd, ours[i], why, whylen);
	close(fd);
	return rc;
}

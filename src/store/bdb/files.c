/* SPDX-License-Identifier: ISC */
/* The folders of a store: what is in them, and that it stays. */
#include "src/store/bdb/bdb_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "src/common/err.h"

int
bdb_files_each(const struct bdb *b, const char *folder,
    int (*fn)(void *arg, const char *name), void *arg)
{
	char path[4096];
	struct dirent *e;
	int rc = 0;
	DIR *d;

	snprintf(path, sizeof(path), "%s/%s", b->conf.dir, folder);
	d = opendir(path);
	if (d == NULL)
		return SC_EIO;
	while (rc == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			rc = fn(arg, e->d_name);
	closedir(d);
	return rc;
}

int
bdb_folder_sync(const struct bdb *b, const char *folder)
{
	char path[4096];
	int fd, error;

	snprintf(path, sizeof(path), "%s/%s", b->conf.dir, folder);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	error = fd < 0 || fsync(fd) != 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return error;
}

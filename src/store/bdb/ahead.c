/* SPDX-License-Identifier: ISC */
/*
 * Whether the databases have something of what the log has lost.  Then they
 * cannot go on with that log: rows of a batch may be there in part, and BDB, which
 * numbers what it writes from the end of the log on, would take new changes of
 * such pages for old ones.  A page begins with the place in the log of its last
 * change.
 */
#include "src/store/bdb/bdb_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/common/alloc.h"

enum { PAGES = 64 };		/* read at once */

static int
file_look(int fd, const DB_LSN *end, bool *ahead)
{
	uint8_t *pages = xcalloc(PAGES, BDB_PAGE);
	ssize_t n = 0, i;
	off_t at = 0;
	DB_LSN lsn;

	while (!*ahead && (n = pread(fd, pages, (size_t)PAGES * BDB_PAGE,
	    at)) > 0) {
		for (i = 0; i + BDB_PAGE <= n; i += BDB_PAGE) {
			memcpy(&lsn, pages + i, sizeof(lsn));
			*ahead = *ahead || log_compare(&lsn, end) > 0;
		}
		at += n;
	}
	free(pages);
	return n < 0 ? errno : 0;
}

int
bdb_ahead(struct bdb *b, const DB_LSN *end, bool *ahead)
{
	char path[4096];
	struct dirent *e;
	int fd, error = 0;
	DIR *d;

	*ahead = false;
	snprintf(path, sizeof(path), "%s/data", b->conf.dir);
	d = opendir(path);
	if (d == NULL)
		return errno;
	while (error == 0 && !*ahead && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDONLY | O_CLOEXEC);
		error = fd < 0 ? errno : file_look(fd, end, ahead);
		if (fd >= 0)
			close(fd);
	}
	closedir(d);
	return error;
}

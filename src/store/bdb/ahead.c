/* SPDX-License-Identifier: ISC */
/*
 * Whether the databases have something of what the log has lost.  Then they
 * cannot go on with that log: rows of a batch may be there in part, and BDB, which
 * numbers what it writes from the end of the log on, would take new changes of
 * such pages for old ones.  A page begins with the place in the log of its last
 * change.
 */
#include "src/store/bdb/bdb_priv.h"

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

struct look {
	const struct bdb *bdb;
	const DB_LSN *end;
	bool *ahead;
};

static int
look(void *arg, const char *name)
{
	const struct look *l = arg;
	char path[4096];
	int fd, error;

	snprintf(path, sizeof(path), "%s/data/%s", l->bdb->conf.dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	error = fd < 0 ? errno : file_look(fd, l->end, l->ahead);
	if (fd >= 0)
		close(fd);
	return error;
}

int
bdb_ahead(const struct bdb *b, const DB_LSN *end, bool *ahead)
{
	struct look l = {b, end, ahead};
	int rc;

	*ahead = false;
	rc = bdb_files_each(b, "data", look, &l);
	return rc < 0 ? errno : rc;
}

/* SPDX-License-Identifier: ISC */
/*
 * A page of zeroes, as a disk gives it that has lost what was written, passes
 * every check of BDB, which takes it for one of another kind that is new: a
 * search that comes to it never ends, and a scan ends there as if there were no
 * more rows.  Once recovery is done every page of a file has been written, so
 * such a page is damage: it is given to BDB with a sum that is wrong.
 */
#include "src/store/bdb/bdb_priv.h"

#include <string.h>
#include <unistd.h>

static bool
is_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static ssize_t
read_page(int fd, void *page, size_t n, off_t at)
{
	uint8_t *p = page;
	ssize_t got = pread(fd, p, n, at);

	if (got == BDB_PAGE && n == BDB_PAGE && is_zero(p, n))
		memset(p, 0xff, n);
	return got;
}

void
bdb_zeroes_allow(bool yes)
{
	(void)db_env_set_func_pread(yes ? pread : read_page);
}

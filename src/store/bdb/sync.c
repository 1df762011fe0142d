/* SPDX-License-Identifier: ISC */
/*
 * What is written becomes durable.  When that fails, the kernel counts what was
 * to be written as written and tells it once: the next sync of the same file
 * succeeds and means nothing.  BDB tries some errors again, and another of its
 * threads may be the next to ask.  So it calls these functions, and after a
 * failure gets no success any more, until a store is opened, which looks at the
 * files anew (renew.c).
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <unistd.h>

static int
refuse(int fd)
{
	(void)fd;
	return EIO;
}

int
bdb_sync_fd(int fd)
{
	int error;

	while (fdatasync(fd) != 0) {
		error = errno;
		if (error == EINTR)
			continue;
		(void)db_env_set_func_fsync(refuse);
		return error;
	}
	return 0;
}

void
bdb_sync_configure(void)
{
	(void)db_env_set_func_fsync(bdb_sync_fd);
}

/* SPDX-License-Identifier: ISC */
/*
 * The disk must never be full for BDB, which cannot go on after that: writers
 * are asked to stop well before.
 */
#include "src/store/bdb/bdb_priv.h"

#include <sys/statvfs.h>
#include <syslog.h>

#include "src/common/err.h"

enum { CHECK_MS = 1000 };

void
bdb_space_check(struct bdb *b)
{
	int64_t now = bdb_now(), last = atomic_load(&b->space_checked);
	struct statvfs fs;
	uint64_t free_bytes;
	bool low, was = atomic_load(&b->low);

	if (now - last < CHECK_MS && !was)
		return;
	atomic_store(&b->space_checked, now);
	if (statvfs(b->conf.dir, &fs) != 0)
		return;
	free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	low = free_bytes < b->conf.reserve_bytes;
	if (atomic_exchange(&b->low, low) == low)
		return;
	bdb_log(b, low ? LOG_WARNING : LOG_NOTICE, low ?
	    "the disk is nearly full: new messages are refused" :
	    "there is room on the disk again");
}

int
bdb_state(struct store *s)
{
	struct bdb *b = bdb_of(s);

	if (atomic_load(&b->failed) != 0)
		return SC_EIO;
	return atomic_load(&b->low) ? SC_ENOSPC : SC_OK;
}

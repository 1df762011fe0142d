/* SPDX-License-Identifier: ISC */
/* restore: the files of a backup, checked against its MANIFEST. */
#ifndef DAEMON_RESTORE_H
#define DAEMON_RESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct restore {
	const char *from;	/* the backup's directory */
	const char *to;		/* an empty one; NULL: only check the sums */
	uid_t uid;		/* whose the files will be; -1: ours */
	gid_t gid;
	uint64_t files, bytes;	/* out */
};

/*
 * Copies; TO has the file BDB_RESTORING then, which is to be removed when the
 * store in it has been opened.  0, or -1 and a sentence in WHY.
 */
int restore_files(struct restore *, char *why, size_t whylen);

/* Whether a restore into TO has begun and not ended. */
bool restore_began(const char *to);

/* Removes the mark: from here on it is a store like any other. */
int restore_done(const char *to, char *why, size_t whylen);

#endif

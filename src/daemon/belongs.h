/* SPDX-License-Identifier: ISC */
/*
 * belongs: whether the files of the database are the server's own.  What
 * somebody has copied there as root the server cannot open, and Berkeley DB
 * says of it that the database is damaged.
 */
#ifndef DAEMON_BELONGS_H
#define DAEMON_BELONGS_H

#include <stddef.h>

struct config;

/*
 * Whether we may read and write what is in DIR, the <store><directory> as this
 * process sees it.  What is not there is passed over.  0, or -1 with WHY set:
 * the file, by the name that the configuration has for it, and what to do.
 */
int belongs_check(const struct config *, const char *dir, char *why,
    size_t whylen);

#endif

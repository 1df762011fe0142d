/* SPDX-License-Identifier: ISC */
/* lines: lines from a descriptor that is no terminal to be edited on. */
#ifndef CLI_LINES_H
#define CLI_LINES_H

#include <stdbool.h>

#include "src/common/buf.h"

enum { LINES_MAX = 1 << 20 };

struct lines {
	int fd;
	bool ended;
	struct buf in;
};

void lines_init(struct lines *, int fd);
void lines_fini(struct lines *);

/* Reads what is there, once, without waiting if the descriptor is readable. */
void lines_read(struct lines *);

/*
 * The next whole line into *LINE (until the next call of any of these), which
 * may be changed; at the end also one without a newline.  False: none yet, or
 * none any more (ended).  A line of more than LINES_MAX bytes comes in parts.
 */
bool lines_next(struct lines *, char **line, size_t *n);

#endif

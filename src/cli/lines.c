/* SPDX-License-Identifier: ISC */
#include "src/cli/lines.h"

#include <errno.h>
#include <unistd.h>

enum { READ_SIZE = 16384 };

void
lines_init(struct lines *l, int fd)
{
	l->fd = fd;
	l->ended = false;
	buf_init(&l->in, 0);
}

void
lines_fini(struct lines *l)
{
	buf_wipe(&l->in);
}

void
lines_read(struct lines *l)
{
	uint8_t *to = buf_room(&l->in, READ_SIZE);
	ssize_t n = to == NULL ? 0 : read(l->fd, to, READ_SIZE);

	if (n > 0)
		buf_added(&l->in, (size_t)n);
	else if (n == 0 || (errno != EINTR && errno != EAGAIN))
		l->ended = true;
}

bool
lines_next(struct lines *l, char **line, size_t *n)
{
	struct slice in = buf_slice(&l->in);
	const uint8_t *newline = in.len == 0 ? NULL :
	    memchr(in.p, '\n', in.len);

	if (newline == NULL && !(l->ended && in.len > 0) &&
	    in.len <= LINES_MAX)
		return false;
	*line = (char *)l->in.p + l->in.off;
	*n = newline == NULL ? in.len : (size_t)(newline - in.p);
	/* the bytes stay where they are until more are put */
	buf_consume(&l->in, *n + (newline != NULL));
	if (*n > 0 && (*line)[*n - 1] == '\r')
		--*n;
	return true;
}

/* SPDX-License-Identifier: ISC */
/*
 * DIR/mark: how far the log has been synced, and whether the store was closed
 * well.  A line of fixed length, written in place:
 *
 *	stonechat mark 1 STATE BATCH FILE OFFSET SUM
 *
 * STATE is o(pen) or c(losed), numbers are hexadecimal, SUM is the CRC-32 of
 * what is before it.  It is written behind every sync and synced now and then:
 * a mark that is older than the log says less, never something wrong.
 */
#include "src/store/bdb/bdb_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "src/common/err.h"

enum { SUMMED = 54, LINE = 63 };

static uint32_t
sum_of(const char *line)
{
	return (uint32_t)crc32(0, (const Bytef *)line, SUMMED);
}

static bool
line_parse(const char *line, struct bdb_mark *m)
{
	static const char title[] = "stonechat mark 1 ";
	const char *p = line + sizeof(title) - 1;

	if (memcmp(line, title, sizeof(title) - 1) != 0 ||
	    strtoul(line + SUMMED, NULL, 16) != sum_of(line))
		return false;
	m->closed = *p == 'c';
	m->durable.batch = strtoull(p + 2, NULL, 16);
	m->durable.end.file = (uint32_t)strtoul(p + 19, NULL, 16);
	m->durable.end.offset = (uint32_t)strtoul(p + 28, NULL, 16);
	return true;
}

int
bdb_mark_open(struct bdb *b, char *why, size_t whylen)
{
	struct bdb_mark *m = &b->mark;
	char path[4096], line[LINE + 1] = "";
	ssize_t n;

	snprintf(path, sizeof(path), "%s/mark", b->conf.dir);
	m->fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	n = m->fd < 0 ? -1 : pread(m->fd, line, LINE, 0);
	if (n < 0) {
		snprintf(why, whylen, "%s: %s", path, strerror(errno));
		return SC_EIO;
	}
	/* One that was torn says nothing. */
	if (n == LINE)
		(void)line_parse(line, m);
	return 0;
}

int
bdb_mark_put(struct bdb *b, bool closed, const struct bdb_durable *d)
{
	char line[LINE + 1];

	snprintf(line, sizeof(line), "stonechat mark 1 %c %016llx %08x %08x ",
	    closed ? 'c' : 'o', (unsigned long long)d->batch, d->end.file,
	    d->end.offset);
	snprintf(line + SUMMED, sizeof(line) - SUMMED, "%08x\n", sum_of(line));
	return pwrite(b->mark.fd, line, LINE, 0) == LINE ? 0 : SC_EIO;
}

int
bdb_mark_sync(struct bdb *b)
{
	int error = bdb_sync_fd(b->mark.fd);

	return error == 0 ? 0 : bdb_error(b, "syncing the mark", error);
}

void
bdb_mark_close(struct bdb *b)
{
	if (b->mark.fd >= 0)
		close(b->mark.fd);
	b->mark.fd = -1;
}

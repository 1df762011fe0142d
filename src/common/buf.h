/* SPDX-License-Identifier: ISC */
/*
 * buf: a growing byte buffer with a limit.  Reading happens at the front,
 * writing at the back.  A failed growth is remembered (buf_failed), so a
 * writer may put many things and check once.  A buffer that grows leaves
 * nothing behind in the memory that it had.
 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/slice.h"

struct buf {
	uint8_t *p;
	size_t off;	/* first unread byte */
	size_t len;	/* unread bytes */
	size_t cap;
	size_t limit;	/* most unread bytes; 0: no limit */
	bool failed;	/* a put did not fit */
};

/* An empty buffer that holds no memory. */
void buf_init(struct buf *, size_t limit);

/* Frees the memory; the buffer is empty and usable again. */
void buf_fini(struct buf *);

/* Like buf_fini, and overwrites what was there first. */
void buf_wipe(struct buf *);

/* Forgets the contents and any failure; keeps the memory. */
void buf_clear(struct buf *);

static inline struct slice
buf_slice(const struct buf *b)
{
	return slice_of(b->p == NULL ? NULL : b->p + b->off, b->len);
}

static inline bool
buf_failed(const struct buf *b)
{
	return b->failed;
}

/*
 * Room for N more bytes at the back: a pointer to write to, or NULL (and
 * failed) when the limit or the memory ends.  buf_added says how many were
 * written.
 */
uint8_t *buf_room(struct buf *, size_t n);
void buf_added(struct buf *, size_t n);

void buf_put(struct buf *, const void *, size_t n);
void buf_put_slice(struct buf *, struct slice);
void buf_put_u8(struct buf *, uint8_t);
void buf_put_be16(struct buf *, uint16_t);
void buf_put_be32(struct buf *, uint32_t);
void buf_put_be64(struct buf *, uint64_t);
void buf_put_str(struct buf *, const char *);
void buf_printf(struct buf *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Drops the first N unread bytes, N <= len. */
void buf_consume(struct buf *, size_t n);

/* Drops all but the first N unread bytes, N <= len. */
void buf_truncate(struct buf *, size_t n);

#endif

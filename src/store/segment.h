/* SPDX-License-Identifier: ISC */
/*
 * segment: the rows of a sealed partition, deflated, in a file that never
 * changes.  Pure: whoever has the file reads and writes it.
 *
 * The file is a head, blocks, and a tail of fixed sizes.  A block is deflated
 * rows in key order, some 32 KiB of them before (a row is never split); it is
 * stored as it is if that is not larger.  There are three levels of blocks:
 * those with the rows themselves; those of the index, whose rows say where a
 * block of rows is, under its first key; and one, the root, that says the same
 * of blocks of the index.  The tail says where the root is.
 *
 *	head	magic (8), version (4), 0 (4)
 *	row	length of key, length of value (base 128), key, value
 *	place	offset (8), stored bytes (4), bytes (4), CRC-32 as stored (4):
 *		the value of a row of the index or root
 *	tail	rows (8), bytes of keys and values (8), place of the root (20),
 *		version (4), CRC-32 of the tail before it (4), magic (8)
 *
 * Numbers are big-endian where they have a size.  A reader keeps the root and
 * has a block of the index and one of rows at a time.
 */
#ifndef STORE_SEGMENT_H
#define STORE_SEGMENT_H

#include "src/common/arena.h"
#include "src/common/buf.h"
#include "src/store/merge.h"
#include "src/store/table.h"

enum {
	SEGMENT_BLOCK = 32 << 10,	/* a block ends when it has so much */
	SEGMENT_BLOCK_MAX = SEGMENT_BLOCK + STORE_VALUE_MAX + 1024,
	SEGMENT_ROOT_MAX = 1 << 20,
	SEGMENT_LEVELS = 3
};

/* What is in one. */
struct segment_sum {
	uint64_t rows, bytes;		/* of keys and values */
	uint64_t size;			/* of the file */
	uint32_t crc;			/* of its tail: which file it is */
};

/* ---- writing ---- */

struct segment_level {
	struct buf rows;
	uint8_t first[STORE_KEY_MAX];	/* key */
	size_t first_len;		/* 0: there is no row */
};

struct segment_writer {
	/* Appends to the file; what it returns ends the writing. */
	int (*write)(void *arg, const void *p, size_t n);
	void *arg;
	struct segment_level levels[SEGMENT_LEVELS];	/* rows .. root */
	struct segment_sum sum;
	struct segment_packer *packer;
	uint8_t last[STORE_KEY_MAX];
	size_t last_len;
	uint64_t blocks;		/* of rows, written so far */
};

/* SC_ENOMEM.  Every other function may return what WRITE returned. */
int segment_writer_init(struct segment_writer *,
    int (*write)(void *arg, const void *p, size_t n), void *arg);

/* The rows come in ascending order.  SC_ETOOLARGE: the index would be. */
int segment_writer_add(struct segment_writer *, struct slice key,
    struct slice value);

/* Writes what is left, and the tail. */
int segment_writer_end(struct segment_writer *, struct segment_sum *);
void segment_writer_fini(struct segment_writer *);

/* ---- reading ---- */

struct segment_file {
	/* Exactly N bytes from AT on, which are within SIZE, or an error. */
	int (*read)(void *arg, uint64_t at, void *p, size_t n);
	void *arg;
	uint64_t size;
};

struct segment;

/*
 * Reads tail and root.  Never changes afterwards; any number of threads may
 * read it, if they may call READ.  SC_EDAMAGED: it is no segment, or not whole;
 * every function here may return that, SC_ENOMEM or what READ returned.
 */
int segment_open(const struct segment_file *, struct segment **);
void segment_close(struct segment *);

const struct segment_sum *segment_sum(const struct segment *);

/* *VALUE is in ARENA.  SC_ENOTFOUND. */
int segment_get(const struct segment *, struct slice key, struct arena *,
    struct slice *value);

/* A source for merge_scan; RANGE lives as long.  Ends with
 * segment_source_close, before the segment does. */
int segment_source_open(const struct segment *, const struct store_range *,
    struct merge_source **);
void segment_source_close(struct merge_source *);

/* Reads all of it. */
int segment_verify(const struct segment *);

#endif

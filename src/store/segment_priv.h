/* SPDX-License-Identifier: ISC */
/* What writing and reading of segments share. */
#ifndef STORE_SEGMENT_PRIV_H
#define STORE_SEGMENT_PRIV_H

#include "src/store/segment.h"

enum {
	SEGMENT_VERSION = 1,
	SEGMENT_HEAD = 16,
	SEGMENT_PLACE = 20,
	SEGMENT_MAGIC = 8,
	SEGMENT_TAIL_CHECKED = 8 + 8 + SEGMENT_PLACE + 4,
	SEGMENT_TAIL = SEGMENT_TAIL_CHECKED + 4 + SEGMENT_MAGIC
};

extern const uint8_t segment_magic[SEGMENT_MAGIC];
extern const uint8_t segment_head[SEGMENT_HEAD];

/* Numbers of N bytes, the most significant first. */
static inline void
segment_store(uint8_t *p, uint64_t v, int n)
{
	while (n-- > 0) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static inline uint64_t
segment_load(const uint8_t *p, int n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* Where a block is. */
struct segment_place {
	uint64_t offset;
	uint32_t stored, bytes, crc;
};

void segment_place_put(uint8_t p[SEGMENT_PLACE], const struct segment_place *);
void segment_place_get(const uint8_t p[SEGMENT_PLACE],
    struct segment_place *);

uint32_t segment_crc(struct slice);

/* A block in memory. */
struct segment_row {
	struct slice key, value;
};

struct segment_block {
	uint8_t *bytes;
	struct segment_row *rows;
	size_t n;
};

/*
 * Deflates blocks.  *STORED lives until the next call; it is ROWS themselves if
 * they do not get smaller.
 */
struct segment_packer *segment_packer_create(void);
void segment_packer_destroy(struct segment_packer *);
int segment_pack(struct segment_packer *, struct slice rows,
    struct slice *stored);

/* The opposite: takes apart what is STORED for PLACE, and checks it.  *B ends
 * with segment_block_fini if that was 0.  SC_EDAMAGED, SC_ENOMEM. */
int segment_unpack(const struct segment_place *, struct slice stored,
    struct segment_block *b);
void segment_block_fini(struct segment_block *);

/* Lengths of a row, in front of it. */
void segment_row_put(struct buf *, struct slice key, struct slice value);

#endif

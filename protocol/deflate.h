/* SPDX-License-Identifier: ISC */
/*
 * deflate: raw deflate with the preset dictionaries of protocol/deflate/.
 * One context serves a thread; it keeps primed states, so that a small
 * message costs no dictionary scan.
 */
#ifndef PROTOCOL_DEFLATE_H
#define PROTOCOL_DEFLATE_H

#include "src/common/buf.h"

enum {
	DEFLATE_RATIO_MAX = 100,	/* inflated to deflated bytes ... */
	DEFLATE_RATIO_FREE = 65536	/* ... beyond this many inflated ones */
};

/* Dictionary ids; 0 is no dictionary, 1.. are those of dictionary.xml. */
struct deflate;

/* NULL without memory. */
struct deflate *deflate_create(void);
void deflate_destroy(struct deflate *);

/* The number of dictionaries: ids 0 .. count-1 are valid. */
unsigned deflate_count(void);
/* The language that dictionary ID is for ("" for 0), NULL for no such id. */
const char *deflate_language(unsigned id);

/*
 * Appends the deflated IN.  0, SC_ENOTFOUND, SC_ETOOLARGE, SC_ENOMEM; on
 * failure nothing is appended.  The first use of a dictionary costs some
 * 400 KiB that stay with the context.
 */
int deflate_pack(struct deflate *, unsigned id, struct slice in,
    struct buf *out);

/*
 * deflate_pack with the one of IDS[0..N) that gives the fewest bytes, into
 * *ID; ids that do not exist are skipped, SC_ENOTFOUND if none is left.
 */
int deflate_pack_best(struct deflate *, const uint8_t *ids, size_t n,
    struct slice in, struct buf *out, uint8_t *id);

/*
 * Appends the inflated IN to OUT, whose limit bounds it; more than
 * DEFLATE_RATIO_MAX times the input and more than DEFLATE_RATIO_FREE is
 * refused on the way.  0, SC_ENOTFOUND, SC_ETOOLARGE, SC_EMALFORMED (damaged,
 * incomplete, or bytes after the end), SC_ENOMEM; on failure nothing is
 * appended.
 */
int deflate_unpack(struct deflate *, unsigned id, struct slice in,
    struct buf *out);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * frame: the unit of transmission.  A frame is a varint
 * `length << 1 | deflated` and length bytes; a frame whose head is 0 is a
 * keepalive and has no stanza.  The body of a deflated frame is a dictionary
 * id and raw deflate.  SPEC.md, "Frames".
 */
#ifndef PROTOCOL_FRAME_H
#define PROTOCOL_FRAME_H

#include <stdbool.h>

#include "src/common/buf.h"

struct deflate;

/* Limits, all inclusive. */
enum {
	FRAME_MAX = 65536,		/* body on the wire */
	FRAME_FIRST_MAX = 4096,		/* ... before success */
	FRAME_INFLATED_MAX = 1 << 20	/* inflated body */
};

struct frame {
	bool deflated;
	struct slice body;	/* inside the input */
};

/*
 * Takes the next frame off the front of *IN, which is advanced past it.
 * 0 with *F filled (a keepalive has an empty body); SC_EMORE when it is not
 * complete (*IN unchanged); SC_ETOOLARGE when the head announces more than
 * LIMIT bytes, which is known before they arrive; SC_EMALFORMED for a head
 * that no writer makes (a deflated frame of length 0 is one).
 */
int frame_next(struct slice *in, size_t limit, struct frame *f);

/* Writes the head of a frame whose body has LEN bytes to P, which has room for
 * VARINT_MAX; returns the bytes written. */
size_t frame_write_head(uint8_t *p, size_t len, bool deflated);

/* Appends a whole frame. */
void frame_put(struct buf *, struct slice body, bool deflated);

/*
 * For writers that do not know the length yet: frame_begin reserves a head
 * and returns a mark, the body is appended to the buffer, frame_end writes
 * the head and closes the gap.  Nothing else may consume the buffer between.
 */
size_t frame_begin(struct buf *);
void frame_end(struct buf *, size_t mark, bool deflated);

/*
 * Appends a whole frame, deflated with whichever of DICTIONARIES[0..N) makes
 * it smallest, or plain if none helps.  Never for frames with keys or tokens.
 * 0, SC_ETOOLARGE, SC_ENOMEM; on failure nothing is appended.
 */
int frame_put_packed(struct deflate *, struct slice body,
    const uint8_t *dictionaries, size_t n, struct buf *);

/*
 * The stanza's bytes: F's own, or inflated into SCRATCH (which is cleared
 * first, and whose limit bounds the size).  0 or as deflate_unpack.
 */
int frame_inflate(struct deflate *, const struct frame *f,
    struct buf *scratch, struct slice *body);

#endif

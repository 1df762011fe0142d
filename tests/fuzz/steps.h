/* SPDX-License-Identifier: ISC */
/*
 * steps: an input of fuzz targets as a conversation.  A byte says what happens:
 *
 *	00-3f		something of the target's own, that number
 *	40-7f		time passes, more with each
 *	80-bf, n	a frame with (byte & 3f) * 256 + n bytes, which follow
 *	c0-df, n	n bytes as they are
 *	e0-ff, n	a frame with n bytes that says that it is deflated
 */
#ifndef FUZZ_STEPS_H
#define FUZZ_STEPS_H

#include "src/common/buf.h"

enum {
	STEP_TIME = 0x40, STEP_FRAME = 0x80, STEP_BYTES = 0xc0,
	STEP_DEFLATED = 0xe0,
	STEP_FRAME_MAX = 0x3fff	/* bytes in a frame */
};

struct step {
	int own;		/* -1: none */
	int64_t ms;		/* that pass */
	struct buf bytes;	/* that come */
};

/* The next step of *IN; false at the end.  STEP->bytes is initialized and
 * emptied first. */
bool step_next(struct slice *in, struct step *);

/* Takes the next step off the front of *IN as bytes: *OP is its first, the
 * result is where what it carries begins, which ends where *IN begins then.
 * NULL at the end. */
const uint8_t *step_take(struct slice *in, uint8_t *op);

/* Appends a step that is a frame with BODY, STEP_FRAME_MAX bytes at most. */
void step_put_frame(struct buf *, struct slice body);

#endif

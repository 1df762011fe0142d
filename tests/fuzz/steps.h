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

struct step {
	int own;		/* -1: none */
	int64_t ms;		/* that pass */
	struct buf bytes;	/* that come */
};

/* The next step of *IN; false at the end.  STEP->bytes is initialized and
 * emptied first. */
bool step_next(struct slice *in, struct step *);

#endif

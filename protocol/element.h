/* SPDX-License-Identifier: ISC */
/*
 * element: an element inside something else (a child, or the content of a
 * payload), which ends by itself and has no tail.  Between stanza.c and
 * payload.c; others use stanza.h.
 */
#ifndef PROTOCOL_ELEMENT_H
#define PROTOCOL_ELEMENT_H

#include "protocol/stanza.h"

/*
 * As stanza_encode and stanza_decode, but on failure what was appended stays,
 * and bytes that end too early are SC_EMORE.  *BASE moves with every time;
 * DEPTH is 1 for the content of a payload.  *E is zeroed by the caller.
 */
int element_put(struct buf *, const struct elem *e, int64_t *base,
    unsigned depth);
int element_take(struct slice *in, int64_t *base, struct arena *,
    struct elem *e, unsigned depth);

#endif

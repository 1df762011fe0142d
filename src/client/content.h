/* SPDX-License-Identifier: ISC */
/* content: what messages say, as bytes and as struct sc_message. */
#ifndef CLIENT_CONTENT_H
#define CLIENT_CONTENT_H

#include "protocol/payload.h"
#include "src/client/stonechat.h"

/* Appends the content elements of M.  SC_CODE_BAD_REQUEST, SC_CODE_TOO_LARGE.
 */
int content_make(const struct sc_message *m, struct buf *content);

/* Adds what a content element says to M; all of it is in the arena.  What is
 * not known is left out.  SC_CODE_NO_MEMORY. */
int content_note(struct sc_message *m, const struct elem *e, struct arena *);

#endif

/* SPDX-License-Identifier: ISC */
/* said: what a message says, for people and for programs. */
#ifndef CLI_SAID_H
#define CLI_SAID_H

#include "src/cli/print.h"
#include "src/client/stonechat.h"
#include "src/common/buf.h"

/* Appends a text for people: the message's own, or what it is in parentheses. */
void said_text(const struct sc_event *, struct buf *);

/* The same without what stands beside its kind: that it was forwarded, and what
 * it answers. */
void said_body(const struct sc_message *, struct buf *);

/* Whether it is something to be read, and no change of something else. */
bool said_counts(const struct sc_event *);

/* Adds `kind' and what belongs to it. */
void said_json(const struct sc_event *, json_t *);

#endif

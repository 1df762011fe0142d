/* SPDX-License-Identifier: ISC */
/*
 * match: whether a stanza is what a script says.  All that the pattern names
 * must be there and equal; what it does not name may be anything.
 */
#ifndef SCENARIO_MATCH_H
#define SCENARIO_MATCH_H

#include <stdbool.h>

#include "protocol/deflate.h"
#include "protocol/stanza.h"

/*
 * Attributes of PATTERN must be in E with the same value; its text must be
 * E's; its children must be like the first ones of E.  Payloads are opened and
 * compared as children.
 */
bool elem_matches(struct deflate *, const struct elem *pattern,
    const struct elem *e);

/* The attribute's value as a script would write it; false: not there. */
bool elem_attr_text(const struct elem *, const char *attr, struct buf *);

#endif

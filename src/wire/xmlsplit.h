/* SPDX-License-Identifier: ISC */
/*
 * xmlsplit: a file of stanzas taken apart into its elements.  It only finds
 * where they end; what is inside is for xmltext_parse to judge.
 */
#ifndef WIRE_XMLSPLIT_H
#define WIRE_XMLSPLIT_H

#include <stdbool.h>

#include "src/common/slice.h"

struct xmlsplit {
	struct slice rest;
	unsigned line, column;	/* of the front of `rest`, from 1 */
	bool wrapped;		/* inside <stanzas> */
	struct slice comment;	/* the last before the element */
};

void xmlsplit_init(struct xmlsplit *, struct slice text);

/*
 * The next element's text, false at the end.  *LINE and *COLUMN are where it
 * starts.  Comments, an XML declaration and one <stanzas> around everything
 * are passed over.
 */
bool xmlsplit_next(struct xmlsplit *, struct slice *text, unsigned *line,
    unsigned *column);

#endif

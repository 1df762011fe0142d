/* SPDX-License-Identifier: ISC */
/*
 * shape: which form an element takes.  Encoder and decoder ask the same
 * function, which is what makes the encoding canonical.
 */
#ifndef PROTOCOL_SHAPE_H
#define PROTOCOL_SHAPE_H

#include "protocol/tables.h"

struct form {
	const struct shape *shape;	/* NULL: the generic form */
	bool tail;			/* attributes that it does not list */
	struct attr_set have;
	uint8_t at[ATTR_COUNT];		/* where in attrs, for those in have */
};

/*
 * The form of E; ROOT: a tail is allowed.  0, or SC_EMALFORMED when E is no
 * element: a bad value, an attribute twice, a name spelt out that has a
 * token, a payload where the tag has none.  Children are not looked at.
 */
int form_choose(const struct elem *e, bool root, struct form *);

/* Whether E has content; what is empty is none, whatever its kind. */
bool content_empty(const struct elem *e);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * xmlvalue: values and names in the XML form.  Shared by the two halves of
 * xmltext; nobody else needs it.
 */
#ifndef PROTOCOL_XMLVALUE_H
#define PROTOCOL_XMLVALUE_H

#include "protocol/stanza.h"

/* The suffix of an attribute that is spelt out, without its dot; "" for
 * text, which has none. */
const char *xmlvalue_suffix(enum value_type);

/*
 * What an attribute called TEXT is: its name and type.  False for one that
 * cannot be.
 */
bool xmlvalue_name(struct slice text, struct attr *);

/* Appends S with what XML gives a meaning escaped, and ends of lines, so that
 * a stanza is a line.  0, or SC_EMALFORMED for characters that XML 1.0 does
 * not have. */
int xmlvalue_escape(struct buf *, struct slice s, bool attribute);

/* Appends the value of A, escaped.  0 or SC_EMALFORMED. */
int xmlvalue_print(struct buf *, const struct attr *a);

/*
 * Parses TEXT as the value of A, whose name and type are set; what it points
 * to is in ARENA.  0, SC_ENOMEM, or SC_EBADREQUEST and what was *EXPECTED.
 */
int xmlvalue_parse(struct arena *, struct slice text, struct attr *a,
    const char **expected);

#endif

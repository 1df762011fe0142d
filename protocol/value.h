/* SPDX-License-Identifier: ISC */
/*
 * value: typed values on the wire, without names and types, which shapes and
 * the generic form say.  Shared by the parts of stanza; nobody else needs it.
 */
#ifndef PROTOCOL_VALUE_H
#define PROTOCOL_VALUE_H

#include "protocol/stanza.h"

/* The longest name that is spelt out. */
enum { LITERAL_MAX = 64 };

/* Whether V can be written as attribute NAME: types and enums as in the
 * dictionary, text in UTF-8, names and ids where the kind needs them. */
bool value_valid(enum attr_name name, const struct value *v);

/*
 * Appends a valid V.  *BASE is what a time is a difference to; a time becomes
 * the base of the next.
 */
void value_put(struct buf *, const struct value *v, int64_t *base);

/*
 * Takes a value of TYPE off the front of *IN.  0, SC_EMALFORMED or SC_EMORE;
 * what it returns is valid for NAME.
 */
int value_take(struct slice *in, enum attr_name name, enum value_type type,
    int64_t *base, struct value *v);

/* A length and that many bytes. */
void slice_put(struct buf *, struct slice);
int slice_take(struct slice *in, struct slice *s);

/* Whether NAME may be spelt out: a letter or "_", then letters, digits, "_",
 * "-" and ":", LITERAL_MAX bytes at most. */
bool literal_valid(struct slice name);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * stanza: one message between client and server, an XML element in meaning:
 * a tag, typed attributes, and content (nothing, text, children or a
 * payload).  Tags, attributes and their types, enums and shapes come from
 * dictionary.xml (protocol/names.h and the tables are generated from it).
 *
 * The binary form of an element starts with a byte: the number of a shape,
 * or 0 for the generic form.  A shape fixes the tag, the attributes with
 * their order, and the kind of content; what it does not list follows in a
 * generic tail (root elements only).  Each element has one form that encoder
 * and decoder agree on, so that encode(decode(x)) == x.  SPEC.md, "Stanzas".
 */
#ifndef PROTOCOL_STANZA_H
#define PROTOCOL_STANZA_H

#include "protocol/elem.h"
#include "src/common/buf.h"

/* What both ends of a connection agree on. */
struct stanza_ctx {
	int64_t base_time;	/* 0 before success; see the stanzas success
				 * and base */
};

/*
 * Decodes one stanza, the inflated body of a frame, into *E.  Everything that
 * *E points to lives in ARENA or inside BODY.  0, SC_EMALFORMED,
 * SC_ETOOLARGE (depth, attributes, children), SC_ENOMEM (ARENA's limit).
 * Every declared count and length is checked against the bytes that remain
 * before anything is allocated.  Non-canonical encodings are malformed.
 */
int stanza_decode(const struct stanza_ctx *, struct slice body, struct arena *,
    struct elem *e);

/*
 * Appends the binary form of E.  0, SC_EMALFORMED when E is no stanza (wrong
 * type for an attribute, duplicate attribute, text that is not UTF-8, too
 * deep, too many attributes or children), SC_ETOOLARGE when the buffer's
 * limit or memory is reached.  On failure nothing is appended, and the buffer
 * has not failed.
 */
int stanza_encode(const struct stanza_ctx *, const struct elem *e,
    struct buf *);

/* frame_begin, stanza_encode, frame_end: a whole frame that is not deflated. */
int stanza_put(const struct stanza_ctx *, const struct elem *e, struct buf *);

/* Names, for logs and errors; "" for OTHER. */
const char *tag_name(enum tag);
const char *attr_name_text(enum attr_name);

/* The dictionary's highest version, and the hash that hello offers for
 * version V (SPEC.md, "Versions"); 0 for a version that does not exist. */
unsigned dictionary_version(void);
uint64_t dictionary_hash(unsigned version);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * payload: what a message carries from its sender to its readers.  On the
 * wire a varint `length << 2 | encoding`, for encoding 1 a dictionary id
 * byte, and length bytes (the dictionary id is not counted).  Encoding 0 is
 * raw: the content elements one after another in their binary form; 1 is
 * deflate (raw, RFC 1951, preset dictionary) of the same; 2 is opaque bytes
 * (end-to-end encrypted).  The sender's client makes it; the server inflates
 * it once to check it and passes the same bytes on.  SPEC.md, "Payloads".
 */
#ifndef PROTOCOL_PAYLOAD_H
#define PROTOCOL_PAYLOAD_H

#include "protocol/deflate.h"
#include "protocol/stanza.h"
#include "protocol/utf8.h"

enum payload_encoding {
	PAYLOAD_RAW = 0,
	PAYLOAD_DEFLATE = 1,
	PAYLOAD_OPAQUE = 2
};

struct payload {
	enum payload_encoding encoding;
	uint8_t dictionary;	/* for PAYLOAD_DEFLATE */
	struct slice bytes;
};

/*
 * Takes a payload off the front of *IN.  0 with *P inside the input,
 * SC_EMORE (not all there, *IN unchanged) or SC_EMALFORMED.
 */
int payload_take(struct slice *in, struct payload *p);

/*
 * The content elements' bytes: P's own for raw, inflated into SCRATCH (which
 * is cleared first, and whose limit bounds the size) for deflate; for opaque
 * SC_ENOTACCEPTABLE.  SC_EMALFORMED, SC_ETOOLARGE, SC_ENOTFOUND (a
 * dictionary that is not here).
 */
int payload_open(struct deflate *, const struct payload *p,
    struct buf *scratch, struct slice *content);

/*
 * The next content element off the front of *CONTENT.  0; SC_EMORE at the
 * end; SC_EMALFORMED, SC_ETOOLARGE, SC_ENOMEM as stanza_decode.  Times in
 * content are differences to 0, then to the time before in the same element.
 */
int payload_next(struct slice *content, struct arena *, struct elem *e);

/*
 * Appends a content element.  0, SC_EMALFORMED (as stanza_encode, and for an
 * <opaque>, which is the XML form of an opaque payload), SC_ETOOLARGE; on
 * failure nothing is appended.
 */
int payload_add(struct buf *content, const struct elem *e);

/* payload_add of <body>TEXT</body>. */
int payload_add_body(struct buf *content, struct slice text);

/*
 * Appends the payload that holds CONTENT (encoded elements), deflated with
 * whichever of the installed dictionaries DICTIONARIES[0..N) makes it
 * smallest, or raw if none helps.  DEFLATE may be NULL: always raw.  0,
 * SC_ETOOLARGE (the limit of TO), SC_ENOMEM; on failure nothing is appended.
 */
int payload_put(struct deflate *, struct slice content,
    const uint8_t *dictionaries, size_t n, struct buf *to);

/* Appends an opaque payload.  0 or SC_ETOOLARGE. */
int payload_put_opaque(struct slice bytes, struct buf *to);

/* The dictionaries worth trying for TEXT, by its script; returns how many of
 * OUT[0..max) are filled.  Bytes that are not UTF-8 are ignored. */
size_t payload_guess(struct slice text, uint8_t *out, size_t max);

#endif

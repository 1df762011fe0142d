/* SPDX-License-Identifier: ISC */
/*
 * base64url: bytes as text (RFC 4648 section 5) without padding.
 */
#ifndef PROTOCOL_BASE64URL_H
#define PROTOCOL_BASE64URL_H

#include "src/common/buf.h"

/* Appends BYTES as text. */
void base64url_put(struct buf *, struct slice bytes);

/*
 * Decodes TEXT to OUT, which has room for TEXT.len * 3 / 4 bytes; *N is how
 * many there are.  0 or SC_EBADREQUEST; non-zero unused bits are refused.
 */
int base64url_decode(struct slice text, uint8_t *out, size_t *n);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * xmltext: stanzas as people read and type them.  One canonical layout, a
 * line for each stanza: no white space between elements, attributes in their
 * order, double quotes, times as 2026-11-23T06:46:00.123Z, bytes as base64url
 * without padding, enums by name, flags as "true", payloads as their content
 * elements (opaque ones as <opaque data="..."/>).  A name that would read as
 * something else gets a "@" in front (chat="@7"); an attribute that is spelt
 * out and not text has its type after a dot (x.uint="7").
 */
#ifndef PROTOCOL_XMLTEXT_H
#define PROTOCOL_XMLTEXT_H

#include "protocol/deflate.h"
#include "protocol/stanza.h"

/*
 * Appends E as text.  Payloads are opened with DEFLATE (NULL: only raw and
 * opaque ones).  0, SC_EMALFORMED (also for characters that XML 1.0 does not
 * have), SC_ETOOLARGE, SC_ENOMEM, SC_ENOTFOUND (a dictionary that is not
 * here); on failure nothing is appended.
 */
int xmltext_print(struct deflate *, const struct elem *e, struct buf *out);

/*
 * Parses one element (leading and trailing white space is allowed, white
 * space between child elements is not content).  Document types, entities
 * other than the five of XML, processing instructions and CDATA are refused.
 * Payload content is packed with DEFLATE (NULL: raw).  0 or SC_EBADREQUEST
 * with a sentence in WHY that names line, column and what was expected;
 * SC_ENOMEM.
 */
int xmltext_parse(struct deflate *, struct slice text, struct arena *,
    struct elem *e, char *why, size_t whylen);

/*
 * Milliseconds as 2026-11-23T06:46:00.123Z (24 characters and a NUL), and
 * back; 0 or SC_EBADREQUEST.  Outside the years 0000 to 9999 a plain number
 * of milliseconds, which is also read for other times.
 */
void time_print(int64_t ms, char *out);
int time_parse(struct slice text, int64_t *ms);

#endif

/* SPDX-License-Identifier: ISC */
/* span: how long something is, as people type and read it. */
#ifndef CLI_SPAN_H
#define CLI_SPAN_H

#include <stdbool.h>
#include <stdint.h>

enum { SPAN_TEXT = 32 };

/* Seconds: "off" (0), "90", or a number with s, m, h, d or w behind it.  False:
 * it is none of them, or too long for 32 bits. */
bool span_parse(const char *text, uint32_t *seconds);

/* "7 days", "1 hour", "90 seconds": in the largest unit that has no rest. */
const char *span_text(uint64_t seconds, char out[SPAN_TEXT]);

#endif

/* SPDX-License-Identifier: ISC */
/* qr: a text as a QR code on a terminal. */
#ifndef CLI_QR_H
#define CLI_QR_H

#include <stdbool.h>

#include "src/common/buf.h"

/* Appends TEXT as rows, each before a newline, dark on light whatever the
 * terminal's colours are if COLOURS, else with its own.  False: it is too long,
 * or this program has been built without QR codes. */
bool qr_put(const char *text, bool colours, struct buf *);

#endif

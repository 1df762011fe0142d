/* SPDX-License-Identifier: ISC */
/* link_code: the code that lets another device in, as it is shown. */
#ifndef CLI_LINK_CODE_H
#define CLI_LINK_CODE_H

#include <stdbool.h>

#include "src/client/stonechat.h"
#include "src/common/buf.h"

struct cli;

/* Lines for people, with a QR code if QR; the last one has no newline. */
void link_code_put(const struct cli *, const struct sc_event *, bool qr,
    bool colours, struct buf *);

/* Prints an object. */
void link_code_json(const struct cli *, const struct sc_event *);

#endif

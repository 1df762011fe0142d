/* SPDX-License-Identifier: ISC */
/*
 * cursor: the sum by which a client and the server find out whether they mean
 * the same cursors (SPEC.md, "Catching up").
 */
#ifndef PROTOCOL_CURSOR_H
#define PROTOCOL_CURSOR_H

#include "protocol/address.h"

/*
 * The term of one chat: FNV-1a (64 bits) over the chat id and the cursor as 8
 * bytes, big-endian, and then mixed (the finalizer of MurmurHash3): sums of
 * unmixed terms would agree for cursors that differ, as the last steps of
 * FNV-1a are linear in them.
 */
uint64_t cursor_term(const struct chat_id *, uint64_t cursor);

#endif

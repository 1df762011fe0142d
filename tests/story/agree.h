/* SPDX-License-Identifier: ISC */
/*
 * agree: whether two say the same of a chat.  What differs is printed as a
 * comment of TAP.
 */
#ifndef STORY_AGREE_H
#define STORY_AGREE_H

#include "tests/story/cast.h"

/* Reads the server's log of the chat `USER:NUMBER' into BOOK, as chat NUMBER. */
struct book_chat *agree_server_log(const char *socket, const char *user,
    uint64_t number, struct book *book);

/* WHO holds what the server does, entry by entry, but for what it was told it
 * cannot have. */
bool agree_with_server(const char *who, const struct book_chat *mine,
    const struct book_chat *server);

/* How many entries it was told it cannot have. */
uint64_t agree_skipped(const struct book_chat *);

/* Two devices of an account hold the same. */
bool agree_devices(const struct device *, const struct device *);

#endif

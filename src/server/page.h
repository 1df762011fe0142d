/* SPDX-License-Identifier: ISC */
/* page: a run of entries of one chat, read for a session that is behind. */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include "src/chat/chat.h"

struct feed;
struct session;

/* An entry, or (skip) a run of missing ones. */
struct page_item {
	bool skip;
	enum skip_reason why;	/* skip */
	uint64_t first, last;	/* skip */
	struct entry entry;	/* its payload is in the page's arena */
};

/* Reads what follows F->sent, N items and BYTES of payload at most.  It comes
 * back by delivery_page. */
void page_read(struct session *, const struct feed *f, unsigned n,
    size_t bytes);

/* What has been read; RC is 0 or why not.  RESERVED is what page_read was
 * given.  Implemented by delivery.c. */
void delivery_page(struct session *, const struct chat_id *,
    const struct page_item *, size_t n, unsigned reserved, int rc);

#endif

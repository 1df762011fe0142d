/* SPDX-License-Identifier: ISC */
/*
 * sync: where a client stands, compared with where its chats are (R17, R18).
 */
#ifndef SERVER_SYNC_H
#define SERVER_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/chat/suspect.h"
#include "src/server/delivery.h"
#include "src/server/event.h"

struct elem;
struct session;

/* A chat that is behind. */
struct sync_feed {
	struct chat_id chat;
	uint64_t number;
	enum chat_kind kind;
	uint64_t cursor, head;
	uint64_t first;		/* from here on all of it may be read */
	uint64_t skip;		/* up to here not delivered; 0: all is */
	enum skip_reason why;
};

/* A receipt that was missed. */
struct sync_mark {
	uint64_t number;
	struct event_mark mark;
};

struct sync_result {
	struct sync_feed *feeds;
	struct sync_mark *marks;
	size_t nfeeds, capfeeds, nmarks, capmarks;
	uint64_t stamp;
	int64_t time;
	struct suspect suspect;	/* of the device */
};

void sync_asked(struct session *, const struct elem *);
void sync_cursors(struct session *, const struct elem *);

#endif

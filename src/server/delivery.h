/* SPDX-License-Identifier: ISC */
/*
 * delivery: pulls the entries of a session's chats, in order, as fast as they
 * are acknowledged (R20).
 *
 * A session has a feed (feed.h) for each chat that is behind, and none when it
 * is idle.  A slow reader costs its feeds and one page.
 */
#ifndef SERVER_DELIVERY_H
#define SERVER_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/address.h"
#include "protocol/names.h"
#include "src/server/feed.h"

struct event;
struct event_mark;
struct recipient;
struct session;
struct suspect;
struct sync_feed;
struct sync_mark;
struct sync_result;

struct delivery {
	struct feeds feeds;
	unsigned unacked;	/* of all feeds */
	unsigned reserved;	/* by a page that is being read */
	unsigned window;	/* grows from small to the configured */
	bool reading;
	bool asked;		/* a sync job is under way, or cursors are
				 * awaited */
	bool synced;		/* the sync has been answered */
	bool told;		/* <synced> has been sent */
	bool hidden;		/* something was, since the page or the sync that
				 * is under way was asked for */
	bool paused;		/* pong without acks: wait for acks */
	uint64_t account_sent;	/* highest entry of the account log sent */
	uint32_t round;		/* of sync: answers to an older one are stale */
	struct suspect *suspect;	/* poison.h; NULL: nothing is */
	int64_t ack_since;	/* since when acks are awaited; 0: not */
	uint64_t ack_unsent;	/* bytes that the network had not taken then */
	int64_t sync_time;
	uint64_t sync_stamp;
	struct sync_cursor *cursors;	/* stated by the client, sorted */
	unsigned ncursors, capcursors;
	struct sync_mark *held;	/* marks, until their chats are introduced */
	unsigned nheld, capheld;
};

struct sync_cursor {
	uint64_t number, seq;
};

void delivery_init(struct delivery *, unsigned window);
void delivery_fini(struct delivery *);

/* An entry for this session's user: sent now, or its feed falls behind. */
void delivery_event(struct session *, struct event *,
    const struct recipient *);

/* A chat that is not told to the session without being asked: from now on its
 * entries come, from the cursor on. */
void delivery_join(struct session *, const struct sync_feed *);

/* The user has hidden an entry from himself: a session that has not been sent it
 * yet is not given it from memory. */
void delivery_hidden(struct session *, const struct chat_id *, uint64_t seq);

/* The session's own request made the entry, and its ack was sent before. */
void delivery_own(struct session *, const struct event *, uint64_t number);

/* Marks have moved: told at once, or when the account log has introduced
 * their chat (R19). */
void delivery_mark(struct session *, uint64_t number,
    const struct event_mark *);

/* The client has everything of the chat up to SEQ. */
void delivery_acked(struct session *, uint64_t number, uint64_t seq);

/* The full seq of a low one (SPEC.md); 0: all of the chat is acknowledged. */
uint64_t delivery_low(const struct session *, uint64_t number, uint64_t low);

/* A new sync: forgets what it knew. */
void delivery_reset(struct session *);

/* The answer to a sync. */
void delivery_synced(struct session *, struct sync_result *);

/* The configured window may be smaller now.  A larger one is grown into. */
void delivery_limit(struct session *);

/* Sends what may be sent, reads what must be read. */
void delivery_pump(struct session *);

/* Whether chats may be spoken of: the sync is answered, and the account log has
 * introduced them (R19). */
bool delivery_is_ready(const struct session *);

/* Entries that wait for this device, sent or not. */
uint64_t delivery_waiting(const struct session *);

#endif

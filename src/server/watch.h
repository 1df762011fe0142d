/* SPDX-License-Identifier: ISC */
/*
 * watch: who looks at a large chat.  The entries of a chat that is `pulled'
 * (struct chat) are told to the sessions that watch it, whoever else is in it
 * learns of them at his next sync, or when he looks.  So a post costs what
 * those who look cost, and nothing for the rest.
 */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include <stddef.h>
#include <stdint.h>

struct chat_id;
struct elem;
struct event;
struct session;
struct watch;
struct worker;

enum { WATCHES_MAX = 16 };	/* of a session; one more ends the oldest */

struct watches {
	struct watch **buckets;
	size_t nbuckets, count;
};

void watches_init(struct watches *);
void watches_fini(struct watches *);

/* <watch chat seq/>: the session looks at a chat, of which it has what is up
 * to seq, and gets what is above; also one that is pushed to it anyway, which may become
 * large. */
void watch_asked(struct session *, const struct elem *);

/* <unwatch chat/> */
void unwatch_asked(struct session *, const struct elem *);

/* The session ends. */
void watch_drop_all(struct session *);

/* A user is not in a chat any more: his sessions look at it no more. */
void watch_gone(struct worker *, const struct chat_id *, uint64_t user);

/* An entry of a chat that is pulled. */
void watch_tell(struct worker *, struct event *);

#endif

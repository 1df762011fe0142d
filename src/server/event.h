/* SPDX-License-Identifier: ISC */
/*
 * event: something that happened and concerns users who may be connected
 * anywhere: an entry, a movement of marks, a login that ends older ones.  Made
 * by a handler, released when durable (R1), immutable from then on, and shared
 * by reference count between threads.
 */
#ifndef SERVER_EVENT_H
#define SERVER_EVENT_H

#include <stdatomic.h>
#include <stddef.h>

#include "src/chat/chat.h"
#include "src/chat/recipients.h"

enum event_type {
	EVENT_ENTRY,	/* a chat has a new entry */
	EVENT_MARK,	/* a member's marks have moved */
	EVENT_PRUNED,	/* entries older than entry.time are gone (R6) */
	EVENT_REPLACED,	/* an entry says something else now (R6): caches */
	EVENT_HIDDEN,	/* to[0] does not want to see the entry any more */
	EVENT_GONE,	/* to[0] is not in the chat any more: he looks at it no
			 * more, also when it becomes large later (R5) */
	EVENT_FENCE,	/* sessions end: a device has a newer one, or may not
			 * have one any more */
	EVENT_TOLD,	/* a module tells itself something (live.h) */
	EVENT_SIGNAL	/* an element that is not kept (live.h) */
};

struct event_mark {
	uint64_t user;		/* whose marks */
	uint32_t device;	/* that stated them */
	bool direct;		/* the other member needs no name */
	uint64_t delivered, read;	/* 0: not moved */
	int64_t delivered_time, read_time;
	bool estimated;
};

/* Which sessions end. */
struct event_fence {
	uint64_t user;		/* 0: anybody's */
	uint32_t device;	/* 0: all of the user's */
	uint64_t login;		/* those with a lower one */
	uint64_t session;	/* only this one; 0: all of them */
	enum bye_reason why;
	const char *text;	/* static: what they are told */
};

/* Which module, and since when it is on (server_priv.h).  The message is
 * entry.payload. */
struct event_told {
	size_t module;
	unsigned life;
};

/* Which sessions of the recipients get the element: entry.payload, as a frame's
 * body with the base 0. */
struct event_signal {
	uint32_t device;	/* only that one; 0: all */
	uint64_t except;	/* a session that does not; 0: none */
};

struct event {
	atomic_uint refs;
	enum event_type type;
	uint64_t session;	/* EVENT_ENTRY: the session whose request made
				 * it (session.h), 0: none */
	enum chat_kind kind;
	bool pulled;		/* EVENT_ENTRY: for those who watch the chat,
				 * whoever they are */
	struct entry entry;	/* EVENT_ENTRY, EVENT_REPLACED; the payload
				 * belongs to it.
				 * EVENT_MARK: only the chat and the stamp */
	union {
		struct event_mark mark;
		struct event_fence fence;
		struct event_told told;
		struct event_signal signal;
	};
	struct event *next;	/* in the outbox of one job */
	size_t nto;
	const struct recipient *to;	/* in OWN, or a list that is shared */
	struct recipients *shared;	/* that, or NULL */
	struct recipient own[];
};

/*
 * An event with room for NTO recipients, in OWN, and a copy of PAYLOAD.  NULL
 * without memory.  One reference, the caller's.
 */
struct event *event_create(enum event_type, size_t nto,
    struct slice payload);

/* It is for those in LIST, whose reference it takes. */
void event_for_take(struct event *, struct recipients *list);

struct event *event_ref(struct event *);
void event_unref(struct event *);

#endif

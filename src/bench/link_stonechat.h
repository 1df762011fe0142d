/* SPDX-License-Identifier: ISC */
/*
 * link_stonechat: what the files of the driver for Stonechat's own protocol
 * share: link_stonechat.c has the links, link_stonechat_event.c what they are
 * told, and the groups that this makes.
 */
#ifndef BENCH_LINK_STONECHAT_H
#define BENCH_LINK_STONECHAT_H

#include "src/bench/link.h"
#include "src/bench/loop.h"
#include "src/client/stonechat.h"

enum { LINK_NAME = 64, LINK_CHAT = 24 };

struct stonechat {
	struct link_conf conf;
	struct loop *loop;
	struct sc_client *nobody;	/* of the driver that is shared */
	struct sc_driver *setup;
	struct link *links, *dirty;
	int64_t sweep_at;
};

/* A group that this user is in. */
struct joined {
	struct joined *next;
	char name[LINK_NAME], chat[LINK_CHAT];
};

/* A group that it makes: members are added until all are in. */
struct making {
	char (*names)[LINK_NAME];
	size_t n, at;
	uint64_t request;
	char chat[LINK_CHAT];
};

struct link {
	struct watch watch;	/* first: a watch is a link */
	struct stonechat *shared;
	struct link *next, **link, *next_dirty;
	bool dirty, online;
	unsigned index;
	char user[LINK_NAME];
	void *owner;
	struct sc_client *client;
	struct sc_driver *driver;	/* NULL: down */
	int64_t due;		/* when the driver wants a turn */
	struct joined *groups;
	struct making making;
	uint64_t chat, seq;	/* the last message */
	uint64_t page;		/* a request; 0: none */
	int64_t paged;
	struct link_bytes bytes;
};

/* Wants a turn: something may have to go out. */
void stonechat_wants_a_turn(struct link *);

/* Tells whoever owns the link. */
void stonechat_tell(const struct link *, const struct link_event *);
void stonechat_tell_why(const struct link *, enum link_event_type,
    const char *why);

/* What the engine of the link (ARG) has to say. */
int stonechat_event(void *arg, const struct sc_event *);

/* The driver's `make'. */
int stonechat_make(struct link *, const char *group,
    const struct group_member *others, size_t n, char *why, size_t whylen);

/* The group of that name, if the user is in it. */
const struct joined *stonechat_group(const struct link *, const char *name);

void stonechat_forget_groups(struct link *);

#endif

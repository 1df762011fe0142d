/* SPDX-License-Identifier: ISC */
/*
 * link: one user of a server, as the modes see it, whatever protocol is
 * spoken.  A protocol is a struct driver, in a file of its own.
 *
 * Messages and ticks are matched by positions: LINK_SENT says at which
 * position of its chat a message is, LINK_TICK that everything up to one of
 * CHAT has been delivered, LINK_READ that it has been read.  A protocol without
 * such numbers counts for itself.
 */
#ifndef BENCH_LINK_H
#define BENCH_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct link;
struct loop;

enum link_event_type {
	LINK_READY,	/* logged in, and has all that waited for it */
	LINK_SENT,	/* message n is acknowledged: position */
	LINK_REFUSED,	/* message n is not taken: why */
	LINK_MESSAGE,	/* a message: text */
	LINK_SKIPPED,	/* messages that the server does not give: count */
	LINK_TICK,	/* delivered, all up to position */
	LINK_READ,	/* and read */
	LINK_PRESENCE,	/* how a user who is watched is shown now */
	LINK_TYPING,	/* another one types */
	LINK_PAGE,	/* a page has come: since, how long it took */
	LINK_JOINED,	/* in the group TEXT, from now on */
	LINK_LOST,	/* the connection is gone: why; it comes again */
	LINK_FAILED	/* and this cannot be mended: why */
};

struct link_event {
	enum link_event_type type;
	uint64_t n, count;
	uint64_t chat, position;
	int64_t since;		/* ns */
	const char *text;
	size_t len;
	const char *why;
};

/* What a link is told before it opens. */
struct link_conf {
	const char *host;
	uint16_t port;
	const char *ca_file;
	bool insecure;
	const char *password;
	bool compress;		/* as clients usually do */
	const char *domain;	/* behind the @ of users, and whom the
				 * certificate names; NULL: host */
	bool receipts;		/* ticks are wanted; a protocol that has none
				 * sends messages back */
	bool reads;		/* users mark as read what they are given */
	unsigned sources;	/* local addresses to share; 0: the usual one */
	/* OWNER is what create was given.  May send, nothing else. */
	void (*event)(void *arg, void *owner, const struct link_event *);
	void *arg;
	/* For who measures the wire: each stanza, and its bytes inside TLS;
	 * NULL: nobody.  Not of all protocols. */
	void (*stanza)(void *arg, void *owner, bool sent, const char *name,
	    size_t bytes);
};

/* What has gone over a connection, out and in. */
struct link_bytes {
	uint64_t out, in;	/* inside TLS */
	uint64_t wire_out, wire_in;	/* with it, without TCP's own */
};

/* A user, by name. */
struct group_member {
	const char *name;
};

struct driver {
	const char *name;
	uint16_t port;		/* where servers usually are */
	/* What all links of a process share.  NULL and a sentence in WHY. */
	void *(*start)(const struct link_conf *, struct loop *, char *why,
	    size_t whylen);
	void (*stop)(void *shared);
	/* A user, not connected; INDEX chooses the local address. */
	struct link *(*create)(void *shared, const char *user, unsigned index,
	    void *owner, char *why, size_t whylen);
	void (*destroy)(struct link *);
	/* Connects and logs in; goes away as a phone does that loses its
	 * network, and keeps what it knows. */
	int (*up)(struct link *, char *why, size_t whylen);
	void (*down)(struct link *);
	/* Why it is not connected, "" if nothing is known. */
	const char *(*why)(const struct link *);
	/* Sends TEXT to a user; *N is what LINK_SENT will call it.  0 or the
	 * reason in WHY. */
	int (*send)(struct link *, const char *to, const char *text,
	    size_t len, uint64_t *n, char *why, size_t whylen);
	/* Wants to know how that user is, from its next login on.  NULL: the
	 * protocol is not asked to. */
	void (*look)(struct link *, const char *user);
	/* Makes a group of this user and the N others, in a protocol where one
	 * can do that for all of them: LINK_JOINED comes to each.  NULL: each
	 * joins by himself. */
	int (*make)(struct link *, const char *group,
	    const struct group_member *others, size_t n, char *why,
	    size_t whylen);
	/* Joins a group, or makes it if it is not there; LINK_JOINED follows.
	 * One at a time.  NULL: there is make. */
	int (*join)(struct link *, const char *group, char *why,
	    size_t whylen);
	/* Sends to a group it is in; as send. */
	int (*post)(struct link *, const char *group, const char *text,
	    size_t len, uint64_t *n, char *why, size_t whylen);
	/* Marks as read all that it was given; in a mode without `reads'. */
	void (*seen)(struct link *);
	/* Tells a user that this one types: LINK_TYPING there. */
	void (*type)(struct link *, const char *to);
	/* Asks the server for an answer, which is told as the stanza pong. */
	void (*ping)(struct link *);
	/* Shows the user as away, or as there. */
	void (*show)(struct link *, bool away);
	/* Asks for a page of the chat of the last message: LINK_PAGE, and
	 * nothing of what is in it.  0; -1: it cannot, or waits for one. */
	int (*page)(struct link *);
	/* With conf.stanza, where stanzas are counted by that. */
	void (*bytes)(const struct link *, struct link_bytes *);
	/* Once in each turn of the loop: what has been sent goes out, what is
	 * due is done.  When to be called again, INT64_MAX: when a descriptor
	 * is ready. */
	int64_t (*turn)(void *shared);
};

extern const struct driver driver_stonechat, driver_mqtt, driver_xmpp;

/* Ends in NULL. */
extern const struct driver *const drivers[];

#endif

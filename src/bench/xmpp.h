/* SPDX-License-Identifier: ISC */
/*
 * xmpp: what a client of XMPP (RFC 6120, 6121) writes, and a reader that cuts
 * what the server writes into stanzas and keeps of them what a client needs
 * who logs in, sends and receives, with receipts (XEP-0184, XEP-0333) and the
 * server's acknowledgements (XEP-0198).
 */
#ifndef BENCH_XMPP_H
#define BENCH_XMPP_H

#include <stdbool.h>

#include "src/bench/bytes.h"

enum { XMPP_NAME = 32, XMPP_TEXT = 256 };

#define XMPP_ROOMS "conference."	/* before the domain */

struct xmpp_stanza {
	char name[XMPP_NAME];	/* with its prefix, as the server writes it */
	char type[XMPP_NAME], id[XMPP_NAME], from[XMPP_TEXT];
	uint32_t h;		/* of an <a/> */
	bool plain, manage;	/* features: SASL PLAIN, stream management */
	bool request;		/* wants a receipt */
	char received[XMPP_NAME];	/* is one for this id */
	char displayed[XMPP_NAME];	/* this id was read (XEP-0333) */
	bool composing;		/* the sender types (XEP-0085) */
	char child[XMPP_NAME];	/* the first element in it */
	struct bytes body;
};

struct xmpp_reader;
typedef void xmpp_stanza_fn(void *arg, const struct xmpp_stanza *);

struct xmpp_reader *xmpp_reader_create(xmpp_stanza_fn *, void *arg);
void xmpp_reader_destroy(struct xmpp_reader *);

/* A new stream begins with what is fed next; may be called from the
 * function. */
void xmpp_reader_restart(struct xmpp_reader *);

/* 0; -1: it is not XML. */
int xmpp_reader_feed(struct xmpp_reader *, const void *p, size_t n);

void xmpp_put_stream(struct bytes *, const char *domain);
void xmpp_put_plain(struct bytes *, const char *user, const char *password);
void xmpp_put_bind(struct bytes *, const char *resource);
void xmpp_put_enable(struct bytes *);	/* stream management */
void xmpp_put_presence(struct bytes *);
void xmpp_put_ping(struct bytes *, const char *domain);
void xmpp_put_message(struct bytes *, const char *user, const char *domain,
    const char *id, bool request, const char *text, size_t len);
/* To a room (XEP-0045) of the domain's conference service: comes in, under
 * the name NICK and without its history; says TEXT. */
void xmpp_put_join(struct bytes *, const char *room, const char *domain,
    const char *nick);
void xmpp_put_groupchat(struct bytes *, const char *room, const char *domain,
    const char *id, const char *text, size_t len);
void xmpp_put_receipt(struct bytes *, const char *to, const char *id);
/* It was read (XEP-0333). */
void xmpp_put_displayed(struct bytes *, const char *to, const char *id);
/* The user types (XEP-0085). */
void xmpp_put_composing(struct bytes *, const char *user, const char *domain);
void xmpp_put_request(struct bytes *);	/* how many have you handled? */
void xmpp_put_answer(struct bytes *, uint32_t h);

#endif

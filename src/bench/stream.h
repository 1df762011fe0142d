/* SPDX-License-Identifier: ISC */
/*
 * stream: bytes over TLS to a server, for protocols without a library.  What
 * is put into one goes out with the turn, in one write.  It connects when it
 * is told to, and does not come again by itself.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <openssl/ssl.h>

#include "src/bench/bytes.h"
#include "src/bench/loop.h"

struct link_conf;
struct stream;
struct streams;

struct stream_class {
	/* TLS is there. */
	void (*connected)(struct stream *);
	/* What has come: how much of it is dealt with.  The rest comes again,
	 * with more behind it. */
	size_t (*input)(struct stream *, const uint8_t *p, size_t n);
	/* A write is to come: more may be put; may be NULL. */
	void (*flush)(struct stream *);
	/* The connection is gone, not by stream_down. */
	void (*lost)(struct stream *, const char *why);
};

struct stream {
	struct watch watch;	/* first: a watch is a stream */
	struct streams *all;
	struct stream *next_dirty;
	SSL *ssl;		/* NULL: down */
	SSL_SESSION *session;	/* to resume */
	int fd;
	unsigned index;		/* chooses the local address */
	bool dirty, connecting, established;
	struct bytes in, out;
	uint64_t bytes_in, bytes_out;	/* inside TLS, of this connection */
};

/* All of a process.  NULL and a sentence in WHY. */
struct streams *streams_create(const struct link_conf *, struct loop *,
    const struct stream_class *, char *why, size_t whylen);
void streams_destroy(struct streams *);

/* Writes what was put.  In each turn of the loop. */
void streams_turn(struct streams *);

/* STREAM is zero at first. */
void stream_init(struct stream *, struct streams *, unsigned index);

/* 0, or -1 and a sentence in WHY. */
int stream_up(struct stream *, char *why, size_t whylen);
/* Without a word to the server; what is left to send is forgotten. */
void stream_down(struct stream *);
/* Down, and the session is forgotten. */
void stream_fini(struct stream *);

/* There is something in stream.out. */
void stream_dirty(struct stream *);

/* Down, and lost is told. */
void stream_fail(struct stream *, const char *why);

/* Whether TLS was resumed. */
bool stream_resumed(const struct stream *);

#endif

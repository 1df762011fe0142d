/* SPDX-License-Identifier: ISC */
/*
 * transport: how the bytes of a connection are protected.  Bytes from the
 * network lie in one window, bytes for the network are put into another, and
 * conn.c does the I/O.  The windows are the thread's: an idle connection owns
 * no buffer.
 *
 * A transport begins with a handshake (tls.h), which chooses the kind of it:
 * the table of functions that reads and writes records from then on.
 */
#ifndef DAEMON_TRANSPORT_H
#define DAEMON_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/buf.h"
#include "src/common/slice.h"

struct record_ciphers;
struct tls_window;

/* What is opened at a time. */
enum { TRANSPORT_PLAIN = 16384, TRANSPORT_BINDING = 32 };

/* Of the connections of one thread. */
struct transport_counts {
	uint64_t lean;		/* open now with records of our own (lean.h) */
	uint64_t key_updates_in, key_updates_out;	/* of these */
	uint64_t writes;	/* of all connections */
};

/* What the connections of one thread share. */
struct transport_io {
	uint8_t *in;		/* from the network, unread; records may be
				 * opened where they are */
	size_t inlen;
	struct buf out;		/* for the network, unsent */
	char why[96];		/* of the last TRANSPORT_BROKEN */
	struct transport_counts counts;
	struct tls_window *tls;	/* tls.c */
	struct record_ciphers *ciphers;	/* lean.c; NULL: not needed yet */
	size_t nplain;		/* the most that was opened there */
	uint8_t plain[TRANSPORT_PLAIN];
};

/* 0 or -1. */
int transport_io_init(struct transport_io *);
void transport_io_fini(struct transport_io *);

/* Nobody needs what was opened any more: it may have held a password.  WINDOW
 * is what came from the network, N bytes, as `in' was set to it. */
void transport_forget(struct transport_io *, uint8_t *window, size_t n);

enum transport_result {
	TRANSPORT_OK,
	TRANSPORT_MORE,		/* needs more bytes from the peer */
	TRANSPORT_END,		/* the peer said goodbye */
	TRANSPORT_BROKEN	/* an alert may be in the window */
};

struct transport_kind {
	/* Opens bytes of the window: *GOT, some, until the next call with IO,
	 * if OK. */
	enum transport_result (*read)(void *state, struct transport_io *,
	    struct slice *got);
	/* Seals N > 0 bytes into the window.  0 or -1. */
	int (*write)(void *state, struct transport_io *, const void *p,
	    size_t n);
	/* Puts a close_notify into the window. */
	void (*goodbye)(void *state, struct transport_io *);
	void (*destroy)(void *state, struct transport_io *);
	/* tls-exporter (RFC 9266), TRANSPORT_BINDING bytes; false: none. */
	bool (*binding)(void *state, uint8_t *out);
	/* Static names: "TLSv1.3", and of its cipher suite. */
	void (*describe)(void *state, const char **version,
	    const char **cipher);
};

/* One connection's; all zero: there is none. */
struct transport {
	const struct transport_kind *kind;
	void *state;
};

static inline bool
transport_is_open(const struct transport *t)
{
	return t->kind != NULL;
}

static inline enum transport_result
transport_read(struct transport *t, struct transport_io *io, struct slice *got)
{
	return t->kind->read(t->state, io, got);
}

static inline int
transport_write(struct transport *t, struct transport_io *io, const void *p,
    size_t n)
{
	io->counts.writes++;
	return t->kind->write(t->state, io, p, n);
}

/* Frees what it has; with GOODBYE after putting a close_notify into the
 * window.  None is legal. */
void transport_close(struct transport *, struct transport_io *, bool goodbye);

/* What binds a login to this connection: bytes that only its two ends know,
 * into OUT.  Their number, or 0: it has none, because it is older than
 * TLS 1.3, or OUT has no room. */
size_t transport_binding(struct transport *, uint8_t *out, size_t size);

/* NULLs if there is none. */
void transport_describe(struct transport *, const char **version,
    const char **cipher);

#endif

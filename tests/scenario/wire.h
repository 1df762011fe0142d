/* SPDX-License-Identifier: ISC */
/*
 * wire: a connection over TLS on which a script says what it likes: bytes, or
 * stanzas in their XML form.
 */
#ifndef SCENARIO_WIRE_H
#define SCENARIO_WIRE_H

#include <stdbool.h>

#include <openssl/ssl.h>

#include "protocol/stanza.h"
#include "src/common/arena.h"
#include "src/common/buf.h"

struct polls;
struct stage;

/* A stanza that has come; lives as long as the wire. */
struct heard {
	struct elem e;
	struct arena arena;
	bool taken;
};

enum wire_phase { WIRE_HANDSHAKE, WIRE_UP, WIRE_CLOSED };

struct wire {
	struct wire *next;
	struct stage *stage;
	char name[64];
	int fd;
	SSL *ssl;		/* NULL: without TLS */
	enum wire_phase phase;
	bool deaf;		/* does not read */
	bool quiet;		/* what it says is not in the transcript */
	bool blocked;		/* TLS or the socket takes no more now */
	int at;			/* in the polls of this turn */
	struct stanza_ctx ctx, said;	/* of what comes, and leaves */
	struct buf in, out;
	struct heard **heard;
	size_t nheard, next_heard;	/* next_heard: nothing before it is
					 * untaken */
	const struct heard *last;	/* that a step has taken */
	struct buf payload;	/* of the last message that was said */
};

struct wire *wire_find(struct stage *, const char *name);

/* Connects; the handshake goes on in the loop.  NULL after stage_fail. */
struct wire *wire_open(struct stage *, const char *name, bool tls);
/* Closes it; the name is free again. */
void wire_close(struct wire *);

/* Puts a stanza, or bytes, into the output.  DEFLATE: payloads are deflated.
 * 0, or -1 after stage_fail. */
int wire_say(struct wire *, const char *xml, bool deflate);
int wire_bytes(struct wire *, struct slice);

/* The next that has come and no step has taken; NULL: none. */
struct heard *wire_next(struct wire *);
void wire_take(struct wire *, struct heard *);

void wires_poll(struct stage *, struct polls *);
void wires_step(struct stage *, const struct polls *);
void wires_fini(struct stage *);

#endif

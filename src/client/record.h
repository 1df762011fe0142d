/* SPDX-License-Identifier: ISC */
/*
 * record: the records of a client's state and their encoding.  A record is a
 * type and, by type, a fixed number of unsigned integers and byte strings; as
 * bytes: the type as one byte, the integers as varints, the strings with
 * their lengths.  Types are only ever added.
 */
#ifndef CLIENT_RECORD_H
#define CLIENT_RECORD_H

#include "src/common/buf.h"
#include "src/common/slice.h"

enum record_type {
	RECORD_FORMAT = 1,	/* version; account */
	RECORD_EPOCH = 2,	/* ; epoch: forgets chats, cursors, marks */
	RECORD_LOGIN = 3,	/* user, device; token */
	RECORD_ISSUED = 4,	/* the highest counter given out */
	RECORD_SEND = 5,	/* n, asked, flags, text digest, kind of
				 * reference, its number; reference, payload */
	RECORD_TRIED = 6,	/* sends up to n may have reached the server */
	RECORD_SETTLED = 7,	/* n, asked, code and so on, text digest,
				 * reference digest, chat, seq, time */
	RECORD_RENUMBER = 8,	/* pending sends follow this counter */
	RECORD_CHAT = 9,	/* number, kind, peer; id, name */
	RECORD_CURSOR = 10,	/* number, seq */
	RECORD_READ = 11,	/* number, seq */
	RECORD_READ_SURE = 12,	/* number, seq: the server has it */
	RECORD_STAMP = 13,	/* stamp of the last sync */
	RECORD_OWN = 14,	/* number, seq, time: a message of one's own */
	RECORD_MOVE = 15,	/* number, user, mark (enum ticks_mark, + 2 if
				 * the time is estimated), seq, time */
	RECORD_PERSON = 16,	/* user; name: what he is called */
	RECORD_TYPES
};

/* The flags of RECORD_SEND.  Of a stanza the payload is its binary form without
 * its n, and the reference is that of its attribute `chat`, or the number 0. */
enum { SEND_TRIED = 1, SEND_CHOSEN = 2, SEND_STANZA = 4 };

/* Added to the code in RECORD_SETTLED: it was a stanza; and the timer of the
 * message, times this. */
enum { SETTLED_STANZA = 128, SETTLED_TIMER = 256 };

enum { RECORD_UINTS = 8, RECORD_SLICES = 2, RECORD_VERSION = 1 };

struct record {
	enum record_type type;
	uint64_t u[RECORD_UINTS];
	struct slice s[RECORD_SLICES];
};

/* Appends R.  0, SC_EMALFORMED (no such type) or SC_ENOMEM. */
int record_encode(const struct record *r, struct buf *to);

/*
 * The reverse; slices point into BYTES.  0, SC_ENOTACCEPTABLE for a type that
 * a later version writes, SC_EMALFORMED.
 */
int record_decode(struct slice bytes, struct record *r);

#endif

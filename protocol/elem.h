/* SPDX-License-Identifier: ISC */
/*
 * elem: an element in memory: a tag, typed attributes, and content.  Reading
 * one, and building one.  Its forms as bytes are stanza.h's.
 */
#ifndef PROTOCOL_ELEM_H
#define PROTOCOL_ELEM_H

#include <stdbool.h>

#include "protocol/address.h"
#include "protocol/names.h"	/* generated: enum tag, enum attr, enums */
#include "src/common/arena.h"

enum {
	STANZA_DEPTH = 8,
	STANZA_ATTRS = 32,
	STANZA_CHILDREN = 1024
};

enum value_type {
	VALUE_UINT,	/* varint */
	VALUE_INT,	/* zigzag varint */
	VALUE_TIME,	/* UTC milliseconds; on the wire a delta to the base */
	VALUE_CHAT,	/* chat number, or 0 and a full address */
	VALUE_USER,	/* user id, or 0 and a name */
	VALUE_ENUM,	/* index into the enum of the attribute */
	VALUE_BYTES,	/* length and bytes; XML: base64url without padding */
	VALUE_TEXT,	/* length and UTF-8 */
	VALUE_FLAG	/* present or absent; no bytes in a shape */
};

enum chat_ref_kind { CHAT_BY_NUMBER, CHAT_BY_ID, CHAT_BY_USER, CHAT_BY_NAME };

/* How a stanza names a chat.  XML: `7`, `#base32`, `~55` (the direct chat
 * with user id 55), `bob` or `bob@example.org` (with that user). */
struct chat_ref {
	enum chat_ref_kind kind;
	uint64_t number;	/* chat number or user id */
	struct chat_id id;
	struct slice name;	/* as sent, not prepared */
};

/* How a stanza names a user.  XML: `~55` or `bob`. */
struct user_ref {
	uint64_t id;		/* 0: by name */
	struct slice name;
};

struct value {
	enum value_type type;
	union {
		uint64_t u;	/* UINT, ENUM, FLAG (always 1) */
		int64_t i;	/* INT, TIME (absolute) */
		struct slice s;	/* BYTES, TEXT */
		struct chat_ref chat;
		struct user_ref user;
	};
};

struct attr {
	enum attr_name name;	/* ATTR_OTHER: spelt out in `other` */
	struct slice other;
	struct value v;
};

/*
 * Empty text, no children and the empty raw payload (the byte 0) are no
 * content: the encoder takes them so, the decoder says CONTENT_NONE.  A
 * payload is for tags that have a shape with one; these have no children.
 */
enum content { CONTENT_NONE, CONTENT_TEXT, CONTENT_CHILDREN, CONTENT_PAYLOAD };

struct elem {
	enum tag tag;		/* TAG_OTHER: spelt out in `other` */
	struct slice other;
	struct attr *attrs;	/* decoded: in the order of the wire */
	size_t nattr;
	enum content content;
	struct slice text;	/* TEXT: UTF-8.  PAYLOAD: its wire bytes, head
				 * included; read them with payload.h */
	struct elem *children;	/* CHILDREN */
	size_t nchild;
};

/*
 * Reading attributes.  A missing one: NULL, false, the given default, or
 * {NULL, 0}.  elem_uint is for uint, enum and flag, elem_int for int and time,
 * elem_slice for bytes and text; what was decoded has these types.
 */
const struct value *elem_get(const struct elem *, enum attr_name);
bool elem_has(const struct elem *, enum attr_name);
uint64_t elem_uint(const struct elem *, enum attr_name, uint64_t dflt);
int64_t elem_int(const struct elem *, enum attr_name, int64_t dflt);
struct slice elem_slice(const struct elem *, enum attr_name);

/*
 * Building small elements on the stack:
 *
 *	struct elem_buf ack;
 *
 *	elem_begin(&ack, TAG_ACK);
 *	elem_add_uint(&ack, ATTR_N, n);
 *	elem_add_time(&ack, ATTR_TIME, t);
 *	stanza_put(&ctx, &ack.e, out);
 *
 * The type of an attribute is that of the dictionary; adding with another is
 * a bug, as are more than ELEM_BUF_ATTRS: the encoder then says
 * SC_EMALFORMED.  Slices are borrowed until the encoding.  Order does not
 * matter: the encoder sorts by the shape (a tail and a generic element are
 * written in the order added).  E points into its elem_buf, which must not
 * move.
 */
enum { ELEM_BUF_ATTRS = 16 };

struct elem_buf {
	struct elem e;
	struct attr attrs[ELEM_BUF_ATTRS];
};

void elem_begin(struct elem_buf *, enum tag);
void elem_add_uint(struct elem_buf *, enum attr_name, uint64_t);
void elem_add_int(struct elem_buf *, enum attr_name, int64_t);
void elem_add_time(struct elem_buf *, enum attr_name, int64_t ms);
void elem_add_enum(struct elem_buf *, enum attr_name, unsigned);
void elem_add_flag(struct elem_buf *, enum attr_name);
void elem_add_bytes(struct elem_buf *, enum attr_name, struct slice);
void elem_add_text(struct elem_buf *, enum attr_name, struct slice);
void elem_add_chat(struct elem_buf *, enum attr_name, const struct chat_ref *);
void elem_add_chat_number(struct elem_buf *, enum attr_name, uint64_t);
void elem_add_user(struct elem_buf *, enum attr_name, const struct user_ref *);
void elem_add_user_id(struct elem_buf *, enum attr_name, uint64_t);
void elem_set_text(struct elem_buf *, struct slice);
void elem_set_payload(struct elem_buf *, struct slice wire);
void elem_set_children(struct elem_buf *, struct elem *children, size_t n);

/* A deep copy of E whose every byte lives in ARENA.  0 or SC_ENOMEM. */
int elem_copy(struct arena *, const struct elem *e, struct elem *to);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * stanza: one message between client and server, an XML element in meaning:
 * a tag, typed attributes, and content (nothing, text, children or a
 * payload).  Tags, attributes and their types, enums and shapes come from
 * dictionary.xml (protocol/names.h and the tables are generated from it).
 *
 * The binary form of an element starts with a byte: the number of a shape,
 * or 0 for the generic form.  A shape fixes the tag, the attributes with
 * their order, and the kind of content; what it does not list follows in a
 * generic tail (root elements only).  Each element has one form that encoder
 * and decoder agree on, so that encode(decode(x)) == x.  SPEC.md, "Stanzas".
 */
#ifndef PROTOCOL_STANZA_H
#define PROTOCOL_STANZA_H

#include <stdbool.h>

#include "protocol/address.h"
#include "protocol/names.h"	/* generated: enum tag, enum attr, enums */
#include "src/common/arena.h"
#include "src/common/buf.h"

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

/* What both ends of a connection agree on. */
struct stanza_ctx {
	int64_t base_time;	/* 0 before success; see the stanzas success
				 * and base */
};

/*
 * Decodes one stanza, the inflated body of a frame, into *E.  Everything that
 * *E points to lives in ARENA or inside BODY.  0, SC_EMALFORMED,
 * SC_ETOOLARGE (depth, attributes, children), SC_ENOMEM (ARENA's limit).
 * Every declared count and length is checked against the bytes that remain
 * before anything is allocated.  Non-canonical encodings are malformed.
 */
int stanza_decode(const struct stanza_ctx *, struct slice body, struct arena *,
    struct elem *e);

/*
 * Appends the binary form of E.  0, SC_EMALFORMED when E is no stanza (wrong
 * type for an attribute, duplicate attribute, text that is not UTF-8, too
 * deep, too many attributes or children), SC_ETOOLARGE when the buffer's
 * limit or memory is reached.  On failure nothing is appended, and the buffer
 * has not failed.
 */
int stanza_encode(const struct stanza_ctx *, const struct elem *e,
    struct buf *);

/* frame_begin, stanza_encode, frame_end: a whole frame that is not deflated. */
int stanza_put(const struct stanza_ctx *, const struct elem *e, struct buf *);

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

/* Names, for logs and errors; "" for OTHER. */
const char *tag_name(enum tag);
const char *attr_name_text(enum attr_name);

/* The dictionary's highest version, and the hash that hello offers for
 * version V (SPEC.md, "Versions"); 0 for a version that does not exist. */
unsigned dictionary_version(void);
uint64_t dictionary_hash(unsigned version);

#endif

/* SPDX-License-Identifier: ISC */
#include "tests/fuzz/invent.h"

#include <string.h>

#include "protocol/payload.h"
#include "tests/fuzz/fuzz.h"

enum {
	DEPTH = 3,		/* of children, but now and then */
	FEW_CHILDREN = 4,
	CONTENT_MAX = 1 << 14,
	LONG_TEXT = 4097	/* one more than may be in a message */
};

void
invent_init(struct invent *v, struct arena *arena, unsigned direction,
    uint64_t seed)
{
	memset(v, 0, sizeof(*v));
	v->arena = arena;
	v->direction = direction;
	v->random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	v->top[1] = 1;
}

unsigned
invent_below(struct invent *v, unsigned end)
{
	v->random ^= v->random << 13;
	v->random ^= v->random >> 7;
	v->random ^= v->random << 17;
	return (unsigned)((v->random >> 16) % end);
}

static bool
one_in(struct invent *v, unsigned n)
{
	return invent_below(v, n) == 0;
}

static void *
room(struct invent *v, size_t n, size_t size)
{
	void *p = arena_array(v->arena, n == 0 ? 1 : n, size);

	fuzz_check(p != NULL);
	return p;
}

static struct slice
copy(struct invent *v, const void *p, size_t n)
{
	uint8_t *to = room(v, n, 1);

	if (n > 0)
		memcpy(to, p, n);
	return slice_of(to, n);
}

/* ---- numbers --------------------------------------------------------- */

static uint64_t
edge(struct invent *v)
{
	static const uint64_t edges[] = {0, 1, 2, 127, 128, 255, 256, 1000,
	    16383, 16384, 65535, 65536, INT32_MAX, UINT32_MAX,
	    (uint64_t)UINT32_MAX + 1, INT64_MAX, (uint64_t)INT64_MAX + 1,
	    UINT64_MAX - 1, UINT64_MAX};

	return edges[invent_below(v, sizeof(edges) / sizeof(edges[0]))];
}

static uint64_t
top_of(const struct invent *v)
{
	return v->top[v->chat % INVENT_CHATS];
}

/* A place of the chat at hand.  A server says the next one. */
static uint64_t
any_place(struct invent *v)
{
	uint64_t top = top_of(v);

	if (v->direction == FROM_SERVER && !one_in(v, 4))
		return top + 1;
	return invent_below(v, (unsigned)(top % INT32_MAX) + 2);
}

/* One that was there, or the last. */
static uint64_t
old_place(struct invent *v)
{
	uint64_t top = top_of(v);

	return one_in(v, 2) ? top
	    : invent_below(v, (unsigned)(top % INT32_MAX) + 2);
}

/* A client counts on, or repeats; a server answers what was said. */
static uint64_t
any_counter(struct invent *v)
{
	uint64_t n = v->n[v->speaker % INVENT_SPEAKERS];

	if (v->direction == FROM_SERVER)
		return 1 + invent_below(v, (unsigned)(n % INT32_MAX) + 1);
	return n + (one_in(v, 4) ? invent_below(v, 3) : 1);
}

static uint64_t
any_small(struct invent *v)
{
	return invent_below(v, 6);
}

static uint64_t
any_version(struct invent *v)
{
	return one_in(v, 8) ? edge(v) : dictionary_version();
}

static uint64_t
from_first(struct invent *v)
{
	return v->first + invent_below(v, 3);
}

static uint64_t
any_uint(struct invent *v, enum attr_name name)
{
	static const struct {
		enum attr_name name;
		uint64_t (*fn)(struct invent *);
	} kinds[] = {
	    {ATTR_N, any_counter}, {ATTR_SEQ, any_place},
	    {ATTR_FIRST, any_place}, {ATTR_LAST, from_first},
	    {ATTR_LOW, old_place}, {ATTR_DELIVERED, old_place},
	    {ATTR_READ, old_place}, {ATTR_BEFORE, any_place},
	    {ATTR_AFTER, old_place}, {ATTR_HIGH, any_counter},
	    {ATTR_ACCOUNT, any_small}, {ATTR_ID, any_small},
	    {ATTR_DEVICE, any_small}, {ATTR_NUMBER, any_small},
	    {ATTR_VERSION, any_version},
	};
	uint64_t u = 0;

	if (one_in(v, 12))
		return edge(v);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].name == name)
			u = kinds[i].fn(v);
	if (u == 0)
		u = one_in(v, 2) ? edge(v) : invent_below(v, 40);
	if (name == ATTR_FIRST)
		v->first = u;
	return u;
}

/* Times are relative to that of the login when they arrive. */
static int64_t
any_time(struct invent *v)
{
	static const int64_t edges[] = {0, 1, -1, 1000, 60000, 86400000,
	    -86400000, INT32_MAX, INT64_MAX / 2, INT64_MIN / 2, INT64_MAX,
	    INT64_MIN};

	return edges[invent_below(v, one_in(v, 4) ? 12 : 7)];
}

static int64_t
any_int(struct invent *v)
{
	static const int64_t edges[] = {0, 1, -1, 900000000, -900000000,
	    900000001, 1800000000, -1800000001, INT64_MAX, INT64_MIN};

	return edges[invent_below(v, 10)];
}

/* ---- texts and bytes ------------------------------------------------- */

static struct slice
long_text(struct invent *v)
{
	unsigned n = LONG_TEXT - invent_below(v, 2);
	uint8_t *p = room(v, n, 1);

	memset(p, 'x', n);
	return slice_of(p, n);
}

static struct slice
any_text(struct invent *v)
{
	static const char *const texts[] = {"", "a", "hello", "phone",
	    "alice", "bob", "a@b", "application/pdf", "\xc3\xa4",
	    "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf",
	    "\xed\x9f\xbf", "\xef\xbf\xbd", "<&>\"'", "\x01\x7f",
	    "https://example.org/", "  ", "\n"};

	if (one_in(v, 40))
		return long_text(v);
	return slice_str(texts[invent_below(v,
	    sizeof(texts) / sizeof(texts[0]))]);
}

static struct slice
any_name(struct invent *v)
{
	static const char *const names[] = {"alice", "bob", "carol", "bob",
	    "carol", "alice@example.org", "Bob", "nobody", "a", "@", "a@",
	    "b\xc3\xb6" "b", "0123456789012345678901234567890123456789"
	    "012345678901234567890123", "0123456789012345678901234567890123"
	    "456789012345678901234567890123x"};

	return slice_str(names[invent_below(v, one_in(v, 3)
	    ? sizeof(names) / sizeof(names[0]) : 5)]);
}

static struct slice
of_length(struct invent *v, unsigned n)
{
	uint8_t *p = room(v, n, 1);

	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)invent_below(v, one_in(v, 2) ? 256 : 2);
	return slice_of(p, n);
}

static struct slice
the_hash(struct invent *v)
{
	uint64_t h = dictionary_hash(dictionary_version());
	uint8_t b[8];

	for (int i = 7; i >= 0; i--, h >>= 8)
		b[i] = (uint8_t)h;
	return copy(v, b, sizeof(b));
}

static struct slice
any_bytes(struct invent *v, enum attr_name name)
{
	static const uint16_t lengths[] = {0, 1, 2, 7, 8, 9, 15, 16, 17, 31,
	    32, 33, 64, 255, 256, 4000};
	static const uint8_t epoch[8] = {0, 0, 0, 0, 0, 0, 0, 1};

	if (name == ATTR_HASH && !one_in(v, 8))
		return the_hash(v);
	if (name == ATTR_EPOCH && !one_in(v, 8))
		return copy(v, epoch, sizeof(epoch));
	if (name == ATTR_SUM && !one_in(v, 8))
		return of_length(v, 8);
	if (name == ATTR_REF && one_in(v, 2))
		return of_length(v, CHAT_ID_SIZE);
	if (one_in(v, 2))
		return of_length(v, 1);	/* what was said */
	return of_length(v, lengths[invent_below(v,
	    sizeof(lengths) / sizeof(lengths[0]))]);
}

/* ---- chats and users ------------------------------------------------- */

static struct chat_ref
any_chat(struct invent *v)
{
	static const uint8_t ids[] = {1, 1, 2, 2, 3, 0, 9, 255};
	struct chat_ref c = {.kind = CHAT_BY_NUMBER};

	if (v->direction == FROM_CLIENT && one_in(v, 3))
		c.kind = CHAT_BY_ID + (unsigned)invent_below(v, 3);
	switch (c.kind) {
	case CHAT_BY_NUMBER:
		c.number = one_in(v, 16) ? edge(v)
		    : one_in(v, 8) ? 1 : 2 + invent_below(v, 3);
		break;
	case CHAT_BY_ID:
		c.id.b[0] = (uint8_t)invent_below(v, 16);
		break;
	case CHAT_BY_USER:
		c.number = ids[invent_below(v, sizeof(ids))];
		break;
	case CHAT_BY_NAME:
		c.name = any_name(v);
		break;
	}
	v->chat = c.kind == CHAT_BY_NUMBER ? c.number : 2;
	return c;
}

static struct user_ref
any_user(struct invent *v)
{
	struct user_ref u = {.id = 1 + invent_below(v, 3)};

	if (one_in(v, 12))
		u.id = edge(v);
	if (u.id == 0 || one_in(v, 3))
		u = (struct user_ref){.name = any_name(v)};
	return u;
}

/* ---- attributes ------------------------------------------------------ */

static struct value
any_value(struct invent *v, enum attr_name name, enum value_type type)
{
	unsigned nvalue = attr_table[name].nvalue;
	struct value x = {.type = type};

	switch (type) {
	case VALUE_UINT:
		x.u = any_uint(v, name);
		break;
	case VALUE_INT:
		x.i = any_int(v);
		break;
	case VALUE_TIME:
		x.i = any_time(v);
		break;
	case VALUE_CHAT:
		x.chat = any_chat(v);
		break;
	case VALUE_USER:
		x.user = any_user(v);
		break;
	case VALUE_ENUM:
		x.u = invent_below(v, nvalue == 0 ? 1 : nvalue);
		break;
	case VALUE_BYTES:
		x.s = any_bytes(v, name);
		break;
	case VALUE_TEXT:
		x.s = name == ATTR_NAME && one_in(v, 2) ? any_name(v)
		    : any_text(v);
		break;
	case VALUE_FLAG:
		x.u = 1;
		break;
	}
	return x;
}

static void
add_attr(struct invent *v, struct elem *e, enum attr_name name)
{
	if (e->nattr == STANZA_ATTRS || elem_has(e, name))
		return;
	e->attrs[e->nattr++] = (struct attr){.name = name,
	    .v = any_value(v, name, attr_table[name].type)};
}

/* One that nobody has listed; it goes into the tail. */
static void
add_other(struct invent *v, struct elem *e)
{
	if (e->nattr == STANZA_ATTRS)
		return;
	if (one_in(v, 2)) {
		add_attr(v, e, (enum attr_name)(1 +
		    invent_below(v, ATTR_COUNT - 1)));
		return;
	}
	e->attrs[e->nattr++] = (struct attr){.name = ATTR_OTHER,
	    .other = slice_str("x-more"), .v = any_value(v, ATTR_OTHER,
	    (enum value_type)invent_below(v, VALUE_FLAG + 1))};
}

/* ---- content --------------------------------------------------------- */

static void by_shape(struct invent *v, const struct shape *s, unsigned depth,
    struct elem *e);

static const struct shape *
row_of(struct invent *v, enum tag tag, unsigned directions)
{
	const struct shape *found = NULL;
	unsigned seen = 0;

	for (const uint8_t *n = tag_table[tag].shapes; *n != 0; n++) {
		const struct shape *s = &shape_table[*n];

		if (directions != 0 && (s->directions & directions) == 0)
			continue;
		if (invent_below(v, ++seen) == 0)
			found = s;
	}
	return found;
}

/* Any row that stands inside others. */
static const struct shape *
row_inside(struct invent *v)
{
	const struct shape *s;

	do
		s = &shape_table[1 + invent_below(v, shape_count)];
	while (s->directions != 0);
	return s;
}

/* What stands inside TAG, if that is known. */
static const struct shape *
row_child(struct invent *v, enum tag tag)
{
	static const struct {
		uint8_t tag, child;
	} pairs[] = {
	    {TAG_CURSORS, TAG_CURSOR}, {TAG_CHAT, TAG_MEMBER},
	    {TAG_PAGE, TAG_MESSAGE}, {TAG_PAGE, TAG_SKIP},
	    {TAG_PAGE, TAG_DEVICE}, {TAG_PAGE, TAG_CHAT},
	    {TAG_PAGE, TAG_MEMBER}, {TAG_RESULT, TAG_CHAT},
	    {TAG_RESULT, TAG_USER}, {TAG_RESULT, TAG_INVITE},
	    {TAG_FAILURE, TAG_DEVICE}, {TAG_KEYS, TAG_ONCE},
	    {TAG_AUDIENCE, TAG_USER}, {TAG_POLL, TAG_OPTION},
	};
	enum tag child = TAG_OTHER;
	unsigned seen = 0;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].tag == tag && invent_below(v, ++seen) == 0)
			child = pairs[i].child;
	return child == TAG_OTHER || one_in(v, 8) ? row_inside(v)
	    : row_of(v, child, 0);
}

static void
any_children(struct invent *v, struct elem *e, unsigned depth)
{
	static const uint16_t many[] = {STANZA_CHILDREN - 1, STANZA_CHILDREN,
	    STANZA_CHILDREN + 1, 500, 501};
	size_t n = invent_below(v, FEW_CHILDREN);

	if (depth >= DEPTH && !one_in(v, 4))
		return;
	if (depth > STANZA_DEPTH)
		return;
	if (depth == 1 && one_in(v, 200))
		n = many[invent_below(v, 5)];
	e->content = CONTENT_CHILDREN;
	e->children = room(v, n, sizeof(*e->children));
	e->nchild = n;
	for (size_t i = 0; i < n; i++)
		by_shape(v, row_child(v, e->tag), depth + 1,
		    &e->children[i]);
}

/* Encoded elements of content. */
static void
put_content(struct invent *v, struct buf *b)
{
	unsigned n = one_in(v, 16) ? 0 : 1 + invent_below(v, 2);
	struct elem e;

	while (n-- > 0) {
		memset(&e, 0, sizeof(e));
		by_shape(v, one_in(v, 2) ? row_of(v, TAG_BODY, 0)
		    : row_inside(v), 1, &e);
		(void)payload_add(b, &e);
	}
}

static struct slice
any_payload(struct invent *v)
{
	static const uint8_t dictionaries[] = {1};
	struct deflate *d = one_in(v, 16) ? deflate_create() : NULL;
	struct buf content, wire;
	struct slice s;

	buf_init(&content, CONTENT_MAX);
	buf_init(&wire, 2 * CONTENT_MAX);
	put_content(v, &content);
	if (one_in(v, 16))
		(void)payload_put_opaque(of_length(v, 20), &wire);
	else
		(void)payload_put(d, buf_slice(&content), dictionaries, 1,
		    &wire);
	deflate_destroy(d);
	s = copy(v, buf_slice(&wire).p, wire.len);
	buf_fini(&content);
	buf_fini(&wire);
	return s;
}

static void
any_content(struct invent *v, enum content kind, unsigned depth,
    struct elem *e)
{
	e->content = CONTENT_NONE;
	switch (kind) {
	case CONTENT_NONE:
		break;
	case CONTENT_TEXT:
		e->content = CONTENT_TEXT;
		e->text = any_text(v);
		break;
	case CONTENT_CHILDREN:
		any_children(v, e, depth);
		break;
	case CONTENT_PAYLOAD:
		e->content = CONTENT_PAYLOAD;
		e->text = any_payload(v);
		break;
	}
}

/* ---- elements -------------------------------------------------------- */

static void
by_shape(struct invent *v, const struct shape *s, unsigned depth,
    struct elem *e)
{
	memset(e, 0, sizeof(*e));
	e->tag = s->tag;
	e->attrs = room(v, STANZA_ATTRS, sizeof(*e->attrs));
	for (unsigned i = 0; i < s->nattr; i++)
		if (!s->attrs[i].optional || one_in(v, 2))
			add_attr(v, e, s->attrs[i].name);
	any_content(v, s->content, depth, e);
}

void
invent_tag(struct invent *v, enum tag tag, struct elem *e)
{
	const struct shape *s = row_of(v, tag, v->direction);

	if (s == NULL)
		invent_any(v, e);
	else
		by_shape(v, s, 1, e);
}

/* What most conversations are made of. */
static enum tag
frequent(struct invent *v)
{
	static const uint8_t said[] = {TAG_MESSAGE, TAG_MESSAGE, TAG_ACK,
	    TAG_READ, TAG_SYNC, TAG_CURSORS, TAG_VOID, TAG_HISTORY, TAG_CHAT,
	    TAG_CHAT, TAG_DEVICE};
	static const uint8_t answered[] = {TAG_MESSAGE, TAG_MESSAGE, TAG_ACK,
	    TAG_ACK, TAG_STUB, TAG_SKIP, TAG_RECEIPT, TAG_SYNCED, TAG_ERROR,
	    TAG_RESULT, TAG_PAGE};

	return v->direction == FROM_CLIENT
	    ? said[invent_below(v, sizeof(said))]
	    : answered[invent_below(v, sizeof(answered))];
}

void
invent_any(struct invent *v, struct elem *e)
{
	const struct shape *s = NULL;

	if (one_in(v, 2))
		s = row_of(v, frequent(v), v->direction);
	while (s == NULL || ((s->directions & v->direction) == 0 &&
	    !one_in(v, 50)))
		s = &shape_table[1 + invent_below(v, shape_count)];
	by_shape(v, s, 1, e);
	if (one_in(v, 20))
		add_other(v, e);
}

void
invent_change(struct invent *v, struct elem *e)
{
	struct attr *attrs = room(v, STANZA_ATTRS, sizeof(*attrs)), *a;
	const struct shape *s = row_of(v, e->tag, 0);

	if (e->nattr > 0)
		memcpy(attrs, e->attrs, e->nattr * sizeof(*attrs));
	e->attrs = attrs;
	switch (e->nattr == 0 ? 5 : invent_below(v, 8)) {
	case 0:
		e->attrs[invent_below(v, (unsigned)e->nattr)] =
		    e->attrs[e->nattr - 1];
		e->nattr--;
		break;
	case 1:
		add_other(v, e);
		break;
	case 2:
		if (s != NULL && s->nattr > 0)
			add_attr(v, e,
			    s->attrs[invent_below(v, s->nattr)].name);
		break;
	case 4:
	case 5:
		if (s != NULL)
			any_content(v, s->content, 1, e);
		break;
	default:
		a = &e->attrs[invent_below(v, (unsigned)e->nattr)];
		a->v = any_value(v, a->name, a->v.type);
		break;
	}
}

/* ---- what was said --------------------------------------------------- */

static void
follow_place(struct invent *v, const struct elem *e)
{
	const struct value *chat = elem_get(e, ATTR_CHAT);
	uint64_t seq = elem_uint(e, e->tag == TAG_SKIP ? ATTR_LAST
	    : ATTR_SEQ, 0), *top;

	if (chat == NULL || chat->chat.kind != CHAT_BY_NUMBER)
		return;
	top = &v->top[chat->chat.number % INVENT_CHATS];
	if (seq == *top + 1 || (e->tag == TAG_SKIP && seq > *top))
		*top = seq;
}

void
invent_follow(struct invent *v, const struct elem *e)
{
	uint64_t *n = &v->n[v->speaker % INVENT_SPEAKERS];
	unsigned i;

	if (v->direction == FROM_SERVER) {
		follow_place(v, e);
		return;
	}
	if (elem_uint(e, ATTR_N, 0) == *n + 1)
		++*n;
	/* where it is nobody knows yet */
	for (i = 1; e->tag == TAG_MESSAGE && i < INVENT_CHATS; i++)
		v->top[i]++;
}

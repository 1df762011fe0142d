/* SPDX-License-Identifier: ISC */
#include "tests/unit/proto_util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/payload.h"
#include "protocol/tables.h"

struct slice
unhex(struct buf *b, const char *hex)
{
	buf_clear(b);
	while (*hex != '\0') {
		char two[3] = {hex[0], hex[1], '\0'};

		if (*hex == ' ') {
			hex++;
			continue;
		}
		buf_put_u8(b, (uint8_t)strtoul(two, NULL, 16));
		hex += 2;
	}
	return buf_slice(b);
}

void
assert_hex(struct slice s, const char *hex)
{
	struct buf want;

	buf_init(&want, 0);
	unhex(&want, hex);
	if (!slice_equal(s, buf_slice(&want))) {
		print_message("have ");
		for (size_t i = 0; i < s.len; i++)
			print_message("%02x", s.p[i]);
		print_message("\nwant %s\n", hex);
		fail();
	}
	buf_fini(&want);
}

static bool
value_same(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_UINT:
	case VALUE_ENUM:
	case VALUE_FLAG:
		return a->u == b->u;
	case VALUE_INT:
	case VALUE_TIME:
		return a->i == b->i;
	case VALUE_CHAT:
		if (a->chat.kind != b->chat.kind)
			return false;
		if (a->chat.kind == CHAT_BY_ID)
			return chat_id_equal(&a->chat.id, &b->chat.id);
		return a->chat.kind == CHAT_BY_NAME
		    ? slice_equal(a->chat.name, b->chat.name)
		    : a->chat.number == b->chat.number;
	case VALUE_USER:
		return a->user.id == b->user.id && (a->user.id != 0 ||
		    slice_equal(a->user.name, b->user.name));
	case VALUE_BYTES:
	case VALUE_TEXT:
		return slice_equal(a->s, b->s);
	}
	return false;
}

static bool
has_same(const struct elem *e, const struct attr *a)
{
	for (size_t i = 0; i < e->nattr; i++) {
		const struct attr *o = &e->attrs[i];

		if (o->name == a->name && (a->name != ATTR_OTHER ||
		    slice_equal(o->other, a->other)))
			return value_same(&o->v, &a->v);
	}
	return false;
}

bool
elem_same(const struct elem *a, const struct elem *b)
{
	if (a->tag != b->tag || a->nattr != b->nattr ||
	    a->content != b->content || a->nchild != b->nchild)
		return false;
	if (a->tag == TAG_OTHER && !slice_equal(a->other, b->other))
		return false;
	for (size_t i = 0; i < a->nattr; i++)
		if (!has_same(b, &a->attrs[i]))
			return false;
	if ((a->content == CONTENT_TEXT || a->content == CONTENT_PAYLOAD) &&
	    !slice_equal(a->text, b->text))
		return false;
	for (size_t i = 0; i < a->nchild; i++)
		if (!elem_same(&a->children[i], &b->children[i]))
			return false;
	return true;
}

/* xorshift64*, of Marsaglia and Vigna. */
uint64_t
rnd(uint64_t *seed)
{
	uint64_t x = *seed;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*seed = x;
	return x * UINT64_C(2685821657736338717);
}

unsigned
rnd_below(uint64_t *seed, unsigned n)
{
	return (unsigned)((rnd(seed) >> 32) % n);
}

/* Of any length in bits, and often at the edge of one. */
static uint64_t
rnd_uint(uint64_t *seed)
{
	uint64_t v = rnd(seed) >> rnd_below(seed, 64);

	return rnd_below(seed, 4) == 0 ? UINT64_MAX >> rnd_below(seed, 64) : v;
}

static struct slice
rnd_bytes(uint64_t *seed, struct arena *a, unsigned max)
{
	unsigned n = rnd_below(seed, max + 1);
	uint8_t *p = arena_alloc(a, n);

	assert_non_null(p);
	for (unsigned i = 0; i < n; i++)
		p[i] = (uint8_t)rnd(seed);
	return slice_of(p, n);
}

static struct slice
rnd_text(uint64_t *seed, struct arena *a, unsigned least, unsigned max)
{
	static const char *const pieces[] = {"a", "Z", " ", "<", ">", "&",
	    "\"", "'", "\n", "\t", "\r", "]]>", "&amp;", "@", "#", "~", "7",
	    "\xc3\xa9", "\xd0\x96", "\xe4\xbd\xa0", "\xf0\x9f\x94\xa5",
	    "\xf4\x8f\xbf\xbd", "the quick brown fox "};
	unsigned n = least + rnd_below(seed, max - least + 1);
	struct slice s;
	struct buf b;

	buf_init(&b, 0);
	for (unsigned i = 0; i < n; i++)
		buf_put_str(&b, pieces[rnd_below(seed,
		    sizeof(pieces) / sizeof(pieces[0]))]);
	s = arena_copy(a, buf_slice(&b));
	assert_non_null(s.p);
	buf_fini(&b);
	return s;
}

static void
rnd_value(uint64_t *seed, struct arena *a, enum attr_name name,
    struct value *v)
{
	switch (v->type) {
	case VALUE_UINT:
		v->u = rnd_uint(seed);
		break;
	case VALUE_INT:
	case VALUE_TIME:
		v->i = (int64_t)rnd_uint(seed);
		break;
	case VALUE_ENUM:
		v->u = rnd_below(seed, attr_table[name].nvalue);
		break;
	case VALUE_FLAG:
		v->u = 1;
		break;
	case VALUE_CHAT:
		v->chat.kind = rnd_below(seed, 4);
		v->chat.number = rnd_uint(seed) | 1;
		for (int i = 0; i < CHAT_ID_SIZE; i++)
			v->chat.id.b[i] = (uint8_t)rnd(seed);
		v->chat.name = rnd_text(seed, a, 1, 4);
		break;
	case VALUE_USER:
		v->user.id = rnd_below(seed, 2) ? rnd_uint(seed) : 0;
		v->user.name = rnd_text(seed, a, 1, 4);
		break;
	case VALUE_BYTES:
		v->s = rnd_bytes(seed, a, 40);
		break;
	case VALUE_TEXT:
		v->s = rnd_text(seed, a, 0, 12);
		break;
	}
}

static bool
has_name(const struct elem *e, enum attr_name name)
{
	return elem_has(e, name);
}

static void
rnd_add(uint64_t *seed, struct arena *a, struct elem *e, enum attr_name name)
{
	struct attr *at = &e->attrs[e->nattr];

	at->name = name;
	at->v.type = attr_table[name].type;
	if (name == ATTR_OTHER) {
		char text[16];

		snprintf(text, sizeof(text), "x%zu:_-Y", e->nattr);
		at->other = arena_copy(a, slice_str(text));
		do {
			at->v.type = rnd_below(seed, VALUE_FLAG + 1);
		} while (at->v.type == VALUE_ENUM);
	} else if (has_name(e, name)) {
		return;
	}
	rnd_value(seed, a, name, &at->v);
	e->nattr++;
}

static void rnd_elem(uint64_t *, struct arena *, struct elem *, bool,
    unsigned);

static void
rnd_payload(uint64_t *seed, struct arena *a, struct elem *e, unsigned depth)
{
	struct buf content, wire;

	buf_init(&content, 0);
	buf_init(&wire, 0);
	if (rnd_below(seed, 4) == 0) {
		payload_put_opaque(rnd_bytes(seed, a, 100), &wire);
	} else {
		unsigned n = 1 + rnd_below(seed, 3);

		for (unsigned i = 0; i < n; i++) {
			struct elem c;

			do {
				rnd_elem(seed, a, &c, false, depth + 3);
			} while (c.tag == TAG_OPAQUE);
			assert_int_equal(payload_add(&content, &c), 0);
		}
		payload_put(NULL, buf_slice(&content), NULL, 0, &wire);
	}
	e->content = CONTENT_PAYLOAD;
	e->text = arena_copy(a, buf_slice(&wire));
	buf_fini(&content);
	buf_fini(&wire);
}

static void
rnd_children(uint64_t *seed, struct arena *a, struct elem *e, unsigned depth)
{
	unsigned n = rnd_below(seed, 4);

	if (n == 0 || depth >= STANZA_DEPTH)
		return;
	e->content = CONTENT_CHILDREN;
	e->nchild = n;
	e->children = arena_array(a, n, sizeof(*e->children));
	for (unsigned i = 0; i < n; i++)
		rnd_elem(seed, a, &e->children[i], false, depth + 1);
}

static void
rnd_content(uint64_t *seed, struct arena *a, struct elem *e,
    enum content kind, unsigned depth)
{
	switch (kind) {
	case CONTENT_NONE:
		break;
	case CONTENT_TEXT:
		e->text = rnd_text(seed, a, 0, 10);
		if (e->text.len > 0)
			e->content = CONTENT_TEXT;
		break;
	case CONTENT_CHILDREN:
		rnd_children(seed, a, e, depth);
		break;
	case CONTENT_PAYLOAD:
		if (rnd_below(seed, 8) != 0)
			rnd_payload(seed, a, e, depth);
		break;
	}
}

static void
rnd_shaped(uint64_t *seed, struct arena *a, struct elem *e, bool root,
    unsigned depth)
{
	const struct shape *s = &shape_table[1 + rnd_below(seed, shape_count)];

	e->tag = s->tag;
	for (unsigned i = 0; i < s->nattr; i++)
		if (!s->attrs[i].optional || rnd_below(seed, 2))
			rnd_add(seed, a, e, s->attrs[i].name);
	if (rnd_below(seed, root ? 4 : 12) == 0)
		for (unsigned n = 1 + rnd_below(seed, 4); n > 0; n--)
			rnd_add(seed, a, e, rnd_below(seed, ATTR_COUNT));
	rnd_content(seed, a, e, s->content, depth);
}

static void
rnd_generic(uint64_t *seed, struct arena *a, struct elem *e, unsigned depth)
{
	unsigned n = rnd_below(seed, 6);
	enum content kind = rnd_below(seed, CONTENT_PAYLOAD);

	e->other = slice_str("some-thing:else");
	if (rnd_below(seed, 2)) {
		e->tag = 1 + rnd_below(seed, TAG_COUNT - 1);
		kind = tag_table[e->tag].payload ? CONTENT_PAYLOAD : kind;
		if (kind == CONTENT_TEXT && !tag_table[e->tag].text)
			kind = CONTENT_NONE;
	}
	for (unsigned i = 0; i < n; i++)
		rnd_add(seed, a, e, rnd_below(seed, ATTR_COUNT));
	rnd_content(seed, a, e, kind, depth);
}

static void
rnd_elem(uint64_t *seed, struct arena *a, struct elem *e, bool root,
    unsigned depth)
{
	memset(e, 0, sizeof(*e));
	e->attrs = arena_array(a, STANZA_ATTRS, sizeof(*e->attrs));
	assert_non_null(e->attrs);
	if (rnd_below(seed, 5) == 0)
		rnd_generic(seed, a, e, depth);
	else
		rnd_shaped(seed, a, e, root, depth);
}

void
random_stanza(uint64_t *seed, struct arena *a, struct elem *e)
{
	rnd_elem(seed, a, e, true, 1);
}

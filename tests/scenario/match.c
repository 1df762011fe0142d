/* SPDX-License-Identifier: ISC */
#include "tests/scenario/match.h"

#include "protocol/base64url.h"
#include "protocol/payload.h"
#include "protocol/xmltext.h"
#include "src/common/arena.h"

static bool
same_chat(const struct chat_ref *a, const struct chat_ref *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == CHAT_BY_ID)
		return memcmp(a->id.b, b->id.b, sizeof(a->id.b)) == 0;
	return a->kind == CHAT_BY_NAME ? slice_equal(a->name, b->name)
	    : a->number == b->number;
}

static bool
same_value(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_INT:
	case VALUE_TIME:
		return a->i == b->i;
	case VALUE_CHAT:
		return same_chat(&a->chat, &b->chat);
	case VALUE_USER:
		return a->user.id == b->user.id &&
		    (a->user.id != 0 ||
		    slice_equal(a->user.name, b->user.name));
	case VALUE_BYTES:
	case VALUE_TEXT:
		return slice_equal(a->s, b->s);
	case VALUE_UINT:
	case VALUE_ENUM:
	case VALUE_FLAG:
		break;
	}
	return a->u == b->u;
}

static const struct attr *
find_attr(const struct elem *e, const struct attr *like)
{
	for (size_t i = 0; i < e->nattr; i++)
		if (e->attrs[i].name == like->name &&
		    (like->name != ATTR_OTHER ||
		    slice_equal(e->attrs[i].other, like->other)))
			return &e->attrs[i];
	return NULL;
}

static bool
attrs_match(const struct elem *pattern, const struct elem *e)
{
	for (size_t i = 0; i < pattern->nattr; i++) {
		const struct attr *a = find_attr(e, &pattern->attrs[i]);

		if (a == NULL || !same_value(&pattern->attrs[i].v, &a->v))
			return false;
	}
	return true;
}

/* A payload's content as an element with children; false: not to be opened. */
static bool
open_payload(struct deflate *deflate, struct slice wire, struct arena *arena,
    struct buf *scratch, struct elem *as)
{
	struct slice content;
	struct payload p;

	*as = (struct elem){.content = CONTENT_CHILDREN};
	if (payload_take(&wire, &p) != 0 ||
	    payload_open(deflate, &p, scratch, &content) != 0)
		return false;
	as->children = arena_array(arena, STANZA_CHILDREN,
	    sizeof(*as->children));
	while (as->children != NULL && as->nchild < STANZA_CHILDREN &&
	    content.len > 0)
		if (payload_next(&content, arena,
		    &as->children[as->nchild++]) != 0)
			return false;
	return true;
}

static bool
children_match(struct deflate *deflate, const struct elem *pattern,
    const struct elem *e)
{
	if (e->nchild < pattern->nchild)
		return false;
	for (size_t i = 0; i < pattern->nchild; i++)
		if (!elem_matches(deflate, &pattern->children[i],
		    &e->children[i]))
			return false;
	return true;
}

static bool
payload_matches(struct deflate *deflate, struct slice pattern, struct slice e)
{
	struct arena arena;
	struct buf one, two;
	struct elem a, b;
	bool same = slice_equal(pattern, e);

	if (same)
		return true;
	arena_init(&arena, 0);
	buf_init(&one, 0);
	buf_init(&two, 0);
	same = open_payload(deflate, pattern, &arena, &one, &a) &&
	    open_payload(deflate, e, &arena, &two, &b) &&
	    children_match(deflate, &a, &b);
	buf_fini(&one);
	buf_fini(&two);
	arena_fini(&arena);
	return same;
}

bool
elem_matches(struct deflate *deflate, const struct elem *pattern,
    const struct elem *e)
{
	if (pattern->tag != e->tag || (pattern->tag == TAG_OTHER &&
	    !slice_equal(pattern->other, e->other)))
		return false;
	if (!attrs_match(pattern, e))
		return false;
	if (pattern->content == CONTENT_NONE)
		return true;
	if (pattern->content != e->content)
		return false;
	if (pattern->content == CONTENT_TEXT)
		return slice_equal(pattern->text, e->text);
	if (pattern->content == CONTENT_PAYLOAD)
		return payload_matches(deflate, pattern->text, e->text);
	return children_match(deflate, pattern, e);
}

static void
put_value(const struct value *v, struct buf *to)
{
	char time[32];

	if (v->type == VALUE_TIME) {
		time_print(v->i, time);
		buf_put_str(to, time);
	} else if (v->type == VALUE_BYTES) {
		base64url_put(to, v->s);
	} else if (v->type == VALUE_TEXT) {
		buf_put_slice(to, v->s);
	} else if (v->type == VALUE_USER && v->user.id != 0) {
		buf_printf(to, "~%ju", (uintmax_t)v->user.id);
	} else if (v->type == VALUE_CHAT) {
		buf_printf(to, "%ju", (uintmax_t)v->chat.number);
	} else {
		buf_printf(to, "%ju", (uintmax_t)v->u);
	}
}

bool
elem_attr_text(const struct elem *e, const char *attr, struct buf *to)
{
	for (size_t i = 0; i < e->nattr; i++) {
		const struct attr *a = &e->attrs[i];

		if (strcmp(attr_name_text(a->name), attr) == 0) {
			put_value(&a->v, to);
			return true;
		}
	}
	return false;
}

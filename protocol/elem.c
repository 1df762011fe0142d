/* SPDX-License-Identifier: ISC */
#include "protocol/elem.h"

#include "src/common/err.h"

/* Reading. */

const struct value *
elem_get(const struct elem *e, enum attr_name name)
{
	if (e->attrs == NULL)
		return NULL;
	for (size_t i = 0; i < e->nattr; i++)
		if (e->attrs[i].name == name)
			return &e->attrs[i].v;
	return NULL;
}

bool
elem_has(const struct elem *e, enum attr_name name)
{
	return elem_get(e, name) != NULL;
}

uint64_t
elem_uint(const struct elem *e, enum attr_name name, uint64_t dflt)
{
	const struct value *v = elem_get(e, name);

	return v == NULL ? dflt : v->u;
}

int64_t
elem_int(const struct elem *e, enum attr_name name, int64_t dflt)
{
	const struct value *v = elem_get(e, name);

	return v == NULL ? dflt : v->i;
}

struct slice
elem_slice(const struct elem *e, enum attr_name name)
{
	const struct value *v = elem_get(e, name);

	return v == NULL ? slice_of(NULL, 0) : v->s;
}

/* Building. */

void
elem_begin(struct elem_buf *b, enum tag tag)
{
	memset(&b->e, 0, sizeof(b->e));
	b->e.tag = tag;
	b->e.attrs = b->attrs;
}

/*
 * Too many attributes are a bug of the caller, but the client library does
 * not abort: the element becomes one that no encoder takes.
 */
static struct value *
add(struct elem_buf *b, enum attr_name name, enum value_type type)
{
	struct attr *a = &b->attrs[ELEM_BUF_ATTRS - 1];

	if (b->e.nattr < ELEM_BUF_ATTRS) {
		a = &b->attrs[b->e.nattr++];
	} else {
		b->e.attrs = NULL;
		b->e.nattr = STANZA_ATTRS + 1;
	}
	memset(a, 0, sizeof(*a));
	a->name = name;
	a->v.type = type;
	return &a->v;
}

void
elem_add_uint(struct elem_buf *b, enum attr_name name, uint64_t v)
{
	add(b, name, VALUE_UINT)->u = v;
}

void
elem_add_int(struct elem_buf *b, enum attr_name name, int64_t v)
{
	add(b, name, VALUE_INT)->i = v;
}

void
elem_add_time(struct elem_buf *b, enum attr_name name, int64_t ms)
{
	add(b, name, VALUE_TIME)->i = ms;
}

void
elem_add_enum(struct elem_buf *b, enum attr_name name, unsigned v)
{
	add(b, name, VALUE_ENUM)->u = v;
}

void
elem_add_flag(struct elem_buf *b, enum attr_name name)
{
	add(b, name, VALUE_FLAG)->u = 1;
}

void
elem_add_bytes(struct elem_buf *b, enum attr_name name, struct slice s)
{
	add(b, name, VALUE_BYTES)->s = s;
}

void
elem_add_text(struct elem_buf *b, enum attr_name name, struct slice s)
{
	add(b, name, VALUE_TEXT)->s = s;
}

void
elem_add_chat(struct elem_buf *b, enum attr_name name,
    const struct chat_ref *c)
{
	add(b, name, VALUE_CHAT)->chat = *c;
}

void
elem_add_chat_number(struct elem_buf *b, enum attr_name name, uint64_t number)
{
	struct chat_ref c = {.kind = CHAT_BY_NUMBER, .number = number};

	elem_add_chat(b, name, &c);
}

void
elem_add_user(struct elem_buf *b, enum attr_name name,
    const struct user_ref *u)
{
	add(b, name, VALUE_USER)->user = *u;
}

void
elem_add_user_id(struct elem_buf *b, enum attr_name name, uint64_t id)
{
	struct user_ref u = {.id = id};

	elem_add_user(b, name, &u);
}

void
elem_set_text(struct elem_buf *b, struct slice text)
{
	b->e.content = CONTENT_TEXT;
	b->e.text = text;
}

void
elem_set_payload(struct elem_buf *b, struct slice wire)
{
	b->e.content = CONTENT_PAYLOAD;
	b->e.text = wire;
}

void
elem_set_children(struct elem_buf *b, struct elem *children, size_t n)
{
	b->e.content = CONTENT_CHILDREN;
	b->e.children = children;
	b->e.nchild = n;
}

/* Copying. */

static bool
copy_slice(struct arena *a, struct slice *s)
{
	*s = arena_copy(a, *s);
	return s->p != NULL;
}

static bool
copy_attr(struct arena *a, struct attr *at)
{
	if (at->name == ATTR_OTHER && !copy_slice(a, &at->other))
		return false;
	switch (at->v.type) {
	case VALUE_BYTES:
	case VALUE_TEXT:
		return copy_slice(a, &at->v.s);
	case VALUE_CHAT:
		return at->v.chat.kind != CHAT_BY_NAME ||
		    copy_slice(a, &at->v.chat.name);
	case VALUE_USER:
		return at->v.user.id != 0 || copy_slice(a, &at->v.user.name);
	default:
		return true;
	}
}

int
elem_copy(struct arena *a, const struct elem *e, struct elem *to)
{
	struct elem c = *e;

	if (c.tag == TAG_OTHER && !copy_slice(a, &c.other))
		return SC_ENOMEM;
	c.attrs = arena_array(a, e->nattr, sizeof(*c.attrs));
	if (c.attrs == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < e->nattr; i++) {
		c.attrs[i] = e->attrs[i];
		if (!copy_attr(a, &c.attrs[i]))
			return SC_ENOMEM;
	}
	if ((c.content == CONTENT_TEXT || c.content == CONTENT_PAYLOAD) &&
	    !copy_slice(a, &c.text))
		return SC_ENOMEM;
	if (c.content == CONTENT_CHILDREN) {
		c.children = arena_array(a, e->nchild, sizeof(*c.children));
		if (c.children == NULL)
			return SC_ENOMEM;
		for (size_t i = 0; i < e->nchild; i++)
			if (elem_copy(a, &e->children[i], &c.children[i]) != 0)
				return SC_ENOMEM;
	}
	*to = c;
	return 0;
}

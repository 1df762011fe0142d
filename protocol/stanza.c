/* SPDX-License-Identifier: ISC */
#include "protocol/stanza.h"

#include "protocol/element.h"
#include "protocol/frame.h"
#include "protocol/payload.h"
#include "protocol/shape.h"
#include "protocol/utf8.h"
#include "protocol/value.h"
#include "protocol/varint.h"
#include "src/common/err.h"

/* The first byte of the generic form, where others have a shape's number. */
enum { GENERIC = 0 };

/* Encoding. */

static void
name_put(struct buf *b, unsigned token, struct slice other)
{
	varint_put(b, token);
	if (token == 0)
		slice_put(b, other);
}

static void
generic_attr_put(struct buf *b, const struct attr *a, int64_t *base)
{
	name_put(b, a->name, a->other);
	buf_put_u8(b, (uint8_t)a->v.type);
	value_put(b, &a->v, base);
}

static int
children_put(struct buf *b, const struct elem *e, int64_t *base,
    unsigned depth)
{
	if (e->nchild > STANZA_CHILDREN ||
	    (e->nchild > 0 && depth >= STANZA_DEPTH))
		return SC_EMALFORMED;
	varint_put(b, e->nchild);
	for (size_t i = 0; i < e->nchild; i++) {
		int rc = element_put(b, &e->children[i], base, depth + 1);

		if (rc != 0)
			return rc;
		if (buf_failed(b))
			return SC_ETOOLARGE;
	}
	return 0;
}

static int
content_put(struct buf *b, const struct elem *e, enum content kind,
    int64_t *base, unsigned depth)
{
	bool empty = content_empty(e);

	switch (kind) {
	case CONTENT_NONE:
		return 0;
	case CONTENT_TEXT:
		slice_put(b, empty ? slice_of(NULL, 0) : e->text);
		return 0;
	case CONTENT_CHILDREN:
		if (!empty)
			return children_put(b, e, base, depth);
		buf_put_u8(b, 0);
		return 0;
	case CONTENT_PAYLOAD:
		buf_put_slice(b, empty ? slice_of("", 1) : e->text);
		return 0;
	}
	return SC_EMALFORMED;
}

static void
listed_put(struct buf *b, const struct elem *e, const struct form *f,
    int64_t *base)
{
	const struct shape *s = f->shape;
	unsigned present = 0, bit = 0;

	buf_put_u8(b, s->number);
	if (s->noptional > 0) {
		for (unsigned i = 0; i < s->nattr; i++)
			if (s->attrs[i].optional)
				present |= (unsigned)attr_set_has(&f->have,
				    s->attrs[i].name) << bit++;
		buf_put_u8(b, (uint8_t)present);
	}
	for (unsigned i = 0; i < s->nattr; i++)
		if (attr_set_has(&f->have, s->attrs[i].name))
			value_put(b, &e->attrs[f->at[s->attrs[i].name]].v,
			    base);
}

static void
tail_put(struct buf *b, const struct elem *e, const struct shape *s,
    int64_t *base)
{
	size_t n = 0;

	for (size_t i = 0; i < e->nattr; i++)
		n += !attr_set_has(&s->listed, e->attrs[i].name);
	varint_put(b, n);
	for (size_t i = 0; i < e->nattr; i++)
		if (!attr_set_has(&s->listed, e->attrs[i].name))
			generic_attr_put(b, &e->attrs[i], base);
}

static int
generic_put(struct buf *b, const struct elem *e, int64_t *base,
    unsigned depth)
{
	enum content kind = content_empty(e) ? CONTENT_NONE : e->content;

	buf_put_u8(b, GENERIC);
	name_put(b, e->tag, e->other);
	varint_put(b, e->nattr);
	for (size_t i = 0; i < e->nattr; i++)
		generic_attr_put(b, &e->attrs[i], base);
	buf_put_u8(b, (uint8_t)kind);
	return content_put(b, e, kind, base, depth);
}

static int
form_put(struct buf *b, const struct elem *e, bool root, int64_t *base,
    unsigned depth)
{
	struct form f;
	int rc;

	rc = form_choose(e, root, &f);
	if (rc != 0)
		return rc;
	if (f.shape == NULL)
		return generic_put(b, e, base, depth);
	listed_put(b, e, &f, base);
	rc = content_put(b, e, f.shape->content, base, depth);
	if (rc == 0 && f.tail)
		tail_put(b, e, f.shape, base);
	return rc;
}

int
element_put(struct buf *b, const struct elem *e, int64_t *base,
    unsigned depth)
{
	return form_put(b, e, false, base, depth);
}

int
stanza_encode(const struct stanza_ctx *ctx, const struct elem *e,
    struct buf *b)
{
	int64_t base = ctx->base_time;
	size_t start = b->len;
	int rc;

	if (buf_failed(b))
		return SC_ETOOLARGE;
	rc = form_put(b, e, true, &base, 1);
	if (rc == 0 && buf_failed(b))
		rc = SC_ETOOLARGE;
	if (rc != 0) {
		buf_truncate(b, start);
		b->failed = false;
	}
	return rc;
}

int
stanza_put(const struct stanza_ctx *ctx, const struct elem *e, struct buf *b)
{
	size_t mark;
	int rc;

	if (buf_failed(b))
		return SC_ETOOLARGE;
	mark = frame_begin(b);
	rc = buf_failed(b) ? SC_ETOOLARGE : stanza_encode(ctx, e, b);
	if (rc == 0) {
		frame_end(b, mark, false);
		if (buf_failed(b))
			rc = SC_ETOOLARGE;
	}
	if (rc != 0) {
		buf_truncate(b, mark);
		b->failed = false;
	}
	return rc;
}

/* Decoding. */

struct decoder {
	struct slice in;
	int64_t base;
	struct arena *arena;
};

static int
byte_take(struct slice *in, uint8_t *c)
{
	if (in->len == 0)
		return SC_EMORE;
	*c = in->p[0];
	in->p++;
	in->len--;
	return 0;
}

/* A token below END, or 0 and a name that is spelt out. */
static int
name_take(struct slice *in, unsigned end, unsigned *token,
    struct slice *other)
{
	uint64_t v;
	int rc;

	rc = varint_take(in, &v);
	if (rc != 0)
		return rc;
	if (v >= end)
		return SC_EMALFORMED;
	*token = (unsigned)v;
	return v == 0 ? slice_take(in, other) : 0;
}

/* A count of things of at least LEAST bytes each. */
static int
count_take(struct slice *in, size_t max, size_t least, size_t *n)
{
	uint64_t v;
	int rc;

	rc = varint_take(in, &v);
	if (rc != 0)
		return rc;
	if (v > max)
		return SC_ETOOLARGE;
	if (v > in->len / least)
		return SC_EMORE;
	*n = (size_t)v;
	return 0;
}

static int
generic_attr_take(struct decoder *d, struct attr *a)
{
	unsigned token;
	uint8_t type;
	int rc;

	rc = name_take(&d->in, ATTR_COUNT, &token, &a->other);
	if (rc != 0)
		return rc;
	a->name = (enum attr_name)token;
	rc = byte_take(&d->in, &type);
	if (rc != 0)
		return rc;
	if (type > VALUE_FLAG)
		return SC_EMALFORMED;
	return value_take(&d->in, a->name, type, &d->base, &a->v);
}

static int
children_take(struct decoder *d, struct elem *e, unsigned depth)
{
	size_t n;
	int rc;

	rc = count_take(&d->in, STANZA_CHILDREN, 1, &n);
	if (rc != 0)
		return rc;
	if (n == 0)
		return 0;
	if (depth >= STANZA_DEPTH)
		return SC_ETOOLARGE;
	e->children = arena_array(d->arena, n, sizeof(*e->children));
	if (e->children == NULL)
		return SC_ENOMEM;
	e->content = CONTENT_CHILDREN;
	e->nchild = n;
	for (size_t i = 0; i < n; i++) {
		rc = element_take(&d->in, &d->base, d->arena,
		    &e->children[i], depth + 1);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
payload_content_take(struct decoder *d, struct elem *e)
{
	struct slice rest = d->in;
	struct payload p;
	int rc;

	rc = payload_take(&rest, &p);
	if (rc != 0)
		return rc;
	e->text = slice_of(d->in.p, d->in.len - rest.len);
	e->content = CONTENT_PAYLOAD;
	d->in = rest;
	return 0;
}

/* Content of KIND; what is empty is CONTENT_NONE. */
static int
content_take(struct decoder *d, enum content kind, struct elem *e,
    unsigned depth)
{
	int rc = 0;

	switch (kind) {
	case CONTENT_NONE:
		break;
	case CONTENT_TEXT:
		rc = slice_take(&d->in, &e->text);
		e->content = CONTENT_TEXT;
		break;
	case CONTENT_CHILDREN:
		return children_take(d, e, depth);
	case CONTENT_PAYLOAD:
		rc = payload_content_take(d, e);
		break;
	}
	if (rc == 0 && content_empty(e)) {
		e->content = CONTENT_NONE;
		e->text = slice_of(NULL, 0);
	}
	return rc;
}

static int
generic_take(struct decoder *d, struct elem *e, unsigned depth)
{
	unsigned token;
	uint8_t kind;
	int rc;

	rc = name_take(&d->in, TAG_COUNT, &token, &e->other);
	if (rc != 0)
		return rc;
	e->tag = (enum tag)token;
	rc = count_take(&d->in, STANZA_ATTRS, 2, &e->nattr);
	if (rc != 0)
		return rc;
	e->attrs = arena_array(d->arena, e->nattr, sizeof(*e->attrs));
	if (e->attrs == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < e->nattr; i++) {
		rc = generic_attr_take(d, &e->attrs[i]);
		if (rc != 0)
			return rc;
	}
	rc = byte_take(&d->in, &kind);
	if (rc != 0)
		return rc;
	if (kind > CONTENT_PAYLOAD)
		return SC_EMALFORMED;
	rc = content_take(d, kind, e, depth);
	if (rc == 0 && e->content != (enum content)kind)
		return SC_EMALFORMED;
	return rc;
}

static int
listed_take(struct decoder *d, const struct shape *s, struct elem *e)
{
	uint8_t present = 0;
	int rc;

	e->tag = s->tag;
	if (s->noptional > 0) {
		rc = byte_take(&d->in, &present);
		if (rc != 0)
			return rc;
		if (present >> s->noptional != 0)
			return SC_EMALFORMED;
	}
	e->attrs = arena_array(d->arena, s->nattr, sizeof(*e->attrs));
	if (e->attrs == NULL)
		return SC_ENOMEM;
	for (unsigned i = 0, bit = 0; i < s->nattr; i++) {
		struct attr *a = &e->attrs[e->nattr];

		if (s->attrs[i].optional && !(present >> bit++ & 1))
			continue;
		a->name = s->attrs[i].name;
		rc = value_take(&d->in, a->name, attr_table[a->name].type,
		    &d->base, &a->v);
		if (rc != 0)
			return rc;
		e->nattr++;
	}
	return 0;
}

static int
tail_take(struct decoder *d, const struct shape *s, struct elem *e)
{
	struct attr *attrs;
	size_t n;
	int rc;

	rc = count_take(&d->in, STANZA_ATTRS - e->nattr, 2, &n);
	if (rc != 0)
		return rc;
	if (n == 0)
		return SC_EMALFORMED;
	attrs = arena_array(d->arena, e->nattr + n, sizeof(*attrs));
	if (attrs == NULL)
		return SC_ENOMEM;
	memcpy(attrs, e->attrs, e->nattr * sizeof(*attrs));
	e->attrs = attrs;
	for (size_t i = 0; i < n; i++) {
		struct attr *a = &attrs[e->nattr];

		rc = generic_attr_take(d, a);
		if (rc != 0)
			return rc;
		if (attr_set_has(&s->listed, a->name))
			return SC_EMALFORMED;
		e->nattr++;
	}
	return 0;
}

static int
form_take(struct decoder *d, bool root, struct elem *e, unsigned depth)
{
	const struct shape *s = NULL;
	struct form f;
	uint8_t number;
	bool tail;
	int rc;

	rc = byte_take(&d->in, &number);
	if (rc != 0)
		return rc;
	if (number > shape_count)
		return SC_EMALFORMED;
	if (number == GENERIC) {
		rc = generic_take(d, e, depth);
	} else {
		s = &shape_table[number];
		rc = listed_take(d, s, e);
		if (rc == 0)
			rc = content_take(d, s->content, e, depth);
	}
	tail = s != NULL && root && d->in.len > 0;
	if (rc == 0 && tail)
		rc = tail_take(d, s, e);
	if (rc != 0)
		return rc;
	/* there is one encoding of it: the one that the encoder chooses */
	if (form_choose(e, root, &f) != 0 || f.shape != s || f.tail != tail)
		return SC_EMALFORMED;
	return 0;
}

int
element_take(struct slice *in, int64_t *base, struct arena *arena,
    struct elem *e, unsigned depth)
{
	struct decoder d = {*in, *base, arena};
	int rc;

	rc = form_take(&d, false, e, depth);
	*in = d.in;
	*base = d.base;
	return rc;
}

int
stanza_decode(const struct stanza_ctx *ctx, struct slice body,
    struct arena *arena, struct elem *e)
{
	struct decoder d = {body, ctx->base_time, arena};
	int rc;

	memset(e, 0, sizeof(*e));
	rc = form_take(&d, true, e, 1);
	if (rc == SC_EMORE || (rc == 0 && d.in.len > 0))
		return SC_EMALFORMED;
	return rc;
}

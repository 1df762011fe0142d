/* SPDX-License-Identifier: ISC */
#include "protocol/payload.h"
#include "protocol/shape.h"
#include "protocol/xmltext.h"
#include "protocol/xmlvalue.h"
#include "src/common/err.h"

/* An opened payload is bounded by what a frame may hold, many times over. */
enum {
	CONTENT_LIMIT = 1 << 20,
	ARENA_LIMIT = 1 << 24
};

struct printer {
	struct deflate *deflate;
	struct buf *out;
};

static int print_elem(struct printer *, const struct elem *);

static void
print_name(struct printer *p, const struct elem *e)
{
	if (e->tag == TAG_OTHER)
		buf_put_slice(p->out, e->other);
	else
		buf_put_str(p->out, tag_name(e->tag));
}

static int
print_attr(struct printer *p, const struct attr *a)
{
	int rc;

	buf_put_u8(p->out, ' ');
	if (a->name != ATTR_OTHER) {
		buf_put_str(p->out, attr_name_text(a->name));
	} else {
		const char *suffix = xmlvalue_suffix(a->v.type);

		buf_put_slice(p->out, a->other);
		if (*suffix != '\0')
			buf_printf(p->out, ".%s", suffix);
	}
	buf_put_str(p->out, "=\"");
	rc = xmlvalue_print(p->out, a);
	buf_put_u8(p->out, '"');
	return rc;
}

static bool
only_space(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (memchr(" \t\r\n", s.p[i], 4) == NULL)
			return false;
	return true;
}

static int
print_opened(struct printer *p, const struct payload *payload)
{
	struct slice content;
	struct arena arena;
	struct buf scratch;
	struct elem e;
	int rc;

	arena_init(&arena, ARENA_LIMIT);
	buf_init(&scratch, CONTENT_LIMIT);
	rc = payload_open(p->deflate, payload, &scratch, &content);
	while (rc == 0) {
		rc = payload_next(&content, &arena, &e);
		if (rc == 0)
			rc = print_elem(p, &e);
		arena_clear(&arena);
	}
	buf_fini(&scratch);
	arena_fini(&arena);
	return rc == SC_EMORE ? 0 : rc;
}

static int
print_payload(struct printer *p, struct slice wire)
{
	struct payload payload;

	if (payload_take(&wire, &payload) != 0)
		return SC_EMALFORMED;
	if (payload.encoding != PAYLOAD_OPAQUE)
		return print_opened(p, &payload);
	buf_put_str(p->out, "<opaque data=\"");
	xmlvalue_print(p->out, &(struct attr){.name = ATTR_DATA,
	    .v = {.type = VALUE_BYTES, .s = payload.bytes}});
	buf_put_str(p->out, "\"/>");
	return 0;
}

static int
print_content(struct printer *p, const struct elem *e)
{
	int rc = 0;

	switch (e->content) {
	case CONTENT_NONE:
		break;
	case CONTENT_TEXT:
		/* it would be taken for layout when read again */
		if (only_space(e->text) && !tag_table[e->tag].text)
			return SC_EMALFORMED;
		return xmlvalue_escape(p->out, e->text, false);
	case CONTENT_CHILDREN:
		for (size_t i = 0; i < e->nchild && rc == 0; i++)
			rc = print_elem(p, &e->children[i]);
		return rc;
	case CONTENT_PAYLOAD:
		return print_payload(p, e->text);
	}
	return 0;
}

static int
print_elem(struct printer *p, const struct elem *e)
{
	struct form f;
	int rc;

	rc = form_choose(e, false, &f);
	if (rc != 0)
		return rc;
	buf_put_u8(p->out, '<');
	print_name(p, e);
	for (size_t i = 0; i < e->nattr; i++) {
		rc = print_attr(p, &e->attrs[i]);
		if (rc != 0)
			return rc;
	}
	if (content_empty(e)) {
		buf_put_str(p->out, "/>");
		return 0;
	}
	buf_put_u8(p->out, '>');
	rc = print_content(p, e);
	if (rc != 0)
		return rc;
	buf_put_str(p->out, "</");
	print_name(p, e);
	buf_put_u8(p->out, '>');
	return 0;
}

int
xmltext_print(struct deflate *deflate, const struct elem *e, struct buf *out)
{
	struct printer p = {deflate, out};
	size_t start = out->len;
	int rc;

	if (buf_failed(out))
		return SC_ETOOLARGE;
	rc = print_elem(&p, e);
	if (rc == 0 && buf_failed(out))
		rc = SC_ETOOLARGE;
	if (rc != 0) {
		buf_truncate(out, start);
		out->failed = false;
	}
	return rc;
}

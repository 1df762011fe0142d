/* SPDX-License-Identifier: ISC */
#include <expat.h>
#include <stdarg.h>
#include <stdio.h>

#include "protocol/payload.h"
#include "protocol/shape.h"
#include "protocol/value.h"
#include "protocol/xmltext.h"
#include "protocol/xmlvalue.h"
#include "src/common/err.h"

enum { GUESSES = 16 };

/* An element that is open, and what has ended inside it. */
struct node {
	struct elem e;
	struct node *parent, *next;
	struct node *first, *last;
	size_t nchild;
	unsigned depth;		/* as the binary form counts it */
};

struct parser {
	XML_Parser expat;
	struct deflate *deflate;
	struct arena *arena;
	struct node *open;
	struct elem *result;
	struct buf text;	/* since the last tag */
	int rc;
	char *why;
	size_t whylen;
};

static void refuse(struct parser *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
stop(struct parser *p, int rc)
{
	if (p->rc == 0)
		p->rc = rc;
	XML_StopParser(p->expat, XML_FALSE);
}

/* The first complaint counts. */
static void
refuse(struct parser *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->rc != 0)
		return;
	n = snprintf(p->why, p->whylen, "line %lu, column %lu: ",
	    (unsigned long)XML_GetCurrentLineNumber(p->expat),
	    (unsigned long)XML_GetCurrentColumnNumber(p->expat) + 1);
	if (n >= 0 && (size_t)n < p->whylen) {
		va_start(ap, fmt);
		vsnprintf(p->why + n, p->whylen - (size_t)n, fmt, ap);
		va_end(ap);
	}
	stop(p, SC_EBADREQUEST);
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
parse_attr(struct parser *p, const char *name, const char *text,
    struct attr *a)
{
	const char *expected;
	int rc;

	if (!xmlvalue_name(slice_str(name), a)) {
		refuse(p, "%.64s is no name for an attribute", name);
		return SC_EBADREQUEST;
	}
	if (a->name == ATTR_OTHER) {
		a->other = arena_copy(p->arena, a->other);
		if (a->other.p == NULL)
			return SC_ENOMEM;
	}
	rc = xmlvalue_parse(p->arena, slice_str(text), a, &expected);
	if (rc == SC_EBADREQUEST)
		refuse(p, "attribute %.64s: expected %s, not \"%.40s\"", name,
		    expected, text);
	return rc;
}

static int
parse_attrs(struct parser *p, const char **atts, struct elem *e)
{
	size_t n = 0;

	while (atts[2 * n] != NULL)
		n++;
	if (n > STANZA_ATTRS) {
		refuse(p, "expected at most %d attributes", STANZA_ATTRS);
		return SC_EBADREQUEST;
	}
	e->attrs = arena_array(p->arena, n, sizeof(*e->attrs));
	if (e->attrs == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < n; i++) {
		int rc = parse_attr(p, atts[2 * i], atts[2 * i + 1],
		    &e->attrs[i]);

		if (rc != 0)
			return rc;
		e->nattr++;
	}
	return 0;
}

static int
parse_tag(struct parser *p, const char *name, struct elem *e)
{
	e->tag = tag_find(slice_str(name));
	if (e->tag != TAG_OTHER)
		return 0;
	if (!literal_valid(slice_str(name))) {
		refuse(p, "%.64s is no name for an element", name);
		return SC_EBADREQUEST;
	}
	e->other = arena_copy(p->arena, slice_str(name));
	return e->other.p == NULL ? SC_ENOMEM : 0;
}

/* Puts N below the open element, if that may have one more. */
static bool
node_link(struct parser *p, struct node *n)
{
	struct node *up = p->open;

	n->parent = up;
	n->depth = 1;
	if (up == NULL)
		return true;
	if (!only_space(buf_slice(&p->text))) {
		refuse(p, "expected text or elements, not both");
		return false;
	}
	if (!tag_table[up->e.tag].payload)
		n->depth = up->depth + 1;
	if (n->depth > STANZA_DEPTH) {
		refuse(p, "expected at most %d elements inside each other",
		    STANZA_DEPTH);
		return false;
	}
	if (up->nchild == STANZA_CHILDREN) {
		refuse(p, "expected at most %d elements", STANZA_CHILDREN);
		return false;
	}
	if (up->last == NULL)
		up->first = n;
	else
		up->last->next = n;
	up->last = n;
	up->nchild++;
	return true;
}

static void
on_start(void *ctx, const char *name, const char **atts)
{
	struct parser *p = ctx;
	struct node *n = arena_alloc(p->arena, sizeof(*n));
	int rc;

	if (n == NULL) {
		stop(p, SC_ENOMEM);
		return;
	}
	if (!node_link(p, n))
		return;
	rc = parse_tag(p, name, &n->e);
	if (rc == 0)
		rc = parse_attrs(p, atts, &n->e);
	if (rc != 0) {
		stop(p, rc);
		return;
	}
	p->open = n;
	buf_clear(&p->text);
}

static int
end_children(struct parser *p, struct node *n)
{
	struct elem *e = &n->e;
	size_t i = 0;

	e->children = arena_array(p->arena, n->nchild, sizeof(*e->children));
	if (e->children == NULL)
		return SC_ENOMEM;
	for (struct node *c = n->first; c != NULL; c = c->next)
		e->children[i++] = c->e;
	e->nchild = n->nchild;
	e->content = CONTENT_CHILDREN;
	return 0;
}

static int
pack_content(struct parser *p, struct node *n, struct buf *wire)
{
	uint8_t guesses[GUESSES];
	struct buf content;
	size_t nguess;
	int rc = 0;

	if (n->nchild == 1 && n->first->e.tag == TAG_OPAQUE)
		return payload_put_opaque(elem_slice(&n->first->e, ATTR_DATA),
		    wire);
	buf_init(&content, 0);
	for (struct node *c = n->first; c != NULL && rc == 0; c = c->next)
		rc = payload_add(&content, &c->e);
	nguess = payload_guess(buf_slice(&content), guesses, GUESSES);
	if (rc == 0)
		rc = payload_put(p->deflate, buf_slice(&content), guesses,
		    nguess, wire);
	buf_fini(&content);
	return rc;
}

static int
end_payload(struct parser *p, struct node *n)
{
	struct buf wire;
	int rc;

	buf_init(&wire, 0);
	rc = pack_content(p, n, &wire);
	if (rc == 0) {
		n->e.content = CONTENT_PAYLOAD;
		n->e.text = arena_copy(p->arena, buf_slice(&wire));
		if (n->e.text.p == NULL)
			rc = SC_ENOMEM;
	}
	buf_fini(&wire);
	if (rc == SC_EMALFORMED) {
		refuse(p, "expected one opaque element, or others");
		return SC_EBADREQUEST;
	}
	return rc;
}

static int
end_text(struct parser *p, struct node *n)
{
	struct slice text = buf_slice(&p->text);

	if (text.len == 0 ||
	    (only_space(text) && !tag_table[n->e.tag].text))
		return 0;
	n->e.content = CONTENT_TEXT;
	n->e.text = arena_copy(p->arena, text);
	return n->e.text.p == NULL ? SC_ENOMEM : 0;
}

static void
on_end(void *ctx, const char *name)
{
	struct parser *p = ctx;
	struct node *n = p->open;
	struct form f;
	int rc;

	(void)name;
	if (p->rc != 0 || n == NULL)
		return;
	if (n->nchild > 0 && !only_space(buf_slice(&p->text))) {
		refuse(p, "expected text or elements, not both");
		return;
	}
	if (n->nchild == 0)
		rc = end_text(p, n);
	else if (tag_table[n->e.tag].payload)
		rc = end_payload(p, n);
	else
		rc = end_children(p, n);
	if (rc != 0) {
		stop(p, rc);
		return;
	}
	if (content_empty(&n->e)) {
		n->e.content = CONTENT_NONE;
		n->e.text = slice_of(NULL, 0);
	}
	if (form_choose(&n->e, n->parent == NULL, &f) != 0) {
		refuse(p, "expected an attribute once");
		return;
	}
	buf_clear(&p->text);
	p->open = n->parent;
	if (n->parent == NULL)
		*p->result = n->e;
}

static void
on_text(void *ctx, const char *text, int len)
{
	struct parser *p = ctx;

	buf_put(&p->text, text, (size_t)len);
	if (buf_failed(&p->text))
		stop(p, SC_ENOMEM);
}

static void
on_doctype(void *ctx, const char *name, const char *sysid, const char *pubid,
    int internal)
{
	(void)name, (void)sysid, (void)pubid, (void)internal;
	refuse(ctx, "expected an element, not a document type");
}

static void
on_pi(void *ctx, const char *target, const char *data)
{
	(void)target, (void)data;
	refuse(ctx, "expected an element, not a processing instruction");
}

static void
on_declaration(void *ctx, const char *version, const char *encoding,
    int standalone)
{
	(void)version, (void)encoding, (void)standalone;
	refuse(ctx, "expected an element, not an XML declaration");
}

static void
on_cdata(void *ctx)
{
	refuse(ctx, "expected text, not CDATA");
}

static void
run(struct parser *p, struct slice text)
{
	XML_SetUserData(p->expat, p);
	XML_SetElementHandler(p->expat, on_start, on_end);
	XML_SetCharacterDataHandler(p->expat, on_text);
	XML_SetStartDoctypeDeclHandler(p->expat, on_doctype);
	XML_SetProcessingInstructionHandler(p->expat, on_pi);
	XML_SetXmlDeclHandler(p->expat, on_declaration);
	XML_SetStartCdataSectionHandler(p->expat, on_cdata);
	if (XML_Parse(p->expat, (const char *)text.p, (int)text.len, 1) ==
	    XML_STATUS_OK)
		return;
	if (XML_GetErrorCode(p->expat) == XML_ERROR_NO_MEMORY)
		stop(p, SC_ENOMEM);
	refuse(p, "expected an element: %s",
	    XML_ErrorString(XML_GetErrorCode(p->expat)));
}

int
xmltext_parse(struct deflate *deflate, struct slice text, struct arena *arena,
    struct elem *e, char *why, size_t whylen)
{
	struct parser p = {.deflate = deflate, .arena = arena, .result = e,
	    .why = why, .whylen = whylen};

	if (whylen > 0)
		why[0] = '\0';
	if (text.len > INT32_MAX) {
		snprintf(why, whylen, "expected less than 2 GiB");
		return SC_EBADREQUEST;
	}
	p.expat = XML_ParserCreate("UTF-8");
	if (p.expat == NULL)
		return SC_ENOMEM;
	buf_init(&p.text, 0);
	run(&p, text);
	buf_fini(&p.text);
	XML_ParserFree(p.expat);
	return p.rc;
}

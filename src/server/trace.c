/* SPDX-License-Identifier: ISC */
#include "src/server/trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "protocol/xmltext.h"
#include "src/common/alloc.h"
#include "src/common/err.h"
#include "src/server/worker_priv.h"

enum { TEXT_LIMIT = 1 << 20, COPY_LIMIT = 1 << 20 };

struct trace {
	struct trace *next;
	void *name;
	uint64_t user;
	bool bodies;
};

/* ---- what may be shown ---- */

static bool
is_secret(enum attr_name name)
{
	switch (name) {
	case ATTR_DATA:
	case ATTR_TOKEN:
	case ATTR_PASSWORD:
	case ATTR_OLD:
	case ATTR_KEY:
	case ATTR_TARGET:
		return true;
	default:
		return false;
	}
}

/* Attributes that hold what people have written or drawn. */
static bool
is_content(enum attr_name name)
{
	switch (name) {
	case ATTR_TOPIC:
	case ATTR_ABOUT:
	case ATTR_DISPLAY:
	case ATTR_AVATAR:
	case ATTR_PREVIEW:
		return true;
	default:
		return false;
	}
}

/* "WHAT-bytes" with a number. */
static int
size_attr(struct arena *arena, const char *what, size_t n, struct attr *a)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "%s-bytes", what);

	*a = (struct attr){.name = ATTR_OTHER,
	    .v = {.type = VALUE_UINT, .u = n}};
	a->other = arena_copy(arena, slice_of(name, (size_t)len));
	return a->other.p == NULL ? SC_ENOMEM : 0;
}

static int
hide_attr(struct arena *arena, bool bodies, struct attr *a)
{
	if (!is_secret(a->name) && (bodies || !is_content(a->name)))
		return 0;
	/* spelt with another type than the dictionary's: hidden as well */
	if (a->v.type != VALUE_BYTES && a->v.type != VALUE_TEXT)
		return size_attr(arena, attr_name_text(a->name), 0, a);
	return size_attr(arena, attr_name_text(a->name), a->v.s.len, a);
}

static int hide(struct arena *, bool bodies, struct elem *);

static int
hide_children(struct arena *arena, bool bodies, struct elem *e)
{
	int rc = 0;

	for (size_t i = 0; i < e->nchild && rc == 0; i++)
		rc = hide(arena, bodies, &e->children[i]);
	return rc;
}

/* E is a copy of our own.  An attribute that nobody knows may hold anything:
 * like text, it is what people have written. */
static int
hide(struct arena *arena, bool bodies, struct elem *e)
{
	struct attr *attrs = arena_array(arena, e->nattr + 1, sizeof(*attrs));
	int rc = attrs == NULL ? SC_ENOMEM : 0;
	size_t n = 0;

	for (size_t i = 0; i < e->nattr && rc == 0; i++) {
		if (!bodies && e->attrs[i].name == ATTR_OTHER)
			continue;
		attrs[n] = e->attrs[i];
		rc = hide_attr(arena, bodies, &attrs[n++]);
	}
	if (rc != 0)
		return rc;
	if (!bodies && (e->content == CONTENT_PAYLOAD ||
			   e->content == CONTENT_TEXT)) {
		rc = size_attr(arena,
		    e->content == CONTENT_TEXT ? "text" : "payload",
		    e->text.len, &attrs[n++]);
		e->content = CONTENT_NONE;
	}
	e->attrs = attrs;
	e->nattr = n;
	return rc != 0 || e->content != CONTENT_CHILDREN ? rc :
	    hide_children(arena, bodies, e);
}

void
trace_print(struct deflate *deflate, const struct elem *e, bool bodies,
    struct buf *out)
{
	struct arena arena;
	struct elem copy;
	int rc;

	arena_init(&arena, COPY_LIMIT);
	rc = elem_copy(&arena, e, &copy);
	if (rc == 0)
		rc = hide(&arena, bodies, &copy);
	if (rc == 0)
		rc = xmltext_print(deflate, &copy, out);
	if (rc != 0)
		buf_printf(out, "<%s/>", e->tag == TAG_OTHER ? "unprintable"
							    : tag_name(e->tag));
	arena_fini(&arena);
}

/* ---- who is traced ---- */

void
trace_session(struct session *s)
{
	const struct trace *t = s->worker->traces;

	while (t != NULL && t->user != s->user)
		t = t->next;
	s->traced = t != NULL;
}

static void
trace_sessions(struct worker *w, uint64_t user)
{
	struct session *s = registry_first(&w->registry, user);

	for (; s != NULL; s = registry_next(s))
		trace_session(s);
}

void
worker_trace(struct worker *w, void *name, uint64_t user, bool bodies)
{
	struct trace *t = xcalloc(1, sizeof(*t));

	t->name = name;
	t->user = user;
	t->bodies = bodies;
	t->next = w->traces;
	w->traces = t;
	trace_sessions(w, user);
}

void
worker_trace_end(struct worker *w, void *name)
{
	struct trace *t, **at = &w->traces;

	while ((t = *at) != NULL && t->name != name)
		at = &t->next;
	if (t == NULL)
		return;
	*at = t->next;
	trace_sessions(w, t->user);
	free(t);
}

void
trace_fini(struct worker *w)
{
	while (w->traces != NULL)
		worker_trace_end(w, w->traces->name);
}

void
trace_stanza(struct session *s, const struct elem *e, bool out)
{
	struct worker *w = s->worker;
	const struct trace *t;
	struct buf text;

	for (t = w->traces; t != NULL && w->io.trace != NULL; t = t->next) {
		if (t->user != s->user)
			continue;
		buf_init(&text, TEXT_LIMIT);
		trace_print(w->deflate, e, t->bodies, &text);
		w->io.trace(w->io.arg, &(struct trace_event){.trace = t->name,
		    .session = s->id, .device = s->device, .out = out,
		    .xml = buf_slice(&text)});
		buf_fini(&text);
	}
}

/* SPDX-License-Identifier: ISC */
#include "protocol/shape.h"

#include "protocol/payload.h"
#include "protocol/utf8.h"
#include "protocol/value.h"
#include "src/common/err.h"

/* The wire form of a raw payload without elements. */
static bool
payload_empty(struct slice wire)
{
	return wire.len == 1 && wire.p[0] == 0;
}

bool
content_empty(const struct elem *e)
{
	switch (e->content) {
	case CONTENT_NONE:
		return true;
	case CONTENT_TEXT:
		return e->text.len == 0;
	case CONTENT_CHILDREN:
		return e->nchild == 0;
	case CONTENT_PAYLOAD:
		return payload_empty(e->text);
	}
	return true;
}

static bool
content_valid(const struct elem *e)
{
	struct slice wire = e->text;
	struct payload p;

	switch (e->content) {
	case CONTENT_NONE:
		return true;
	case CONTENT_TEXT:
		return utf8_valid(e->text);
	case CONTENT_CHILDREN:
		/* XML could not tell them from a payload */
		return !tag_table[e->tag].payload || e->nchild == 0;
	case CONTENT_PAYLOAD:
		return tag_table[e->tag].payload &&
		    payload_take(&wire, &p) == 0 && wire.len == 0;
	}
	return false;
}

static bool
other_valid(const struct elem *e, size_t i)
{
	struct slice name = e->attrs[i].other;

	if (!literal_valid(name) || attr_find(name) != ATTR_OTHER ||
	    e->attrs[i].v.type == VALUE_ENUM)
		return false;
	for (size_t j = 0; j < i; j++)
		if (e->attrs[j].name == ATTR_OTHER &&
		    slice_equal(e->attrs[j].other, name))
			return false;
	return true;
}

/* Looks at every attribute; *OTHER: one is spelt out. */
static int
attrs_index(const struct elem *e, struct form *f, bool *other)
{
	*other = false;
	for (size_t i = 0; i < e->nattr; i++) {
		const struct attr *a = &e->attrs[i];
		unsigned name = (unsigned)a->name;

		if (name >= ATTR_COUNT || !value_valid(a->name, &a->v))
			return SC_EMALFORMED;
		if (name == ATTR_OTHER) {
			if (!other_valid(e, i))
				return SC_EMALFORMED;
			*other = true;
			continue;
		}
		if (attr_set_has(&f->have, name))
			return SC_EMALFORMED;
		attr_set_add(&f->have, name);
		f->at[name] = (uint8_t)i;
	}
	return 0;
}

int
form_choose(const struct elem *e, bool root, struct form *f)
{
	unsigned most = 0;
	bool other, empty;
	int rc;

	f->shape = NULL;
	f->tail = false;
	memset(&f->have, 0, sizeof(f->have));
	if ((unsigned)e->tag >= TAG_COUNT || e->nattr > STANZA_ATTRS ||
	    !content_valid(e))
		return SC_EMALFORMED;
	if (e->tag == TAG_OTHER &&
	    (!literal_valid(e->other) || tag_find(e->other) != TAG_OTHER))
		return SC_EMALFORMED;
	rc = attrs_index(e, f, &other);
	if (rc != 0)
		return rc;
	empty = content_empty(e);
	for (const uint8_t *n = tag_table[e->tag].shapes; *n != 0; n++) {
		const struct shape *s = &shape_table[*n];
		unsigned listed;

		if (!attr_set_within(&s->required, &f->have) ||
		    (!empty && s->content != e->content))
			continue;
		if (!other && attr_set_within(&f->have, &s->listed)) {
			f->shape = s;
			f->tail = false;
			return 0;
		}
		listed = attr_set_common(&f->have, &s->listed);
		if (root && (f->shape == NULL || listed > most)) {
			f->shape = s;
			f->tail = true;
			most = listed;
		}
	}
	return 0;
}

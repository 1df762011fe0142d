/* SPDX-License-Identifier: ISC */
#include "protocol/gen/dict.h"

#include <string.h>

/* Whether the attributes of the set HAVE and CONTENT fit SHAPE exactly. */
static bool
fits(const struct dict_shape *shape, const bool *have, size_t n,
    enum dict_content content)
{
	size_t listed = 0;

	if (content != HAS_NONE && content != shape->content)
		return false;
	for (size_t i = 0; i < shape->nat; i++) {
		if (have[shape->at[i].attr])
			listed++;
		else if (!shape->at[i].optional)
			return false;
	}
	return listed == n;
}

static const struct dict_shape *
first_fit(const struct dict *d, size_t tag, const bool *have, size_t n,
    enum dict_content content)
{
	for (size_t i = 1; i <= d->nshape; i++)
		if (d->shape[i].tag == tag &&
		    fits(&d->shape[i], have, n, content))
			return &d->shape[i];
	return NULL;
}

/* Tries every choice of the optional attributes. */
static void
check_reachable(const struct dict *d, const struct dict_shape *s)
{
	const struct dict_shape *first = NULL;

	for (unsigned choice = 0; choice < 1u << s->noptional; choice++) {
		bool have[ATTR_MAX + 1] = {false};
		size_t n = 0, optional = 0;

		for (size_t i = 0; i < s->nat; i++) {
			bool take = !s->at[i].optional ||
			    choice >> optional++ & 1;

			have[s->at[i].attr] = take;
			n += take;
		}
		first = first_fit(d, s->tag, have, n, s->content);
		if (first == s)
			return;
	}
	dict_fail(d, s->line,
	    "this row of %s is never used: line %u comes before it",
	    d->tag[s->tag], first->line);
}

static void
check_content(const struct dict *d, const struct dict_shape *s)
{
	for (size_t i = 1; i <= d->nshape; i++) {
		const struct dict_shape *o = &d->shape[i];

		if (o->tag == s->tag && s->content == HAS_PAYLOAD &&
		    (o->content == HAS_CHILDREN || o->content == HAS_TEXT))
			dict_fail(d, o->line,
			    "%s has payloads (line %u), so no %s",
			    d->tag[s->tag], s->line,
			    content_names[o->content]);
	}
}

void
dict_check(const struct dict *d)
{
	for (size_t i = 0; i < d->nvalues; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(d->values[i].name, d->values[j].name))
				dict_fail(d, d->values[i].line, "enum %s twice",
				    d->values[i].name);
	for (size_t i = 1; i <= d->nattr; i++)
		for (size_t j = 1; j < i; j++)
			if (!strcmp(d->attr[i].name, d->attr[j].name))
				dict_fail(d, d->attr[i].line, "attr %s twice",
				    d->attr[i].name);
	for (size_t i = 1; i <= d->ndeflate; i++)
		for (size_t j = 1; j < i; j++)
			if (!strcmp(d->deflate[i].language,
			    d->deflate[j].language))
				dict_fail(d, d->deflate[i].line, "%s twice",
				    d->deflate[i].language);
	for (size_t i = 1; i <= d->nshape; i++) {
		check_reachable(d, &d->shape[i]);
		check_content(d, &d->shape[i]);
	}
}

struct hash {
	uint64_t v;
};

static void
hash_bytes(struct hash *h, const void *p, size_t n)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < n; i++)
		h->v = (h->v ^ b[i]) * UINT64_C(0x100000001b3);
}

static void
hash_str(struct hash *h, const char *s)
{
	hash_bytes(h, s, strlen(s));
}

static const struct hash hash_start = {UINT64_C(0xcbf29ce484222325)};

static void
hash_deflate(struct hash *h, const struct dict_deflate *row, size_t id)
{
	struct hash file = hash_start;
	char text[128];

	hash_bytes(&file, row->bytes, row->len);
	snprintf(text, sizeof(text), "deflate %zu %s %zu %016llx\n", id,
	    row->language, row->len, (unsigned long long)file.v);
	hash_str(h, text);
}

static void
hash_shape(const struct dict *d, struct hash *h, const struct dict_shape *row)
{
	hash_str(h, "shape ");
	hash_str(h, d->tag[row->tag]);
	for (size_t i = 0; i < row->nat; i++) {
		hash_str(h, " ");
		hash_str(h, d->attr[row->at[i].attr].name);
		hash_str(h, row->at[i].optional ? "?" : "");
	}
	hash_str(h, " ");
	hash_str(h, content_names[row->content]);
	hash_str(h, "\n");
}

uint64_t
dict_hash(const struct dict *d, unsigned version)
{
	struct hash h = hash_start;

	for (size_t i = 1; i <= d->ndeflate; i++)
		if (d->deflate[i].since <= version)
			hash_deflate(&h, &d->deflate[i], i);
	for (size_t i = 0; i < d->nvalues; i++) {
		if (d->values[i].since > version)
			continue;
		hash_str(&h, "enum ");
		hash_str(&h, d->values[i].name);
		for (size_t j = 0; j < d->values[i].nvalue; j++) {
			hash_str(&h, " ");
			hash_str(&h, d->values[i].value[j]);
		}
		hash_str(&h, "\n");
	}
	for (size_t i = 1; i <= d->nattr; i++) {
		const struct dict_attr *a = &d->attr[i];

		if (a->since > version)
			continue;
		hash_str(&h, "attr ");
		hash_str(&h, a->name);
		hash_str(&h, " ");
		hash_str(&h, type_names[a->type]);
		hash_str(&h, a->type == TYPE_ENUM ? " " : "");
		hash_str(&h, a->type == TYPE_ENUM
		    ? d->values[a->values].name : "");
		hash_str(&h, "\n");
	}
	for (size_t i = 1; i <= d->nshape; i++)
		if (d->shape[i].since <= version)
			hash_shape(d, &h, &d->shape[i]);
	return h.v;
}

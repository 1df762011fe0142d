/* SPDX-License-Identifier: ISC */
#include "protocol/gen/dict.h"

#include <string.h>

static void
spec_shapes(const struct dict *d, FILE *f)
{
	fprintf(f, "### Shapes\n\n"
	    "| byte | stanza | attributes | content | from |\n"
	    "|---:|---|---|---|---|\n");
	for (size_t i = 1; i <= d->nshape; i++) {
		const struct dict_shape *s = &d->shape[i];

		fprintf(f, "| %zu | %s |", i, d->tag[s->tag]);
		for (size_t j = 0; j < s->nat; j++)
			fprintf(f, " %s%s", d->attr[s->at[j].attr].name,
			    s->at[j].optional ? "?" : "");
		fprintf(f, " | %s | %s |\n", content_names[s->content],
		    s->direction);
	}
}

static void
spec_names(const struct dict *d, FILE *f)
{
	fprintf(f, "\n### Tag tokens\n\n");
	for (size_t i = 1; i <= d->ntag; i++)
		fprintf(f, "%s%zu %s", i == 1 ? "" : i % 8 == 1 ? ",\n" : ", ",
		    i, d->tag[i]);
	fprintf(f, ".\n\n### Attributes\n\n| token | name | type |\n"
	    "|---:|---|---|\n");
	for (size_t i = 1; i <= d->nattr; i++) {
		const struct dict_attr *a = &d->attr[i];

		fprintf(f, "| %zu | %s | %s%s%s |\n", i, a->name,
		    type_names[a->type], a->type == TYPE_ENUM ? " " : "",
		    a->type == TYPE_ENUM ? d->values[a->values].name : "");
	}
}

static void
spec_enums(const struct dict *d, FILE *f)
{
	fprintf(f, "\n### Enums\n\n| enum | values |\n|---|---|\n");
	for (size_t i = 0; i < d->nvalues; i++) {
		fprintf(f, "| %s |", d->values[i].name);
		for (size_t j = 0; j < d->values[i].nvalue; j++)
			fprintf(f, " %zu %s%s", j, d->values[i].value[j],
			    j + 1 < d->values[i].nvalue ? "," : "");
		fprintf(f, " |\n");
	}
}

void
emit_spec(const struct dict *d, FILE *f)
{
	spec_shapes(d, f);
	spec_names(d, f);
	spec_enums(d, f);
	fprintf(f, "\n### Deflate dictionaries\n\n"
	    "| id | file | bytes |\n|---:|---|---:|\n");
	for (size_t i = 1; i <= d->ndeflate; i++)
		fprintf(f, "| %zu | deflate/%s.dict | %zu |\n", i,
		    d->deflate[i].language, d->deflate[i].len);
	fprintf(f, "\n### Hashes\n\n| version | hash |\n|---:|---|\n");
	for (unsigned v = 1; v <= d->version; v++)
		fprintf(f, "| %u | `%016llx` |\n", v,
		    (unsigned long long)dict_hash(d, v));
}

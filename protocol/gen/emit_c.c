/* SPDX-License-Identifier: ISC */
#include "protocol/gen/dict.h"

#include <string.h>

static const char head[] =
    "/* SPDX-License-Identifier: ISC */\n"
    "/* Generated from dictionary.xml. */\n";

/* NAME as a C identifier: "chat-kind" becomes chat_kind or CHAT_KIND. */
static const char *
c_name(const char *name, bool upper, char *to)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++) {
		char c = name[i];

		if (c >= 'a' && c <= 'z')
			c = (char)(upper ? c - 'a' + 'A' : c);
		else if (!(c >= '0' && c <= '9'))
			c = '_';
		to[i] = c;
	}
	to[i] = '\0';
	return to;
}

static void
emit_enum(const struct dict_enum *e, FILE *f)
{
	char name[NAME_SIZE], value[NAME_SIZE];

	fprintf(f, "\nenum %s {\n", c_name(e->name, false, name));
	c_name(e->name, true, name);
	for (size_t i = 0; i < e->nvalue; i++)
		fprintf(f, "\t%s_%s = %zu,\n", name,
		    c_name(e->value[i], true, value), i);
	fprintf(f, "\t%s_COUNT = %zu\n};\n", name, e->nvalue);
}

void
emit_names(const struct dict *d, FILE *f)
{
	char name[NAME_SIZE];

	fprintf(f, "%s#ifndef PROTOCOL_NAMES_H\n#define PROTOCOL_NAMES_H\n"
	    "\nenum tag {\n\tTAG_OTHER = 0,\n", head);
	for (size_t i = 1; i <= d->ntag; i++)
		fprintf(f, "\tTAG_%s = %zu,\n", c_name(d->tag[i], true, name),
		    i);
	fprintf(f, "\tTAG_COUNT = %zu\n};\n\nenum attr_name {\n"
	    "\tATTR_OTHER = 0,\n", d->ntag + 1);
	for (size_t i = 1; i <= d->nattr; i++)
		fprintf(f, "\tATTR_%s = %zu,\n",
		    c_name(d->attr[i].name, true, name), i);
	fprintf(f, "\tATTR_COUNT = %zu\n};\n", d->nattr + 1);
	for (size_t i = 0; i < d->nvalues; i++)
		emit_enum(&d->values[i], f);
	fprintf(f, "\n#endif\n");
}

static void
emit_set(const struct dict *d, const struct dict_shape *s, bool optional_too,
    FILE *f)
{
	uint64_t w[(ATTR_MAX + 64) / 64] = {0};

	for (size_t i = 0; i < s->nat; i++)
		if (optional_too || !s->at[i].optional)
			w[s->at[i].attr / 64] |=
			    UINT64_C(1) << (s->at[i].attr % 64);
	fprintf(f, "{{");
	for (size_t i = 0; i < (d->nattr + 64) / 64; i++)
		fprintf(f, "%sUINT64_C(0x%llx)", i == 0 ? "" : ", ",
		    (unsigned long long)w[i]);
	fprintf(f, "}}");
}

/* FROM_CLIENT and FROM_SERVER of tables.h. */
static int
directions(const struct dict_shape *s)
{
	return (strchr(s->direction, 'C') != NULL ? 1 : 0) |
	    (strchr(s->direction, 'S') != NULL ? 2 : 0);
}

static void
emit_shapes(const struct dict *d, FILE *f)
{
	static const char *const contents[HAS_COUNT] = {"CONTENT_NONE",
	    "CONTENT_TEXT", "CONTENT_CHILDREN", "CONTENT_PAYLOAD"};
	char name[NAME_SIZE];

	for (size_t i = 1; i <= d->nshape; i++) {
		const struct dict_shape *s = &d->shape[i];

		if (s->nat == 0)
			continue;
		fprintf(f, "\nstatic const struct shape_attr attrs_%zu[] = {\n",
		    i);
		for (size_t j = 0; j < s->nat; j++)
			fprintf(f, "\t{ATTR_%s, %s},\n",
			    c_name(d->attr[s->at[j].attr].name, true, name),
			    s->at[j].optional ? "true" : "false");
		fprintf(f, "};\n");
	}
	fprintf(f, "\nconst unsigned shape_count = %zu;\n"
	    "const struct shape shape_table[] = {\n\t{.number = 0},\n",
	    d->nshape);
	for (size_t i = 1; i <= d->nshape; i++) {
		const struct dict_shape *s = &d->shape[i];

		fprintf(f, "\t{%zu, TAG_%s, %s, %zu, %zu, %d, ", i,
		    c_name(d->tag[s->tag], true, name), contents[s->content],
		    s->nat, s->noptional, directions(s));
		if (s->nat == 0)
			fprintf(f, "NULL,\n\t    ");
		else
			fprintf(f, "attrs_%zu,\n\t    ", i);
		emit_set(d, s, false, f);
		fprintf(f, ",\n\t    ");
		emit_set(d, s, true, f);
		fprintf(f, "},\n");
	}
	fprintf(f, "};\n");
}

static bool
tag_has(const struct dict *d, size_t tag, enum dict_content content)
{
	for (size_t i = 1; i <= d->nshape; i++)
		if (d->shape[i].tag == tag && d->shape[i].content == content)
			return true;
	return false;
}

static void
emit_tags(const struct dict *d, FILE *f)
{
	for (size_t t = 1; t <= d->ntag; t++) {
		fprintf(f, "\nstatic const uint8_t shapes_%zu[] = {", t);
		for (size_t i = 1; i <= d->nshape; i++)
			if (d->shape[i].tag == t)
				fprintf(f, "%zu, ", i);
		fprintf(f, "0};");
	}
	fprintf(f, "\n\nstatic const uint8_t no_shapes[] = {0};\n"
	    "\nconst struct tag_info tag_table[TAG_COUNT] = {\n"
	    "\t{\"\", no_shapes, true, false},\n");
	for (size_t t = 1; t <= d->ntag; t++)
		fprintf(f, "\t{\"%s\", shapes_%zu, %s, %s},\n", d->tag[t], t,
		    tag_has(d, t, HAS_TEXT) ? "true" : "false",
		    tag_has(d, t, HAS_PAYLOAD) ? "true" : "false");
	fprintf(f, "};\n");
}

static void
emit_attrs(const struct dict *d, FILE *f)
{
	static const char *const types[TYPE_COUNT] = {"VALUE_UINT",
	    "VALUE_INT", "VALUE_TIME", "VALUE_CHAT", "VALUE_USER",
	    "VALUE_ENUM", "VALUE_BYTES", "VALUE_TEXT", "VALUE_FLAG"};

	for (size_t i = 0; i < d->nvalues; i++) {
		fprintf(f, "\nstatic const char *const values_%zu[] = {\n", i);
		for (size_t j = 0; j < d->values[i].nvalue; j++)
			fprintf(f, "\t\"%s\",\n", d->values[i].value[j]);
		fprintf(f, "};\n");
	}
	fprintf(f, "\nconst struct attr_info attr_table[ATTR_COUNT] = {\n"
	    "\t{\"\", VALUE_TEXT, NULL, 0},\n");
	for (size_t i = 1; i <= d->nattr; i++) {
		const struct dict_attr *a = &d->attr[i];

		fprintf(f, "\t{\"%s\", %s, ", a->name, types[a->type]);
		if (a->type == TYPE_ENUM)
			fprintf(f, "values_%zu, %zu},\n", a->values,
			    d->values[a->values].nvalue);
		else
			fprintf(f, "NULL, 0},\n");
	}
	fprintf(f, "};\n");
}

void
emit_tables(const struct dict *d, FILE *f)
{
	fprintf(f, "%s#include \"protocol/tables.h\"\n", head);
	emit_shapes(d, f);
	emit_tags(d, f);
	emit_attrs(d, f);
	fprintf(f, "\nconst unsigned dictionary_versions = %u;\n"
	    "const uint64_t dictionary_hashes[] = {\n", d->version);
	for (unsigned v = 1; v <= d->version; v++)
		fprintf(f, "\tUINT64_C(0x%016llx),\n",
		    (unsigned long long)dict_hash(d, v));
	fprintf(f, "};\n");
}

void
emit_deflate(const struct dict *d, FILE *f)
{
	fprintf(f, "%s#include \"protocol/tables.h\"\n", head);
	for (size_t i = 1; i <= d->ndeflate; i++) {
		fprintf(f, "\nstatic const uint8_t bytes_%zu[] = {", i);
		for (size_t j = 0; j < d->deflate[i].len; j++)
			fprintf(f, "%s%u,", j % 16 == 0 ? "\n\t" : "",
			    d->deflate[i].bytes[j]);
		fprintf(f, "\n};\n");
	}
	fprintf(f, "\nconst unsigned deflate_table_count = %zu;\n"
	    "const struct deflate_dictionary deflate_table[] = {\n"
	    "\t{\"\", NULL, 0},\n", d->ndeflate + 1);
	for (size_t i = 1; i <= d->ndeflate; i++)
		fprintf(f, "\t{\"%s\", bytes_%zu, sizeof(bytes_%zu)},\n",
		    d->deflate[i].language, i, i);
	fprintf(f, "};\n");
}

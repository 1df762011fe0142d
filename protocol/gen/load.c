/* SPDX-License-Identifier: ISC */
#include "protocol/gen/dict.h"

#include <expat.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const char *const type_names[TYPE_COUNT] = {"uint", "int", "time", "chat",
    "user", "enum", "bytes", "text", "flag"};
const char *const content_names[HAS_COUNT] = {"none", "text", "children",
    "payload"};

struct loader {
	struct dict *d;
	XML_Parser parser;
	unsigned depth;
	struct dict_enum *text_of;	/* the enum whose values are read */
	char text[4096];
	size_t len;
};

void
dict_fail(const struct dict *d, unsigned line, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", d->file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

static unsigned
line_of(const struct loader *l)
{
	return (unsigned)XML_GetCurrentLineNumber(l->parser);
}

static const char *
find(const char **atts, const char *name)
{
	for (; *atts != NULL; atts += 2)
		if (strcmp(atts[0], name) == 0)
			return atts[1];
	return NULL;
}

static const char *
need(struct loader *l, const char **atts, const char *name)
{
	const char *v = find(atts, name);

	if (v == NULL)
		dict_fail(l->d, line_of(l), "attribute %s is missing", name);
	return v;
}

/* Refuses every attribute that is not among the words of ALLOWED. */
static void
only(struct loader *l, const char **atts, const char *allowed)
{
	for (; *atts != NULL; atts += 2) {
		const char *p = strstr(allowed, atts[0]);
		size_t n = strlen(atts[0]);

		if (p == NULL || (p[n] != ' ' && p[n] != '\0') ||
		    (p != allowed && p[-1] != ' '))
			dict_fail(l->d, line_of(l), "unknown attribute %s",
			    atts[0]);
	}
}

static unsigned
number(struct loader *l, const char *text)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || v == 0 || v > 9999)
		dict_fail(l->d, line_of(l),
		    "\"%s\" is no number from 1 to 9999", text);
	return (unsigned)v;
}

static unsigned
since(struct loader *l, const char **atts, unsigned before)
{
	const char *v = find(atts, "since");
	unsigned n = v == NULL ? 1 : number(l, v);

	if (n > l->d->version)
		dict_fail(l->d, line_of(l), "since=\"%u\" is not yet", n);
	if (n < before)
		dict_fail(l->d, line_of(l),
		    "a row of version %u after one of version %u", n, before);
	return n;
}

/* EXTRA are characters that are allowed besides letters, digits and "-". */
static void
copy_name(struct loader *l, const char *text, const char *extra, char *to)
{
	size_t n = strlen(text);

	if (n == 0 || n >= NAME_SIZE)
		dict_fail(l->d, line_of(l), "the name \"%s\" has a bad length",
		    text);
	for (size_t i = 0; i < n; i++) {
		char c = text[i];
		bool letter = c >= 'a' && c <= 'z';
		bool digit = c >= '0' && c <= '9';

		if (!letter && (i == 0 || (!digit && c != '-')) &&
		    (i == 0 || strchr(extra, c) == NULL))
			dict_fail(l->d, line_of(l), "bad name \"%s\"", text);
	}
	memcpy(to, text, n + 1);
}

static void
row_deflate(struct loader *l, const char **atts)
{
	struct dict *d = l->d;
	struct dict_deflate *row;

	only(l, atts, "id language since");
	if (d->ndeflate == DEFLATE_MAX)
		dict_fail(d, line_of(l), "too many deflate rows");
	row = &d->deflate[d->ndeflate + 1];
	row->since = since(l, atts, d->deflate[d->ndeflate].since);
	row->line = line_of(l);
	copy_name(l, need(l, atts, "language"), "", row->language);
	if (number(l, need(l, atts, "id")) != d->ndeflate + 1)
		dict_fail(d, row->line, "expected id=\"%zu\"",
		    d->ndeflate + 1);
	d->ndeflate++;
}

static void
row_enum(struct loader *l, const char **atts)
{
	struct dict *d = l->d;
	struct dict_enum *row;

	only(l, atts, "name since");
	if (d->nvalues == ENUM_MAX)
		dict_fail(d, line_of(l), "too many enum rows");
	row = &d->values[d->nvalues];
	row->since = since(l, atts,
	    d->nvalues == 0 ? 1 : d->values[d->nvalues - 1].since);
	row->line = line_of(l);
	copy_name(l, need(l, atts, "name"), "", row->name);
	d->nvalues++;
	l->text_of = row;
	l->len = 0;
}

static void
enum_values(struct loader *l)
{
	struct dict_enum *row = l->text_of;
	char *save = NULL;

	l->text[l->len] = '\0';
	for (char *w = strtok_r(l->text, " \t\r\n", &save); w != NULL;
	    w = strtok_r(NULL, " \t\r\n", &save)) {
		if (row->nvalue == ENUM_VALUES)
			dict_fail(l->d, row->line, "too many values");
		copy_name(l, w, "/.+", row->value[row->nvalue]);
		for (size_t i = 0; i < row->nvalue; i++)
			if (strcmp(row->value[i], w) == 0)
				dict_fail(l->d, row->line, "%s twice", w);
		if (strcmp(w, "count") == 0)
			dict_fail(l->d, row->line, "\"count\" is taken");
		row->nvalue++;
	}
	if (row->nvalue == 0)
		dict_fail(l->d, row->line, "an enum without values");
	l->text_of = NULL;
}

static void
row_attr(struct loader *l, const char **atts)
{
	struct dict *d = l->d;
	struct dict_attr *row;
	const char *type = need(l, atts, "type");
	const char *values = find(atts, "enum");
	size_t i;

	only(l, atts, "name type enum since");
	if (d->nattr == ATTR_MAX)
		dict_fail(d, line_of(l), "too many attr rows");
	row = &d->attr[d->nattr + 1];
	row->since = since(l, atts, d->attr[d->nattr].since);
	row->line = line_of(l);
	copy_name(l, need(l, atts, "name"), "", row->name);
	for (i = 0; i < TYPE_COUNT && strcmp(type_names[i], type) != 0; i++)
		;
	if (i == TYPE_COUNT)
		dict_fail(d, row->line, "unknown type \"%s\"", type);
	row->type = (enum dict_type)i;
	if ((row->type == TYPE_ENUM) != (values != NULL))
		dict_fail(d, row->line, "enum= goes with type=\"enum\"");
	if (values != NULL) {
		for (i = 0; i < d->nvalues; i++)
			if (strcmp(d->values[i].name, values) == 0)
				break;
		if (i == d->nvalues)
			dict_fail(d, row->line, "unknown enum \"%s\"", values);
		row->values = i;
	}
	d->nattr++;
}

static size_t
tag_number(struct loader *l, const char *name)
{
	struct dict *d = l->d;

	for (size_t i = 1; i <= d->ntag; i++)
		if (strcmp(d->tag[i], name) == 0)
			return i;
	if (d->ntag == TAG_MAX)
		dict_fail(d, line_of(l), "too many tags");
	copy_name(l, name, "", d->tag[d->ntag + 1]);
	return ++d->ntag;
}

static void
shape_attr(struct loader *l, struct dict_shape *row, char *word)
{
	struct dict *d = l->d;
	size_t n = strlen(word), i;
	bool optional = word[n - 1] == '?';

	if (optional)
		word[n - 1] = '\0';
	for (i = 1; i <= d->nattr; i++)
		if (strcmp(d->attr[i].name, word) == 0)
			break;
	if (i > d->nattr)
		dict_fail(d, row->line, "unknown attribute name \"%s\"", word);
	for (size_t j = 0; j < row->nat; j++)
		if (row->at[j].attr == i)
			dict_fail(d, row->line, "%s twice", word);
	if (row->nat == SHAPE_ATTRS ||
	    (optional && row->noptional == SHAPE_OPTIONAL))
		dict_fail(d, row->line, "too many attributes");
	if (d->attr[i].since > row->since)
		dict_fail(d, row->line, "%s is younger than the row", word);
	row->at[row->nat].attr = i;
	row->at[row->nat++].optional = optional;
	row->noptional += optional;
}

static void
row_shape(struct loader *l, const char **atts)
{
	struct dict *d = l->d;
	const char *content = find(atts, "content");
	const char *direction = find(atts, "direction");
	struct dict_shape *row;
	char words[512], *save = NULL;
	size_t i;

	only(l, atts, "tag attrs content direction since");
	if (d->nshape == SHAPE_MAX)
		dict_fail(d, line_of(l), "too many shapes");
	row = &d->shape[d->nshape + 1];
	row->since = since(l, atts, d->shape[d->nshape].since);
	row->line = line_of(l);
	row->tag = tag_number(l, need(l, atts, "tag"));
	if (content == NULL)
		content = "none";
	for (i = 0; i < HAS_COUNT && strcmp(content_names[i], content); i++)
		;
	if (i == HAS_COUNT)
		dict_fail(d, row->line, "unknown content \"%s\"", content);
	row->content = (enum dict_content)i;
	if (direction != NULL && strcmp(direction, "C") != 0 &&
	    strcmp(direction, "S") != 0 && strcmp(direction, "CS") != 0)
		dict_fail(d, row->line, "direction is C, S or CS");
	strcpy(row->direction, direction == NULL ? "" : direction);
	if (strlen(need(l, atts, "attrs")) >= sizeof(words))
		dict_fail(d, row->line, "attrs is too long");
	strcpy(words, need(l, atts, "attrs"));
	for (char *w = strtok_r(words, " ", &save); w != NULL;
	    w = strtok_r(NULL, " ", &save))
		shape_attr(l, row, w);
	d->nshape++;
}

static void
on_start(void *ctx, const char *name, const char **atts)
{
	struct loader *l = ctx;

	if (++l->depth == 1) {
		if (strcmp(name, "dictionary") != 0)
			dict_fail(l->d, line_of(l), "expected <dictionary>");
		only(l, atts, "version");
		l->d->version = number(l, need(l, atts, "version"));
		return;
	}
	if (l->depth > 2)
		dict_fail(l->d, line_of(l), "unexpected <%s>", name);
	if (strcmp(name, "deflate") == 0)
		row_deflate(l, atts);
	else if (strcmp(name, "enum") == 0)
		row_enum(l, atts);
	else if (strcmp(name, "attr") == 0)
		row_attr(l, atts);
	else if (strcmp(name, "shape") == 0)
		row_shape(l, atts);
	else
		dict_fail(l->d, line_of(l), "unknown row <%s>", name);
}

static void
on_end(void *ctx, const char *name)
{
	struct loader *l = ctx;

	(void)name;
	l->depth--;
	if (l->text_of != NULL)
		enum_values(l);
}

static void
on_text(void *ctx, const char *text, int len)
{
	struct loader *l = ctx;

	if (l->text_of == NULL) {
		for (int i = 0; i < len; i++)
			if (strchr(" \t\r\n", text[i]) == NULL)
				dict_fail(l->d, line_of(l), "unexpected text");
		return;
	}
	if (l->len + (size_t)len >= sizeof(l->text))
		dict_fail(l->d, line_of(l), "too many values");
	memcpy(l->text + l->len, text, (size_t)len);
	l->len += (size_t)len;
}

static uint8_t *
read_file(const char *file, size_t *len)
{
	FILE *f = fopen(file, "rb");
	uint8_t *p = malloc(1 << 20);

	if (f == NULL || p == NULL) {
		perror(file);
		exit(1);
	}
	*len = fread(p, 1, 1 << 20, f);
	if (ferror(f) || *len == 1 << 20) {
		fprintf(stderr, "%s: cannot be read, or too large\n", file);
		exit(1);
	}
	fclose(f);
	return p;
}

void
dict_load(struct dict *d, const char *file)
{
	struct loader l = {.d = d, .parser = XML_ParserCreate(NULL)};
	size_t len;
	uint8_t *text = read_file(file, &len);

	d->file = file;
	d->deflate[0].since = d->attr[0].since = d->shape[0].since = 1;
	XML_SetUserData(l.parser, &l);
	XML_SetElementHandler(l.parser, on_start, on_end);
	XML_SetCharacterDataHandler(l.parser, on_text);
	if (XML_Parse(l.parser, (const char *)text, (int)len, 1) !=
	    XML_STATUS_OK)
		dict_fail(d, line_of(&l), "%s",
		    XML_ErrorString(XML_GetErrorCode(l.parser)));
	XML_ParserFree(l.parser);
	free(text);
}

void
dict_load_deflate(struct dict *d, const char *dir)
{
	enum { WINDOW = 32768 };

	for (size_t i = 1; i <= d->ndeflate; i++) {
		struct dict_deflate *row = &d->deflate[i];
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s.dict", dir, row->language);
		row->bytes = read_file(file, &row->len);
		if (row->len == 0 || row->len > WINDOW)
			dict_fail(d, row->line, "%s must have 1 to %d bytes",
			    file, WINDOW);
	}
}

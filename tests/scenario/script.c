/* SPDX-License-Identifier: ISC */
#include "tests/scenario/script.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base64url.h"
#include "protocol/stanza.h"
#include "src/common/alloc.h"

enum { FILE_MAX = 1 << 20, EXPANDED_MAX = 1 << 24 };

/* ---- the file ---- */

static char *
read_all(const char *path)
{
	char *bytes = xcalloc(1, FILE_MAX + 1);
	FILE *f = fopen(path, "re");
	size_t n = 0;

	if (f != NULL)
		n = fread(bytes, 1, FILE_MAX, f);
	if (f == NULL || ferror(f)) {
		free(bytes);
		bytes = NULL;
	} else {
		bytes[n] = '\0';
	}
	if (f != NULL)
		(void)fclose(f);
	return bytes;
}

static char *
copy_of(const char *p, size_t n)
{
	char *copy = xcalloc(1, n + 1);

	memcpy(copy, p, n);
	return copy;
}

/* ---- words ---- */

/* A text in quotes from P on; the character after it, or NULL. */
static const char *
take_text(const char *p, struct word *w)
{
	char *to = xcalloc(1, strlen(p) + 1);

	w->kind = WORD_TEXT;
	w->text = to;
	for (p++; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (*p != '\\') {
			*to++ = *p;
			continue;
		}
		if (*++p == '\0')
			return NULL;
		*to++ = *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
	}
	return p + 1;
}

static const char *
take_xml(const char *p, struct word *w)
{
	const char *end = strrchr(p, '>');

	if (end == NULL)
		return NULL;
	w->kind = WORD_XML;
	w->text = copy_of(p, (size_t)(end + 1 - p));
	return end + 1;
}

static const char *
take_bare(const char *p, struct word *w)
{
	size_t n = strcspn(p, " \t\""), keep = n;

	if (n > 1 && p[n - 1] == ',')
		keep--;
	w->kind = WORD_BARE;
	w->text = copy_of(p, keep);
	return p + n;
}

static const char *
take_word(const char *p, struct word *w)
{
	if (*p == '"')
		return take_text(p, w);
	if (*p == '<')
		return take_xml(p, w);
	return take_bare(p, w);
}

/* NULL, or what is wrong. */
static const char *
split_line(struct line *l, const char *p)
{
	for (p += strspn(p, " \t"); p != NULL && *p != '\0';
	    p += strspn(p, " \t")) {
		if (l->count == WORDS_MAX)
			return "the line has too many words";
		p = take_word(p, &l->words[l->count++]);
		if (p == NULL)
			return "a text or a stanza has no end";
	}
	return NULL;
}

/* ---- lines ---- */

static void
take_title(struct script *s, const char *comment)
{
	comment += strspn(comment, "# \t");
	if (s->title == NULL && *comment != '\0' &&
	    strncmp(comment, "SPDX", 4) != 0)
		s->title = xstrdup(comment);
}

static const char *
add_line(struct script *s, unsigned number, const char *p)
{
	struct line *l;

	p += strspn(p, " \t");
	if (*p == '#')
		take_title(s, p);
	if (*p == '#' || *p == '\0')
		return NULL;
	s->lines = xrealloc(s->lines, s->count + 1, sizeof(*s->lines));
	l = &s->lines[s->count++];
	*l = (struct line){.number = number, .source = p};
	return split_line(l, p);
}

int
script_load(const char *path, struct script *s, char *why, size_t whylen)
{
	const char *slash = strrchr(path, '/'), *wrong = NULL;
	char *p, *end;
	unsigned number = 0;

	*s = (struct script){.bytes = read_all(path)};
	s->name = xstrdup(slash == NULL ? path : slash + 1);
	if (s->bytes == NULL) {
		(void)snprintf(why, whylen, "%s: %s", path, strerror(errno));
		return -1;
	}
	for (p = s->bytes; p != NULL && wrong == NULL; p = end) {
		end = strchr(p, '\n');
		if (end != NULL)
			*end++ = '\0';
		wrong = add_line(s, ++number, p);
	}
	if (wrong == NULL && s->title == NULL)
		wrong = "no comment says what the scenario shows";
	if (wrong != NULL)
		(void)snprintf(why, whylen, "%s:%u: %s", s->name, number,
		    wrong);
	return wrong == NULL ? 0 : -1;
}

void
script_fini(struct script *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->lines[i].count; k++)
			free(s->lines[i].words[k].text);
	free(s->lines);
	free(s->bytes);
	free(s->title);
	free(s->name);
}

/* ---- variables ---- */

static struct variable *
variable_find(const struct variable *v, const char *name)
{
	while (v != NULL && strcmp(v->name, name) != 0)
		v = v->next;
	return (struct variable *)(uintptr_t)v;
}

void
variable_set(struct variable **list, const char *name, const char *value)
{
	struct variable *v = variable_find(*list, name);

	if (v == NULL) {
		v = xcalloc(1, sizeof(*v));
		v->name = xstrdup(name);
		v->next = *list;
		*list = v;
	}
	free(v->value);
	v->value = xstrdup(value);
}

void
variables_fini(struct variable **list)
{
	struct variable *v;

	while ((v = *list) != NULL) {
		*list = v->next;
		free(v->name);
		free(v->value);
		free(v);
	}
}

/* ---- ${...} ---- */

static void
put_hash(struct buf *to)
{
	uint64_t h = dictionary_hash(dictionary_version());
	uint8_t bytes[8];

	for (int i = 7; i >= 0; i--, h >>= 8)
		bytes[i] = (uint8_t)h;
	base64url_put(to, slice_of(bytes, sizeof(bytes)));
}

/* The SASL message PLAIN of a user of the scenario. */
static void
put_plain(struct buf *to, const char *user)
{
	struct buf plain;

	buf_init(&plain, 0);
	buf_printf(&plain, "-%s-%s-secret", user, user);
	plain.p[plain.off] = '\0';
	plain.p[plain.off + 1 + strlen(user)] = '\0';
	base64url_put(to, buf_slice(&plain));
	buf_fini(&plain);
}

/* "x*70000": x so many times. */
static bool
put_repeated(struct buf *to, const char *what)
{
	const char *star = strrchr(what, '*');
	char *end = NULL;
	unsigned long n;

	if (star == NULL || star == what)
		return false;
	n = strtoul(star + 1, &end, 10);
	if (end == star + 1 || *end != '\0' ||
	    n > EXPANDED_MAX / (size_t)(star - what))
		return false;
	while (n-- > 0)
		buf_put(to, what, (size_t)(star - what));
	return true;
}

static bool
put_one(const struct variable *vars, const char *what, struct buf *to)
{
	const struct variable *v = variable_find(vars, what);

	if (v != NULL)
		buf_put_str(to, v->value);
	else if (strcmp(what, "hash") == 0)
		put_hash(to);
	else if (strncmp(what, "plain ", 6) == 0)
		put_plain(to, what + 6);
	else
		return put_repeated(to, what);
	return true;
}

int
script_expand(const struct variable *vars, const char *text, struct buf *to,
    char *why, size_t whylen)
{
	const char *at, *end;

	while ((at = strstr(text, "${")) != NULL) {
		char *what;
		bool good;

		buf_put(to, text, (size_t)(at - text));
		end = strchr(at, '}');
		if (end == NULL) {
			(void)snprintf(why, whylen, "${ without }");
			return -1;
		}
		what = copy_of(at + 2, (size_t)(end - at - 2));
		good = put_one(vars, what, to);
		if (!good)
			(void)snprintf(why, whylen, "nothing is known as "
			    "${%s}", what);
		free(what);
		if (!good)
			return -1;
		text = end + 1;
	}
	buf_put_str(to, text);
	return 0;
}

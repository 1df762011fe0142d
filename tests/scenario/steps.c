/* SPDX-License-Identifier: ISC */
#include "tests/scenario/steps.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

static const struct step *const tables[] = {server_steps, person_steps,
    send_steps, wire_steps, bytes_steps};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

/* ---- matching ---- */

static bool
is_number(const char *s)
{
	return isdigit((unsigned char)*s) && s[strspn(s, "0123456789,")] == '\0';
}

static bool
word_fits(const char *pattern, size_t n, const struct word *w)
{
	if (!isupper((unsigned char)*pattern))
		return w->kind == WORD_BARE && strlen(w->text) == n &&
		    memcmp(w->text, pattern, n) == 0;
	if (n == 4 && memcmp(pattern, "TEXT", 4) == 0)
		return w->kind == WORD_TEXT;
	if (n == 3 && memcmp(pattern, "XML", 3) == 0)
		return w->kind == WORD_XML;
	if (n == 6 && memcmp(pattern, "NUMBER", 6) == 0)
		return w->kind == WORD_BARE && is_number(w->text);
	return w->kind == WORD_BARE;
}

/* Whether the line is of that pattern; ARGS are its arguments then. */
static bool
line_fits(const char *pattern, const struct line *l, const struct word **args,
    size_t *nargs, size_t *list)
{
	size_t at = 0;

	*nargs = 0;
	*list = l->count;
	while (*pattern != '\0') {
		size_t n = strcspn(pattern, " ");

		if (n > 3 && memcmp(pattern + n - 3, "...", 3) == 0) {
			*list = at;
			return at < l->count;
		}
		if (at == l->count || !word_fits(pattern, n, &l->words[at]))
			return false;
		if (isupper((unsigned char)*pattern))
			args[(*nargs)++] = &l->words[at];
		at++;
		pattern += n + (pattern[n] == ' ');
	}
	return at == l->count;
}

/* ---- calling ---- */

uint64_t
call_number(const struct call *c, size_t arg)
{
	uint64_t n = 0;

	for (const char *p = c->arg[arg]; *p != '\0'; p++)
		if (*p != ',')
			n = n * 10 + (uint64_t)(*p - '0');
	return n;
}

static int
call_step(struct stage *s, const struct step *step, const struct line *l,
    const struct word **args, size_t nargs, size_t list)
{
	struct call c = {.stage = s, .list = l->words + list,
	    .nlist = l->count - list};
	int rc = 0;

	while (c.nargs < nargs && rc == 0) {
		const struct word *w = args[c.nargs];

		c.arg[c.nargs] = w->kind == WORD_TEXT
		    ? stage_expand(s, w->text) : xstrdup(w->text);
		if (c.arg[c.nargs] == NULL)
			rc = -1;
		else
			c.nargs++;
	}
	if (rc == 0)
		rc = step->play(&c);
	while (c.nargs > 0)
		free(c.arg[--c.nargs]);
	return rc;
}

int
steps_play(struct stage *s, const struct line *l)
{
	const struct word *args[ARGS_MAX];
	size_t nargs, list;

	for (size_t t = 0; t < TABLES; t++)
		for (const struct step *p = tables[t]; p->pattern != NULL; p++)
			if (line_fits(p->pattern, l, args, &nargs, &list))
				return call_step(s, p, l, args, nargs, list);
	return stage_fail(s, "no step reads like this: chat-run --steps "
	    "lists them");
}

void
steps_print(void)
{
	for (size_t t = 0; t < TABLES; t++)
		for (const struct step *p = tables[t]; p->pattern != NULL; p++)
			puts(p->pattern);
}

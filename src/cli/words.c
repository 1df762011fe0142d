/* SPDX-License-Identifier: ISC */
/* The commands as a whole: finding one, help, and what was mistyped. */
#include "src/cli/words.h"

#include <stdio.h>
#include <string.h>

enum { NEAR = 2 };	/* letters that may be wrong in what was meant */

static const struct {
	const char *name;
	const struct word *words;
} tables[] = {
	{"chats", words_chat},
	{"messages", words_message},
	{"groups", words_room},
	{"account", words_account},
};

enum { TABLES = sizeof(tables) / sizeof(tables[0]) };

void
words_each(bool (*fn)(void *arg, const struct word *), void *arg)
{
	const struct word *w;

	for (size_t i = 0; i < TABLES; i++)
		for (w = tables[i].words; w->name != NULL; w++)
			if (!fn(arg, w))
				return;
}

/* ---- one ---- */

struct search {
	const char *name;
	size_t n;
	const struct word *found;
	unsigned distance;
};

static bool
is_it(void *arg, const struct word *w)
{
	struct search *s = arg;

	if (strlen(w->name) != s->n || memcmp(w->name, s->name, s->n) != 0)
		return true;
	s->found = w;
	return false;
}

const struct word *
words_find(const char *name, size_t n)
{
	struct search s = {.name = name, .n = n};

	words_each(is_it, &s);
	return s.found;
}

/* The one that begins like this, or needs the fewest changes. */
static bool
is_nearer(void *arg, const struct word *w)
{
	struct search *s = arg;
	unsigned distance = words_distance(s->name, w->name);

	if (s->n >= 2 && strncmp(w->name, s->name, s->n) == 0)
		distance = 1;
	if (distance >= s->distance)
		return true;
	s->distance = distance;
	s->found = w;
	return true;
}

void
words_unknown(struct talk *t, const char *name)
{
	size_t n = strlen(name);
	struct search s = {.name = name, .n = n,
	    .distance = n < NEAR + 2 ? NEAR : NEAR + 1};

	words_each(is_nearer, &s);
	if (s.found != NULL)
		talk_error(t, "there is no command /%s: did you mean /%s?  "
		    "/help lists all", name, s.found->name);
	else
		talk_error(t, "there is no command /%s: /help lists them",
		    name);
}

void
words_usage(struct talk *t, const char *name)
{
	const struct word *w = words_find(name, strlen(name));

	talk_error(t, "expected /%s%s%s", w->name, *w->usage == '\0' ? "" :
	    " ", w->usage);
}

/* ---- help ---- */

static bool
show_one(void *arg, const struct word *w)
{
	char line[80];

	if (w->like != NULL)
		return true;
	snprintf(line, sizeof(line), "/%s %s", w->name, w->usage);
	talk_note(arg, "  %-28s %s", line, w->help);
	return true;
}

static void
show_names(struct talk *t, const char *title, const struct word *w)
{
	struct buf names;

	buf_init(&names, 0);
	for (; w->name != NULL; w++)
		if (w->like == NULL)
			buf_printf(&names, " /%s", w->name);
	buf_put_u8(&names, '\0');
	if (!buf_failed(&names))
		talk_note(t, "  %-9s%s", title, (const char *)names.p);
	buf_fini(&names);
}

/* It fits a small screen. */
static void
show_overview(struct talk *t)
{
	talk_note(t, "  What you type goes to the open chat: /open NAME opens "
	    "one, //text sends /text.");
	for (size_t i = 0; i < TABLES; i++)
		show_names(t, tables[i].name, tables[i].words);
	talk_note(t, "  /help COMMAND says what one does, /help all lists "
	    "them.  Tab completes.");
	talk_note(t, "  N is the number before a message, or . for the last "
	    "one.");
	if (t->edits)
		talk_note(t, "  PgUp and PgDn show older messages, Ctrl-L "
		    "clears the screen, Ctrl-D leaves.");
}

void
words_help(struct talk *t, const char *name)
{
	const struct word *w;

	if (*name == '/')
		name++;
	if (*name == '\0') {
		show_overview(t);
		return;
	}
	if (strcmp(name, "all") == 0) {
		words_each(show_one, t);
		return;
	}
	w = words_find(name, strlen(name));
	if (w == NULL) {
		words_unknown(t, name);
		return;
	}
	if (w->like != NULL)
		w = words_find(w->like, strlen(w->like));
	talk_note(t, "  /%s %s", w->name, w->usage);
	talk_note(t, "  %s", w->help);
	if (w->one_of != NULL)
		talk_note(t, "  one of: %s", w->one_of);
}

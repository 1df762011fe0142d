/* SPDX-License-Identifier: ISC */
/* What the user says to the conversation client. */
#include <stdio.h>
#include <string.h>

#include "src/cli/words.h"

/* ---- lines ---- */

static void
run_word(struct talk *t, char *line)
{
	char *rest = line + strcspn(line, " ");
	const struct word *w;
	size_t n;

	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, " ");
	for (n = strlen(rest); n > 0 && rest[n - 1] == ' '; n--)
		rest[n - 1] = '\0';
	w = words_find(line, strlen(line));
	if (w == NULL)
		words_unknown(t, line);
	else if (w->open && t->open == NULL)
		talk_error(t, "no chat is open: /open NAME opens one");
	else
		w->run(t, rest);
}

void
talk_line(void *arg, char *line, size_t n)
{
	struct talk *t = ((struct cli *)arg)->arg;

	talk_older_end(t);
	if (n == 0 || t->end_at != 0)
		return;
	if (line[0] == '/' && line[1] != '/') {
		run_word(t, line + 1);
		return;
	}
	if (line[0] == '/') {
		line++;
		n--;
	}
	if (t->open == NULL)
		talk_error(t, "no chat is open: /open NAME opens one, /chats "
		    "lists them");
	else
		talk_say_text(t, t->open, slice_of(line, n), 0);
}

/* ---- completion ---- */

struct completion {
	const char *prefix, *typed;
	struct buf *out;
};

static void
add(const struct completion *c, const char *name)
{
	char word[300];

	snprintf(word, sizeof(word), "%s%s", c->prefix, name);
	if (strncmp(word, c->typed, strlen(c->typed)) == 0)
		buf_put(c->out, word, strlen(word) + 1);
}

static bool
add_word(void *arg, const struct word *w)
{
	add(arg, w->name);
	return true;
}

/* The newest first: these are meant. */
static void
add_messages(const struct talk *t, const struct completion *c, bool own)
{
	enum { SHOWN = 10 };
	const struct entry *m;
	char number[24];
	unsigned n = 0;

	if (t->open == NULL)
		return;
	for (m = t->open->entries.last; m != NULL && n < SHOWN;
	    m = m->before) {
		if (!m->known || m->seq == 0 || m->note || (own && !m->own))
			continue;
		snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)m->seq);
		add(c, number);
		n++;
	}
}

static void
add_one_of(const struct word *w, const struct completion *c)
{
	const char *at = w->one_of;
	char name[32];

	while (*at != '\0') {
		size_t n = strcspn(at, " ");

		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		add(c, name);
		at += n + (at[n] == ' ');
	}
}

static void
add_arguments(const struct talk *t, const struct word *w,
    const struct completion *c)
{
	const struct talk_chat *chat;

	switch (w->kind) {
	case WORD_CHAT:
		for (chat = t->chats; chat != NULL; chat = chat->next)
			add(c, chat->name);
		break;
	case WORD_MESSAGE:
	case WORD_OWN:
		add_messages(t, c, w->kind == WORD_OWN);
		break;
	case WORD_ONE_OF:
		add_one_of(w, c);
		break;
	case WORD_COMMAND:
		words_each(add_word, (void *)(uintptr_t)c);
		break;
	case WORD_NONE:
		break;
	}
}

void
talk_complete(void *arg, const char *line, const char *word, struct buf *out)
{
	const struct talk *t = ((struct cli *)arg)->arg;
	struct completion c = {.prefix = "", .typed = word, .out = out};
	size_t n = strcspn(line, " ");
	const struct word *w;
	const struct talk_chat *chat;

	if (line[0] != '/')
		return;
	if (word == line) {
		c.prefix = "/";
		words_each(add_word, &c);
		return;
	}
	w = words_find(line + 1, n - 1);
	if (w != NULL && line + n + 1 == word)
		add_arguments(t, w, &c);
	else if (w != NULL && strcmp(w->name, "forward") == 0)
		for (chat = t->chats; chat != NULL; chat = chat->next)
			add(&c, chat->name);
}

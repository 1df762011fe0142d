/* SPDX-License-Identifier: ISC */
#include "tests/story/book.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"

void
book_fini(struct book *b)
{
	for (size_t i = 0; i < b->nchats; i++) {
		struct book_chat *c = b->chats[i];

		for (uint64_t seq = 0; seq < c->top; seq++)
			free(c->lines[seq].text);
		free(c->lines);
		free(c->marks);
		free(c);
	}
	free(b->chats);
	memset(b, 0, sizeof(*b));
}

struct book_chat *
book_chat(struct book *b, uint64_t number)
{
	struct book_chat *c;

	for (size_t i = 0; i < b->nchats; i++)
		if (b->chats[i]->number == number)
			return b->chats[i];
	c = xcalloc(1, sizeof(*c));
	c->number = number;
	b->chats = xrealloc(b->chats, b->nchats + 1, sizeof(struct book_chat *));
	b->chats[b->nchats++] = c;
	return c;
}

struct line *
book_line(const struct book_chat *c, uint64_t seq)
{
	return seq == 0 || seq > c->top ||
	    c->lines[seq - 1].kind == LINE_NONE ? NULL : &c->lines[seq - 1];
}

/* The place of an entry, which may be new. */
static struct line *
place(struct book_chat *c, uint64_t seq)
{
	if (seq > c->top) {
		c->lines = xrealloc(c->lines, seq, sizeof(*c->lines));
		memset(c->lines + c->top, 0,
		    (seq - c->top) * sizeof(*c->lines));
		c->top = seq;
	}
	return &c->lines[seq - 1];
}

const char *
book_plain(const char *text)
{
	return strncmp(text, "<deleted", 8) == 0 ? BOOK_DELETED : text;
}

static void
set_text_take(struct line *l, char *text)
{
	free(l->text);
	l->text = text;
}

static bool
is_edit_of(const struct line *l, uint64_t seq)
{
	char head[64];

	snprintf(head, sizeof(head), "<edit seq=\"%" PRIu64 "\"", seq);
	return l->kind == LINE_ENTRY && strstr(l->text, head) == l->text;
}

/* An entry is gone for everyone, and with it what it was edited to. */
static void
erase(struct book_chat *c, uint64_t seq)
{
	for (uint64_t s = seq; s > 0 && s <= c->top; s++) {
		struct line *l = &c->lines[s - 1];

		if ((s == seq && l->kind == LINE_ENTRY) || is_edit_of(l, seq))
			set_text_take(l, xstrdup(BOOK_DELETED));
	}
}

void
book_entry(struct book *b, uint64_t chat, uint64_t seq, uint64_t from,
    int64_t time, char *text, bool page)
{
	struct book_chat *c = book_chat(b, chat);
	struct line *l = place(c, seq);
	char *plain = xstrdup(book_plain(text));
	uint64_t deleted = 0;

	free(text);
	if (l->kind != LINE_NONE) {
		b->repeated += !page;
		b->differed += l->kind != LINE_ENTRY || l->from != from ||
		    l->time != time || strcmp(l->text, plain) != 0;
		free(plain);
		return;
	}
	l->kind = LINE_ENTRY;
	l->from = from;
	l->time = time;
	set_text_take(l, plain);
	if (sscanf(plain, "<delete seq=\"%" SCNu64, &deleted) == 1)
		erase(c, deleted);
}

void
book_skip(struct book *b, uint64_t chat, uint64_t first, uint64_t last,
    const char *why, bool page)
{
	struct book_chat *c = book_chat(b, chat);

	for (uint64_t seq = first; seq <= last; seq++) {
		struct line *l = place(c, seq);
		bool hidden = strcmp(why, "hidden") == 0;

		l->hidden = l->hidden || hidden;
		if (l->kind != LINE_NONE) {
			b->repeated += !page;
			b->differed += l->kind != LINE_SKIP && !hidden;
			continue;
		}
		l->kind = LINE_SKIP;
		set_text_take(l, xstrdup(why));
	}
}

void
book_hide(struct book *b, uint64_t chat, uint64_t seq)
{
	place(book_chat(b, chat), seq)->hidden = true;
}

void
book_star(struct book *b, uint64_t chat, uint64_t seq, bool on)
{
	place(book_chat(b, chat), seq)->starred = on;
}

static void
raise(uint64_t *mark, uint64_t seq)
{
	if (seq > *mark)
		*mark = seq;
}

void
book_mark(struct book *b, uint64_t chat, uint64_t user, uint64_t delivered,
    uint64_t read)
{
	struct book_chat *c = book_chat(b, chat);
	struct book_mark *m = NULL;

	for (size_t i = 0; i < c->nmarks && m == NULL; i++)
		if (c->marks[i].user == user)
			m = &c->marks[i];
	if (m == NULL) {
		c->marks = xrealloc(c->marks, c->nmarks + 1,
		    sizeof(*c->marks));
		m = &c->marks[c->nmarks++];
		*m = (struct book_mark){.user = user};
	}
	raise(&m->delivered, delivered);
	raise(&m->delivered, read);
	raise(&m->read, read);
}

const struct book_mark *
book_mark_of(const struct book_chat *c, uint64_t user)
{
	for (size_t i = 0; i < c->nmarks; i++)
		if (c->marks[i].user == user)
			return &c->marks[i];
	return NULL;
}

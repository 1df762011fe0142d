/* SPDX-License-Identifier: ISC */
/* The chat that is open: what is shown of it, and what counts as read. */
#include <stdio.h>

#include "src/cli/loop.h"
#include "src/cli/talk.h"

enum { BEFORE_SHOWN = 10 };

void
talk_mark_read(struct talk *t)
{
	uint64_t cursor;

	if (t->open == NULL || t->open->number == 0 ||
	    t->open->nwaiting > 0 || t->open->asked != 0)
		return;
	cursor = sc_client_cursor(t->c->client, t->open->number);
	if (cursor > sc_client_read_mark(t->c->client, t->open->number))
		sc_client_read(t->c->client, t->open->number, cursor);
}

/* Before the first one that is new, with some that were there. */
static void
show_new_line(struct talk *t, const struct talk_chat *chat, bool *done)
{
	if (!*done && t->edits && chat->unread > 0)
		talk_note(t, "-- %zu new --", chat->unread);
	*done = true;
}

/* The last ones that were shown before, and what waits. */
static struct entry *
first_to_show(const struct talk_chat *chat)
{
	struct entry *m = chat->entries.last, *first = NULL;
	unsigned n = 0;

	for (; m != NULL && n < BEFORE_SHOWN; m = m->before) {
		if (!m->known)
			continue;
		first = m;
		if (m->shown)
			n++;
	}
	return first;
}

void
talk_show_waiting(struct talk *t)
{
	struct talk_chat *chat = t->open;
	struct entry *m;
	bool lined = false, before = false;

	for (m = chat->entries.first; m != NULL; m = m->next) {
		if (!m->known || m->shown) {
			before = before || m->known;
			continue;
		}
		if (!m->own && before)
			show_new_line(t, chat, &lined);
		before = true;
		talk_show(t, chat, m);
		if (!m->own && m->seq != 0)
			sc_client_read(t->c->client, chat->number, m->seq);
	}
	talk_count(chat);
	talk_mark_read(t);
}

/* What was shown of it before has gone up, so it is shown once more. */
static void
show_last(struct talk *t, struct talk_chat *chat)
{
	struct entry *m;

	for (m = t->edits ? first_to_show(chat) : NULL; m != NULL;
	    m = m->next)
		if (m->known && m->shown)
			talk_show(t, chat, m);
}

void
talk_open(struct talk *t, struct talk_chat *chat)
{
	bool other = t->open != chat;

	if (other && t->open != NULL) {
		talk_mark_read(t);
		talk_typing_stop(t);
		talk_people_leave(t);
		if (t->open->number != 0)
			(void)sc_client_close(t->c->client, t->open->number);
	}
	t->open = chat;
	if (other) {
		talk_people_enter(t);
		if (talk_is_group(t, chat))
			(void)sc_client_open(t->c->client, chat->number);
	}
	term_hide(t->term);
	if (t->edits)
		talk_note(t, "-- %s --", chat->name);
	if (!talk_ask_before(t, chat)) {
		if (other)
			show_last(t, chat);
		talk_show_waiting(t);
	}
	if (chat->declined) {
		chat->declined = false;
		sc_client_resume(t->c->client, loop_now());
	}
}

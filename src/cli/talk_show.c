/* SPDX-License-Identifier: ISC */
/*
 * What the conversation client prints.  On a terminal whose lines can be
 * rewritten, a message changes in its place; elsewhere each change is a line.
 * With --json everything is an object.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/talk.h"
#include "src/cli/text.h"

enum {
	PREVIEW = 40,		/* columns of a message in a notice */
	SHORT_PREVIEW = 20,
	NAME_COLUMNS = 16
};

static const char *
colour(const struct talk *t, const char *code)
{
	return t->colours ? code : "";
}

void
talk_print(struct talk *t, const struct buf *line)
{
	if (!buf_failed(line))
		term_print(t->term, 0, buf_slice(line));
}

/* ---- notes and errors ---- */

void
talk_note(struct talk *t, const char *fmt, ...)
{
	struct buf line;
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	buf_init(&line, 0);
	if (t->json) {
		text_put(&line, slice_str(text), TEXT_LINE);
		buf_put_u8(&line, '\0');
		if (!buf_failed(&line))
			cli_print_json_take(json_pack("{s:s, s:s}", "event",
			    "note", "text", line.p));
	} else {
		buf_put_str(&line, colour(t, LAYOUT_DIM));
		text_put(&line, slice_str(text), TEXT_LINE);
		buf_put_str(&line, colour(t, LAYOUT_PLAIN));
		talk_print(t, &line);
	}
	buf_fini(&line);
	free(text);
}

void
talk_error(struct talk *t, const char *fmt, ...)
{
	struct buf line;
	char *text;
	va_list ap;
	int n;

	t->failed = true;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (t->edits) {
		buf_init(&line, 0);
		buf_printf(&line, "%s! ", colour(t, LAYOUT_RED));
		text_put(&line, slice_str(text), TEXT_LINE);
		buf_put_str(&line, colour(t, LAYOUT_PLAIN));
		talk_print(t, &line);
		buf_fini(&line);
	} else {
		cli_fail(t->c, "%s", text);
	}
	free(text);
}

/* ---- messages ---- */

static const char *
user_name(void *arg, uint64_t user)
{
	const struct talk *t = arg;

	return sc_client_user_name(t->c->client, user);
}

struct layout
talk_layout(const struct talk *t, const struct talk_chat *chat)
{
	return (struct layout){
		.colours = t->colours,
		.columns = term_columns(t->term),
		.user = sc_client_user(t->c->client),
		.name = t->c->user,
		.entries = &chat->entries,
		.members = talk_is_group(t, chat) ? chat->members : 1,
		.user_name = user_name,
		.arg = (void *)(uintptr_t)t,
	};
}

/* A line between messages of different days. */
static void
show_day(struct talk *t, int64_t ms)
{
	char text[64];

	if (t->shown_time == 0)
		t->shown_time = (int64_t)time(NULL) * 1000;
	if (ms != 0 && !layout_day(t->shown_time, ms, text, sizeof(text)))
		talk_note(t, "-- %s --", text);
	if (ms != 0)
		t->shown_time = ms;
}

void
talk_show(struct talk *t, struct talk_chat *chat, struct entry *m)
{
	const struct layout l = talk_layout(t, chat);
	struct buf line;

	m->shown = true;
	if (t->json || (m->own && !t->edits && m->n != 0) || m->hidden)
		return;		/* shown when it came, or by who typed it */
	if (m->own)
		talk_learn_ticks(t, chat, m);
	show_day(t, m->time);
	buf_init(&line, 0);
	layout_entry(&l, m, &line);
	if (!buf_failed(&line))
		term_print(t->term, m->key, buf_slice(&line));
	buf_fini(&line);
	if (term_covered(t->term))
		t->older_news++;
}

/* Where it cannot be shown in its place any more. */
static void
show_change(struct talk *t, const struct talk_chat *chat,
    const struct entry *m, const struct sc_event *e)
{
	const struct layout l = talk_layout(t, chat);
	struct buf line;

	buf_init(&line, 0);
	layout_change(&l, e, m, &line);
	talk_print(t, &line);
	buf_fini(&line);
}

/* Those that quote it. */
static void
show_answers_again(struct talk *t, struct talk_chat *chat, uint64_t seq)
{
	const struct layout l = talk_layout(t, chat);
	const struct entry *m;
	struct buf line;

	for (m = chat->entries.first; m != NULL && seq != 0; m = m->next) {
		if (m->reply != seq || !m->known || !m->shown)
			continue;
		buf_init(&line, 0);
		layout_entry(&l, m, &line);
		if (!buf_failed(&line))
			(void)term_change(t->term, m->key, buf_slice(&line));
		buf_fini(&line);
	}
}

bool
talk_show_again(struct talk *t, struct talk_chat *chat, struct entry *m,
    const struct sc_event *e)
{
	const struct layout l = talk_layout(t, chat);
	struct buf line;
	bool seen = false;

	if (t->json)
		return false;
	buf_init(&line, 0);
	if (m->known)
		layout_entry(&l, m, &line);
	if (m->known && !buf_failed(&line))
		seen = term_change(t->term, m->key, buf_slice(&line));
	buf_fini(&line);
	if (m->deleted || m->hidden || entry_edited(m))
		show_answers_again(t, chat, m->seq);
	if (!seen && e != NULL && chat == t->open && chat->asked == 0)
		show_change(t, chat, m, e);
	return seen;
}

/* ---- ticks ---- */

/* Where nothing can be rewritten, or the message has left the screen. */
void
talk_show_last_tick(struct talk *t, const struct talk_chat *chat,
    const struct entry *m, unsigned before)
{
	const struct layout l = talk_layout(t, chat);
	struct buf line;

	if (t->json || m->state == ENTRY_KEPT || m->state == ENTRY_REFUSED)
		return;
	buf_init(&line, 0);
	layout_tick(&l, chat->name, m, before, &line);
	talk_print(t, &line);
	buf_fini(&line);
}

/* "41 hello            ✓ 10:02:03  ✓✓ 10:02:03  read 10:02:04" */
static void
show_ticks_of(struct talk *t, const struct entry *m)
{
	static const char *const marks[] = {
		[ENTRY_SENT] = "✓",
		[ENTRY_DELIVERED] = "✓✓",
		[ENTRY_READ] = "read",
	};
	unsigned row = 0, column = 0, i;
	struct buf line;
	char when[32];

	buf_init(&line, 0);
	buf_put_str(&line, "  ");
	layout_short(m, &line);
	text_walk(buf_slice(&line), UINT16_MAX, &row, &column);
	if (column < SHORT_PREVIEW + 2)
		buf_printf(&line, "%*s", (int)(SHORT_PREVIEW + 2 - column),
		    "");
	if (m->state == ENTRY_KEPT || m->state == ENTRY_REFUSED)
		buf_printf(&line, "  not sent%s", m->state == ENTRY_KEPT ?
		    " yet" : "");
	for (i = ENTRY_SENT; i <= ENTRY_READ; i++)
		if (m->at[i] != 0)
			buf_printf(&line, "  %s %s", marks[i],
			    cli_time_of_day(m->at[i], when, sizeof(when)));
	talk_print(t, &line);
	buf_fini(&line);
}

/* "  bob  ✓✓ 10:02:03  read 10:02:04" */
static void
show_reader(struct talk *t, const char *name, int64_t delivered_at,
    int64_t read_at)
{
	char delivered[40] = "", read[40] = "", when[32];

	if (delivered_at != 0)
		snprintf(delivered, sizeof(delivered), "  ✓✓ %s",
		    cli_time_of_day(delivered_at, when, sizeof(when)));
	if (read_at != 0)
		snprintf(read, sizeof(read), "  read %s", cli_time_of_day(
		    read_at, when, sizeof(when)));
	talk_note(t, "  %s%s%s%s", name, delivered, read, delivered_at == 0 &&
	    read_at == 0 ? "  not yet" : "");
}

static void
reader_event(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	const char *name = *e->name != '\0' ? e->name :
	    sc_client_user_name(t->c->client, e->user);
	char id[32];

	if (e->type != SC_EVENT_READER && e->type != SC_EVENT_VIEWS)
		return;
	r->found = true;
	snprintf(id, sizeof(id), "~%llu", (unsigned long long)e->user);
	if (t->json)
		talk_json_reader(e);
	else if (e->type == SC_EVENT_VIEWS)
		talk_note(t, "  read by %llu", (unsigned long long)e->views);
	else
		show_reader(t, *name != '\0' ? name : id, e->delivered_at,
		    e->read_at);
}

static void
reader_done(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	(void)e;
	if (!r->found && !t->json)
		talk_note(t, "  nobody has read it yet");
}

void
talk_show_who(struct talk *t, struct talk_chat *chat, struct entry *m)
{
	bool channel = talk_is_group(t, chat) && sc_client_chat_kind(
	    t->c->client, chat->number) == SC_CHAT_CHANNEL;
	struct talk_request *r;
	uint64_t id = 0;
	char number[32];

	talk_address(chat, number, sizeof(number));
	if (!t->json && m->known && m->own)
		show_ticks_of(t, m);
	r = talk_request(t, "ticks", channel ? sc_client_views(t->c->client,
	    number, m->seq, m->seq, &id) : sc_client_receipts(t->c->client,
	    number, m->seq, &id));
	if (r == NULL)
		return;
	r->id = id;
	r->event = reader_event;
	r->done = reader_done;
}

void
talk_show_found(struct talk *t, struct talk_chat *chat, struct entry *m)
{
	const struct layout l = talk_layout(t, chat);
	struct buf line;

	if (t->json) {
		talk_json_found(chat, m);
		return;
	}
	buf_init(&line, 0);
	layout_entry(&l, m, &line);
	/* it may change here, too */
	if (!buf_failed(&line))
		term_print(t->term, m->key, buf_slice(&line));
	buf_fini(&line);
}

void
talk_show_ticks(struct talk *t, unsigned max)
{
	struct talk_chat *chat = t->open;
	struct entry *m;
	unsigned n = 0;

	for (m = chat->entries.first; m != NULL; m = m->next)
		if (m->own && m->known)
			n++;
	if (n == 0 && !t->json)
		talk_note(t, "nothing was sent to %s since the start",
		    chat->name);
	for (m = chat->entries.first; m != NULL; m = m->next) {
		if (!m->own || !m->known || n-- > max)
			continue;
		talk_learn_ticks(t, chat, m);
		if (t->json)
			talk_json_ticks(chat, m);
		else
			show_ticks_of(t, m);
	}
}

/* ---- chats ---- */

static void
put_chat(const struct talk *t, struct buf *line, const struct talk_chat *chat)
{
	unsigned row = 0, column = 0;
	char when[16];

	buf_put_str(line, chat == t->open ? "> " : "  ");
	text_put_cut(line, slice_str(chat->name), NAME_COLUMNS);
	text_walk(buf_slice(line), UINT16_MAX, &row, &column);
	buf_printf(line, "%*s", (int)(NAME_COLUMNS + 2 - column), "");
	if (chat->unread > 0)
		buf_printf(line, "  %s%zu%s unread%s", colour(t, LAYOUT_BOLD),
		    chat->unread, chat->declined ? "+" : "",
		    colour(t, LAYOUT_PLAIN));
	if (chat->time != 0)
		buf_printf(line, "  %s", layout_clock(chat->time, when,
		    sizeof(when)));
	buf_printf(line, "%s%s%s%s%s", colour(t, LAYOUT_DIM),
	    chat->pinned ? "  pinned" : "", chat->muted != 0 ? "  muted" : "",
	    chat->archived ? "  archived" : "", colour(t, LAYOUT_PLAIN));
}

static void
show_chat(struct talk *t, const struct talk_chat *chat)
{
	struct buf line;

	if (t->json) {
		talk_json_chat(t, chat);
		return;
	}
	buf_init(&line, 0);
	put_chat(t, &line, chat);
	talk_print(t, &line);
	buf_fini(&line);
}

/* Pinned ones first, archived ones last. */
static int
rank(const struct talk_chat *chat)
{
	return chat->archived ? 2 : chat->pinned ? 0 : 1;
}

void
talk_show_chats(struct talk *t, bool only_unread)
{
	const struct talk_chat *chat;

	for (int i = 0; i <= 2; i++)
		for (chat = t->chats; chat != NULL; chat = chat->next)
			if (rank(chat) == i && (!only_unread ||
			    chat->unread > 0))
				show_chat(t, chat);
}

/* "* carol, 2 unread: are you there?" */
void
talk_show_notice(struct talk *t, struct talk_chat *chat,
    const struct sc_event *e)
{
	struct buf line;

	if (t->json)
		return;		/* the message has been printed */
	buf_init(&line, 0);
	buf_printf(&line, "%s* ", colour(t, LAYOUT_DIM));
	text_put(&line, slice_str(chat->name), TEXT_LINE);
	buf_printf(&line, ", %zu%s unread", chat->unread, chat->declined ?
	    "+" : "");
	if (e != NULL && e->text != NULL) {
		buf_put_str(&line, ": ");
		text_put_cut(&line, slice_of(e->text, e->textlen), PREVIEW);
	}
	buf_put_str(&line, colour(t, LAYOUT_PLAIN));
	if (!buf_failed(&line) && !term_change_last(t->term, chat->notice,
	    buf_slice(&line)))
		term_print(t->term, chat->notice, buf_slice(&line));
	buf_fini(&line);
}

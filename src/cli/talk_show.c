/* SPDX-License-Identifier: ISC */
/*
 * What the conversation client prints.  On a terminal whose lines can be
 * rewritten, ticks stand behind their message and change there; elsewhere each
 * is a line.  With --json everything is an object.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/talk.h"
#include "src/cli/text.h"

enum {
	ROOM_FOR_TICKS = 11,
	PREVIEW = 40,		/* columns of a message in a notice */
	SHORT_PREVIEW = 20,
	NAME_COLUMNS = 16
};

#define DIM "\033[2m"
#define BOLD "\033[1m"
#define BLUE "\033[34m"
#define RED "\033[31m"
#define PLAIN "\033[0m"

static const char *const state_names[] = {
	[TALK_SENT] = "sent",
	[TALK_DELIVERED] = "delivered",
	[TALK_READ] = "read",
};

static const char *
colour(const struct talk *t, const char *code)
{
	return t->colours ? code : "";
}

static const char *
clock_text(int64_t ms, char *out, size_t size)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL ||
	    strftime(out, size, "%H:%M", &tm) == 0)
		*out = '\0';
	return out;
}

/* A line of ours, broken between words. */
static void
print(const struct talk *t, const struct buf *line)
{
	struct buf broken;

	if (!t->edits) {
		term_print(t->term, buf_slice(line));
		return;
	}
	buf_init(&broken, 0);
	text_wrap(&broken, buf_slice(line), term_columns(t->term));
	term_print(t->term, buf_slice(&broken));
	buf_fini(&broken);
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
		buf_put_str(&line, colour(t, DIM));
		text_put(&line, slice_str(text), TEXT_LINE);
		buf_put_str(&line, colour(t, PLAIN));
		print(t, &line);
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
		buf_printf(&line, "%s! ", colour(t, RED));
		text_put(&line, slice_str(text), TEXT_LINE);
		buf_put_str(&line, colour(t, PLAIN));
		print(t, &line);
		buf_fini(&line);
	} else {
		cli_fail(t->c, "%s", text);
	}
	free(text);
}

/* ---- messages ---- */

/* A line between messages of different days. */
static void
show_day(struct talk *t, int64_t ms)
{
	time_t s = (time_t)(ms / 1000), now = time(NULL);
	char text[64];
	struct tm tm, today;
	int day;

	if (localtime_r(&s, &tm) == NULL || localtime_r(&now, &today) == NULL)
		return;
	if (t->shown_day == 0)
		t->shown_day = today.tm_year * 366 + today.tm_yday;
	day = tm.tm_year * 366 + tm.tm_yday;
	if (day == t->shown_day)
		return;
	t->shown_day = day;
	if (strftime(text, sizeof(text), "%A, %d %B %Y", &tm) > 0)
		talk_note(t, "-- %s --", text);
}

/* "10:02 bob: " with the text behind it. */
static void
put_message(const struct talk *t, struct buf *line, int64_t time,
    const char *name, bool own, struct slice text)
{
	char when[16];

	buf_printf(line, "%s%s%s %s", colour(t, DIM), clock_text(time, when,
	    sizeof(when)), colour(t, PLAIN), own ? "" : colour(t, BOLD));
	text_put(line, slice_str(name), TEXT_LINE);
	buf_printf(line, ":%s ", own ? "" : colour(t, PLAIN));
	text_put(line, text, TEXT_BLOCK);
}

/* By whom it is; who was not known when it came may be now. */
static const char *
author(const struct talk *t, const struct talk_message *m, char id[24])
{
	const char *name = m->own ? t->c->user : m->name;

	if (*name == '\0')
		name = sc_client_user_name(t->c->client, m->from);
	if (*name != '\0')
		return name;
	snprintf(id, 24, "~%llu", (unsigned long long)m->from);
	return id;
}

void
talk_show_message(struct talk *t, const struct talk_message *m)
{
	struct buf line;
	char id[24];

	if (t->json)
		return;		/* shown when it came */
	if (m->time != 0)
		show_day(t, m->time);
	if (m->note) {
		talk_note(t, "(%s)", m->text);
		return;
	}
	buf_init(&line, 0);
	put_message(t, &line, m->time, author(t, m, id), m->own,
	    slice_of(m->text, m->len));
	print(t, &line);
	buf_fini(&line);
}

/* ---- ticks ---- */

/* Behind a message, with what takes it off again. */
static void
put_marks(const struct talk *t, struct buf *b, enum talk_state state)
{
	static const char *const marks[] = {
		[TALK_KEPT] = "  …",
		[TALK_SENT] = "  ✓",
		[TALK_DELIVERED] = "  ✓✓",
		[TALK_READ] = "  ✓✓ read",
		[TALK_REFUSED] = "  not sent",
	};
	const char *code = state == TALK_READ ? BLUE :
	    state == TALK_REFUSED ? RED : DIM;

	buf_printf(b, "%s%s%s", colour(t, code), marks[state],
	    colour(t, PLAIN));
	buf_put_u8(b, '\0');
}

void
talk_show_own(struct talk *t, struct talk_own *own)
{
	struct buf line, broken, marks;

	own->spot.set = false;
	if (!t->edits)
		return;		/* whoever typed it has seen it */
	show_day(t, own->at[TALK_KEPT]);
	buf_init(&line, 0);
	buf_init(&marks, 0);
	put_message(t, &line, own->at[TALK_KEPT], t->c->user, true,
	    slice_of(own->text, own->len));
	put_marks(t, &marks, own->state);
	buf_init(&broken, 0);
	text_wrap(&broken, buf_slice(&line), term_columns(t->term));
	if (!buf_failed(&marks))
		term_print_open(t->term, buf_slice(&broken),
		    (const char *)buf_slice(&marks).p, ROOM_FOR_TICKS,
		    &own->spot);
	buf_fini(&line);
	buf_fini(&broken);
	buf_fini(&marks);
}

static void
print_json_tick(const struct talk_own *own, int64_t time)
{
	char when[32];

	cli_print_json_take(json_pack("{s:s, s:I, s:I, s:I, s:s, s:s}",
	    "event", state_names[own->state], "n", (json_int_t)own->n,
	    "chat", (json_int_t)own->chat->number, "seq",
	    (json_int_t)own->seq, "to", own->chat->name, "time",
	    cli_time_iso(time, when, sizeof(when))));
}

/* Where nothing can be rewritten, or the message has left the screen. */
void
talk_show_last_tick(struct talk *t, const struct talk_own *own,
    unsigned before)
{
	static const char *const words[] = {
		[TALK_SENT] = "✓ sent to",
		[TALK_DELIVERED] = "✓✓ delivered to",
		[TALK_READ] = "✓✓ read by",
	};
	struct buf line;

	if (t->json || own->state == TALK_KEPT || own->state == TALK_REFUSED)
		return;
	buf_init(&line, 0);
	buf_printf(&line, "%s  %s ", colour(t, DIM), words[own->state]);
	text_put(&line, slice_str(own->chat->name), TEXT_LINE);
	buf_put_str(&line, ": ");
	text_put_cut(&line, slice_of(own->text, own->len), PREVIEW);
	if (before > 0)
		buf_printf(&line, " (and %u before)", before);
	buf_put_str(&line, colour(t, PLAIN));
	print(t, &line);
	buf_fini(&line);
}

static void
rewrite_marks(struct talk *t, struct talk_own *own)
{
	struct buf marks;

	if (!own->spot.set)
		return;
	buf_init(&marks, 0);
	put_marks(t, &marks, own->state);
	if (!buf_failed(&marks))
		own->spot.set = term_rewrite(t->term, &own->spot,
		    (const char *)buf_slice(&marks).p);
	buf_fini(&marks);
}

void
talk_show_tick(struct talk *t, struct talk_own *own, int64_t time)
{
	if (t->json)
		print_json_tick(own, time);
	else
		rewrite_marks(t, own);
}

/* The reason follows as an error. */
void
talk_show_refused(struct talk *t, struct talk_own *own, const char *why)
{
	if (t->json)
		cli_print_json_take(json_pack("{s:s, s:I, s:s, s:s}", "event",
		    "refused", "n", (json_int_t)own->n, "to", own->chat->name,
		    "why", why));
	else
		rewrite_marks(t, own);
}

/* "hello            ✓ 10:02:03  ✓✓ 10:02:03  read 10:02:04" */
static void
show_ticks_of(struct talk *t, const struct talk_own *own)
{
	static const char *const marks[] = {
		[TALK_SENT] = "✓",
		[TALK_DELIVERED] = "✓✓",
		[TALK_READ] = "read",
	};
	unsigned row = 0, column = 0, i;
	struct buf line;
	char when[32];

	buf_init(&line, 0);
	buf_put_str(&line, "  ");
	text_put_cut(&line, slice_of(own->text, own->len), SHORT_PREVIEW);
	text_walk(buf_slice(&line), UINT16_MAX, &row, &column);
	buf_printf(&line, "%*s", (int)(SHORT_PREVIEW + 2 - column), "");
	if (own->state == TALK_KEPT || own->state == TALK_REFUSED)
		buf_printf(&line, "  not sent%s", own->state == TALK_KEPT ?
		    " yet" : "");
	for (i = TALK_SENT; i <= TALK_READ; i++)
		if (own->at[i] != 0)
			buf_printf(&line, "  %s %s", marks[i],
			    cli_time_of_day(own->at[i], when, sizeof(when)));
	print(t, &line);
	buf_fini(&line);
}

static void
print_json_ticks(const struct talk_own *own)
{
	json_t *j = json_pack("{s:s, s:I, s:I, s:I, s:s}", "event", "ticks",
	    "n", (json_int_t)own->n, "chat", (json_int_t)own->chat->number,
	    "seq", (json_int_t)own->seq, "to", own->chat->name);
	char when[32];
	unsigned i;

	for (i = TALK_SENT; i <= TALK_READ; i++)
		if (own->at[i] != 0)
			json_object_set_new(j, state_names[i],
			    json_string(cli_time_iso(own->at[i], when,
			    sizeof(when))));
	cli_print_json_take(j);
}

/* In the order of the chat; what was not sent yet is last. */
static int
in_order(const void *a, const void *b)
{
	const struct talk_own *const *x = a, *const *y = b;
	uint64_t p = (*x)->seq - 1, q = (*y)->seq - 1;

	return p < q ? -1 : p > q;
}

void
talk_show_ticks(struct talk *t, unsigned max)
{
	const struct talk_own *own, **list = calloc(t->nown + 1,
	    sizeof(*list));
	unsigned i, n = 0;

	if (list == NULL)
		return;
	for (own = t->own; own != NULL; own = own->next)
		if (own->chat == t->open)
			list[n++] = own;
	qsort(list, n, sizeof(list[0]), in_order);
	for (i = n > max ? n - max : 0; i < n; i++) {
		if (t->json)
			print_json_ticks(list[i]);
		else
			show_ticks_of(t, list[i]);
	}
	free(list);
	if (n == 0 && !t->json)
		talk_note(t, "nothing was sent to %s since the start",
		    t->open->name);
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
		buf_printf(line, "  %s%zu%s unread%s", colour(t, BOLD),
		    chat->unread, chat->declined ? "+" : "",
		    colour(t, PLAIN));
	if (chat->time != 0)
		buf_printf(line, "  %s", clock_text(chat->time, when,
		    sizeof(when)));
}

void
talk_json_chat(const struct talk *t, const struct talk_chat *chat)
{
	cli_print_json_take(json_pack("{s:s, s:I, s:s, s:I, s:b}", "event",
	    "chat", "chat", (json_int_t)chat->number, "name", chat->name,
	    "unread", (json_int_t)chat->unread, "open", chat == t->open));
}

void
talk_show_chats(struct talk *t, bool only_unread)
{
	const struct talk_chat *chat;
	struct buf line;

	for (chat = t->chats; chat != NULL; chat = chat->next) {
		if (only_unread && chat->unread == 0)
			continue;
		if (t->json) {
			talk_json_chat(t, chat);
			continue;
		}
		buf_init(&line, 0);
		put_chat(t, &line, chat);
		print(t, &line);
		buf_fini(&line);
	}
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
	buf_printf(&line, "%s* ", colour(t, DIM));
	text_put(&line, slice_str(chat->name), TEXT_LINE);
	buf_printf(&line, ", %zu%s unread", chat->unread, chat->declined ?
	    "+" : "");
	if (e != NULL && e->text != NULL) {
		buf_put_str(&line, ": ");
		text_put_cut(&line, slice_of(e->text, e->textlen), PREVIEW);
	}
	buf_put_str(&line, colour(t, PLAIN));
	buf_put_u8(&line, '\0');
	if (!buf_failed(&line) && !term_rewrite_last(t->term, &chat->notice,
	    (const char *)buf_slice(&line).p))
		term_print_open(t->term, slice_of("", 0),
		    (const char *)buf_slice(&line).p, 0, &chat->notice);
	buf_fini(&line);
}

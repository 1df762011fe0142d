/* SPDX-License-Identifier: ISC */
/*
 * Older messages of the open chat, a screen at a time (PgUp, PgDn), in place of
 * the conversation, which goes on below.  What is not here is asked for.
 */
#include <stdio.h>
#include <string.h>

#include "src/cli/talk.h"
#include "src/cli/text.h"

enum { ASKED_FOR = 50 };

/* ---- a screen ---- */

/* The message with its day, if it begins one, as rows with newlines. */
static unsigned
put_rows(const struct talk *t, const struct entry *m, struct buf *out)
{
	const struct layout l = talk_layout(t, t->open);
	const struct entry *before = m->before;
	unsigned row = 0, column = 0;
	size_t start = out->len;
	struct buf line;
	char day[64];

	while (before != NULL && (!before->known || before->time == 0))
		before = before->before;
	if (m->time != 0 && !layout_day(before == NULL ? 0 : before->time,
	    m->time, day, sizeof(day)))
		buf_printf(out, "-- %s --\n", day);
	buf_init(&line, 0);
	layout_entry(&l, m, &line);
	text_wrap(out, buf_slice(&line), l.columns);
	buf_put_u8(out, '\n');
	buf_fini(&line);
	text_walk(slice_of(buf_slice(out).p + start, out->len - start),
	    l.columns, &row, &column);
	return row;
}

static unsigned
rows_of(const struct talk *t, const struct entry *m)
{
	struct buf out;
	unsigned rows;

	buf_init(&out, 0);
	rows = put_rows(t, m, &out);
	buf_fini(&out);
	return rows;
}

static bool
is_shown(const struct entry *m)
{
	return m->known && !m->hidden;
}

static const struct entry *
neighbour(const struct entry *m, bool up)
{
	do
		m = m == NULL ? NULL : up ? m->before : m->next;
	while (m != NULL && !is_shown(m));
	return m;
}

/* The last one, from FROM on in that direction, that still fits. */
static const struct entry *
fitting(const struct talk *t, const struct entry *from, bool up)
{
	unsigned room = term_cover_rows(t->term), rows;
	const struct entry *next;

	rows = from == NULL ? 0 : rows_of(t, from);
	while ((next = neighbour(from, up)) != NULL) {
		rows += rows_of(t, next);
		if (rows > room)
			break;
		from = next;
	}
	return from;
}

static void
draw(struct talk *t, const struct entry *top, const struct entry *bottom)
{
	unsigned room = term_cover_rows(t->term), rows = 0;
	const struct entry *m;
	struct buf out;

	buf_init(&out, 0);
	if (neighbour(top, true) == NULL && t->open->beginning)
		buf_put_str(&out, "-- the beginning --\n");
	for (m = top; m != NULL && rows < room; m = neighbour(m, false)) {
		rows += put_rows(t, m, &out);
		if (m == bottom)
			break;
	}
	if (!buf_failed(&out))
		term_cover(t->term, buf_slice(&out));
	buf_fini(&out);
	t->older_top = top->key;
	t->older_bottom = bottom->key;
}

static const struct entry *
by_key(const struct talk *t, uint64_t key)
{
	const struct entry *m = t->open->entries.last;

	while (m != NULL && m->key != key)
		m = m->before;
	return m;
}

static const struct entry *
last_shown(const struct talk *t)
{
	const struct entry *m = t->open->entries.last;

	return m == NULL || is_shown(m) ? m : neighbour(m, true);
}

/* ---- what is not here ---- */

static void
older_done(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	const struct entry *bottom;

	(void)e;
	if (!r->found)
		r->chat->beginning = true;
	if (r->chat != t->open || !term_covered(t->term))
		return;
	bottom = by_key(t, t->older_bottom);
	if (t->older_wanted && r->found) {
		t->older_wanted = false;
		talk_older_page(t->c, -1);
	} else if (bottom != NULL) {
		draw(t, fitting(t, bottom, true), bottom);
	}
}

static void
older_event(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	struct entry *m;
	bool news;

	m = entries_take(&r->chat->entries, e, e->name,
	    changes_line(&t->changes, e), &news);
	if (m == NULL || !news)
		return;
	m->shown = true;
	if (m->own)
		talk_learn_ticks(t, r->chat, m);
	r->found = true;
}

static bool
is_asked(const struct talk *t)
{
	const struct talk_request *r = t->requests;

	while (r != NULL && (r->event != older_event || r->chat != t->open))
		r = r->next;
	return r != NULL;
}

static void
ask_older(struct talk *t)
{
	struct talk_chat *chat = t->open;
	struct sc_history what = {.limit = ASKED_FOR};
	struct entry *m = chat->entries.first;
	struct talk_request *r;
	char number[32];
	uint64_t id = 0;

	while (m != NULL && !m->known)
		m = m->next;
	if (is_asked(t) || chat->beginning || chat->number == 0 ||
	    !t->online || (m != NULL && m->seq == 1))
		return;
	what.before = m == NULL || m->seq == 0 ? 0 : m->seq;
	r = talk_request(t, "older messages", sc_client_history(
	    t->c->client, talk_address(chat, number, sizeof(number)), &what,
	    &id));
	if (r == NULL)
		return;
	r->id = id;
	r->event = older_event;
	r->done = older_done;
}

/* ---- keys ---- */

static void
page_up(struct talk *t)
{
	const struct entry *top = by_key(t, t->older_top), *bottom;

	if (!term_covered(t->term)) {
		bottom = last_shown(t);
		/* what is on the screen already is passed over */
		if (bottom != NULL && term_full(t->term))
			top = fitting(t, bottom, true);
		if (top != NULL && term_full(t->term) &&
		    neighbour(top, true) != NULL)
			bottom = neighbour(top, true);
	} else {
		bottom = top == NULL ? NULL : neighbour(top, true);
		t->older_wanted = bottom == NULL;
	}
	if (bottom != NULL) {
		top = fitting(t, bottom, true);
		draw(t, top, bottom);
	}
	if (bottom == NULL || neighbour(top, true) == NULL)
		ask_older(t);
}

static void
page_down(struct talk *t)
{
	const struct entry *bottom = by_key(t, t->older_bottom), *top;

	t->older_wanted = false;
	top = bottom == NULL ? NULL : neighbour(bottom, false);
	if (top == NULL) {
		talk_older_end(t);
		return;
	}
	bottom = fitting(t, top, false);
	if (neighbour(bottom, false) == NULL)
		talk_older_end(t);
	else
		draw(t, top, bottom);
}

void
talk_older_end(struct talk *t)
{
	t->older_wanted = false;
	t->older_news = 0;
	term_uncover(t->term);
}

void
talk_older_page(void *arg, int direction)
{
	struct talk *t = ((struct cli *)arg)->arg;
	const struct entry *bottom;

	if (t->open == NULL)
		return;
	if (direction < 0) {
		page_up(t);
	} else if (term_covered(t->term) && direction > 0) {
		page_down(t);
	} else if (term_covered(t->term)) {
		bottom = by_key(t, t->older_bottom);
		if (bottom == NULL)
			talk_older_end(t);
		else
			draw(t, fitting(t, bottom, true), bottom);
	}
}

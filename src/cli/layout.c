/* SPDX-License-Identifier: ISC */
#include "src/cli/layout.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "src/cli/text.h"

enum {
	NUMBER_COLUMNS = 4,
	PREVIEW = 40,		/* columns of a message that is named */
	SHORT_PREVIEW = 24,
	QUOTE_MIN = 16,
	REACTION_COLUMNS = 16
};

static const char *
colour(const struct layout *l, const char *code)
{
	return l->colours ? code : "";
}

/* ---- times ---- */

const char *
layout_clock(int64_t ms, char *out, size_t size)
{
	time_t s = (time_t)(ms / 1000);
	struct tm tm;

	if (localtime_r(&s, &tm) == NULL ||
	    strftime(out, size, "%H:%M", &tm) == 0)
		*out = '\0';
	return out;
}

bool
layout_day(int64_t before, int64_t ms, char *out, size_t size)
{
	time_t a = (time_t)(before / 1000), b = (time_t)(ms / 1000);
	struct tm one, two;

	if (localtime_r(&a, &one) == NULL || localtime_r(&b, &two) == NULL ||
	    (one.tm_year == two.tm_year && one.tm_yday == two.tm_yday))
		return true;
	return strftime(out, size, "%A, %d %B %Y", &two) == 0;
}

/* ---- who ---- */

/* What a user is called, or `~' and his number. */
static const char *
user_name(const struct layout *l, uint64_t user, char id[24])
{
	const char *name = user == l->user ? l->name :
	    l->user_name(l->arg, user);

	if (*name != '\0')
		return name;
	snprintf(id, 24, "~%llu", (unsigned long long)user);
	return id;
}

const char *
layout_author(const struct layout *l, const struct entry *m, char id[24])
{
	if (m->own)
		return l->name;
	return *m->name != '\0' ? m->name : user_name(l, m->from, id);
}

/* ---- a message ---- */

/* "  41 10:02 bob: " */
static void
put_head(const struct layout *l, const struct entry *m, struct buf *b)
{
	char when[16], id[24];

	buf_put_str(b, colour(l, LAYOUT_DIM));
	if (m->seq != 0)
		buf_printf(b, "%*llu ", NUMBER_COLUMNS,
		    (unsigned long long)m->seq);
	else
		buf_printf(b, "%*s ", NUMBER_COLUMNS, "");
	buf_printf(b, "%s%s %s", layout_clock(m->time, when, sizeof(when)),
	    colour(l, LAYOUT_PLAIN), m->own ? "" : colour(l, LAYOUT_BOLD));
	text_put(b, slice_str(layout_author(l, m, id)), TEXT_LINE);
	buf_printf(b, ":%s ", m->own ? "" : colour(l, LAYOUT_PLAIN));
}

static void
put_dim(const struct layout *l, const char *text, struct buf *b)
{
	buf_printf(b, "%s%s%s", colour(l, LAYOUT_DIM), text,
	    colour(l, LAYOUT_PLAIN));
}

/* The first line of what it says, in COLUMNS columns. */
static void
put_beginning(const struct entry *m, unsigned columns, struct buf *b)
{
	size_t n;
	const char *text = entry_text(m, &n), *end;

	if (m->deleted || m->hidden) {
		buf_put_str(b, "(deleted)");
		return;
	}
	end = n == 0 ? NULL : memchr(text, '\n', n);
	if (end != NULL)
		n = (size_t)(end - text);
	text_put_cut(b, slice_of(text, n), columns);
}

/* "> alice: are you there?", in a row of its own. */
static void
put_quote(const struct layout *l, const struct entry *m, struct buf *b)
{
	const struct entry *about = entries_find(l->entries, m->reply);
	unsigned row = 0, column = 0, room;
	struct slice all = buf_slice(b);
	char id[24];

	buf_printf(b, "%s> ", colour(l, LAYOUT_DIM));
	if (about == NULL || !about->known || about->note) {
		buf_printf(b, "%llu", (unsigned long long)m->reply);
	} else {
		text_put(b, slice_str(layout_author(l, about, id)),
		    TEXT_LINE);
		buf_put_str(b, ": ");
		all = buf_slice(b);
		text_walk(all, UINT16_MAX, &row, &column);
		room = l->columns > column + QUOTE_MIN ? l->columns - column :
		    QUOTE_MIN;
		put_beginning(about, room, b);
	}
	buf_printf(b, "%s\n%*s", colour(l, LAYOUT_PLAIN), TEXT_INDENT, "");
}

static void
put_text(const struct layout *l, const struct entry *m, struct buf *b)
{
	size_t n;
	const char *text = entry_text(m, &n);
	char id[24];

	if (m->hidden) {
		put_dim(l, "(deleted for yourself)", b);
	} else if (m->deleted && (m->deleted_by == 0 ||
	    m->deleted_by == m->from)) {
		put_dim(l, m->deleted_by == 0 ? "(its time was over)" :
		    "(deleted)", b);
	} else if (m->deleted) {
		buf_printf(b, "%s(deleted by ", colour(l, LAYOUT_DIM));
		text_put(b, slice_str(user_name(l, m->deleted_by, id)),
		    TEXT_LINE);
		buf_printf(b, ")%s", colour(l, LAYOUT_PLAIN));
	} else {
		if (m->kind == SC_KIND_POLL)
			put_dim(l, "poll: ", b);
		if (entry_edited(m) && m->fixed > 0)
			text_put(b, slice_of(m->text, m->fixed), TEXT_BLOCK);
		text_put(b, slice_of(text, n), TEXT_BLOCK);
	}
}

static const struct {
	const char *text, *code;
} ticks[] = {
	[ENTRY_KEPT] = {"…", LAYOUT_DIM},
	[ENTRY_SENT] = {"✓", LAYOUT_DIM},
	[ENTRY_DELIVERED] = {"✓✓", LAYOUT_DIM},
	[ENTRY_READ] = {"✓✓ read", LAYOUT_BLUE},
	[ENTRY_REFUSED] = {"not sent", LAYOUT_RED},
};

/* "✓✓ read 2/4" in a group. */
static void
put_tick(const struct layout *l, const struct entry *m, struct buf *b)
{
	unsigned n = m->state == ENTRY_READ ? m->read_by : m->delivered_to;

	buf_printf(b, "  %s%s", colour(l, ticks[m->state].code),
	    ticks[m->state].text);
	if (l->members != 1 && n > 0 && (m->state == ENTRY_READ ||
	    m->state == ENTRY_DELIVERED)) {
		buf_printf(b, " %u", n);
		if (l->members >= n)
			buf_printf(b, "/%u", l->members);
	}
	buf_put_str(b, colour(l, LAYOUT_PLAIN));
}

/* ---- below it ---- */

/* How many have said the same as S, and whether S is the first who did. */
static unsigned
count_same(const struct entry *m, const struct entry_said *s, bool *first)
{
	const struct entry_said *other;
	bool met = false;
	unsigned n = 0;

	*first = true;
	for (other = m->said; other != NULL; other = other->next) {
		if (other == s)
			met = true;
		if (other->kind != SC_KIND_REACTION || other->text == NULL ||
		    strcmp(other->text, s->text) != 0)
			continue;
		if (!met)
			*first = false;
		n++;
	}
	return n;
}

/* "[👍 2] [❤]" */
static void
put_reactions(const struct layout *l, const struct entry *m, struct buf *b)
{
	const struct entry_said *s;
	bool any = false, first;
	unsigned n;

	for (s = m->said; s != NULL; s = s->next) {
		if (s->kind != SC_KIND_REACTION || s->text == NULL ||
		    *s->text == '\0')
			continue;
		n = count_same(m, s, &first);
		if (!first)
			continue;
		if (!any)
			buf_printf(b, "\n%*s", NUMBER_COLUMNS + 1, "");
		any = true;
		buf_put_str(b, "[");
		text_put_cut(b, slice_str(s->text), REACTION_COLUMNS);
		if (n > 1)
			buf_printf(b, " %u", n);
		buf_put_str(b, "] ");
	}
	(void)l;
}

static void
put_options(const struct layout *l, const struct entry *m, struct buf *b)
{
	bool own;

	for (unsigned i = 0; i < m->noptions; i++) {
		unsigned n = entry_votes(m, i, l->user, &own);

		buf_printf(b, "\n%*u ", NUMBER_COLUMNS + 3, i + 1);
		text_put(b, slice_str(m->options[i]), TEXT_LINE);
		buf_printf(b, "%s", colour(l, LAYOUT_BOLD));
		if (n > 0)
			buf_printf(b, "  %u vote%s%s", n, n == 1 ? "" : "s",
			    own ? ", yours" : "");
		buf_put_str(b, colour(l, LAYOUT_PLAIN));
	}
}

void
layout_entry(const struct layout *l, const struct entry *m, struct buf *b)
{
	if (m->note) {
		buf_printf(b, "%s(", colour(l, LAYOUT_DIM));
		text_put(b, slice_of(m->text, m->len), TEXT_LINE);
		buf_printf(b, ")%s", colour(l, LAYOUT_PLAIN));
		return;
	}
	put_head(l, m, b);
	if (m->reply != 0 && !m->deleted && !m->hidden)
		put_quote(l, m, b);
	if (m->forwarded && !m->deleted && !m->hidden)
		put_dim(l, "(forwarded) ", b);
	put_text(l, m, b);
	if (entry_edited(m) && !m->hidden)
		put_dim(l, " (edited)", b);
	if (m->top)
		put_dim(l, " (on top)", b);
	if (m->star)
		put_dim(l, " *", b);
	if (m->own && !m->deleted)
		put_tick(l, m, b);
	if (m->deleted || m->hidden)
		return;
	put_options(l, m, b);
	put_reactions(l, m, b);
}

/* ---- lines about one ---- */

void
layout_short(const struct entry *m, struct buf *b)
{
	if (m->seq != 0)
		buf_printf(b, "%llu ", (unsigned long long)m->seq);
	put_beginning(m, SHORT_PREVIEW, b);
}

static void
put_about(const struct sc_event *e, const struct entry *about,
    struct buf *b)
{
	buf_printf(b, "%llu", (unsigned long long)e->said->seq);
	if (about == NULL || !about->known || about->deleted)
		return;
	buf_put_str(b, " (");
	put_beginning(about, SHORT_PREVIEW, b);
	buf_put_str(b, ")");
}

void
layout_change(const struct layout *l, const struct sc_event *e,
    const struct entry *about, struct buf *b)
{
	static const char *const verbs[SC_KIND_COUNT] = {
	    [SC_KIND_EDIT] = "edited", [SC_KIND_DELETE] = "deleted",
	    [SC_KIND_REACTION] = "reacted to", [SC_KIND_VOTE] = "voted in",
	    [SC_KIND_PIN] = "put on top:",
	    [SC_KIND_UNPIN] = "took off the top:"};
	enum sc_kind kind = e->said->kind;
	bool back = (kind == SC_KIND_REACTION && e->said->textlen == 0) ||
	    (kind == SC_KIND_VOTE && e->said->choices == 0);
	const char *verb = !back ? verbs[kind] : kind == SC_KIND_VOTE ?
	    "takes back the vote in" : "takes back the reaction to";
	char id[24];

	buf_printf(b, "%s* ", colour(l, LAYOUT_DIM));
	text_put(b, slice_str(*e->name != '\0' && !e->own ? e->name :
	    user_name(l, e->own ? l->user : e->from, id)), TEXT_LINE);
	buf_printf(b, " %s ", verb);
	put_about(e, kind == SC_KIND_EDIT ? NULL : about, b);
	if (!back && (kind == SC_KIND_EDIT || kind == SC_KIND_REACTION)) {
		buf_put_str(b, ": ");
		text_put_cut(b, slice_of(e->said->text, e->said->textlen),
		    kind == SC_KIND_EDIT ? UINT16_MAX : REACTION_COLUMNS);
	}
	buf_put_str(b, colour(l, LAYOUT_PLAIN));
}

void
layout_tick(const struct layout *l, const char *chat, const struct entry *m,
    unsigned before, struct buf *b)
{
	static const char *const words[] = {
		[ENTRY_KEPT] = "… not sent yet to",
		[ENTRY_SENT] = "✓ sent to",
		[ENTRY_DELIVERED] = "✓✓ delivered to",
		[ENTRY_READ] = "✓✓ read by",
		[ENTRY_REFUSED] = "not sent to",
	};

	buf_printf(b, "%s  %s ", colour(l, LAYOUT_DIM), words[m->state]);
	text_put(b, slice_str(chat), TEXT_LINE);
	buf_put_str(b, ": ");
	put_beginning(m, PREVIEW, b);
	if (before > 0)
		buf_printf(b, " (and %u before)", before);
	buf_put_str(b, colour(l, LAYOUT_PLAIN));
}

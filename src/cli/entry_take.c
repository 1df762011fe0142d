/* SPDX-License-Identifier: ISC */
/*
 * What a message says about another one is kept with that one, also when the
 * other is not known yet: an older page may bring it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/entry_priv.h"
#include "src/cli/said.h"

/* ---- a message ---- */

static bool
take_options(struct entry *m, const struct sc_message *said)
{
	m->options = calloc(said->noptions + 1, sizeof(*m->options));
	if (m->options == NULL)
		return false;
	for (size_t i = 0; i < said->noptions; i++) {
		m->options[i] = entry_copy(said->options[i],
		    strlen(said->options[i]));
		if (m->options[i] == NULL)
			return false;
		m->noptions++;
	}
	return true;
}

static bool
take_text(struct entry *m, const struct sc_message *said)
{
	struct buf text;

	buf_init(&text, 0);
	if (said->kind == SC_KIND_POLL)
		buf_put_str(&text, said->name);
	else if (said->kind != SC_KIND_DELETED)
		said_body(said, &text);
	free(m->text);
	m->len = text.len;
	m->text = entry_copy((const char *)buf_slice(&text).p, text.len);
	m->fixed = said->kind == SC_KIND_MEDIA && said->textlen <= m->len ?
	    m->len - said->textlen : 0;
	buf_fini(&text);
	return m->text != NULL;
}

bool
entry_take_content(struct entry *m, const struct sc_message *said)
{
	m->kind = said->kind;
	m->forwarded = said->forwarded;
	m->reply = said->reply;
	if (said->kind == SC_KIND_DELETED) {
		m->deleted = true;
		m->deleted_by = said->user;
	}
	entry_forget_options(m);
	return take_text(m, said) && (said->kind != SC_KIND_POLL ||
	    take_options(m, said));
}

static bool
take_note(struct entry *m, const struct sc_event *e, const char *change)
{
	char text[160];
	unsigned long long n = e->last - e->first + 1;

	m->note = true;
	if (change == NULL && strcmp(e->why, "earlier") == 0)
		snprintf(text, sizeof(text), n == 1 ? "%llu message is from "
		    "before this device: /history has it" : "%llu messages are "
		    "from before this device: /history has them", n);
	else if (change == NULL)
		snprintf(text, sizeof(text), n == 1 ? "%llu message is not "
		    "available any more: %s" : "%llu messages are not "
		    "available any more: %s", n, e->why);
	free(m->text);
	m->len = strlen(change == NULL ? text : change);
	m->text = entry_copy(change == NULL ? text : change, m->len);
	return m->text != NULL;
}

static bool
is_skip(const struct sc_event *e)
{
	return e->type == SC_EVENT_SKIP || e->type == SC_EVENT_PAGE_SKIP;
}

static struct entry *
take_message(struct entries *l, const struct sc_event *e, const char *name,
    const char *change, bool *news)
{
	struct entry *m = entries_get(l, is_skip(e) ? e->last : e->seq);

	if (m == NULL || (m->known && (*m->name != '\0' || *name == '\0')))
		return m;
	*news = !m->known;
	m->time = e->time;
	entries_lasts(l, m, e->expires);
	m->own = e->own;
	m->from = e->from;
	m->counts = !is_skip(e) && change == NULL && said_counts(e);
	free(m->name);
	m->name = entry_copy(name, strlen(name));
	m->known = m->name != NULL && (change != NULL || is_skip(e) ?
	    take_note(m, e, change) : entry_take_content(m, e->said));
	if (m->own && m->state == ENTRY_KEPT) {
		m->state = ENTRY_SENT;
		m->at[ENTRY_KEPT] = m->at[ENTRY_SENT] = e->time;
	}
	return m->known ? m : NULL;
}

/* ---- what is said about one ---- */

static void
take_edit(struct entry *m, const struct sc_event *e)
{
	char *text;

	if (e->seq <= m->edit_seq)
		return;
	text = entry_copy(e->said->text, e->said->textlen);
	if (text == NULL)
		return;
	free(m->edit);
	m->edit = text;
	m->edit_seq = e->seq;
	m->edit_from = e->from;
}

/* The last word of each user counts. */
static void
take_said(struct entry *m, const struct sc_event *e)
{
	struct entry_said **at = &m->said, *s;
	char *text = NULL;

	while (*at != NULL && ((*at)->user != e->from ||
	    (*at)->kind != e->said->kind))
		at = &(*at)->next;
	s = *at;
	if (s != NULL && s->seq >= e->seq)
		return;
	if (e->said->kind == SC_KIND_REACTION)
		text = entry_copy(e->said->text, e->said->textlen);
	if (s == NULL)
		s = calloc(1, sizeof(*s));
	if (s == NULL) {
		free(text);
		return;
	}
	*at = s;
	free(s->text);
	s->text = text;
	s->kind = e->said->kind;
	s->user = e->from;
	s->seq = e->seq;
	s->choices = e->said->choices;
}

/* A reaction or an edit that is gone itself. */
static struct entry *
take_back(struct entries *l, uint64_t seq)
{
	struct entry *m;
	struct entry_said *s;

	for (m = l->last; m != NULL; m = m->before) {
		if (m->edit_seq == seq) {
			m->edit_seq = m->edit_from = 0;
			return m;
		}
		for (s = m->said; s != NULL; s = s->next)
			if (s->seq == seq) {
				s->choices = 0;
				free(s->text);
				s->text = NULL;
				return m;
			}
	}
	return NULL;
}

/* Nothing of it is kept. */
static void
say_nothing(struct entry *m, uint64_t by)
{
	m->deleted = true;
	m->deleted_by = by;
	m->top = false;
	entry_forget_said(m);
	free(m->edit);
	m->edit = NULL;
	m->edit_seq = 0;
	if (m->text != NULL) {
		explicit_bzero(m->text, m->len);
		m->len = 0;
	}
}

static struct entry *
take_deletion(struct entries *l, const struct sc_event *e)
{
	struct entry *m = take_back(l, e->said->seq);

	if (m == NULL)
		m = entries_get(l, e->said->seq);
	else
		return m;
	if (m != NULL)
		say_nothing(m, e->from);
	return m;
}

struct entry *
entries_expire(struct entries *l, int64_t now)
{
	struct entry *m;

	if (now < l->expiry)
		return NULL;
	l->expiry = INT64_MAX;
	for (m = l->first; m != NULL; m = m->next) {
		if (m->expires != 0 && m->expires <= now) {
			m->expires = 0;
			l->expiry = now;	/* there may be more */
			say_nothing(m, 0);
			return m;
		}
		entries_lasts(l, m, m->expires);
	}
	return NULL;
}

static struct entry *
take_change(struct entries *l, const struct sc_event *e)
{
	enum sc_kind kind = e->said->kind;
	struct entry *m;

	if (kind == SC_KIND_DELETE)
		return take_deletion(l, e);
	m = entries_get(l, e->said->seq);
	if (m == NULL)
		return NULL;
	if (kind == SC_KIND_EDIT)
		take_edit(m, e);
	else if (kind == SC_KIND_REACTION || kind == SC_KIND_VOTE)
		take_said(m, e);
	else
		m->top = kind == SC_KIND_PIN;
	return m;
}

static bool
is_change(const struct sc_message *m)
{
	return m->kind == SC_KIND_EDIT || m->kind == SC_KIND_DELETE ||
	    m->kind == SC_KIND_REACTION || m->kind == SC_KIND_VOTE ||
	    m->kind == SC_KIND_PIN || m->kind == SC_KIND_UNPIN;
}

struct entry *
entries_take(struct entries *l, const struct sc_event *e, const char *name,
    const char *change, bool *news)
{
	*news = false;
	if (e->said == NULL || change != NULL)
		return is_skip(e) || change != NULL ? take_message(l, e, name,
		    change, news) : NULL;
	if (is_change(e->said))
		return take_change(l, e);
	/* an edit that is gone is shown as nothing */
	if (e->said->kind == SC_KIND_DELETED && e->said->edited != 0)
		return NULL;
	return take_message(l, e, name, NULL, news);
}

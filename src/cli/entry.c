/* SPDX-License-Identifier: ISC */
/*
 * What a message says about another one is kept with that one, also when the
 * other is not known yet: an older page may bring it.
 */
#include "src/cli/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/said.h"

/* ---- one ---- */

static char *
copy(const char *p, size_t n)
{
	char *to = malloc(n + 1);

	if (to == NULL)
		return NULL;
	if (n > 0)
		memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

static void
forget_said(struct entry *m)
{
	struct entry_said *s;

	while ((s = m->said) != NULL) {
		m->said = s->next;
		free(s->text);
		free(s);
	}
}

static void
forget_options(struct entry *m)
{
	for (size_t i = 0; i < m->noptions; i++)
		free(m->options[i]);
	free(m->options);
	m->options = NULL;
	m->noptions = 0;
}

static void
entry_free(struct entry *m)
{
	forget_said(m);
	forget_options(m);
	free(m->name);
	free(m->text);
	free(m->edit);
	free(m);
}

/* ---- their order ---- */

static void
unlink_entry(struct entries *l, struct entry *m)
{
	if (m->before != NULL)
		m->before->next = m->next;
	else
		l->first = m->next;
	if (m->next != NULL)
		m->next->before = m->before;
	else
		l->last = m->before;
	l->n--;
}

/* Those without a place come last, in the order in which they were typed. */
static void
link_entry(struct entries *l, struct entry *m)
{
	struct entry *at = l->last;

	while (at != NULL && at->seq - 1 > m->seq - 1)
		at = at->before;
	m->before = at;
	m->next = at == NULL ? l->first : at->next;
	if (m->next != NULL)
		m->next->before = m;
	else
		l->last = m;
	if (at != NULL)
		at->next = m;
	else
		l->first = m;
	l->n++;
}

static void
make_room(struct entries *l)
{
	struct entry *m = l->first;

	/* what is not sent or not read yet stays */
	if (l->n < ENTRIES_MAX || m->seq == 0 || (m->known && !m->shown))
		return;
	unlink_entry(l, m);
	entry_free(m);
}

static struct entry *
entry_new(struct entries *l, uint64_t seq)
{
	struct entry *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->key = ++*l->keys;
	m->seq = seq;
	make_room(l);
	link_entry(l, m);
	return m;
}

struct entry *
entries_find(const struct entries *l, uint64_t seq)
{
	struct entry *m;

	for (m = l->last; m != NULL && seq != 0; m = m->before)
		if (m->seq == seq)
			return m;
	return NULL;
}

struct entry *
entries_by_n(const struct entries *l, uint64_t n)
{
	struct entry *m;

	for (m = l->last; m != NULL && n != 0; m = m->before)
		if (m->n == n)
			return m;
	return NULL;
}

struct entry *
entries_get(struct entries *l, uint64_t seq)
{
	struct entry *m = entries_find(l, seq);

	return m != NULL ? m : entry_new(l, seq);
}

void
entries_init(struct entries *l, uint64_t *keys)
{
	memset(l, 0, sizeof(*l));
	l->expiry = INT64_MAX;
	l->keys = keys;
}

void
entries_free(struct entries *l)
{
	struct entry *m;

	while ((m = l->first) != NULL) {
		unlink_entry(l, m);
		entry_free(m);
	}
}

void
entries_move(struct entries *from, struct entries *to)
{
	struct entry *m;

	while ((m = from->first) != NULL) {
		unlink_entry(from, m);
		link_entry(to, m);
		entries_lasts(to, m, m->expires);
	}
}

void
entries_lasts(struct entries *l, struct entry *m, int64_t expires)
{
	m->expires = expires;
	if (expires != 0 && expires < l->expiry)
		l->expiry = expires;
}

void
entries_renumber(struct entries *l)
{
	struct entry *m, *next;

	for (m = l->first; m != NULL; m = next) {
		next = m->next;
		if (m->seq == 0)
			continue;
		unlink_entry(l, m);
		entry_free(m);
	}
}

/* ---- a message ---- */

static bool
take_options(struct entry *m, const struct sc_message *said)
{
	m->options = calloc(said->noptions + 1, sizeof(*m->options));
	if (m->options == NULL)
		return false;
	for (size_t i = 0; i < said->noptions; i++) {
		m->options[i] = copy(said->options[i],
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
	m->text = copy((const char *)buf_slice(&text).p, text.len);
	m->fixed = said->kind == SC_KIND_MEDIA && said->textlen <= m->len ?
	    m->len - said->textlen : 0;
	buf_fini(&text);
	return m->text != NULL;
}

static bool
take_content(struct entry *m, const struct sc_message *said)
{
	m->kind = said->kind;
	m->forwarded = said->forwarded;
	m->reply = said->reply;
	if (said->kind == SC_KIND_DELETED) {
		m->deleted = true;
		m->deleted_by = said->user;
	}
	forget_options(m);
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
	m->text = copy(change == NULL ? text : change, m->len);
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
	m->name = copy(name, strlen(name));
	m->known = m->name != NULL && (change != NULL || is_skip(e) ?
	    take_note(m, e, change) : take_content(m, e->said));
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
	text = copy(e->said->text, e->said->textlen);
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
		text = copy(e->said->text, e->said->textlen);
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
	forget_said(m);
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

/* ---- own ones ---- */

struct entry *
entries_send(struct entries *l, uint64_t n, uint64_t from,
    const struct sc_message *said, int64_t now)
{
	struct entry *m = entry_new(l, 0);

	if (m == NULL)
		return NULL;
	m->n = n;
	m->from = from;
	m->own = m->known = m->counts = true;
	m->time = m->at[ENTRY_KEPT] = now;
	m->name = copy("", 0);
	if (m->name != NULL && take_content(m, said))
		return m;
	unlink_entry(l, m);
	entry_free(m);
	return NULL;
}

/* What was said about it before its place was known. */
static void
take_over(struct entry *m, struct entry *other)
{
	m->said = other->said;
	other->said = NULL;
	m->edit = other->edit;
	other->edit = NULL;
	m->edit_seq = other->edit_seq;
	m->edit_from = other->edit_from;
	m->top = other->top;
	m->deleted = other->deleted;
	m->deleted_by = other->deleted_by;
}

void
entries_sent(struct entries *l, struct entry *m, uint64_t seq, int64_t time)
{
	struct entry *other = entries_find(l, seq);

	if (other == m)
		return;
	unlink_entry(l, m);
	if (other != NULL) {
		take_over(m, other);
		unlink_entry(l, other);
		entry_free(other);
	}
	m->seq = seq;
	m->time = m->at[ENTRY_SENT] = time;
	m->state = ENTRY_SENT;
	link_entry(l, m);
}

/* ---- what it says ---- */

bool
entry_edited(const struct entry *m)
{
	return m->edit_seq != 0 && m->edit != NULL && !m->deleted &&
	    m->edit_from == m->from;
}

const char *
entry_text(const struct entry *m, size_t *n)
{
	const char *text = entry_edited(m) ? m->edit : m->text;

	if (m->deleted || text == NULL)
		text = "";
	*n = text == m->text ? m->len : strlen(text);
	return text;
}

unsigned
entry_votes(const struct entry *m, unsigned option, uint64_t user, bool *own)
{
	const struct entry_said *s;
	unsigned n = 0;

	*own = false;
	for (s = m->said; s != NULL; s = s->next) {
		if (s->kind != SC_KIND_VOTE || (s->choices >> option & 1) == 0)
			continue;
		n++;
		if (s->user == user)
			*own = true;
	}
	return n;
}

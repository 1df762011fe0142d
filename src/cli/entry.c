/* SPDX-License-Identifier: ISC */
#include "src/cli/entry.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/entry_priv.h"

/* ---- one ---- */

char *
entry_copy(const char *p, size_t n)
{
	char *to = malloc(n + 1);

	if (to == NULL)
		return NULL;
	if (n > 0)
		memcpy(to, p, n);
	to[n] = '\0';
	return to;
}

void
entry_forget_said(struct entry *m)
{
	struct entry_said *s;

	while ((s = m->said) != NULL) {
		m->said = s->next;
		free(s->text);
		free(s);
	}
}

void
entry_forget_options(struct entry *m)
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
	entry_forget_said(m);
	entry_forget_options(m);
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

struct entry *
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
	m->name = entry_copy("", 0);
	if (m->name != NULL && entry_take_content(m, said))
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

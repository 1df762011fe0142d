/* SPDX-License-Identifier: ISC */
/* What the conversation client remembers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/said.h"
#include "src/cli/talk.h"

/* ---- chats ---- */

struct talk_chat *
talk_by_number(const struct talk *t, uint64_t number)
{
	struct talk_chat *chat;

	for (chat = t->chats; chat != NULL; chat = chat->next)
		if (number != 0 && chat->number == number)
			return chat;
	return NULL;
}

struct talk_chat *
talk_by_name(const struct talk *t, const char *name)
{
	struct talk_chat *chat;

	for (chat = t->chats; chat != NULL; chat = chat->next)
		if (strcmp(chat->name, name) == 0)
			return chat;
	return NULL;
}

static struct talk_chat *
chat_new(struct talk *t, uint64_t number, const char *name)
{
	struct talk_chat *chat = calloc(1, sizeof(*chat)), **end;

	if (chat == NULL)
		return NULL;
	chat->number = number;
	chat->name = strdup(name);
	chat->last = &chat->waiting;
	if (chat->name == NULL) {
		free(chat);
		return NULL;
	}
	for (end = &t->chats; *end != NULL; end = &(*end)->next)
		;
	*end = chat;
	return chat;
}

struct talk_chat *
talk_get(struct talk *t, uint64_t number, const char *name)
{
	struct talk_chat *chat = talk_by_number(t, number);
	char text[32];

	if (chat != NULL)
		return chat;
	if (*name == '\0' && number != 0) {
		snprintf(text, sizeof(text), "%llu",
		    (unsigned long long)number);
		name = text;
	}
	chat = talk_by_name(t, name);
	if (chat != NULL && (chat->number == 0 || number == 0)) {
		if (number != 0)
			chat->number = number;
		return chat;
	}
	return chat_new(t, number, name);
}

void
talk_rename(struct talk_chat *chat, const char *name)
{
	char *copied = strdup(name);

	if (copied == NULL)
		return;
	free(chat->name);
	chat->name = copied;
}

struct talk_chat *
talk_meant(struct talk *t, const char *to)
{
	uint64_t number = sc_client_chat(t->c->client, to);

	if (number != 0)
		return talk_get(t, number, sc_client_chat_name(t->c->client,
		    number));
	return talk_get(t, 0, to);
}

static void
chat_free(struct talk_chat *chat)
{
	struct talk_message *m;

	while ((m = talk_take(chat)) != NULL)
		talk_message_free(m);
	free(chat->name);
	free(chat);
}

/* FROM was another name for TO. */
static void
merge(struct talk *t, struct talk_chat *from, struct talk_chat *to)
{
	struct talk_chat **at;
	struct talk_own *own;

	for (own = t->own; own != NULL; own = own->next)
		if (own->chat == from)
			own->chat = to;
	if (t->open == from)
		t->open = to;
	if (t->history_of == from)
		t->history_of = to;
	for (at = &t->chats; *at != from; at = &(*at)->next)
		;
	*at = from->next;
	chat_free(from);
}

struct talk_chat *
talk_bind(struct talk *t, struct talk_chat *chat, uint64_t number)
{
	struct talk_chat *other = talk_by_number(t, number);

	if (other == chat || number == 0)
		return chat;
	if (other != NULL) {
		merge(t, chat, other);
		return other;
	}
	chat->number = number;
	return chat;
}

const char *
talk_address(const struct talk_chat *chat, char *buf, size_t size)
{
	if (chat->number == 0)
		return chat->name;
	snprintf(buf, size, "%llu", (unsigned long long)chat->number);
	return buf;
}

/* ---- messages that wait ---- */

void
talk_message_free(struct talk_message *m)
{
	free(m->name);
	free(m->text);
	free(m);
}

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

struct talk_message *
talk_message_new(const struct sc_event *e, const char *name,
    const char *change)
{
	struct talk_message *m = calloc(1, sizeof(*m));
	char note[120] = "";
	struct buf said;

	if (m == NULL)
		return NULL;
	buf_init(&said, 0);
	m->seq = e->seq;
	m->time = e->time;
	m->own = e->own;
	m->from = e->from;
	m->name = copy(name, strlen(name));
	m->note = e->type == SC_EVENT_SKIP || e->type == SC_EVENT_PAGE_SKIP;
	m->quiet = !said_counts(e);
	if (change != NULL) {
		m->note = m->quiet = true;
		buf_put_str(&said, change);
	} else if (m->note) {
		m->seq = e->last;
		snprintf(note, sizeof(note), "%llu messages are not available "
		    "any more: %s", (unsigned long long)(e->last - e->first +
		    1), e->why);
		buf_printf(&said, "%s", note);
	} else {
		said_text(e, &said);
	}
	m->len = said.len;
	m->text = copy((const char *)buf_slice(&said).p, said.len);
	buf_fini(&said);
	if (m->name != NULL && m->text != NULL)
		return m;
	talk_message_free(m);
	return NULL;
}

bool
talk_wait(struct talk_chat *chat, const struct sc_event *e, const char *name,
    const char *change)
{
	struct talk_message *m = talk_message_new(e, name, change);

	if (m == NULL)
		return false;
	*chat->last = m;
	chat->last = &m->next;
	chat->nwaiting++;
	if (!m->own && !m->quiet)
		chat->unread++;
	return true;
}

struct talk_message *
talk_take(struct talk_chat *chat)
{
	struct talk_message *m = chat->waiting;

	if (m == NULL)
		return NULL;
	chat->waiting = m->next;
	if (chat->waiting == NULL)
		chat->last = &chat->waiting;
	chat->nwaiting--;
	if (!m->own && !m->quiet)
		chat->unread--;
	return m;
}

void
talk_forget(struct talk_chat *chat, uint64_t seq)
{
	while (chat->waiting != NULL && chat->waiting->seq <= seq)
		talk_message_free(talk_take(chat));
}

/* ---- own messages ---- */

static void
own_free(struct talk_own *own)
{
	free(own->text);
	free(own);
}

/* The oldest go, but whoever waits to be sent stays. */
static void
make_room(struct talk *t)
{
	struct talk_own **at = &t->own, *own;

	while (t->nown >= TALK_OWN_MAX && *at != NULL) {
		own = *at;
		if (own->state == TALK_KEPT) {
			at = &own->next;
			continue;
		}
		*at = own->next;
		if (own->next == NULL)
			t->own_last = at;
		own_free(own);
		t->nown--;
	}
}

struct talk_own *
talk_own_add(struct talk *t, struct talk_chat *chat, uint64_t n,
    struct slice text)
{
	struct talk_own *own = calloc(1, sizeof(*own));

	if (own == NULL)
		return NULL;
	own->text = copy((const char *)text.p, text.len);
	if (own->text == NULL) {
		free(own);
		return NULL;
	}
	own->chat = chat;
	own->n = n;
	own->len = text.len;
	make_room(t);
	if (t->own == NULL)
		t->own_last = &t->own;
	*t->own_last = own;
	t->own_last = &own->next;
	t->nown++;
	return own;
}

static struct talk_own *
own_by_seq(struct talk *t, const struct talk_chat *chat, uint64_t seq)
{
	struct talk_own *own;

	for (own = t->own; own != NULL; own = own->next)
		if (own->chat == chat && own->seq == seq)
			return own;
	return NULL;
}

struct talk_own *
talk_own_sent(struct talk *t, struct talk_chat *chat, uint64_t seq,
    int64_t time, struct slice text)
{
	struct talk_own *own = own_by_seq(t, chat, seq);

	if (own != NULL)
		return own;
	own = talk_own_add(t, chat, 0, text);
	if (own == NULL)
		return NULL;
	own->seq = seq;
	own->state = TALK_SENT;
	own->at[TALK_KEPT] = own->at[TALK_SENT] = time;
	talk_learn_ticks(t, own);
	return own;
}

struct talk_own *
talk_own_by_n(struct talk *t, uint64_t n)
{
	struct talk_own *own;

	for (own = t->own; own != NULL; own = own->next)
		if (n != 0 && own->n == n)
			return own;
	return NULL;
}

/* ---- the whole ---- */

void
talk_renumber(struct talk *t)
{
	struct talk_chat *chat;
	struct talk_own *own;

	for (chat = t->chats; chat != NULL; chat = chat->next) {
		talk_forget(chat, UINT64_MAX);
		chat->number = 0;
		chat->declined = chat->begun = false;
		chat->asked = 0;
	}
	for (own = t->own; own != NULL; own = own->next)
		own->seq = 0;
}

void
talk_free(struct talk *t)
{
	struct talk_chat *chat;
	struct talk_own *own;

	while ((chat = t->chats) != NULL) {
		t->chats = chat->next;
		chat_free(chat);
	}
	while ((own = t->own) != NULL) {
		t->own = own->next;
		own_free(own);
	}
	changes_fini(&t->changes);
	free(t->why);
	free(t->prompt);
}

/* SPDX-License-Identifier: ISC */
/* What the conversation client remembers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	entries_init(&chat->entries, &t->keys);
	chat->notice = ++t->keys;
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
	entries_free(&chat->entries);
	free(chat->name);
	free(chat);
}

/* FROM was another name for TO. */
static void
merge(struct talk *t, struct talk_chat *from, struct talk_chat *to)
{
	struct talk_chat **at;
	struct talk_said *said;
	struct talk_request *r;

	entries_move(&from->entries, &to->entries);
	for (said = t->said; said != NULL; said = said->next)
		if (said->chat == from)
			said->chat = to;
	for (r = t->requests; r != NULL; r = r->next) {
		if (r->chat == from)
			r->chat = to;
		if (r->to == from)
			r->to = to;
	}
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

bool
talk_is_group(const struct talk *t, const struct talk_chat *chat)
{
	return chat->number != 0 && sc_client_chat_kind(t->c->client,
	    chat->number) != SC_CHAT_DIRECT;
}

/* ---- messages ---- */

void
talk_count(struct talk_chat *chat)
{
	const struct entry *m;

	chat->nwaiting = chat->unread = 0;
	for (m = chat->entries.first; m != NULL; m = m->next) {
		if (!m->known || m->shown)
			continue;
		chat->nwaiting++;
		if (!m->own && m->counts && !m->deleted && !m->hidden)
			chat->unread++;
	}
}

void
talk_pass(struct talk_chat *chat, uint64_t seq)
{
	struct entry *m;

	for (m = chat->entries.first; m != NULL; m = m->next)
		if (m->seq != 0 && m->seq <= seq)
			m->shown = true;
	talk_count(chat);
}

struct entry *
talk_own(const struct talk *t, uint64_t n, struct talk_chat **chat)
{
	struct entry *m = NULL;

	for (*chat = t->chats; *chat != NULL; *chat = (*chat)->next) {
		m = entries_by_n(&(*chat)->entries, n);
		if (m != NULL)
			break;
	}
	return m;
}

/* ---- the whole ---- */

void
talk_renumber(struct talk *t)
{
	struct talk_chat *chat;

	for (chat = t->chats; chat != NULL; chat = chat->next) {
		entries_renumber(&chat->entries);
		talk_count(chat);
		chat->number = 0;
		chat->declined = chat->begun = chat->beginning = false;
		chat->asked = 0;
	}
}

static void
said_free(struct talk *t)
{
	struct talk_said *said;

	while ((said = t->said) != NULL) {
		t->said = said->next;
		free(said->text);
		free(said);
	}
}

void
talk_free(struct talk *t)
{
	struct talk_chat *chat;

	said_free(t);
	while ((chat = t->chats) != NULL) {
		t->chats = chat->next;
		chat_free(chat);
	}
	talk_people_leave(t);
	talk_requests_free(t);
	changes_fini(&t->changes);
	free(t->status);
	free(t->why);
	free(t->prompt);
}

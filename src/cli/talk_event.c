/* SPDX-License-Identifier: ISC */
/* What the server says to the conversation client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/event_json.h"
#include "src/cli/talk.h"

/* ---- messages ---- */

static const char *
sender(const struct talk *t, const struct talk_chat *chat,
    const struct sc_event *e)
{
	bool two = sc_client_chat_kind(t->c->client, e->chat) ==
	    SC_CHAT_DIRECT;

	return *e->name == '\0' && two ? chat->name : e->name;
}

/* The open chat shows what comes, and what has changed. */
static void
show_now(struct talk *t, struct talk_chat *chat, const struct sc_event *e,
    struct entry *m, bool news)
{
	if (m != NULL && news)
		talk_show(t, chat, m);
	else if (m != NULL && e->said != NULL && m->seq != e->seq)
		(void)talk_show_again(t, chat, m, e);
	if (!e->own)
		sc_client_read(t->c->client, e->chat, e->type ==
		    SC_EVENT_SKIP ? e->last : e->seq);
}

/* It waits until its chat is opened. */
static void
keep(struct talk *t, struct talk_chat *chat, const struct sc_event *e,
    const struct entry *news)
{
	talk_count(chat);
	if (news == NULL || news->own || !news->counts || chat == t->open)
		return;
	if (t->synced)
		talk_show_notice(t, chat, e);
	else
		chat->news = true;
}

static int
take_message(struct talk *t, const struct sc_event *e)
{
	const char *change = changes_line(&t->changes, e);
	struct talk_chat *chat;
	struct entry *m;
	bool news, open;

	if (cli_is_notice(e))
		return 0;
	chat = talk_get(t, e->chat, sc_client_chat_name(t->c->client,
	    e->chat));
	if (chat == NULL)
		return -1;
	/* nothing overtakes what waits */
	open = chat == t->open && chat->asked == 0;
	if (!open && chat->nwaiting >= TALK_WAITING_MAX) {
		chat->declined = true;
		return -1;
	}
	if (e->time > chat->time)
		chat->time = e->time;
	if (t->json && e->type == SC_EVENT_SKIP)
		event_json_skip(e);
	else if (t->json)
		event_json_message(e);
	talk_people_said(t, e);
	m = entries_take(&chat->entries, e, sender(t, chat, e), change,
	    &news);
	if (open)
		show_now(t, chat, e, m, news);
	else
		keep(t, chat, e, news ? m : NULL);
	return 0;
}

/* ---- chats ---- */

/* Who is in a group is asked, so that it is known who writes. */
static void
ask_members(struct talk *t, uint64_t chat)
{
	char number[24];
	uint64_t id;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)chat);
	if (sc_client_chat_kind(t->c->client, chat) == SC_CHAT_GROUP)
		(void)sc_client_group_ask(t->c->client, number,
		    SC_GROUP_MEMBERS, &id);
}

static void
take_change(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = talk_by_number(t, e->chat);

	if (e->seq == 0) {
		talk_people_member(t, e);
		return;		/* one of a list of members */
	}
	if (e->type == SC_EVENT_MEMBER && e->id == 0)
		talk_people_changed(t, e->chat);
	changes_add(&t->changes, t->c, e);
	if (t->json)
		changes_json(t->c, e);
	if (chat != NULL && e->type == SC_EVENT_CHANGED && e->id == 0 &&
	    (e->changed & SC_CHANGED_NAME) != 0)
		talk_rename(chat, e->name);
}

static void
take_chat(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = talk_get(t, e->chat, e->name);

	ask_members(t, e->chat);

	if (chat != NULL && t->json && t->synced)
		talk_json_chat(t, chat);
}

/* Another device of ours has read it. */
static void
take_read(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = talk_by_number(t, e->chat);

	if (chat != NULL)
		talk_pass(chat, e->read);
}

/* What was set before this device was there, or is not in its state. */
static void
ask_settings(struct talk *t)
{
	struct talk_request *r;
	uint64_t id = 0;

	if (sc_client_settings(t->c->client, &id) != 0)
		return;
	r = talk_request(t, "settings", 0);
	if (r == NULL)
		return;
	r->id = id;
	r->silent = true;
}

static void
greet(struct talk *t)
{
	struct talk_chat *chat;
	uint64_t number = 0;

	while ((number = sc_client_next_chat(t->c->client, number)) != 0) {
		talk_get(t, number, sc_client_chat_name(t->c->client,
		    number));
		ask_members(t, number);
	}
	t->greeted = true;
	ask_settings(t);
	for (chat = t->chats; chat != NULL; chat = chat->next)
		chat->news = false;
	talk_show_chats(t, !t->edits && !t->json);
}

static void
take_synced(struct talk *t)
{
	struct talk_chat *chat;

	if (t->json)
		event_json_plain("synced");
	if (!t->greeted)
		greet(t);
	for (chat = t->chats; chat != NULL; chat = chat->next) {
		if (chat->news && chat->unread > 0)
			talk_show_notice(t, chat, NULL);
		chat->news = false;
	}
	t->synced = true;
}

static void
take_epoch(struct talk *t)
{
	talk_renumber(t);
	talk_note(t, "* the server was restored from a backup: messages come "
	    "again");
}

/* ---- what is set ---- */

/* What was changed here or on another device. */
static void
tell_settings(struct talk *t, const struct talk_chat *chat,
    const struct sc_event *e)
{
	char when[32];

	if (e->muted != chat->muted && e->muted == 0)
		talk_note(t, "* %s is muted no more", chat->name);
	else if (e->muted != chat->muted && e->muted == SC_FOREVER)
		talk_note(t, "* %s is muted", chat->name);
	else if (e->muted != chat->muted)
		talk_note(t, "* %s is muted until %s", chat->name,
		    cli_time_local(e->muted, when, sizeof(when)));
	if (e->archived != chat->archived)
		talk_note(t, "* %s is archived%s", chat->name,
		    e->archived ? "" : " no more");
	if (e->pinned != chat->pinned)
		talk_note(t, "* %s is pinned%s", chat->name,
		    e->pinned ? "" : " no more");
}

static void
take_settings(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = talk_by_number(t, e->chat);

	if (chat == NULL)
		return;
	if (chat == t->open && e->id == 0 && t->synced)
		tell_settings(t, chat, e);
	chat->muted = e->muted;
	chat->archived = e->archived;
	chat->pinned = e->pinned;
}

static void
take_mark(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = talk_by_number(t, e->chat);
	struct entry *m = chat == NULL ? NULL : entries_find(&chat->entries,
	    e->seq);

	if (m == NULL)
		return;
	if (e->type == SC_EVENT_STAR)
		m->star = !e->gone;
	else
		m->hidden = true;
	(void)talk_show_again(t, chat, m, NULL);
	talk_count(chat);
}

int
talk_event(struct cli *c, const struct sc_event *e)
{
	struct talk *t = c->arg;

	if (e->type == SC_EVENT_SETTINGS)
		take_settings(t, e);
	else if (e->type == SC_EVENT_STAR || e->type == SC_EVENT_HIDDEN)
		take_mark(t, e);
	if (e->type != SC_EVENT_MESSAGE && e->type != SC_EVENT_SKIP &&
	    talk_request_event(t, e))
		return 0;
	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return take_message(t, e);
	case SC_EVENT_SENT:
		talk_sent(t, e);
		break;
	case SC_EVENT_REFUSED:
		talk_refused(t, e);
		break;
	case SC_EVENT_RECEIPT:
		talk_receipt(t, e);
		break;
	case SC_EVENT_READ:
		take_read(t, e);
		break;
	case SC_EVENT_CHAT:
		take_chat(t, e);
		break;
	case SC_EVENT_MEMBER:
	case SC_EVENT_CHANGED:
		take_change(t, e);
		break;
	case SC_EVENT_SYNCED:
		take_synced(t);
		break;
	case SC_EVENT_PAGE_MESSAGE:
	case SC_EVENT_PAGE_SKIP:
		talk_page(t, e);
		break;
	case SC_EVENT_DEVICE:
		talk_device(t, e);
		break;
	case SC_EVENT_RESULT:
		talk_result(t, e);
		break;
	case SC_EVENT_PRESENCE:
		talk_people_presence(t, e);
		break;
	case SC_EVENT_TYPING:
		talk_people_typing(t, e);
		break;
	case SC_EVENT_EPOCH:
		take_epoch(t);
		break;
	default:
		break;
	}
	return 0;
}

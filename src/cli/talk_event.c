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

static void
show_now(struct talk *t, struct talk_chat *chat, const struct sc_event *e,
    const char *change)
{
	struct talk_message *m;
	struct talk_own *own;

	if (e->own && e->text != NULL && t->edits) {
		own = talk_own_sent(t, chat, e->seq, e->time,
		    slice_of(e->text, e->textlen));
		if (own != NULL)
			talk_show_own(t, own);
	} else if (talk_wait(chat, e, sender(t, chat, e), change)) {
		m = talk_take(chat);
		talk_show_message(t, m);
		talk_message_free(m);
	}
	if (!e->own)
		sc_client_read(t->c->client, e->chat, e->type ==
		    SC_EVENT_SKIP ? e->last : e->seq);
}

/* 0 if it was taken, -1 if it has to wait at the server. */
static int
keep(struct talk *t, struct talk_chat *chat, const struct sc_event *e,
    const char *change)
{
	if (chat->nwaiting >= TALK_WAITING_MAX ||
	    !talk_wait(chat, e, sender(t, chat, e), change)) {
		chat->declined = true;
		return -1;
	}
	if (e->own || chat == t->open || change != NULL)
		return 0;
	if (t->synced)
		talk_show_notice(t, chat, e);
	else
		chat->news = true;
	return 0;
}

static int
take_message(struct talk *t, const struct sc_event *e)
{
	const char *change = changes_line(&t->changes, e);
	struct talk_chat *chat;

	if (cli_is_notice(e))
		return 0;
	chat = talk_get(t, e->chat, sc_client_chat_name(t->c->client,
	    e->chat));
	if (chat == NULL)
		return -1;
	if (e->time > chat->time)
		chat->time = e->time;
	if (t->json) {
		if (e->type == SC_EVENT_SKIP)
			event_json_skip(e);
		else
			event_json_message(e);
	}
	/* nothing overtakes what waits */
	if (chat == t->open && chat->asked == 0) {
		show_now(t, chat, e, change);
		return 0;
	}
	return keep(t, chat, e, change);
}

/* ---- own messages ---- */

static void
take_sent(struct talk *t, const struct sc_event *e)
{
	struct talk_own *own = talk_own_by_n(t, e->asked);

	if (own == NULL) {
		talk_note(t, "a message that was kept has been sent");
		return;
	}
	own->chat = talk_bind(t, own->chat, e->chat);
	own->seq = e->seq;
	own->state = TALK_SENT;
	own->at[TALK_SENT] = e->time;
	if (e->time > own->chat->time)
		own->chat->time = e->time;
	talk_show_tick(t, own, e->time);
	if (!t->edits)
		talk_show_last_tick(t, own, 0);
}

static void
take_refused(struct talk *t, const struct sc_event *e)
{
	struct talk_own *own = talk_own_by_n(t, e->asked);
	const char *why = *e->why == '\0' ? sc_code_text(e->code) : e->why;

	if (own != NULL) {
		own->state = TALK_REFUSED;
		talk_show_refused(t, own, why);
	}
	talk_error(t, "not sent%s%s: %s", own == NULL ? "" : " to ",
	    own == NULL ? "" : own->chat->name, why);
}

/* The own messages up to SEQ have got as far as STATE. */
static void
reach(struct talk *t, const struct talk_chat *chat, uint64_t seq,
    enum talk_state state, int64_t time)
{
	struct talk_own *own, *last = NULL;
	unsigned n = 0;

	for (own = t->own; own != NULL; own = own->next) {
		if (own->chat != chat || own->seq == 0 || own->seq > seq ||
		    own->state >= state)
			continue;
		own->state = state;
		own->at[state] = time;
		/* who has read a message has got it */
		if (own->at[TALK_DELIVERED] == 0)
			own->at[TALK_DELIVERED] = time;
		talk_show_tick(t, own, time);
		last = own;
		n++;
	}
	if (last != NULL && !last->spot.set)
		talk_show_last_tick(t, last, n - 1);
}

static void
take_receipt(struct talk *t, const struct sc_event *e)
{
	const struct talk_chat *chat = talk_by_number(t, e->chat);

	if (chat == NULL)
		return;
	if (e->delivered > e->read)
		reach(t, chat, e->delivered, TALK_DELIVERED, e->time);
	if (e->read > 0)
		reach(t, chat, e->read, TALK_READ, e->time);
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

	if (e->seq == 0)
		return;		/* one of a list of members */
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
		talk_forget(chat, e->read);
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

int
talk_event(struct cli *c, const struct sc_event *e)
{
	struct talk *t = c->arg;

	switch (e->type) {
	case SC_EVENT_MESSAGE:
	case SC_EVENT_SKIP:
		return take_message(t, e);
	case SC_EVENT_SENT:
		take_sent(t, e);
		break;
	case SC_EVENT_REFUSED:
		take_refused(t, e);
		break;
	case SC_EVENT_RECEIPT:
		take_receipt(t, e);
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
	case SC_EVENT_EPOCH:
		take_epoch(t);
		break;
	default:
		break;
	}
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* What the conversation client asks of the server. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/event_json.h"
#include "src/cli/talk.h"

enum { BEFORE_SHOWN = 10 };

/* ---- asking ---- */

static int
ask_history(struct talk *t, struct talk_chat *chat,
    const struct sc_history *what, uint64_t *id)
{
	char number[32];

	return sc_client_history(t->c->client, talk_address(chat, number,
	    sizeof(number)), what, id);
}

/* 0: nothing waits. */
static uint64_t
first_waiting(const struct talk_chat *chat)
{
	const struct entry *m;

	for (m = chat->entries.first; m != NULL; m = m->next)
		if (m->known && !m->shown && m->seq != 0)
			return m->seq;
	return 0;
}

bool
talk_ask_before(struct talk *t, struct talk_chat *chat)
{
	struct sc_history what = {.limit = BEFORE_SHOWN};

	if (!t->edits || !t->online || chat->begun || chat->number == 0)
		return false;
	what.before = first_waiting(chat);
	if (what.before == 0)
		what.before = sc_client_cursor(t->c->client, chat->number) +
		    1;
	chat->begun = true;
	return ask_history(t, chat, &what, &chat->asked) == 0;
}

void
talk_ask_history(struct talk *t, unsigned max)
{
	const struct sc_history what = {.limit = max};
	int rc;

	if (t->history != 0) {
		talk_error(t, "the last /history is not answered yet");
		return;
	}
	rc = ask_history(t, t->open, &what, &t->history);
	if (rc != 0)
		talk_error(t, "no history of %s: %s", t->open->name,
		    sc_code_text(rc));
	else if (!t->json)
		talk_note(t, "-- %s, the last %u messages --", t->open->name,
		    max);
	t->history_of = t->open;
}

void
talk_ask_devices(struct talk *t)
{
	int rc = sc_client_devices(t->c->client, &t->devices);

	if (rc != 0)
		talk_error(t, "no list of devices: %s", sc_code_text(rc));
}

/* ---- answers ---- */

/* What was asked for is shown as it comes; what came before with the rest. */
static void
take_page_message(struct talk *t, struct talk_chat *chat,
    const struct sc_event *e)
{
	bool news;
	struct entry *m = entries_take(&chat->entries, e, e->name,
	    changes_line(&t->changes, e), &news);

	if (m != NULL && m->known && e->id == t->history &&
	    (m->seq == e->seq || m->seq == e->last))
		talk_show(t, chat, m);
}

void
talk_page(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = t->open;

	if (e->id == t->history)
		chat = t->history_of;
	else if (chat == NULL || chat->asked != e->id)
		return;		/* another one has been opened meanwhile */
	if (t->json && e->type == SC_EVENT_PAGE_SKIP)
		event_json_skip(e);
	else if (t->json)
		event_json_message_as("history", e);
	else
		take_page_message(t, chat, e);
}

/* What came before is here, so the rest can follow. */
static void
answer_before(struct talk *t, struct talk_chat *chat)
{
	chat->asked = 0;
	if (chat == t->open)
		talk_show_waiting(t);
	else
		chat->begun = false;
}

void
talk_result(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat;

	talk_people_result(t, e);
	if (t->json && e->code == 0 && e->id != 0 &&
	    (e->id == t->history || e->id == t->devices))
		cli_print_json_take(json_pack("{s:s, s:s}", "event", "result",
		    "of", e->id == t->history ? "history" : "devices"));
	for (chat = t->chats; chat != NULL && e->id != 0; chat = chat->next)
		if (chat->asked == e->id)
			answer_before(t, chat);
	if (e->id != 0 && e->id == t->history) {
		t->history = 0;
		if (e->code != 0)
			talk_error(t, "no history of %s: %s",
			    t->history_of->name, e->why);
		else if (!t->json)
			talk_note(t, "-- now --");
	} else if (e->id != 0 && e->id == t->devices) {
		t->devices = 0;
		if (e->code != 0)
			talk_error(t, "no list of devices: %s", e->why);
	}
}

/* ---- devices ---- */

static void
show_device(struct talk *t, const struct sc_event *e)
{
	uint32_t this_one = sc_client_device(t->c->client);
	char when[32];

	if (t->json)
		event_json_device(e, this_one);
	else
		talk_note(t, "  %u  %s, last login %s%s", (unsigned)e->device,
		    e->name, cli_time_local(e->time, when, sizeof(when)),
		    e->device == this_one ? "  (this one)" : "");
}

/* Whoever has added a device reads all messages: one wants to know. */
static void
tell_device(struct talk *t, const struct sc_event *e)
{
	const char *what = e->gone ? "was removed from" :
	    e->renamed ? "has this name now in" : "was added to";

	if (e->device == sc_client_device(t->c->client))
		return;
	if (*e->name == '\0')
		talk_note(t, "* device %u %s your account",
		    (unsigned)e->device, what);
	else
		talk_note(t, "* device %u (%s) %s your account",
		    (unsigned)e->device, e->name, what);
}

/* It is of no more use, and should not stay in view. */
static void
take_code_away(struct talk *t)
{
	if (t->link != 0)
		(void)term_change(t->term, t->link,
		    slice_str("(a code has been used)"));
	t->link = 0;
}

void
talk_device(struct talk *t, const struct sc_event *e)
{
	if (e->id != 0 && e->id == t->devices)
		show_device(t, e);
	else if (e->id == 0 && e->linked)
		take_code_away(t);
	if (e->id == 0 && t->synced)
		tell_device(t, e);
}

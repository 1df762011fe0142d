/* SPDX-License-Identifier: ISC */
/*
 * What this device says, until the server has it, and how far it comes then.
 * The acknowledgement of an edit or a reaction is all that this device gets of
 * it, so what it says is kept until then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/talk.h"

static int64_t
wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* ---- saying ---- */

static bool
is_about_another(enum sc_kind kind)
{
	return kind == SC_KIND_EDIT || kind == SC_KIND_DELETE ||
	    kind == SC_KIND_REACTION || kind == SC_KIND_VOTE ||
	    kind == SC_KIND_PIN || kind == SC_KIND_UNPIN;
}

static void
keep_said(struct talk *t, struct talk_chat *chat, uint64_t n,
    const struct sc_message *m)
{
	struct talk_said *said = calloc(1, sizeof(*said));

	if (said == NULL)
		return;
	said->text = strndup(m->text == NULL ? "" : m->text, m->textlen);
	if (said->text == NULL) {
		free(said);
		return;
	}
	said->chat = chat;
	said->n = n;
	said->kind = m->kind;
	said->seq = m->seq;
	said->choices = m->choices;
	said->next = t->said;
	t->said = said;
}

static void
keep_message(struct talk *t, struct talk_chat *chat, uint64_t n,
    const struct sc_message *said)
{
	struct entry *m = entries_send(&chat->entries, n,
	    sc_client_user(t->c->client), said, wall_ms());

	if (m == NULL)
		return;
	m->shown = true;
	if (t->edits && chat == t->open)
		talk_show(t, chat, m);
}

static void
tell_unsaid(struct talk *t, const struct talk_chat *chat, int rc)
{
	if (rc == SC_CODE_BAD_REQUEST)
		talk_error(t, "not sent: a message is UTF-8 text, and %s must "
		    "be a name", chat->name);
	else if (rc == SC_CODE_TOO_LARGE)
		talk_error(t, "not sent: the message is too long: send it in "
		    "parts");
	else
		talk_error(t, "not sent to %s: %s", chat->name,
		    sc_code_text(rc));
}

bool
talk_say(struct talk *t, struct talk_chat *chat, const struct sc_message *m)
{
	uint64_t n = 0;
	char number[32];
	int rc = sc_client_say(t->c->client, talk_address(chat, number,
	    sizeof(number)), m, &n);

	if (rc != 0) {
		tell_unsaid(t, chat, rc);
		return false;
	}
	if (chat == t->open)
		talk_typing_sent(t);
	if (is_about_another(m->kind))
		keep_said(t, chat, n, m);
	else
		keep_message(t, chat, n, m);
	return true;
}

void
talk_say_text(struct talk *t, struct talk_chat *chat, struct slice text,
    uint64_t reply)
{
	const struct sc_message m = {
		.kind = SC_KIND_TEXT,
		.text = (const char *)text.p,
		.textlen = text.len,
		.reply = reply,
	};

	(void)talk_say(t, chat, &m);
}

/* ---- what became of it ---- */

static struct talk_said *
take_said(struct talk *t, uint64_t n)
{
	struct talk_said **at = &t->said, *said;

	while (*at != NULL && (*at)->n != n)
		at = &(*at)->next;
	said = *at;
	if (said != NULL)
		*at = said->next;
	return said;
}

static void
said_free(struct talk_said *said)
{
	free(said->text);
	free(said);
}

/* As if it had come from another device. */
static void
said_arrived(struct talk *t, const struct sc_event *e,
    const struct talk_said *said)
{
	const struct sc_message m = {
		.kind = said->kind,
		.seq = said->seq,
		.choices = said->choices,
		.text = said->text,
		.textlen = strlen(said->text),
	};
	const struct sc_event event = {
		.type = SC_EVENT_MESSAGE,
		.chat = e->chat,
		.seq = e->seq,
		.time = e->time,
		.from = sc_client_user(t->c->client),
		.own = true,
		.name = t->c->user,
		.said = &m,
		.why = "",
	};
	bool news;
	struct entry *about = entries_take(&said->chat->entries, &event, "",
	    NULL, &news);

	if (t->json)
		talk_json_said(said->chat, e);
	if (about != NULL)
		(void)talk_show_again(t, said->chat, about, &event);
}

void
talk_sent(struct talk *t, const struct sc_event *e)
{
	struct talk_said *said = take_said(t, e->asked);
	struct talk_chat *chat;
	struct entry *m;

	if (said != NULL) {
		said_arrived(t, e, said);
		said_free(said);
		return;
	}
	m = talk_own(t, e->asked, &chat);
	if (m == NULL) {
		talk_note(t, "a message that was kept has been sent");
		return;
	}
	chat = talk_bind(t, chat, e->chat);
	/* members are asked for by its number */
	if (chat == t->open && t->people == NULL)
		talk_people_enter(t);
	entries_sent(&chat->entries, m, e->seq, e->time);
	entries_lasts(&chat->entries, m, e->expires);
	if (e->time > chat->time)
		chat->time = e->time;
	if (t->json)
		talk_json_tick(chat, m, e->time);
	else if (t->edits)
		(void)talk_show_again(t, chat, m, NULL);
	else
		talk_show_last_tick(t, chat, m, 0);
}

void
talk_refused(struct talk *t, const struct sc_event *e)
{
	const char *why = cli_refusal(e);
	struct talk_said *said = take_said(t, e->asked);
	struct talk_chat *chat = said == NULL ? NULL : said->chat;
	struct entry *m = said != NULL ? NULL : talk_own(t, e->asked, &chat);

	if (m != NULL) {
		m->state = ENTRY_REFUSED;
		if (t->json)
			talk_json_refused(chat, m->n, why);
		else if (t->edits)
			(void)talk_show_again(t, chat, m, NULL);
	}
	if (said != NULL)
		talk_error(t, "refused: %s", why);
	else
		talk_error(t, "not sent%s%s: %s", m == NULL ? "" : " to ",
		    m == NULL ? "" : chat->name, why);
	if (said != NULL)
		said_free(said);
}

/* ---- ticks ---- */

static int
learn(void *arg, const struct sc_tick *tick)
{
	struct entry *m = arg;

	if (tick->user == 0)
		return 0;
	if (tick->read != 0) {
		m->state = ENTRY_READ;
		m->read_by++;
		if (m->at[ENTRY_READ] == 0)
			m->at[ENTRY_READ] = tick->read;
	}
	if (tick->delivered != 0 || tick->read != 0) {
		if (m->state < ENTRY_DELIVERED)
			m->state = ENTRY_DELIVERED;
		m->delivered_to++;
		if (m->at[ENTRY_DELIVERED] == 0)
			m->at[ENTRY_DELIVERED] = tick->delivered != 0 ?
			    tick->delivered : tick->read;
	}
	return 0;
}

void
talk_learn_ticks(struct talk *t, const struct talk_chat *chat,
    struct entry *m)
{
	unsigned delivered_to = m->delivered_to, read_by = m->read_by;

	if (m->state == ENTRY_KEPT || m->state == ENTRY_REFUSED)
		return;
	m->delivered_to = m->read_by = 0;
	sc_client_ticks(t->c->client, chat->number, m->seq, m->seq, learn, m);
	/* it is too old to be remembered by the library */
	if (m->delivered_to < delivered_to) {
		m->delivered_to = delivered_to;
		m->read_by = read_by;
	}
}

/* Learns it; whether it has got any further, and *STATE to another state. */
static bool
got_further(struct talk *t, struct talk_chat *chat, struct entry *m,
    bool *state)
{
	unsigned delivered = m->delivered_to, read = m->read_by;
	enum entry_state before = m->state;
	unsigned all = talk_is_group(t, chat) ? chat->members : 1;

	if (!m->own || !m->known || m->seq == 0 || (all != 0 && read >= all))
		return false;
	talk_learn_ticks(t, chat, m);
	*state = m->state != before;
	return *state || delivered != m->delivered_to || read != m->read_by;
}

/* Own messages up to SEQ have got further. */
static void
reach(struct talk *t, struct talk_chat *chat, uint64_t seq, int64_t time)
{
	struct entry *m, *last = NULL;
	unsigned n = 0;
	bool state;

	for (m = chat->entries.first; m != NULL && m->seq - 1 < seq;
	    m = m->next) {
		if (!got_further(t, chat, m, &state))
			continue;
		if (t->json && state)
			talk_json_tick(chat, m, time);
		if (!m->shown || talk_show_again(t, chat, m, NULL) || !state)
			continue;
		last = m;
		n++;
	}
	if (last != NULL && !t->json)
		talk_show_last_tick(t, chat, last, n - 1);
}

void
talk_receipt(struct talk *t, const struct sc_event *e)
{
	struct talk_chat *chat = talk_by_number(t, e->chat);

	if (chat != NULL)
		reach(t, chat, e->delivered > e->read ? e->delivered :
		    e->read, e->time);
}

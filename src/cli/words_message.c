/* SPDX-License-Identifier: ISC */
/* Commands about messages of the open chat. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/say.h"
#include "src/cli/words.h"

enum { TICKS_SHOWN = 10 };

static void
say_about(struct talk *t, enum sc_kind kind, const struct entry *m,
    const char *text)
{
	const struct sc_message said = {
		.kind = kind,
		.seq = m->seq,
		.text = text,
		.textlen = strlen(text),
	};

	(void)talk_say(t, t->open, &said);
}

/* ---- edit, delete, react, reply ---- */

/* The text of the message comes into the line, to be changed there. */
static void
edit_in_line(struct talk *t, const struct entry *m)
{
	size_t n;
	const char *text = entry_text(m, &n);
	char *line;

	if (!t->edits) {
		words_usage(t, "edit");
		return;
	}
	if (memchr(text, '\n', n) != NULL || asprintf(&line, "/edit %llu %s",
	    (unsigned long long)m->seq, text) < 0) {
		talk_error(t, "edit: the text has several lines: /edit %llu "
		    "TEXT replaces it", (unsigned long long)m->seq);
		return;
	}
	term_type(t->term, line);
	free(line);
}

static void
word_edit(struct talk *t, char *rest)
{
	char last[] = ".";
	char *which = *rest == '\0' ? last : rest;
	struct entry *m = words_take_message(t, &which, true, "edit");

	if (m == NULL)
		return;
	if (m->known && !m->own)
		talk_error(t, "edit: message %llu is not yours",
		    (unsigned long long)m->seq);
	else if (*which == '\0')
		edit_in_line(t, m);
	else
		say_about(t, SC_KIND_EDIT, m, which);
}

static void
word_delete(struct talk *t, char *rest)
{
	struct entry *m = words_take_message(t, &rest, true, "delete");

	if (m != NULL)
		say_about(t, SC_KIND_DELETE, m, "");
}

static void
word_react(struct talk *t, char *rest)
{
	char last[] = ".", *which = last;
	bool said = words_is_message(rest);
	struct entry *m = words_take_message(t, said ? &rest : &which, false,
	    "react");

	if (m == NULL)
		return;
	if (*rest == '\0')
		words_usage(t, "react");
	else
		say_about(t, SC_KIND_REACTION, m, strcmp(rest, "off") == 0 ?
		    "" : rest);
}

static void
word_reply(struct talk *t, char *rest)
{
	struct entry *m = words_take_message(t, &rest, false, "reply");

	if (m == NULL)
		return;
	if (*rest == '\0')
		words_usage(t, "reply");
	else
		talk_say_text(t, t->open, slice_str(rest), m->seq);
}

/* ---- forward ---- */

/* It is sent on as the server has it: what is here is for people. */
static void
forward_event(struct talk *t, struct talk_request *r,
    const struct sc_event *e)
{
	const struct entry *m = entries_find(&r->chat->entries, e->seq);
	struct sc_message said;

	if (e->type != SC_EVENT_PAGE_MESSAGE || e->said == NULL || r->found)
		return;
	r->found = true;
	said = *e->said;
	/* as it has been edited since */
	if (m != NULL && entry_edited(m)) {
		said.text = m->edit;
		said.textlen = strlen(m->edit);
	}
	said.reply = 0;
	said.forwarded = true;
	said.after = NULL;
	if (talk_say(t, r->to, &said) && r->to != t->open)
		talk_note(t, "forwarded to %s", r->to->name);
}

static void
forward_done(struct talk *t, struct talk_request *r,
    const struct sc_event *e)
{
	(void)e;
	if (!r->found)
		talk_error(t, "forward: the message is not there any more");
}

static void
word_forward(struct talk *t, char *rest)
{
	struct entry *m = words_take_message(t, &rest, false, "forward");
	struct talk_chat *to = m == NULL ? NULL : words_take_chat(t, &rest);
	struct sc_history what = {.limit = 1};
	struct talk_request *r;
	uint64_t id = 0;
	char number[32];

	if (m == NULL)
		return;
	if (to == NULL || *rest != '\0') {
		words_usage(t, "forward");
		return;
	}
	what.after = m->seq - 1;
	what.before = m->seq + 1;
	r = talk_request(t, "forward", sc_client_history(t->c->client,
	    talk_address(t->open, number, sizeof(number)), &what, &id));
	if (r == NULL)
		return;
	r->id = id;
	r->to = to;
	r->event = forward_event;
	r->done = forward_done;
}

/* ---- polls ---- */

static void
word_poll(struct talk *t, char *rest)
{
	char *list[SAY_OPTIONS_MAX + 3];
	const char *options[SAY_OPTIONS_MAX];
	int n = words_split(rest, list, SAY_OPTIONS_MAX + 3), first = 0;
	struct sc_message said = {.kind = SC_KIND_POLL, .most = 1};

	if (n > 2 && strcmp(list[0], "--most") == 0 &&
	    cli_number(list[1], 1, SAY_OPTIONS_MAX, &said.most))
		first = 2;
	if (n - first < 3 || n - first - 1 > SAY_OPTIONS_MAX) {
		words_usage(t, "poll");
		return;
	}
	said.name = list[first];
	while (++first < n)
		options[said.noptions++] = list[first];
	said.options = options;
	(void)talk_say(t, t->open, &said);
}

static void
word_vote(struct talk *t, char *rest)
{
	struct entry *m = words_take_message(t, &rest, false, "vote");
	struct sc_message said = {.kind = SC_KIND_VOTE};
	bool off;
	uint64_t option, most;
	char *word;

	if (m == NULL)
		return;
	if (m->known && m->kind != SC_KIND_POLL) {
		talk_error(t, "vote: message %llu is no poll",
		    (unsigned long long)m->seq);
		return;
	}
	said.seq = m->seq;
	most = m->known ? m->noptions : SAY_OPTIONS_MAX;
	off = strcmp(rest, "off") == 0;
	while (!off && (word = words_take(&rest)) != NULL) {
		if (!cli_number(word, 1, most, &option)) {
			talk_error(t, "vote: expected options from 1 to %llu, "
			    "found %s", (unsigned long long)most, word);
			return;
		}
		said.choices |= UINT64_C(1) << (option - 1);
	}
	if (off || said.choices != 0)
		(void)talk_say(t, t->open, &said);
	else
		words_usage(t, "vote");
}

/* ---- on top, stars, for oneself ---- */

static void
word_top(struct talk *t, char *rest)
{
	struct entry *m;
	bool on, any = false;

	if (*rest == '\0') {
		for (m = t->open->entries.first; m != NULL; m = m->next)
			if (m->top && m->known) {
				talk_show(t, t->open, m);
				any = true;
			}
		if (!any)
			talk_note(t, "nothing that is here is on top");
		return;
	}
	m = words_take_message(t, &rest, false, "top");
	if (m == NULL)
		return;
	if (!words_take_off(rest, &on))
		words_usage(t, "top");
	else
		say_about(t, on ? SC_KIND_PIN : SC_KIND_UNPIN, m, "");
}

static void
word_star(struct talk *t, char *rest)
{
	struct entry *m = words_take_message(t, &rest, false, "star");
	struct talk_request *r;
	char number[32];
	uint64_t n = 0;
	bool on;

	if (m == NULL)
		return;
	if (!words_take_off(rest, &on)) {
		words_usage(t, "star");
		return;
	}
	r = talk_request(t, "star", sc_client_star(t->c->client,
	    talk_address(t->open, number, sizeof(number)), m->seq, on, &n));
	if (r != NULL)
		r->n = n;
}

static void
word_hide(struct talk *t, char *rest)
{
	struct entry *m = words_take_message(t, &rest, false, "hide");
	struct talk_request *r;
	char number[32];
	uint64_t n = 0;

	if (m == NULL)
		return;
	r = talk_request(t, "hide", sc_client_hide(t->c->client,
	    talk_address(t->open, number, sizeof(number)), m->seq, &n));
	if (r != NULL)
		r->n = n;
}

static void
word_ticks(struct talk *t, char *rest)
{
	struct entry *m;

	if (*rest == '\0') {
		talk_show_ticks(t, TICKS_SHOWN);
		return;
	}
	m = words_take_message(t, &rest, true, "ticks");
	if (m != NULL)
		talk_show_who(t, t->open, m);
}

const struct word words_message[] = {
	{"reply", "N TEXT", "answer a message", word_reply, WORD_MESSAGE,
	    true, NULL, NULL},
	{"react", "[N] EMOJI | [N] off", "react to a message, or no more",
	    word_react, WORD_MESSAGE, true, NULL, NULL},
	{"edit", "[N [TEXT]]", "change an own message, in the line without "
	    "TEXT", word_edit, WORD_OWN, true, NULL, NULL},
	{"delete", "N", "delete an own message for everyone", word_delete,
	    WORD_OWN, true, NULL, NULL},
	{"hide", "N", "delete a message for yourself", word_hide,
	    WORD_MESSAGE, true, NULL, NULL},
	{"forward", "N CHAT", "send a message on", word_forward,
	    WORD_MESSAGE, true, NULL, NULL},
	{"poll", "[--most K] \"QUESTION\" OPTION...", "ask, and let the others "
	    "choose", word_poll, WORD_NONE, true, NULL, NULL},
	{"vote", "N OPTION... | N off", "choose in a poll", word_vote,
	    WORD_MESSAGE, true, NULL, NULL},
	{"top", "[N [off]]", "keep a message on top for all; or what is there",
	    word_top, WORD_MESSAGE, true, NULL, NULL},
	{"star", "N [off]", "star a message", word_star, WORD_MESSAGE, true,
	    NULL, NULL},
	{"ticks", "[N]", "when your last messages got their ticks; of N, by "
	    "whom", word_ticks, WORD_OWN, true, NULL, NULL},
	{NULL, NULL, NULL, NULL, WORD_NONE, false, NULL, NULL},
};

/* SPDX-License-Identifier: ISC */
/* Commands about chats: opening them, what is set for them, what is seen. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/settings.h"
#include "src/cli/span.h"
#include "src/cli/words.h"

enum { HISTORY_SHOWN = 20, HISTORY_MAX = 500, FOUND_MAX = 20 };

/* ---- opening ---- */

/* A name that nobody here has may be mistyped. */
static void
tell_new(struct talk *t, const struct talk_chat *chat)
{
	const struct talk_chat *other, *near = NULL;

	for (other = t->chats; other != NULL; other = other->next)
		if (other != chat && other->number != 0 &&
		    words_distance(other->name, chat->name) == 1)
			near = other;
	if (near != NULL)
		talk_note(t, "no chat with %s yet: the first message begins "
		    "it.  Did you mean /open %s?", chat->name, near->name);
	else
		talk_note(t, "no chat with %s yet: the first message begins "
		    "it", chat->name);
}

static void
word_open(struct talk *t, char *rest)
{
	struct talk_chat *chat = words_take_chat(t, &rest);

	if (chat == NULL) {
		words_usage(t, "open");
		return;
	}
	talk_open(t, chat);
	if (*rest != '\0')
		talk_say_text(t, chat, slice_str(rest), 0);
	else if (chat->number == 0 && t->synced && t->edits)
		tell_new(t, chat);
}

static void
word_chats(struct talk *t, char *rest)
{
	(void)rest;
	talk_show_chats(t, false);
	if (t->chats == NULL && !t->json)
		talk_note(t, "there are none yet: /open NAME begins one");
}

/* ---- what is set ---- */

static void
change(struct talk *t, const char *what, const struct sc_settings *s)
{
	char number[32];
	uint64_t n = 0;
	struct talk_request *r = talk_request(t, what, sc_client_set(
	    t->c->client, talk_address(t->open, number, sizeof(number)), s,
	    &n));

	if (r != NULL)
		r->n = n;
}

static void
word_mute(struct talk *t, char *rest)
{
	int64_t until = SC_FOREVER;
	const struct sc_settings s = {.muted = &until};

	if (*rest != '\0' && !settings_until(rest, settings_now(), &until))
		words_usage(t, "mute");
	else
		change(t, "mute", &s);
}

static void
word_archive(struct talk *t, char *rest)
{
	bool on;
	const struct sc_settings s = {.archived = &on};

	if (!words_take_off(rest, &on))
		words_usage(t, "archive");
	else
		change(t, "archive", &s);
}

static void
word_pin(struct talk *t, char *rest)
{
	bool on;
	const struct sc_settings s = {.pinned = &on};

	if (!words_take_off(rest, &on))
		words_usage(t, "pin");
	else
		change(t, "pin", &s);
}

/* ---- what disappears ---- */

static void
timer_event(struct talk *t, struct talk_request *r, const struct sc_event *e)
{
	char span[SPAN_TEXT];

	if (e->type != SC_EVENT_CHAT)
		return;
	if (t->json)
		cli_print_json_take(json_pack("{s:s, s:s, s:I}", "event",
		    "disappear", "to", r->chat->name, "timer",
		    (json_int_t)e->timer));
	else if (e->timer == 0)
		talk_note(t, "messages of %s stay", r->chat->name);
	else
		talk_note(t, "messages of %s disappear after %s",
		    r->chat->name, span_text(e->timer, span));
}

static void
word_disappear(struct talk *t, char *rest)
{
	struct talk_request *r;
	uint64_t n = 0, id = 0;
	uint32_t seconds;
	char number[32];
	int rc;

	if (*rest == '\0') {
		rc = sc_client_group_ask(t->c->client, talk_address(t->open,
		    number, sizeof(number)), SC_GROUP_INFO, &id);
	} else if (span_parse(rest, &seconds)) {
		rc = sc_client_timer(t->c->client, talk_address(t->open,
		    number, sizeof(number)), seconds, &n);
	} else {
		words_usage(t, "disappear");
		return;
	}
	r = talk_request(t, "disappear", rc);
	if (r == NULL)
		return;
	r->n = n;
	r->id = id;
	r->event = timer_event;
}

/* ---- what is seen ---- */

static void
word_history(struct talk *t, char *rest)
{
	uint64_t n = HISTORY_SHOWN;

	if (*rest != '\0' && !cli_number(rest, 1, HISTORY_MAX, &n))
		talk_error(t, "expected a number up to %d: /history 50",
		    HISTORY_MAX);
	else
		talk_ask_history(t, (unsigned)n);
}

/* Letters of ASCII may be large or small. */
static bool
holds(const char *text, const char *what)
{
	size_t n = strlen(what), i;

	for (; *text != '\0'; text++) {
		for (i = 0; i < n && tolower((unsigned char)text[i]) ==
		    tolower((unsigned char)what[i]); i++)
			;
		if (i == n)
			return true;
	}
	return false;
}

static bool
is_found(const struct entry *m, const char *what)
{
	size_t length, i;

	if (!m->known || m->note || !m->shown)
		return false;
	if (holds(entry_text(m, &length), what))
		return true;
	for (i = 0; i < m->noptions && !m->deleted; i++)
		if (holds(m->options[i], what))
			return true;
	return false;
}

/* The newest of them, in the order in which they were written. */
static void
show_found(struct talk *t, const char *what)
{
	struct entry *m, *first = NULL;
	unsigned n = 0;

	for (m = t->open->entries.last; m != NULL && n < FOUND_MAX;
	    m = m->before)
		if (is_found(m, what)) {
			first = m;
			n++;
		}
	if (n == 0) {
		talk_note(t, "not found in what is here of %s: PgUp or "
		    "/history bring older messages", t->open->name);
		return;
	}
	if (!t->json)
		talk_note(t, "-- %s, %u found --", t->open->name, n);
	for (m = first; m != NULL; m = m->next)
		if (is_found(m, what))
			talk_show_found(t, t->open, m);
	if (!t->json)
		talk_note(t, "-- now --");
}

static void
word_search(struct talk *t, char *rest)
{
	if (*rest == '\0') {
		words_usage(t, "search");
		return;
	}
	show_found(t, rest);
	if (t->json)
		cli_print_json_take(json_pack("{s:s, s:s}", "event", "result",
		    "of", "search"));
}

static void
word_who(struct talk *t, char *rest)
{
	const struct cli *c = t->c;

	(void)rest;
	talk_note(t, "you are %s, device %s, at %s port %u: %s", c->user,
	    c->device, c->host, c->port, t->online ? "online" : "offline");
	if (t->open == NULL)
		talk_note(t, "no chat is open");
	else if (t->open->number == 0)
		talk_note(t, "open: %s, to whom nothing has been sent yet",
		    t->open->name);
	else
		talk_note(t, "open: %s, chat %llu", t->open->name,
		    (unsigned long long)t->open->number);
}

static void
word_help(struct talk *t, char *rest)
{
	words_help(t, rest);
}

static void
word_quit(struct talk *t, char *rest)
{
	(void)rest;
	talk_end(t);
}

const struct word words_chat[] = {
	{"help", "[COMMAND | all]", "what there is, or what a command does", word_help,
	    WORD_COMMAND, false, NULL, NULL},
	{"open", "CHAT [TEXT]", "open a chat with a user or a group, and send "
	    "TEXT", word_open, WORD_CHAT, false, NULL, NULL},
	{"chat", "CHAT [TEXT]", "the same", word_open, WORD_CHAT, false,
	    NULL, "open"},
	{"to", "CHAT [TEXT]", "the same", word_open, WORD_CHAT, false,
	    NULL, "open"},
	{"chats", "", "list chats, what is unread and set", word_chats,
	    WORD_NONE, false, NULL, NULL},
	{"history", "[N]", "the last N messages of the chat", word_history,
	    WORD_NONE, true, NULL, NULL},
	{"search", "TEXT", "messages that are here and hold TEXT",
	    word_search, WORD_NONE, true, NULL, NULL},
	{"mute", "[8h | 7d | off]", "count the chat's messages as unread no "
	    "more", word_mute, WORD_ONE_OF, true, "8h 7d off", NULL},
	{"archive", "[off]", "put the chat away", word_archive, WORD_ONE_OF,
	    true, "off", NULL},
	{"pin", "[off]", "keep the chat at the top of the list", word_pin,
	    WORD_ONE_OF, true, "off", NULL},
	{"disappear", "[24h | 7d | off]", "let messages disappear after a "
	    "time; or after which they do", word_disappear, WORD_ONE_OF, true,
	    "24h 7d off", NULL},
	{"who", "", "who you are, and where", word_who, WORD_NONE, false,
	    NULL, NULL},
	{"quit", "", "leave; so does Ctrl-D", word_quit, WORD_NONE, false,
	    NULL, NULL},
	{NULL, NULL, NULL, NULL, WORD_NONE, false, NULL, NULL},
};

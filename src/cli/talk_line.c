/* SPDX-License-Identifier: ISC */
/* What the user says to the conversation client. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/cli/loop.h"
#include "src/cli/talk.h"

enum { TICKS_SHOWN = 10, TICKS_MAX = 200, HISTORY_SHOWN = 20, HISTORY_MAX = 500 };

struct word {
	const char *name;
	const char *usage;
	const char *help;
	void (*run)(struct talk *, char *rest);
	bool names;		/* its argument is the name of a chat */
};

/* ---- the words ---- */

static void
word_chat(struct talk *t, char *rest)
{
	char *text = rest + strcspn(rest, " ");
	struct talk_chat *chat;

	if (*text != '\0')
		*text++ = '\0';
	text += strspn(text, " ");
	if (*rest == '\0') {
		talk_error(t, "expected a name: /chat bob");
		return;
	}
	chat = talk_meant(t, rest);
	if (chat == NULL) {
		talk_error(t, "out of memory");
		return;
	}
	talk_open(t, chat);
	if (*text != '\0')
		talk_say_text(t, chat, slice_str(text), 0);
}

static void
word_chats(struct talk *t, char *rest)
{
	(void)rest;
	talk_show_chats(t, false);
	if (t->chats == NULL && !t->json)
		talk_note(t, "there are none yet: /chat NAME begins one");
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
word_ticks(struct talk *t, char *rest)
{
	uint64_t n = TICKS_SHOWN;

	if (*rest != '\0' && !cli_number(rest, 1, TICKS_MAX, &n))
		talk_error(t, "expected a number up to %d: /ticks 10",
		    TICKS_MAX);
	else if (t->open == NULL)
		talk_error(t, "no chat is open: /chat NAME opens one");
	else
		talk_show_ticks(t, (unsigned)n);
}

static void
word_history(struct talk *t, char *rest)
{
	uint64_t n = HISTORY_SHOWN;

	if (*rest != '\0' && !cli_number(rest, 1, HISTORY_MAX, &n))
		talk_error(t, "expected a number up to %d: /history 50",
		    HISTORY_MAX);
	else if (t->open == NULL)
		talk_error(t, "no chat is open: /chat NAME opens one");
	else
		talk_ask_history(t, (unsigned)n);
}

static void
word_devices(struct talk *t, char *rest)
{
	(void)rest;
	talk_ask_devices(t);
}

static void
word_quit(struct talk *t, char *rest)
{
	(void)rest;
	talk_end(t);
}

static void word_help(struct talk *, char *);

static const struct word words[] = {
	{"chat", "NAME [TEXT]", "open a chat, and send TEXT", word_chat, true},
	{"to", "NAME [TEXT]", "the same", word_chat, true},
	{"chats", "", "list chats and what is unread", word_chats, false},
	{"history", "[N]", "the last N messages of the chat", word_history,
	    false},
	{"ticks", "[N]", "when your last messages were sent, delivered, read",
	    word_ticks, false},
	{"who", "", "who you are, and where", word_who, false},
	{"devices", "", "the devices of your account", word_devices, false},
	{"help", "", "this list", word_help, false},
	{"quit", "", "leave; so does Ctrl-D", word_quit, false},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static void
word_help(struct talk *t, char *rest)
{
	size_t i;

	(void)rest;
	for (i = 0; i < WORDS; i++)
		talk_note(t, "  /%-8s%-12s %s", words[i].name, words[i].usage,
		    words[i].help);
	talk_note(t, "  Anything else is sent to the open chat; //text sends "
	    "/text.");
}

/* ---- lines ---- */

static void
run_word(struct talk *t, char *line)
{
	char *rest = line + strcspn(line, " ");
	size_t i, n;

	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, " ");
	for (n = strlen(rest); n > 0 && rest[n - 1] == ' '; n--)
		rest[n - 1] = '\0';
	for (i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, line) == 0) {
			words[i].run(t, rest);
			return;
		}
	}
	talk_error(t, "there is no command /%s: /help lists them", line);
}

void
talk_line(void *arg, char *line, size_t n)
{
	struct talk *t = ((struct cli *)arg)->arg;

	if (n == 0 || t->end_at != 0)
		return;
	if (line[0] == '/' && line[1] != '/') {
		run_word(t, line + 1);
		return;
	}
	if (line[0] == '/') {
		line++;
		n--;
	}
	if (t->open == NULL)
		talk_error(t, "no chat is open: /chat NAME opens one, /chats "
		    "lists them");
	else
		talk_say_text(t, t->open, slice_of(line, n), 0);
}

/* ---- completion ---- */

static void
add(struct buf *out, const char *prefix, const char *name, const char *typed)
{
	char word[300];

	snprintf(word, sizeof(word), "%s%s", prefix, name);
	if (strncmp(word, typed, strlen(typed)) == 0)
		buf_put(out, word, strlen(word) + 1);
}

void
talk_complete(void *arg, const char *line, const char *word, struct buf *out)
{
	const struct talk *t = ((struct cli *)arg)->arg;
	const struct talk_chat *chat;
	size_t i, n;

	if (line[0] != '/')
		return;
	if (word == line) {
		for (i = 0; i < WORDS; i++)
			add(out, "/", words[i].name, word);
		return;
	}
	n = strcspn(line, " ");
	for (i = 0; i < WORDS; i++)
		if (words[i].names && strlen(words[i].name) == n - 1 &&
		    strncmp(line + 1, words[i].name, n - 1) == 0 &&
		    line + n + 1 == word)
			for (chat = t->chats; chat != NULL; chat = chat->next)
				add(out, "", chat->name, word);
}

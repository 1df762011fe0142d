/* SPDX-License-Identifier: ISC */
/* Arguments of commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cli/words.h"

enum { DISTANCE_MAX = 24 };	/* longer words are not compared */

char *
words_take(char **rest)
{
	char *word = *rest + strspn(*rest, " "), *end;

	if (*word == '\0') {
		*rest = word;
		return NULL;
	}
	if (*word == '"' && (end = strchr(word + 1, '"')) != NULL &&
	    (end[1] == ' ' || end[1] == '\0'))
		word++;
	else
		end = word + strcspn(word, " ");
	*rest = end;
	if (*end != '\0')
		*rest = end + 1;
	*end = '\0';
	*rest += strspn(*rest, " ");
	return word;
}

int
words_split(char *rest, char **list, int max)
{
	int n = 0;
	char *word;

	while ((word = words_take(&rest)) != NULL) {
		if (n == max)
			return -1;
		list[n++] = word;
	}
	return n;
}

/* The longest name of a chat that REST begins with, whole words. */
static struct talk_chat *
known_chat(const struct talk *t, const char *rest, size_t *length)
{
	struct talk_chat *chat, *best = NULL;
	size_t n;

	*length = 0;
	for (chat = t->chats; chat != NULL; chat = chat->next) {
		n = strlen(chat->name);
		if (n <= *length || strncmp(rest, chat->name, n) != 0 ||
		    (rest[n] != '\0' && rest[n] != ' '))
			continue;
		best = chat;
		*length = n;
	}
	return best;
}

struct talk_chat *
words_take_chat(struct talk *t, char **rest)
{
	struct talk_chat *chat;
	size_t n;
	char *word;

	*rest += strspn(*rest, " ");
	chat = known_chat(t, *rest, &n);
	if (chat != NULL) {
		*rest += n;
		*rest += strspn(*rest, " ");
		return chat;
	}
	word = words_take(rest);
	if (word == NULL)
		return NULL;
	chat = talk_meant(t, word);
	if (chat == NULL)
		talk_error(t, "out of memory");
	return chat;
}

/* ---- messages ---- */

bool
words_is_message(const char *rest)
{
	size_t n = strspn(rest, "0123456789");

	if (n == 0 && *rest == '.')
		n = 1;
	return n > 0 && (rest[n] == ' ' || rest[n] == '\0');
}

static bool
is_meant(const struct entry *m, bool own)
{
	return m->known && m->seq != 0 && !m->note && !m->deleted &&
	    !m->hidden && m->own == own;
}

/* It has no number yet, and the one before it is not what is meant. */
static bool
is_on_its_way(const struct entry *m)
{
	return m->own && m->seq == 0 && m->state == ENTRY_KEPT;
}

static struct entry *
last_message(struct talk *t, bool own)
{
	struct entry *m;

	for (m = t->open->entries.last; m != NULL; m = m->before) {
		if (is_meant(m, own))
			return m;
		if (own && is_on_its_way(m)) {
			talk_error(t, "your last message is still on its way: "
			    "again when it has its tick");
			return NULL;
		}
	}
	/* a note to oneself has no others */
	for (m = t->open->entries.last; m != NULL && !own; m = m->before)
		if (is_meant(m, true))
			return m;
	talk_error(t, own ? "you have sent nothing here yet: say a message's "
	    "number" : "there is no message yet: say a message's number");
	return NULL;
}

struct entry *
words_take_message(struct talk *t, char **rest, bool own, const char *usage)
{
	struct entry *m;
	uint64_t seq;
	char *word;

	if (!words_is_message(*rest)) {
		words_usage(t, usage);
		return NULL;
	}
	word = words_take(rest);
	if (*word == '.')
		return last_message(t, own);
	if (!cli_number(word, 1, INT64_MAX, &seq))
		seq = 0;
	m = entries_find(&t->open->entries, seq);
	/* a script may know what was not shown here; the server decides */
	if (m == NULL && seq != 0 && !t->edits)
		m = entries_get(&t->open->entries, seq);
	if (m != NULL && (m->known || !t->edits) && !m->note)
		return m;
	talk_error(t, "message %s of %s is not here: its number stands before "
	    "it, PgUp or /history bring older ones", word, t->open->name);
	return NULL;
}

bool
words_take_off(const char *rest, bool *on)
{
	*on = *rest == '\0';
	return *on || strcmp(rest, "off") == 0;
}

/* ---- what was mistyped ---- */

unsigned
words_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	unsigned row[DISTANCE_MAX + 1], before, now;

	if (n > DISTANCE_MAX || m > DISTANCE_MAX)
		return DISTANCE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		before = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			now = row[j];
			row[j] = before + (a[i - 1] == b[j - 1] ? 0 : 1);
			if (now + 1 < row[j])
				row[j] = now + 1;
			if (row[j - 1] + 1 < row[j])
				row[j] = row[j - 1] + 1;
			before = now;
		}
	}
	return row[m];
}

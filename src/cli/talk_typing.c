/* SPDX-License-Identifier: ISC */
/*
 * Tells the others that the user types: when he begins, every three seconds at
 * most while he goes on, and when he stops.  What is sent says that by itself.
 */
#include "src/cli/loop.h"
#include "src/cli/talk.h"

enum {
	AGAIN_MS = 3000,
	IDLE_MS = 5000,		/* then he has stopped */
	MEMBERS_MAX = 25	/* larger groups are not told */
};

static bool
is_wanted(const struct talk *t, const char *line, size_t n)
{
	if (t->open == NULL || n == 0 || !t->online ||
	    t->open->members >= MEMBERS_MAX)
		return false;
	/* a command is nobody's business */
	return line[0] != '/' || (n > 1 && line[1] == '/');
}

static void
tell(struct talk *t, enum sc_activity activity)
{
	char number[32];

	/* a chat that is not there yet has nobody to tell */
	if (t->open->number == 0)
		return;
	(void)sc_client_typing(t->c->client, talk_address(t->open, number,
	    sizeof(number)), activity);
}

void
talk_typing_stop(struct talk *t)
{
	if (t->typing_until == 0)
		return;
	if (t->typing_told != 0)
		tell(t, SC_ACTIVITY_PAUSED);
	talk_typing_sent(t);
}

void
talk_typing_sent(struct talk *t)
{
	t->typing_until = t->typing_told = 0;
	t->typing_begun = false;
}

void
talk_typed(void *arg, const char *line, size_t n)
{
	struct talk *t = ((struct cli *)arg)->arg;
	int64_t now = loop_now();

	if (!is_wanted(t, line, n)) {
		talk_typing_stop(t);
		return;
	}
	t->typing_begun = true;
	t->typing_until = now + IDLE_MS;
}

/* Of a line that is there whole, as a pasted one is, nobody is told: it would
 * be in one flight with the message, which may overtake it. */
void
talk_typing_turn(struct talk *t)
{
	int64_t now = loop_now();

	if (t->typing_begun && (t->typing_told == 0 ||
	    now - t->typing_told >= AGAIN_MS)) {
		tell(t, SC_ACTIVITY_COMPOSING);
		t->typing_told = now;
	}
	t->typing_begun = false;
	if (t->typing_until != 0 && now >= t->typing_until)
		talk_typing_stop(t);
}

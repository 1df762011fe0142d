/* SPDX-License-Identifier: ISC */
#include "src/client/ack_pace.h"

enum {
	SPAN_MS = 40,		/* between two acks */
	WINDOW_FIRST = 16,	/* the server begins with so many (SPEC.md) */
	PART = 2		/* of the window: the rest is on its way
				 * meanwhile, and more than half a channel
				 * does not get */
};

void
ack_pace_begin(struct ack_pace *p, uint64_t window)
{
	uint64_t first = window < WINDOW_FIRST ? window : WINDOW_FIRST;

	*p = (struct ack_pace){.window = window, .room = first / PART};
}

void
ack_pace_heard(struct ack_pace *p)
{
	p->items++;
}

int64_t
ack_pace_at(const struct ack_pace *p, int64_t now)
{
	return p->window == 0 || now > p->next_at ? now : p->next_at;
}

bool
ack_pace_full(const struct ack_pace *p)
{
	return p->items >= p->room;
}

/* The server's window doubles with each, too. */
void
ack_pace_acked(struct ack_pace *p, int64_t now)
{
	p->items = 0;
	p->next_at = now + SPAN_MS;
	if (p->room < p->window / PART)
		p->room *= 2;
	if (p->room > p->window / PART)
		p->room = p->window / PART;
}

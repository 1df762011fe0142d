/* SPDX-License-Identifier: ISC */
/*
 * ack_pace: when what has come is acknowledged.  After a silence at once; then
 * what follows waits a moment for company, unless it fills a good part of the
 * window that the server has said it keeps, or something leaves anyway.
 */
#ifndef CLIENT_ACK_PACE_H
#define CLIENT_ACK_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct ack_pace {
	uint64_t window;	/* of the server; 0: not known */
	uint64_t room;		/* so many items do not wait */
	uint64_t items;		/* that came since the last ack */
	int64_t next_at;	/* others wait until then */
};

/* A connection whose server leaves up to WINDOW entries unacknowledged; 0: it
 * has not said so, and nothing waits. */
void ack_pace_begin(struct ack_pace *, uint64_t window);

/* Something has come that counts in the window. */
void ack_pace_heard(struct ack_pace *);

/* When an ack of what came NOW leaves. */
int64_t ack_pace_at(const struct ack_pace *, int64_t now);

/* Whether it leaves now, whatever was said before. */
bool ack_pace_full(const struct ack_pace *);

/* All that came has been acknowledged. */
void ack_pace_acked(struct ack_pace *, int64_t now);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * signals: payloads to who is there, which nobody keeps.  One is told at most
 * once on each connection, as it was sent, to those alone who might have it
 * between the time it was heard and the time it was told.  That none is stored
 * is seen where all logs are: a text that nobody wrote.
 */
#ifndef SIM_SIGNALS_H
#define SIM_SIGNALS_H

#include "src/chat/chat.h"
#include "src/client/stonechat.h"

struct peer;
struct sim;

enum { SIGNALS_MAX = 256, SIGNAL_WIRES = 32 };

struct sim_signal {
	unsigned from;		/* the user */
	uint64_t number;	/* as he calls the chat; 0: to a device */
	unsigned to;		/* that device, and its user */
	uint32_t device;
	/* when the server heard it */
	bool heard;
	uint32_t by;		/* the device it was heard from */
	struct chat_id chat;
	uint64_t head;
	unsigned in;		/* who might have it: bit i is user i */
	unsigned wires[SIGNAL_WIRES];	/* on which it was told */
	unsigned nwires;
};

/* One end of a connection, as the server sees it. */
struct signal_end {
	struct sim *sim;
	unsigned wire;
	uint64_t user;
	uint32_t device;
};

/* The user of P says something to a chat or to some device. */
void signals_step(struct peer *);

/* The server has heard one, and tells one. */
void signals_heard(const struct signal_end *, const struct elem *);
void signals_told(const struct signal_end *, const struct elem *);

/* The application of P has got one. */
void signals_event(struct peer *, const struct sc_event *);

#endif

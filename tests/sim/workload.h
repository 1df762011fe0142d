/* SPDX-License-Identifier: ISC */
/* workload: what users do, by subject. */
#ifndef SIM_WORKLOAD_H
#define SIM_WORKLOAD_H

#include "tests/sim/peer.h"

/* Some chat of a kind that the device knows; 0: none. */
uint64_t workload_chat(struct peer *, enum sc_chat_kind);

/* So many bytes after what tells a message from others. */
size_t workload_filler(struct sim *);

/* A message that is more than a text. */
void messages_step(struct peer *);

/* Something with a channel. */
void channels_step(struct peer *);

/* Everybody looks at all chats, as large ones come to who looks. */
void channels_look(struct sim *);

/* Sets the timer of a chat. */
void timers_step(struct peer *);

/* Something in a group: a message, or a change of it. */
void groups_step(struct peer *);

#endif

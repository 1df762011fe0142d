/* SPDX-License-Identifier: ISC */
/*
 * poison: an entry that its device does not survive is skipped after three
 * tries (semantics R12; src/chat/suspect.h has how it is found).
 */
#ifndef SERVER_POISON_H
#define SERVER_POISON_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/address.h"

struct session;
struct suspect;

/* What the sync has read of the device. */
void poison_begin(struct session *, const struct suspect *);

/* Whether it has failed too often: a skip goes in its place. */
bool poison_is(const struct session *, const struct chat_id *, uint64_t seq);

/* N entries more are acknowledged, of the chat those up to SEQ; whether the
 * window may grow. */
bool poison_acked(struct session *, const struct chat_id *, uint64_t seq,
    uint64_t n);

/* The client answers, so it has survived what it has.  Whether it may be given
 * more at once than before. */
bool poison_survived(struct session *);

/* The connection has ended, and not by the server's will. */
void poison_ended(struct session *);

#endif

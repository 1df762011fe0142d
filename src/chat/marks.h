/* SPDX-License-Identifier: ISC */
/*
 * marks: delivered per device, and per member as the maximum over its
 * devices; read per member (R10).  Marks only rise.  Each movement leaves a
 * row with its time in the partition of the entry it reached, so that
 * "delivered at" and "read at" of any entry can be told (R13, R14).
 */
#ifndef CHAT_MARKS_H
#define CHAT_MARKS_H

#include "src/chat/chat.h"
#include "src/chat/member.h"

/*
 * Merges; SC_ENOTFOUND (no such chat), SC_EBADREQUEST (above the head).
 */
int marks_state(struct tx *, const struct mark_stated *, struct mark_moved *);

/* The delivered marks of a device: chat number, chat id, seq. */
typedef int marks_device_fn(void *arg, uint64_t number,
    const struct chat_id *, uint64_t seq);
int marks_device(struct tx *, uint64_t user, uint32_t device,
    marks_device_fn *, void *arg);

/* Up to where a device has said that it has chat NUMBER; 0: nothing. */
int marks_of_device(struct tx *, uint64_t user, uint32_t device,
    uint64_t number, uint64_t *seq);

/* When USER's mark of that kind passed SEQ: the time of the first movement at
 * or above it.  SC_ENOTFOUND: not yet. */
int marks_when(struct tx *, const struct chat_id *, uint64_t user,
    enum mark_kind, uint64_t seq, int64_t *time, bool *estimated);

#endif

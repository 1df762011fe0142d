/* SPDX-License-Identifier: ISC */
/* expiry: what the core does with the timers of chats (module_expiry.h). */
#ifndef SERVER_EXPIRY_H
#define SERVER_EXPIRY_H

#include "src/chat/chat.h"

struct server;

/* The timer of what a member now appends to C, and what goes UNTIL then at the
 * latest; INT64_MAX: it stays. */
uint32_t expiry_timer(struct server *, const struct tx *, const struct chat *,
    int64_t until);

/* E was appended. */
int expiry_note(struct server *, struct tx *, const struct entry *e);

#endif

/* SPDX-License-Identifier: ISC */
/* What live.c and module_live.c share. */
#ifndef SERVER_LIVE_PRIV_H
#define SERVER_LIVE_PRIV_H

#include "src/server/live.h"
#include "src/server/worker_priv.h"

/* A session that has left more than this untaken gets nothing that is not
 * kept. */
enum { LIVE_ROOM = 16 << 10 };

bool live_has_room(const struct session *);

/* Puts E if there is room; counts it either way. */
bool live_put(struct session *, const struct elem *);

#endif

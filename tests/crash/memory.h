/* SPDX-License-Identifier: ISC */
/*
 * memory: a client's state in memory, which outlives the client: what its
 * device would have on its disk.
 */
#ifndef CRASH_MEMORY_H
#define CRASH_MEMORY_H

#include "src/client/stonechat.h"
#include "src/common/buf.h"

struct memory {
	struct buf records;	/* each with its length (4 bytes) before it */
};

void memory_init(struct memory *);
void memory_fini(struct memory *);
struct sc_state_io memory_io(struct memory *);

#endif

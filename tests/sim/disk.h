/* SPDX-License-Identifier: ISC */
/*
 * disk: where a simulated client keeps its state: a journal that loses what
 * was not synced when the power fails.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "src/client/stonechat.h"
#include "tests/sim/prng.h"

struct disk_record {
	size_t len;
	uint8_t *p;
};

struct disk {
	struct disk_record *records;
	size_t count, cap;
	size_t synced;		/* of these */
	bool dead;		/* the process is gone: nothing is written */
	/* Called after each sync and replace. */
	void (*on_sync)(void *arg);
	void *on_sync_arg;
};

void disk_init(struct disk *);
void disk_fini(struct disk *);

/* The functions that the engine calls. */
struct sc_state_io disk_io(struct disk *);

/* A process dies: what it wrote stays. */
void disk_kill(struct disk *);

/* The power fails: a random part of what was not synced, from its beginning,
 * survives.  Returns how many records were lost. */
size_t disk_power_loss(struct disk *, struct prng *);

void disk_wipe(struct disk *);

/* TO becomes what FROM is. */
void disk_copy(struct disk *to, const struct disk *from);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * retention: what the files of the module retention share: what classes
 * mean and how far the sweeps are (keep.c), the sweeps and the commands.
 */
#ifndef MODULES_RETENTION_RETENTION_H
#define MODULES_RETENTION_RETENTION_H

#include <stonechat/module.h>
#include <stonechat/row.h>

struct retention_conf {
	uint32_t kind[4];	/* in the order of enum chat_kind */
	uint32_t undelivered;
	uint32_t seal_days;	/* 0: never */
};

/* Counters, and the one table. */
enum { PERIODS_DROPPED, DELIVERED_REMOVED, PERIODS_SEALED };
enum { RETENTION_ROWS };

enum {
	DAY_MS = 86400 * 1000,
	CYCLE_MS = 3600 * 1000,
	ROWS_AT_ONCE = 2000,
	KINDS = 4
};

/* Of chats that have a retention of their own. */
enum {
	CLASS_FOREVER = SC_CLASS_OWN,
	CLASS_DELIVERED,
	CLASS_DAYS		/* and above: rows of the table */
};

extern const char *const retention_kinds[KINDS];

/* ---- what classes mean (keep.c) ---- */

/* The days of a class from CLASS_DAYS on; SC_ENOTFOUND: it has no meaning
 * yet. */
int retention_days_get(struct sc_module *, struct tx *, unsigned class,
    uint32_t *days);
int retention_days_put(struct sc_module *, struct tx *, unsigned class,
    uint32_t days);

/* How long a class is kept; what nobody has given a meaning is not dropped. */
int retention_keep(struct sc_module *, struct tx *, unsigned class,
    uint32_t *keep);

/* Whether the period is over for so long that it is dropped. */
bool retention_is_old(const struct sc_module *, const struct tx *,
    const struct sc_period *, uint32_t keep);

/* Whether the sweep will seal it: not what goes soon, or row by row. */
bool retention_is_due(const struct sc_module *, const struct tx *,
    const struct sc_period *, uint32_t keep);

/* The first period from FROM on with something to do, or any. */
struct retention_search {
	struct sc_module *m;
	struct tx *tx;
	uint32_t from;
	bool any, found, old;
	struct sc_period period;
	uint32_t keep;
};

/* For scm_periods, with a struct retention_search. */
int retention_search(void *arg, const struct sc_period *);

/* ---- how far the sweeps are (keep.c) ---- */

struct retention_progress {
	int64_t due;		/* nothing is done before */
	uint32_t part;		/* the first that is not done */
	struct chat_place place;	/* in it */
};

/* All zero: it begins. */
int retention_progress_get(struct sc_module *, struct tx *,
    struct retention_progress *);
int retention_progress_put(struct sc_module *, struct tx *,
    const struct retention_progress *);

/* When there may be something to seal. */
int retention_seal_due_get(struct sc_module *, struct tx *, int64_t *due);
int retention_seal_due_put(struct sc_module *, struct tx *, int64_t due);

/* ---- sweeps, and commands ---- */

int retention_sweep(struct sc_module *, struct tx *);
int retention_sweep_run(struct sc_module *, struct tx *, struct sc_command *);

int retention_seal(struct sc_module *, struct tx *);
int retention_seal_run(struct sc_module *, struct tx *, struct sc_command *);

int retention_list_run(struct sc_module *, struct tx *, struct sc_command *);

int retention_chat_run(struct sc_module *, struct tx *, struct sc_command *);

#endif

/* SPDX-License-Identifier: ISC */
/* disappearing: what the files of this module share. */
#ifndef MODULES_DISAPPEARING_DISAPPEARING_H
#define MODULES_DISAPPEARING_DISAPPEARING_H

#include <stonechat/module.h>

/* The tables and counters of disappearing.c. */
enum disappearing_table {
	DUE,			/* time, chat, seq: what disappears when */
	SWEEPS			/* how far the sweep for lost rows has come */
};

enum disappearing_counter {
	TIMERS_SET,
	NOTED,
	REMOVED,
	LOST
};

struct disappearing_conf {
	uint32_t shortest, longest;
};

/* ---- due.c: the index by time, and its sweeps ---- */

/* E will disappear. */
int due_note(struct sc_module *, struct tx *, const struct entry *e);

/* Takes what is due out of the log, some of it at a time. */
int due_sweep(struct sc_module *, struct tx *);

/* Looks, some at a time, for rows whose entries are gone otherwise: with their
 * period, their chat, their account. */
int due_sweep_lost(struct sc_module *, struct tx *);

#endif

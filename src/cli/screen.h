/* SPDX-License-Identifier: ISC */
/*
 * screen: what stands on the terminal above the line being typed, as blocks of
 * rows, so that a block that has changed is written again in its place.
 *
 * Pure: what the terminal must be told is appended to OUT.  The cursor is
 * always in column 0 below the last block when OUT has been written; whatever
 * is drawn there (the foot) is taken off again before the next call.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "src/common/buf.h"

enum { SCREEN_BLOCKS_MAX = 400 };	/* that are remembered */

struct screen_block;

struct screen {
	unsigned columns, height;
	unsigned above;		/* rows of ours that are in view */
	unsigned foot;		/* rows below them, as it was last */
	bool covered;		/* something else is shown meanwhile */
	struct screen_block *first, *last;
	size_t n;
};

void screen_init(struct screen *, unsigned columns, unsigned height);
void screen_fini(struct screen *);

/* Another size: lines are broken anew, and nothing is in view until it is
 * painted. */
void screen_resize(struct screen *, unsigned columns, unsigned height);

/* Nothing that was written can be reached any more. */
void screen_lose(struct screen *);
/* The same, and it is not to be painted again. */
void screen_clear(struct screen *);

/* A line at the end; harmless already, with colours.  KEY 0: it never
 * changes. */
void screen_add(struct screen *, uint64_t key, struct slice line,
    struct buf *out);

/* All blocks of this key say LINE now.  False: none of them is in view. */
bool screen_change(struct screen *, uint64_t key, struct slice line,
    struct buf *out);

/* The same, if the last block is of this key; false otherwise. */
bool screen_change_last(struct screen *, uint64_t key, struct slice line,
    struct buf *out);

/* Clears the terminal, and writes the last blocks that leave room for the
 * foot. */
void screen_paint(struct screen *, struct buf *out);

/* The foot has so many rows: what is above may have gone up. */
void screen_foot(struct screen *, unsigned rows);

/* Shows TEXT (rows that fit) in place of all, until screen_paint. */
void screen_cover(struct screen *, struct slice text, struct buf *out);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * term: lines that the user types, and lines that are printed meanwhile.
 *
 * On a terminal that can move its cursor, the line being typed can be edited
 * and stays below everything that is printed.  Otherwise (a pipe, a dumb
 * terminal) lines are read and printed as they come, and nothing is ever
 * rewritten.
 */
#ifndef CLI_TERM_H
#define CLI_TERM_H

#include <stdbool.h>

#include "src/common/buf.h"

struct term;

struct term_conf {
	bool plain;		/* even on a terminal */
	void *arg;
	/* What stands before the line; until the next call. */
	const char *(*prompt)(void *arg);
	/* A whole line, UTF-8 or not, without its newline.  The caller may
	 * overwrite it. */
	void (*line)(void *arg, char *line, size_t n);
	/* No more lines: Ctrl-D on an empty line, or the end of the input. */
	void (*end)(void *arg);
	/* SIGTERM and the like: leave.  Ctrl-C without a line to be edited. */
	void (*leave)(void *arg);
	/* Adds the words that may stand where WORD of LINE begins, each ended
	 * by a NUL, to WORDS.  NULL: there are none. */
	void (*complete)(void *arg, const char *line, const char *word,
	    struct buf *words);
};

/* Blocks the signals it handles.  NULL: without memory. */
struct term *term_create(const struct term_conf *);
/* Gives the terminal back. */
void term_destroy(struct term *);

/* Whether lines are edited, so that what was printed may be rewritten. */
bool term_edits(const struct term *);

unsigned term_columns(const struct term *);

/* Two descriptors to wait for, and what to call when one is readable. */
int term_input(const struct term *);
int term_signals(const struct term *);
void term_on_input(struct term *);
void term_on_signal(struct term *);

/* Shows the line being typed, if it is not shown; before each wait. */
void term_show(struct term *);
/* Takes it off the screen; term_print does that by itself. */
void term_hide(struct term *);

/* Prints TEXT, which is harmless already, and a newline. */
void term_print(struct term *, struct slice text);

/* A place on the screen where something may be written later. */
struct term_spot {
	bool set;
	unsigned generation;	/* of the screen: a resize begins another */
	uint64_t row;
	unsigned column;
};

/*
 * As term_print, for a line whose end may change: ROOM columns behind TEXT are
 * for END, which is written there.
 */
void term_print_open(struct term *, struct slice text, const char *end,
    unsigned room, struct term_spot *);

/* Writes END instead.  False: it cannot be reached any more, or (_last)
 * something was printed since. */
bool term_rewrite(struct term *, const struct term_spot *, const char *end);
bool term_rewrite_last(struct term *, const struct term_spot *,
    const char *end);

#endif

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
	/* A row above the prompt, where lines are edited; until the next call.
	 * NULL or "": none. */
	const char *(*status)(void *arg);
	/* The line being typed is another one now, of N bytes. */
	void (*typed)(void *arg, const char *line, size_t n);
	/* Page Up (-1), Page Down (1), or (0) another size while something
	 * covers the screen. */
	void (*page)(void *arg, int direction);
};

/* Blocks the signals it handles.  NULL: without memory. */
struct term *term_create(const struct term_conf *);
/* Gives the terminal back. */
void term_destroy(struct term *);

/* Whether lines are edited, so that what was printed may be rewritten. */
bool term_edits(const struct term *);

bool term_colours(const struct term *);
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

/* How many bytes are in the line being typed. */
size_t term_typed(const struct term *);
/* Puts TEXT into it, in place of what is there. */
void term_type(struct term *, const char *text);

/*
 * Prints a line, which is harmless already and may have colours, and broken
 * where the terminal ends, if lines are edited.  Lines with a KEY other than 0
 * may change.
 */
void term_print(struct term *, uint64_t key, struct slice line);

/* Lines of this key say LINE now.  False: none can be reached any more, or
 * (_last) something was printed since. */
bool term_change(struct term *, uint64_t key, struct slice line);
bool term_change_last(struct term *, uint64_t key, struct slice line);

/* Shows TEXT instead of all that was printed, of as many rows as
 * term_cover_rows says; what is printed meanwhile is there afterwards. */
void term_cover(struct term *, struct slice text);
void term_uncover(struct term *);
bool term_covered(const struct term *);
/* What was printed fills the screen. */
bool term_full(const struct term *);
unsigned term_cover_rows(const struct term *);

#endif

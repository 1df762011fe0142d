/* SPDX-License-Identifier: ISC */
/* term, split over term.c (the screen, plain lines, life) and term_edit.c
 * (the line being typed, which is libedit's). */
#ifndef CLI_TERM_PRIV_H
#define CLI_TERM_PRIV_H

#include <histedit.h>
#include <signal.h>

#include "src/cli/lines.h"
#include "src/cli/term.h"

struct term {
	struct term_conf conf;
	int signals;		/* a signalfd */
	sigset_t old;
	struct lines lines;	/* without editing */

	EditLine *el;		/* NULL: no editing */
	History *history;
	struct buf prompt;	/* as it is shown, without colours, and as */
	struct buf drawn;	/* libedit draws it; both end in a NUL */
	bool shown;
	bool ended;		/* no more input */
	bool inside;		/* a key is being handled */
	unsigned columns, height;
	unsigned edit_rows;	/* what the line being typed needed */
	uint64_t row;		/* where the next line is printed */
	unsigned generation;
};

/* ---- term.c ---- */

/* The size of the terminal; what was printed cannot be reached any more. */
void term_learn_size(struct term *);

/* ---- term_edit.c ---- */

/* Lines are edited from here on; without libedit they are not. */
void edit_begin(struct term *);
void edit_end(struct term *);
void edit_input(struct term *);
void edit_signal(struct term *, unsigned number);

#endif

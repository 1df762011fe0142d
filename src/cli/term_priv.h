/* SPDX-License-Identifier: ISC */
/* term, split over term.c (the screen, plain lines, life) and term_edit.c
 * (the line being typed, which is libedit's). */
#ifndef CLI_TERM_PRIV_H
#define CLI_TERM_PRIV_H

#include <histedit.h>
#include <signal.h>

#include "src/cli/lines.h"
#include "src/cli/screen.h"
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
	bool colours;
	bool shown;
	bool ended;		/* no more input */
	bool inside;		/* a key is being handled */
	unsigned status_rows;	/* above the prompt, as drawn */
	struct buf was;		/* the line that was told last */
	struct screen screen;
};

/* ---- term.c ---- */

/* The size of the terminal; nothing is in view until it is painted. */
void term_learn_size(struct term *);
void term_paint(struct term *);

/* ---- term_edit.c ---- */

/* Lines are edited from here on; without libedit they are not. */
void edit_begin(struct term *);
void edit_end(struct term *);
void edit_input(struct term *);
void edit_signal(struct term *, unsigned number);
void edit_type(struct term *, const char *text);

#endif

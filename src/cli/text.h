/* SPDX-License-Identifier: ISC */
/*
 * text: what others wrote, made harmless.  A terminal obeys control characters
 * and shows text in an order that some characters decide, so nothing that came
 * from the server, names included, is printed but through here.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include "src/common/buf.h"

enum text_form {
	TEXT_LINE,	/* one line: ^J for a newline */
	TEXT_BLOCK,	/* lines, of which all but the first are indented */
	TEXT_JSON,	/* is JSON already */
	TEXT_XML	/* is XML already */
};

enum { TEXT_INDENT = 4 };

/*
 * Appends S.  Control characters, marks that turn the direction of what
 * follows, separators of lines and bytes that are not UTF-8 are shown by name:
 * ^[ or <U+009B> or <0x9B>; in JSON and XML as the escapes of these languages,
 * which mean the same to a program.  A tab of a block is a space.
 */
void text_put(struct buf *, struct slice s, enum text_form);

/* As text_put in one line, but of what takes more than COLUMNS columns only
 * the beginning, and an ellipsis. */
void text_put_cut(struct buf *, struct slice s, unsigned columns);

/*
 * Appends S, harmless already, with newlines instead of spaces, or between
 * ideographs, where rows of COLUMNS columns end; new rows are indented.  Words
 * that are longer than a row are left to the terminal.
 */
void text_wrap(struct buf *, struct slice s, unsigned columns);

/*
 * How many columns a terminal of COLUMNS columns needs: where the cursor
 * stands after S, which may hold newlines and the escapes that set colours.
 * Moves *ROW and *COLUMN; *COLUMN == COLUMNS is a row that is just full.
 */
void text_walk(struct slice s, unsigned columns, unsigned *row,
    unsigned *column);

#endif

/* SPDX-License-Identifier: ISC */
/*
 * table: items of an answer for people.  A list is printed in columns below
 * a head, numbers to the right; one thing as lines of "title: value".
 * Control characters are printed as '?': names are the users' words, and the
 * terminal is the operator's.
 */
#ifndef CTL_TABLE_H
#define CTL_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "src/ctl/ctl.h"

enum { TABLE_COLUMNS_MAX = 12, TABLE_ROWS = 500 };

struct table {
	const struct ctl_column *columns;	/* borrowed */
	size_t ncolumns;
	bool list, headed;
	size_t width[TABLE_COLUMNS_MAX];
	bool number[TABLE_COLUMNS_MAX];
	/* waiting rows: their widest cells set the widths */
	char **cells;
	size_t nrows;
};

/* COLUMNS ends with a NULL field; at most TABLE_COLUMNS_MAX. */
void table_init(struct table *, const struct ctl_column *columns, bool list);

/* Prints it now or later. */
void table_add(struct table *, const json_t *item);

/* Prints what waits: in a list, the next rows may be wider. */
void table_flush(struct table *);
void table_fini(struct table *);

/* A copy without control characters, to be freed. */
char *table_clean(const char *);

#endif

/* SPDX-License-Identifier: ISC */
#include "src/ctl/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/alloc.h"
#include "src/common/err.h"

/* Columns of a terminal, near enough: code points. */
static size_t
width_of(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* The bytes of the character at S that a terminal may obey; 0: it only shows
 * it.  Not just ASCII's: the C1 controls (U+0080 to U+009F), the separators of
 * lines, and what turns the direction of writing. */
static size_t
active_bytes(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
		return 2;
	if (p[0] != 0xe2)
		return 0;
	if ((p[1] == 0x80 && p[2] >= 0xa8 && p[2] <= 0xae) ||
	    (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9))
		return 3;
	return 0;
}

char *
table_clean(const char *from)
{
	char *s, *copy = xstrdup(from);
	size_t n;

	for (s = copy; *s != '\0'; s += n == 0 ? 1 : n) {
		n = active_bytes(s);
		memset(s, '?', n);
	}
	return copy;
}

/* A value as text, to be freed. */
static char *
cell_text(const json_t *value)
{
	char number[32];

	if (json_is_integer(value)) {
		(void)snprintf(number, sizeof(number),
		    "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return xstrdup(number);
	}
	if (json_is_boolean(value))
		return xstrdup(json_is_true(value) ? "yes" : "no");
	if (!json_is_string(value) || json_string_length(value) == 0)
		return xstrdup("-");
	return table_clean(json_string_value(value));
}

void
table_init(struct table *t, const struct ctl_column *columns, bool list)
{
	memset(t, 0, sizeof(*t));
	t->columns = columns;
	t->list = list;
	while (columns != NULL && columns[t->ncolumns].field != NULL) {
		size_t n = width_of(columns[t->ncolumns].title);
		size_t i = list ? t->ncolumns : 0;

		if (n > t->width[i])
			t->width[i] = n;
		t->ncolumns++;
	}
	sc_assert(t->ncolumns <= TABLE_COLUMNS_MAX);
	t->cells = xcalloc(t->ncolumns * TABLE_ROWS + 1, sizeof(*t->cells));
}

static void
print_fields(const struct table *t, const json_t *item)
{
	char *text;

	for (size_t i = 0; i < t->ncolumns; i++) {
		text = cell_text(json_object_get(item, t->columns[i].field));
		printf("%s:%*s%s\n", t->columns[i].title,
		    (int)(t->width[0] - width_of(t->columns[i].title)) + 1,
		    "", text);
		free(text);
	}
}

/* No spaces at the end of a line. */
static void
print_cell(const struct table *t, size_t column, const char *text)
{
	int pad = (int)(t->width[column] - width_of(text));
	bool last = column + 1 == t->ncolumns;

	if (t->number[column])
		printf("%*s%s", pad, "", text);
	else
		printf("%s%*s", text, last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", stdout);
}

void
table_flush(struct table *t)
{
	char **cell = t->cells;

	if (t->nrows > 0 && !t->headed) {
		for (size_t i = 0; i < t->ncolumns; i++)
			print_cell(t, i, t->columns[i].title);
		t->headed = true;
	}
	for (size_t row = 0; row < t->nrows; row++)
		for (size_t i = 0; i < t->ncolumns; i++, cell++) {
			print_cell(t, i, *cell);
			free(*cell);
		}
	t->nrows = 0;
	fflush(stdout);
}

void
table_add(struct table *t, const json_t *item)
{
	char **cell = t->cells + t->nrows * t->ncolumns;

	if (t->ncolumns == 0)
		return;
	if (!t->list) {
		print_fields(t, item);
		return;
	}
	for (size_t i = 0; i < t->ncolumns; i++, cell++) {
		const json_t *value =
		    json_object_get(item, t->columns[i].field);
		size_t n;

		*cell = cell_text(value);
		n = width_of(*cell);
		if (n > t->width[i])
			t->width[i] = n;
		t->number[i] = t->number[i] || json_is_integer(value);
	}
	if (++t->nrows == TABLE_ROWS)
		table_flush(t);
}

void
table_fini(struct table *t)
{
	table_flush(t);
	free(t->cells);
}

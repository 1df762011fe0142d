/* SPDX-License-Identifier: ISC */
#include "src/cli/screen.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a terminal that knows what `screen' writes ---- */

enum { ROWS = 8, COLUMNS = 20 };

struct terminal {
	char cells[ROWS][COLUMNS + 1];
	unsigned row, column;
};

static void
blank(struct terminal *t, unsigned row, unsigned column)
{
	memset(t->cells[row] + column, ' ', COLUMNS - column);
	t->cells[row][COLUMNS] = '\0';
}

static void
line_feed(struct terminal *t)
{
	t->column = 0;
	if (t->row + 1 < ROWS) {
		t->row++;
		return;
	}
	memmove(t->cells[0], t->cells[1], sizeof(t->cells[0]) * (ROWS - 1));
	blank(t, ROWS - 1, 0);
}

static void
control(struct terminal *t, unsigned n, char final)
{
	if (final == 'A') {
		assert_true(n <= t->row);	/* never above the first row */
		t->row -= n;
	} else if (final == 'B') {
		assert_true(t->row + n < ROWS);
		t->row += n;
	} else if (final == 'H') {
		t->row = t->column = 0;
	} else if (final == 'K') {
		blank(t, t->row, 0);
	} else if (final == 'J') {
		blank(t, t->row, n == 2 ? 0 : t->column);
		for (unsigned i = n == 2 ? 0 : t->row + 1; i < ROWS; i++)
			blank(t, i, 0);
	} else {
		fail_msg("unknown control %c", final);
	}
}

static void
feed(struct terminal *t, struct buf *out)
{
	char *p, *end;

	buf_put_u8(out, '\0');
	for (p = (char *)out->p + out->off; *p != '\0'; p++) {
		if (*p == '\n') {
			line_feed(t);
		} else if (*p == '\r') {
			t->column = 0;
		} else if (*p == '\033') {
			unsigned n = (unsigned)strtoul(p + 2, &end, 10);

			control(t, n, *end);
			p = end;
		} else {
			if (t->column == COLUMNS)
				line_feed(t);
			t->cells[t->row][t->column++] = *p;
		}
	}
	buf_clear(out);
}

/* ---- both ---- */

struct both {
	struct screen screen;
	struct terminal terminal;
	struct buf out;
};

static int
setup(void **state)
{
	struct both *b = calloc(1, sizeof(*b));

	setlocale(LC_CTYPE, "C.UTF-8");
	screen_init(&b->screen, COLUMNS, ROWS);
	buf_init(&b->out, 0);
	for (unsigned i = 0; i < ROWS; i++)
		blank(&b->terminal, i, 0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct both *b = *state;

	screen_fini(&b->screen);
	buf_fini(&b->out);
	free(b);
	return 0;
}

static void
add(struct both *b, uint64_t key, const char *line)
{
	screen_add(&b->screen, key, slice_str(line), &b->out);
	feed(&b->terminal, &b->out);
}

static bool
change(struct both *b, uint64_t key, const char *line)
{
	bool seen = screen_change(&b->screen, key, slice_str(line), &b->out);

	feed(&b->terminal, &b->out);
	return seen;
}

/* The rows, without spaces at their ends, with `/' between them. */
static void
assert_rows(const struct both *b, const char *expected)
{
	char all[ROWS * (COLUMNS + 2)] = "";

	for (unsigned i = 0; i <= b->terminal.row; i++) {
		char row[COLUMNS + 1];
		size_t n = COLUMNS;

		memcpy(row, b->terminal.cells[i], sizeof(row));
		while (n > 0 && row[n - 1] == ' ')
			row[--n] = '\0';
		if (i > 0)
			strcat(all, "/");
		strcat(all, row);
	}
	assert_string_equal(all, expected);
	assert_int_equal(b->terminal.column, 0);
}

static void
lines_follow_each_other(void **state)
{
	struct both *b = *state;

	add(b, 1, "one");
	add(b, 0, "a line of more than one row");
	add(b, 2, "three");
	assert_rows(b, "one/a line of more than/    one row/three/");
}

static void
a_change_stays_in_its_place(void **state)
{
	struct both *b = *state;

	add(b, 1, "one");
	add(b, 2, "two, and that is long enough");
	add(b, 3, "three");
	assert_true(change(b, 1, "1"));
	assert_rows(b, "1/two, and that is/    long enough/three/");
	assert_true(change(b, 2, "2, and that is as long"));
	assert_rows(b, "1/2, and that is as/    long/three/");
	assert_true(change(b, 3, "3"));
	assert_rows(b, "1/2, and that is as/    long/3/");
}

static void
a_change_needs_more_or_fewer_rows(void **state)
{
	struct both *b = *state;

	add(b, 1, "one");
	add(b, 2, "two");
	assert_true(change(b, 1, "one\n    and a half\n    more"));
	assert_rows(b, "one/    and a half/    more/two/");
	assert_true(change(b, 1, "one again"));
	assert_rows(b, "one again/two/");
	add(b, 3, "three");
	assert_rows(b, "one again/two/three/");
}

static void
what_has_gone_up_is_not_reached(void **state)
{
	struct both *b = *state;
	char line[16];

	for (unsigned i = 1; i <= 10; i++) {
		snprintf(line, sizeof(line), "%u", i);
		add(b, i, line);
	}
	assert_rows(b, "4/5/6/7/8/9/10/");
	assert_false(change(b, 3, "three"));
	assert_true(change(b, 4, "four"));
	assert_rows(b, "four/5/6/7/8/9/10/");
	/* the others go up */
	assert_true(change(b, 10, "10\n11\n12"));
	assert_rows(b, "6/7/8/9/10/11/12/");
	assert_false(change(b, 5, "five"));
	/* nothing is known of what is above */
	assert_true(change(b, 10, "10"));
	assert_rows(b, "6/7/8/9/10/");
	assert_false(change(b, 5, "5"));
	assert_true(change(b, 6, "six"));
	assert_rows(b, "six/7/8/9/10/");
}

static void
half_of_a_block_is_in_view(void **state)
{
	struct both *b = *state;

	add(b, 1, "first\n    second");
	for (unsigned i = 2; i <= 7; i++)
		add(b, i, "x");
	assert_rows(b, "    second/x/x/x/x/x/x/");
	/* it cannot be written from its beginning, so all is */
	assert_true(change(b, 1, "one row"));
	assert_rows(b, "one row/x/x/x/x/x/x/");
}

static void
the_foot_needs_room(void **state)
{
	struct both *b = *state;

	for (unsigned i = 1; i <= 7; i++)
		add(b, i, "x");
	/* three rows are drawn below, so two have gone up */
	screen_foot(&b->screen, 3);
	assert_int_equal(b->screen.above, 5);
	assert_false(change(b, 2, "y"));
}

static void
another_size(void **state)
{
	struct both *b = *state;

	add(b, 1, "one two three");
	screen_resize(&b->screen, 10, ROWS);
	assert_false(change(b, 1, "one two four"));
	screen_paint(&b->screen, &b->out);
	feed(&b->terminal, &b->out);
	assert_rows(b, "one two/    four/");
	assert_true(change(b, 1, "one"));
	assert_rows(b, "one/");
}

static void
something_else_covers_it(void **state)
{
	struct both *b = *state;

	add(b, 1, "one");
	screen_cover(&b->screen, slice_str("older\nstill older\n"), &b->out);
	feed(&b->terminal, &b->out);
	add(b, 2, "two");
	assert_true(change(b, 1, "1"));
	assert_rows(b, "older/still older/");
	screen_paint(&b->screen, &b->out);
	feed(&b->terminal, &b->out);
	assert_rows(b, "1/two/");
}

static void
only_the_last_one_is_changed(void **state)
{
	struct both *b = *state;

	add(b, 1, "one");
	assert_true(screen_change_last(&b->screen, 1, slice_str("1"),
	    &b->out));
	add(b, 2, "two");
	assert_false(screen_change_last(&b->screen, 1, slice_str("one"),
	    &b->out));
	feed(&b->terminal, &b->out);
	assert_rows(b, "1/two/");
	/* a key that there are two of */
	add(b, 1, "1");
	assert_true(change(b, 1, "one"));
	assert_rows(b, "one/two/one/");
}

static void
only_so_many_are_remembered(void **state)
{
	struct both *b = *state;

	for (unsigned i = 0; i < SCREEN_BLOCKS_MAX + 10; i++)
		add(b, i + 1, "x");
	assert_int_equal(b->screen.n, SCREEN_BLOCKS_MAX);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(lines_follow_each_other),
		TEST(a_change_stays_in_its_place),
		TEST(a_change_needs_more_or_fewer_rows),
		TEST(what_has_gone_up_is_not_reached),
		TEST(half_of_a_block_is_in_view),
		TEST(the_foot_needs_room),
		TEST(another_size),
		TEST(something_else_covers_it),
		TEST(only_the_last_one_is_changed),
		TEST(only_so_many_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include "src/cli/screen.h"

#include <stdlib.h>
#include <string.h>

#include "src/cli/text.h"

struct screen_block {
	struct screen_block *next, *before;
	uint64_t key;
	struct buf line;	/* as it was given */
	struct buf text;	/* broken into rows */
	unsigned rows;
};

/* ---- blocks ---- */

static unsigned
count_rows(const struct screen *s, struct slice text)
{
	unsigned row = 0, column = 0;

	text_walk(text, s->columns, &row, &column);
	return row + 1;
}

static void
lay_out(const struct screen *s, struct screen_block *b)
{
	buf_wipe(&b->text);
	text_wrap(&b->text, buf_slice(&b->line), s->columns);
	b->rows = count_rows(s, buf_slice(&b->text));
}

static void
set_line(const struct screen *s, struct screen_block *b, struct slice line)
{
	/* it may have been a secret */
	buf_wipe(&b->line);
	buf_put_slice(&b->line, line);
	lay_out(s, b);
}

static void
block_free(struct screen *s, struct screen_block *b)
{
	if (b->before != NULL)
		b->before->next = b->next;
	else
		s->first = b->next;
	if (b->next != NULL)
		b->next->before = b->before;
	else
		s->last = b->before;
	s->n--;
	buf_wipe(&b->line);
	buf_wipe(&b->text);
	free(b);
}

static struct screen_block *
block_new(struct screen *s, uint64_t key)
{
	struct screen_block *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->key = key;
	buf_init(&b->line, 0);
	buf_init(&b->text, 0);
	b->before = s->last;
	if (s->last != NULL)
		s->last->next = b;
	else
		s->first = b;
	s->last = b;
	s->n++;
	return b;
}

/* ---- writing ---- */

static void
put_block(struct screen *s, const struct screen_block *b, struct buf *out)
{
	buf_put_slice(out, buf_slice(&b->text));
	buf_put_u8(out, '\n');
	s->above += b->rows;
	if (s->above >= s->height)
		s->above = s->height - 1;
}

/* Rows from the first one of B to the cursor. */
static unsigned
rows_from(const struct screen_block *b)
{
	unsigned rows = 0;

	for (; b != NULL; b = b->next)
		rows += b->rows;
	return rows;
}

/* As many rows as before: nothing else moves. */
static void
write_over(const struct screen_block *b, unsigned up, struct buf *out)
{
	buf_printf(out, "\033[%uA", up);
	for (unsigned i = 0; i < b->rows; i++)
		buf_put_str(out, "\033[2K\033[1B");
	buf_printf(out, "\033[%uA", b->rows);
	buf_put_slice(out, buf_slice(&b->text));
	buf_put_str(out, "\r");
	buf_printf(out, "\033[%uB", up - b->rows + 1);
}

/* What follows moves, so it is written again, too. */
static void
write_from(struct screen *s, const struct screen_block *b, unsigned up,
    struct buf *out)
{
	buf_printf(out, "\033[%uA\033[J", up);
	s->above -= up;
	for (; b != NULL; b = b->next)
		put_block(s, b, out);
}

static bool
change_block(struct screen *s, struct screen_block *b, struct slice line,
    struct buf *out)
{
	unsigned up = rows_from(b), rows = b->rows;
	struct slice old = buf_slice(&b->line);

	if (s->covered || (old.len == line.len && (old.len == 0 ||
	    memcmp(old.p, line.p, old.len) == 0))) {
		set_line(s, b, line);
		return s->covered || up - rows < s->above;
	}
	set_line(s, b, line);
	if (up - rows >= s->above)
		return false;
	if (up > s->above)	/* it begins above the first row */
		screen_paint(s, out);
	else if (b->rows == rows)
		write_over(b, up, out);
	else
		write_from(s, b, up, out);
	return true;
}

bool
screen_change(struct screen *s, uint64_t key, struct slice line,
    struct buf *out)
{
	struct screen_block *b;
	bool seen = false;

	for (b = s->first; b != NULL && key != 0; b = b->next)
		if (b->key == key && change_block(s, b, line, out))
			seen = true;
	return seen;
}

bool
screen_change_last(struct screen *s, uint64_t key, struct slice line,
    struct buf *out)
{
	return s->last != NULL && s->last->key == key &&
	    change_block(s, s->last, line, out);
}

void
screen_add(struct screen *s, uint64_t key, struct slice line, struct buf *out)
{
	struct screen_block *b;

	while (s->n >= SCREEN_BLOCKS_MAX)
		block_free(s, s->first);
	b = block_new(s, key);
	if (b == NULL)
		return;
	set_line(s, b, line);
	if (!s->covered)
		put_block(s, b, out);
}

/* ---- the whole ---- */

void
screen_paint(struct screen *s, struct buf *out)
{
	unsigned room = s->height > s->foot ? s->height - s->foot : 0, rows;
	struct screen_block *b = s->last;

	buf_put_str(out, "\033[H\033[2J");
	s->above = 0;
	s->covered = false;
	if (b == NULL)
		return;
	for (rows = b->rows; b->before != NULL &&
	    rows + b->before->rows <= room; b = b->before)
		rows += b->before->rows;
	for (; b != NULL; b = b->next)
		put_block(s, b, out);
}

void
screen_cover(struct screen *s, struct slice text, struct buf *out)
{
	buf_put_str(out, "\033[H\033[2J");
	buf_put_slice(out, text);
	s->above = 0;
	s->covered = true;
}

void
screen_foot(struct screen *s, unsigned rows)
{
	unsigned room = s->height > rows ? s->height - rows : 0;

	s->foot = rows;
	if (s->above > room)
		s->above = room;
}

void
screen_lose(struct screen *s)
{
	s->above = 0;
}

void
screen_clear(struct screen *s)
{
	while (s->first != NULL)
		block_free(s, s->first);
	s->above = 0;
}

void
screen_resize(struct screen *s, unsigned columns, unsigned height)
{
	struct screen_block *b;

	s->columns = columns;
	s->height = height;
	s->above = 0;
	for (b = s->first; b != NULL; b = b->next)
		lay_out(s, b);
}

void
screen_init(struct screen *s, unsigned columns, unsigned height)
{
	memset(s, 0, sizeof(*s));
	s->columns = columns;
	s->height = height;
	s->foot = 1;
}

void
screen_fini(struct screen *s)
{
	screen_clear(s);
}

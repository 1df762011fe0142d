/* SPDX-License-Identifier: ISC */
/*
 * The line being typed is libedit's; where it stands on the screen is ours.
 * libedit believes that it begins in column 0 of a free row, so whoever wants
 * to print takes it off the screen (term_hide), prints above, and lets libedit
 * draw it anew (term_show).  The row of the status is drawn first, and comes
 * and goes with it.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "src/cli/term_priv.h"
#include "src/cli/text.h"

enum {
	STATUS_FROM_ROWS = 5,	/* of the terminal */
	HISTORY_SIZE = 500,
	KEYS_AT_ONCE = 256,
	PROMPT_ROOM = 1024,
	REST_OF_KEY_MS = 100,	/* the bytes of one key come together */
	COLOUR_MARK = 1		/* around what has no width in a prompt */
};

/* ---- where it stands ---- */

/* How many rows the end of S is below the first one of prompt and line. */
static unsigned
rows_to(const struct term *t, const char *s, size_t n)
{
	unsigned row = 0, column = 0;

	if (t->prompt.len > 0)
		text_walk(slice_of(buf_slice(&t->prompt).p,
		    t->prompt.len - 1), t->screen.columns, &row, &column);
	text_walk(slice_of(s, n), t->screen.columns, &row, &column);
	/* libedit moves on to the next row when one is full */
	return column >= t->screen.columns ? row + 1 : row;
}

static void
erase(struct term *t, unsigned up)
{
	if (up > 0)
		fprintf(stdout, "\033[%uA", up);
	fputs("\r\033[J", stdout);
	fflush(stdout);
	t->shown = false;
}

/* What is above goes up when the line being typed needs more rows. */
static void
note_rows(struct term *t, const LineInfo *line)
{
	screen_foot(&t->screen, t->status_rows + 1 + rows_to(t, line->buffer,
	    (size_t)(line->lastchar - line->buffer)));
}

void
term_hide(struct term *t)
{
	const LineInfo *line;

	if (t->el == NULL || !t->shown)
		return;
	line = el_line(t->el);
	note_rows(t, line);
	erase(t, t->status_rows + rows_to(t, line->buffer,
	    (size_t)(line->cursor - line->buffer)));
}

/* The row above the prompt, if the terminal has room for it. */
static void
draw_status(struct term *t)
{
	const char *status = t->conf.status == NULL ? NULL :
	    t->conf.status(t->conf.arg);
	struct buf row;

	t->status_rows = 0;
	if (status == NULL || *status == '\0' ||
	    t->screen.height < STATUS_FROM_ROWS)
		return;
	buf_init(&row, 0);
	buf_put_str(&row, t->colours ? "\033[7m" : "");
	text_put_cut(&row, slice_str(status), t->screen.columns - 1);
	buf_put_str(&row, t->colours ? "\033[0m\n" : "\n");
	if (!buf_failed(&row)) {
		fwrite(buf_slice(&row).p, 1, row.len, stdout);
		fflush(stdout);
		t->status_rows = 1;
	}
	buf_fini(&row);
}

void
term_show(struct term *t)
{
	if (t->el == NULL || t->shown || t->inside || t->ended)
		return;
	draw_status(t);
	el_set(t->el, EL_REFRESH);
	note_rows(t, el_line(t->el));
	t->shown = true;
}

/* Tells the application what is being typed, if that is something else. */
static void
tell_typed(struct term *t)
{
	const LineInfo *line = el_line(t->el);
	size_t n = (size_t)(line->lastchar - line->buffer);

	if (n == t->was.len && (n == 0 ||
	    memcmp(buf_slice(&t->was).p, line->buffer, n) == 0))
		return;
	buf_clear(&t->was);
	buf_put(&t->was, line->buffer, n);
	if (t->conf.typed != NULL)
		t->conf.typed(t->conf.arg, line->buffer, n);
}

/* ---- keys ---- */

static struct term *
of(EditLine *el)
{
	struct term *t = NULL;

	el_get(el, EL_CLIENTDATA, &t);
	return t;
}

static bool
key_waits(int ms)
{
	struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&p, 1, ms) > 0;
}

static int
next_byte(char *byte)
{
	if (!key_waits(REST_OF_KEY_MS))
		return -1;
	return (int)read(STDIN_FILENO, byte, 1);
}

/*
 * For libedit: the next character.  libedit asks for more in the middle of a
 * sequence of keys; a lone Escape must not stop the program until then.
 */
static int
get_character(EditLine *el, wchar_t *out)
{
	struct term *t = of(el);
	mbstate_t state;
	size_t n = (size_t)-2;
	char byte;
	int rc;

	memset(&state, 0, sizeof(state));
	while (n == (size_t)-2) {
		rc = next_byte(&byte);
		if (rc == 0)
			t->ended = true;
		if (rc <= 0)
			return -1;
		n = mbrtowc(out, &byte, 1, &state);
	}
	if (n == (size_t)-1)
		*out = L'?';
	return 1;
}

static unsigned char
key_end(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);

	(void)key;
	if (line->buffer == line->lastchar) {
		of(el)->ended = true;
		return CC_NORM;
	}
	if (line->cursor == line->lastchar)
		return CC_ERROR;
	el_cursor(el, 1);
	el_deletestr(el, 1);
	return CC_REFRESH;
}

static unsigned char
key_clear(EditLine *el, int key)
{
	struct term *t = of(el);

	(void)key;
	screen_clear(&t->screen);
	term_paint(t);
	return CC_NORM;
}

static unsigned char
key_page_up(EditLine *el, int key)
{
	struct term *t = of(el);

	(void)key;
	if (t->conf.page != NULL)
		t->conf.page(t->conf.arg, -1);
	return CC_NORM;
}

static unsigned char
key_page_down(EditLine *el, int key)
{
	struct term *t = of(el);

	(void)key;
	if (t->conf.page != NULL)
		t->conf.page(t->conf.arg, 1);
	return CC_NORM;
}

/* ---- completion ---- */

/* Where the word begins that ends at the cursor. */
static const char *
word_start(const char *line)
{
	const char *space = strrchr(line, ' ');

	return space == NULL ? line : space + 1;
}

/* How many bytes of the words are the same, in whole characters. */
static size_t
common(struct slice words)
{
	const char *first = (const char *)words.p;
	size_t n = strlen(first), at;

	for (at = strlen(first) + 1; at < words.len;
	    at += strlen(first + at) + 1) {
		size_t same = 0;

		while (same < n && first[same] == first[at + same])
			same++;
		n = same;
	}
	while (n > 0 && ((unsigned char)first[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
print_words(struct term *t, struct slice words)
{
	struct buf line;
	size_t i;

	buf_init(&line, 0);
	for (i = 0; i < words.len; i++) {
		if (words.p[i] == '\0')
			buf_put_str(&line, "  ");
		else
			buf_put_u8(&line, words.p[i]);
	}
	term_print(t, 0, buf_slice(&line));
	buf_fini(&line);
}

/* The word becomes what all WORDS begin with; a single one is finished. */
static unsigned char
complete_with(struct term *t, const char *word, struct slice words)
{
	const char *first = (const char *)words.p;
	size_t typed = strlen(word), n = common(words);
	bool single = strlen(first) + 1 == words.len;
	char *more;

	if (n <= typed && !single) {
		print_words(t, words);
		return CC_NORM;
	}
	if (n < typed || asprintf(&more, "%.*s%s", (int)(n - typed),
	    first + typed, single ? " " : "") < 0)
		return CC_ERROR;
	el_insertstr(t->el, more);
	free(more);
	return CC_REFRESH;
}

static unsigned char
key_complete(EditLine *el, int key)
{
	struct term *t = of(el);
	const LineInfo *info = el_line(el);
	unsigned char rc = CC_ERROR;
	struct buf words;
	char *line;

	(void)key;
	line = strndup(info->buffer, (size_t)(info->cursor - info->buffer));
	buf_init(&words, 0);
	if (line != NULL && t->conf.complete != NULL)
		t->conf.complete(t->conf.arg, line, word_start(line), &words);
	if (line != NULL && words.len > 0 && !buf_failed(&words))
		rc = complete_with(t, word_start(line), buf_slice(&words));
	buf_fini(&words);
	free(line);
	return rc;
}

/* ---- a line ---- */

/* A new, empty line, which libedit shows at once. */
static void
begin_line(struct term *t)
{
	el_set(t->el, EL_UNBUFFERED, 0);
	draw_status(t);
	el_set(t->el, EL_UNBUFFERED, 1);
	t->shown = true;
}

void
edit_type(struct term *t, const char *text)
{
	const LineInfo *line;

	term_hide(t);
	line = el_line(t->el);
	el_cursor(t->el, (int)(line->lastchar - line->cursor));
	el_deletestr(t->el, (int)(line->lastchar - line->buffer));
	el_insertstr(t->el, text);
}

/* The line is finished, and the cursor below it. */
static void
take_line(struct term *t, const char *text, int n)
{
	char *line = strndup(text, (size_t)n - 1);
	HistEvent event;

	/* the row that libedit has gone down to is one more */
	erase(t, t->status_rows + rows_to(t, text, (size_t)n - 1) + 1);
	if (line != NULL && *line != '\0')
		history(t->history, &event, H_ENTER, line);
	begin_line(t);
	t->inside = false;
	if (line != NULL)
		t->conf.line(t->conf.arg, line, strlen(line));
	free(line);
}

void
edit_input(struct term *t)
{
	const char *text;
	unsigned i;
	int n;

	for (i = 0; i < KEYS_AT_ONCE && !t->ended && key_waits(0); i++) {
		term_show(t);
		t->inside = true;
		text = el_gets(t->el, &n);
		if (text != NULL && n > 0 && text[n - 1] == '\n')
			take_line(t, text, n);
		t->inside = false;
		if (t->ended)
			break;
		note_rows(t, el_line(t->el));
		tell_typed(t);
	}
	if (t->ended)
		t->conf.end(t->conf.arg);
}

/* ---- signals ---- */

/* Stops as the shell expects it, and goes on with the line as it was, which
 * libedit forgets. */
static void
stop(struct term *t)
{
	const LineInfo *info;
	char *line;

	term_hide(t);
	info = el_line(t->el);
	line = strndup(info->buffer, (size_t)(info->lastchar - info->buffer));
	el_set(t->el, EL_UNBUFFERED, 0);
	raise(SIGSTOP);
	term_learn_size(t);
	el_resize(t->el);
	begin_line(t);
	if (line != NULL)
		edit_type(t, line);	/* term_show draws it */
	free(line);
}

static void
resize(struct term *t)
{
	term_hide(t);
	term_learn_size(t);
	el_resize(t->el);
	if (t->screen.covered && t->conf.page != NULL)
		t->conf.page(t->conf.arg, 0);
	else
		term_paint(t);
}

void
edit_signal(struct term *t, unsigned number)
{
	if (number == SIGINT) {
		term_hide(t);
		begin_line(t);
		tell_typed(t);
	} else if (number == SIGTSTP) {
		stop(t);
	} else if (number == SIGWINCH) {
		resize(t);
	} else {
		t->conf.leave(t->conf.arg);
	}
}

/* ---- life ---- */

/* For libedit.  Marks stand around what has no width. */
static char *
draw_prompt(EditLine *el)
{
	struct term *t = of(el);
	const char *prompt = t->conf.prompt(t->conf.arg);

	buf_clear(&t->prompt);
	buf_put(&t->prompt, prompt, strlen(prompt) + 1);
	buf_clear(&t->drawn);
	buf_printf(&t->drawn, "\1\033[1m\1%s\1\033[0m\1", prompt);
	buf_put_u8(&t->drawn, '\0');
	return (char *)t->drawn.p;
}

static void
set_keys(EditLine *el)
{
	/* the other form copies the strings, and loses the copies */
	el_wset(el, EL_ADDFN, L"sc-end", L"delete, or end of input", key_end);
	el_wset(el, EL_ADDFN, L"sc-clear", L"clear the screen", key_clear);
	el_wset(el, EL_ADDFN, L"sc-complete", L"complete a word",
	    key_complete);
	el_wset(el, EL_ADDFN, L"sc-page-up", L"older messages", key_page_up);
	el_wset(el, EL_ADDFN, L"sc-page-down", L"newer messages",
	    key_page_down);
	el_source(el, NULL);
	el_set(el, EL_BIND, "^D", "sc-end", NULL);
	el_set(el, EL_BIND, "^L", "sc-clear", NULL);
	el_set(el, EL_BIND, "^I", "sc-complete", NULL);
	el_set(el, EL_BIND, "\033[5~", "sc-page-up", NULL);
	el_set(el, EL_BIND, "\033[6~", "sc-page-down", NULL);
}

/* Without it lines are read as they come. */
void
edit_begin(struct term *t)
{
	HistEvent event;

	t->el = el_init("stonechat", stdin, stdout, stderr);
	t->history = history_init();
	if (t->el == NULL || t->history == NULL) {
		if (t->el != NULL)
			el_end(t->el);
		t->el = NULL;
		return;
	}
	/* so that there is always a prompt to draw */
	buf_room(&t->drawn, PROMPT_ROOM);
	history(t->history, &event, H_SETSIZE, HISTORY_SIZE);
	history(t->history, &event, H_SETUNIQUE, 1);
	el_set(t->el, EL_CLIENTDATA, t);
	el_set(t->el, EL_EDITOR, "emacs");
	el_set(t->el, EL_SIGNAL, 0);
	el_set(t->el, EL_HIST, history, t->history);
	el_set(t->el, EL_PROMPT_ESC, draw_prompt, COLOUR_MARK);
	el_set(t->el, EL_GETCFN, get_character);
	set_keys(t->el);
	term_learn_size(t);
	begin_line(t);
}

void
edit_end(struct term *t)
{
	if (t->el != NULL) {
		term_hide(t);
		el_set(t->el, EL_UNBUFFERED, 0);
		el_end(t->el);
	}
	if (t->history != NULL)
		history_end(t->history);
}

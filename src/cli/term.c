/* SPDX-License-Identifier: ISC */
/*
 * A row that was printed stays reachable as long as the terminal keeps its
 * size: rows are counted, and the cursor goes up by the difference.
 */
#include "src/cli/term.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/cli/term_priv.h"
#include "src/cli/text.h"

/* ---- the screen ---- */

void
term_learn_size(struct term *t)
{
	struct winsize w;

	t->columns = 80;
	t->height = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 &&
	    w.ws_row > 0) {
		t->columns = w.ws_col;
		t->height = w.ws_row;
	}
	t->generation++;
}

static void
count_rows(struct term *t, struct slice text)
{
	unsigned row = 0, column = 0;

	text_walk(text, t->columns, &row, &column);
	t->row += row + 1;
}

void
term_print(struct term *t, struct slice text)
{
	term_hide(t);
	fwrite(text.p, 1, text.len, stdout);
	fputc('\n', stdout);
	fflush(stdout);
	count_rows(t, text);
}

void
term_print_open(struct term *t, struct slice text, const char *end,
    unsigned room, struct term_spot *spot)
{
	unsigned row = 0, column = 0;
	struct buf line;

	memset(spot, 0, sizeof(*spot));
	buf_init(&line, 0);
	buf_put_slice(&line, text);
	text_walk(text, t->columns, &row, &column);
	if (t->el != NULL && column + room > t->columns) {
		buf_printf(&line, "\n%*s", TEXT_INDENT, "");
		row++;
		column = TEXT_INDENT;
	}
	if (t->el != NULL) {
		spot->set = true;
		spot->generation = t->generation;
		spot->row = t->row + row;
		spot->column = column;
	}
	buf_put_str(&line, end);
	term_print(t, buf_slice(&line));
	buf_fini(&line);
}

bool
term_rewrite(struct term *t, const struct term_spot *spot, const char *end)
{
	unsigned up;

	if (t->el == NULL || !spot->set || spot->generation != t->generation)
		return false;
	up = (unsigned)(t->row - spot->row);
	if (up + t->edit_rows > t->height || up == 0)
		return false;
	term_hide(t);
	fprintf(stdout, "\033[%uA\033[%uG%s\033[K\033[%uB\r", up,
	    spot->column + 1, end, up);
	fflush(stdout);
	return true;
}

bool
term_rewrite_last(struct term *t, const struct term_spot *spot,
    const char *end)
{
	return spot->set && spot->row + 1 == t->row &&
	    term_rewrite(t, spot, end);
}

/* ---- input ---- */

static void
read_lines(struct term *t)
{
	char *line, *copy;
	size_t n;

	lines_read(&t->lines);
	while (!t->ended && lines_next(&t->lines, &line, &n)) {
		copy = calloc(1, n + 1);
		if (copy == NULL)
			break;
		memcpy(copy, line, n);
		t->conf.line(t->conf.arg, copy, n);
		free(copy);
	}
	if (t->lines.ended && !t->ended) {
		t->ended = true;
		t->conf.end(t->conf.arg);
	}
}

void
term_on_input(struct term *t)
{
	if (t->el != NULL)
		edit_input(t);
	else
		read_lines(t);
}

/* ---- signals ---- */

void
term_on_signal(struct term *t)
{
	struct signalfd_siginfo info;

	if (read(t->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (t->el != NULL)
		edit_signal(t, info.ssi_signo);
	else
		t->conf.leave(t->conf.arg);
}

static int
watch_signals(struct term *t, bool editing)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (editing) {
		sigaddset(&set, SIGQUIT);
		sigaddset(&set, SIGTSTP);
		sigaddset(&set, SIGWINCH);
	}
	sigprocmask(SIG_BLOCK, &set, &t->old);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- life ---- */

/* Text is UTF-8 wherever it comes from; a locale that says nothing else must
 * not make one of its bytes a character. */
static void
set_locale(void)
{
	const char *name;

	setlocale(LC_CTYPE, "");
	name = setlocale(LC_CTYPE, NULL);
	if (name == NULL || strcmp(name, "C") == 0 ||
	    strcmp(name, "POSIX") == 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

static bool
can_edit(void)
{
	const char *name = getenv("TERM");

	return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 &&
	    name != NULL && *name != '\0' && strcmp(name, "dumb") != 0;
}

struct term *
term_create(const struct term_conf *conf)
{
	struct term *t = calloc(1, sizeof(*t));
	bool editing = !conf->plain && can_edit();

	if (t == NULL)
		return NULL;
	t->conf = *conf;
	t->columns = 80;
	lines_init(&t->lines, STDIN_FILENO);
	buf_init(&t->prompt, 0);
	buf_init(&t->drawn, 0);
	set_locale();
	t->signals = watch_signals(t, editing);
	if (editing)
		edit_begin(t);
	return t;
}

void
term_destroy(struct term *t)
{
	if (t == NULL)
		return;
	edit_end(t);
	lines_fini(&t->lines);
	buf_fini(&t->prompt);
	buf_fini(&t->drawn);
	if (t->signals >= 0)
		close(t->signals);
	sigprocmask(SIG_SETMASK, &t->old, NULL);
	free(t);
}

bool
term_edits(const struct term *t)
{
	return t->el != NULL;
}

int
term_input(const struct term *t)
{
	return t->ended ? -1 : STDIN_FILENO;
}

int
term_signals(const struct term *t)
{
	return t->signals;
}

unsigned
term_columns(const struct term *t)
{
	return t->columns;
}

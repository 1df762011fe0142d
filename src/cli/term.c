/* SPDX-License-Identifier: ISC */
#include "src/cli/term.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "src/cli/term_priv.h"

/* ---- the screen ---- */

enum { COVER_FOOT = 2 };	/* the status, and a line */

void
term_learn_size(struct term *t)
{
	struct winsize w;
	unsigned columns = 80, height = 24;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 0 &&
	    w.ws_row > 0) {
		columns = w.ws_col;
		height = w.ws_row;
	}
	screen_resize(&t->screen, columns, height);
}

static void
write_out(struct buf *out)
{
	if (!buf_failed(out) && out->len > 0)
		fwrite(buf_slice(out).p, 1, out->len, stdout);
	fflush(stdout);
	buf_fini(out);
}

void
term_print(struct term *t, uint64_t key, struct slice line)
{
	struct buf out;

	term_hide(t);
	buf_init(&out, 0);
	if (t->el != NULL) {
		screen_add(&t->screen, key, line, &out);
	} else {
		buf_put_slice(&out, line);
		buf_put_u8(&out, '\n');
	}
	write_out(&out);
}

static bool
change(struct term *t, uint64_t key, struct slice line,
    bool (*how)(struct screen *, uint64_t, struct slice, struct buf *))
{
	struct buf out;
	bool seen;

	if (t->el == NULL)
		return false;
	term_hide(t);
	buf_init(&out, 0);
	seen = how(&t->screen, key, line, &out);
	write_out(&out);
	return seen;
}

bool
term_change(struct term *t, uint64_t key, struct slice line)
{
	return change(t, key, line, screen_change);
}

bool
term_change_last(struct term *t, uint64_t key, struct slice line)
{
	return change(t, key, line, screen_change_last);
}

void
term_paint(struct term *t)
{
	struct buf out;

	term_hide(t);
	buf_init(&out, 0);
	screen_paint(&t->screen, &out);
	write_out(&out);
}

void
term_cover(struct term *t, struct slice text)
{
	struct buf out;

	if (t->el == NULL)
		return;
	term_hide(t);
	buf_init(&out, 0);
	screen_cover(&t->screen, text, &out);
	write_out(&out);
}

void
term_uncover(struct term *t)
{
	if (t->screen.covered)
		term_paint(t);
}

bool
term_covered(const struct term *t)
{
	return t->screen.covered;
}

bool
term_full(const struct term *t)
{
	return t->screen.above + t->screen.foot >= t->screen.height;
}

unsigned
term_cover_rows(const struct term *t)
{
	unsigned height = t->screen.height;

	return height > COVER_FOOT + 1 ? height - COVER_FOOT : 1;
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
	const char *no_colour = getenv("NO_COLOR");

	if (t == NULL)
		return NULL;
	t->conf = *conf;
	screen_init(&t->screen, 80, 24);
	lines_init(&t->lines, STDIN_FILENO);
	buf_init(&t->prompt, 0);
	buf_init(&t->drawn, 0);
	buf_init(&t->was, 0);
	set_locale();
	t->signals = watch_signals(t, editing);
	t->colours = editing && (no_colour == NULL || *no_colour == '\0');
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
	buf_fini(&t->was);
	screen_fini(&t->screen);
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

bool
term_colours(const struct term *t)
{
	return t->el != NULL && t->colours;
}

unsigned
term_columns(const struct term *t)
{
	return t->screen.columns;
}

size_t
term_typed(const struct term *t)
{
	return t->was.len;
}

void
term_type(struct term *t, const char *text)
{
	if (t->el != NULL)
		edit_type(t, text);
}

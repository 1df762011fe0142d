/* SPDX-License-Identifier: ISC */
#include "src/cli/password.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "src/cli/cli.h"

enum {
	PASSWORD_MAX = 1024,
	CTRL_C = 3,
	CTRL_D = 4,
	BACKSPACE = 8,
	CTRL_U = 21,
	DELETE = 127
};

void
password_forget(struct cli *c)
{
	if (c->password != NULL)
		explicit_bzero(c->password, strlen(c->password));
	free(c->password);
	c->password = NULL;
}

int
password_read(struct cli *c)
{
	char line[PASSWORD_MAX + 2];
	FILE *f;

	if (c->password_file == NULL)
		return 0;
	f = fopen(c->password_file, "re");
	if (f == NULL)
		return cli_fail(c, "%s: %s: name a file whose first line is "
		    "the password", c->password_file, strerror(errno));
	/* no copy of it stays behind in a buffer of stdio */
	setvbuf(f, NULL, _IONBF, 0);
	password_forget(c);
	if (fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		c->password = strdup(line);
	}
	explicit_bzero(line, sizeof(line));
	fclose(f);
	if (c->password == NULL)
		return cli_fail(c, "%s: it is empty: name a file whose first "
		    "line is the password", c->password_file);
	return 0;
}

/* ---- asking ---- */

/*
 * The terminal gives each key as it is, Ctrl-C too: so no signal can end the
 * program while the terminal does not show what is typed.
 */
static int
set_quiet(struct termios *old)
{
	struct termios quiet;

	if (tcgetattr(STDIN_FILENO, old) != 0)
		return -1;
	quiet = *old;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	quiet.c_cc[VMIN] = 1;
	quiet.c_cc[VTIME] = 0;
	return tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
}

/* Removes the last character, which may be several bytes. */
static size_t
back(const char *line, size_t n)
{
	if (n == 0)
		return 0;
	do
		n--;
	while (n > 0 && ((unsigned char)line[n] & 0xc0) == 0x80);
	return n;
}

/* Reads to the end of the line.  The key that ended it. */
static int
read_keys(char *line, size_t size)
{
	size_t n = 0;
	char key = CTRL_D;

	for (;;) {
		if (read(STDIN_FILENO, &key, 1) != 1 || key == CTRL_D)
			return CTRL_D;
		if (key == CTRL_C)
			return CTRL_C;
		if (key == '\n' || key == '\r')
			return '\n';
		if (key == BACKSPACE || key == DELETE)
			n = back(line, n);
		else if (key == CTRL_U)
			n = 0;
		else if ((unsigned char)key >= ' ' && n + 1 < size)
			line[n++] = key;
		line[n] = '\0';
	}
}

int
password_ask(struct cli *c)
{
	char line[PASSWORD_MAX + 1] = "";
	struct termios old;
	int key;

	if (isatty(STDIN_FILENO) != 1 || set_quiet(&old) != 0)
		return -1;
	fprintf(stderr, "Password of %s: ", c->user);
	key = read_keys(line, sizeof(line));
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
	fputc('\n', stderr);
	password_forget(c);
	if (key == '\n')
		c->password = strdup(line);
	explicit_bzero(line, sizeof(line));
	if (key == CTRL_C)
		raise(SIGINT);
	return c->password == NULL ? -1 : 0;
}

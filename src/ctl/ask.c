/* SPDX-License-Identifier: ISC */
#include "src/ctl/ask.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "src/ctl/ctl.h"

int
ask_password(char *out, size_t size)
{
	bool tty = isatty(STDIN_FILENO) == 1, quiet_now = false;
	struct termios old, quiet;
	bool got;

	if (tty) {
		fprintf(stderr, "Password: ");
		quiet_now = tcgetattr(STDIN_FILENO, &old) == 0;
	}
	if (quiet_now) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	got = fgets(out, (int)size, stdin) != NULL;
	if (quiet_now) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (!got)
		return ctl_fail("no password: give it on standard input");
	if (strchr(out, '\n') == NULL && strlen(out) == size - 1)
		return ctl_fail("the password is longer than %zu bytes",
		    size - 2);
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

int
ask_confirm(const char *what, const char *name)
{
	char line[256];

	if (isatty(STDIN_FILENO) != 1)
		return ctl_fail("nothing was done: confirm it with --yes");
	fprintf(stderr, "%s\nType its name to confirm: ", what);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return ctl_fail("nothing was done");
	line[strcspn(line, "\n")] = '\0';
	return strcmp(line, name) == 0 ? 0 :
	    ctl_fail("nothing was done: the names differ");
}

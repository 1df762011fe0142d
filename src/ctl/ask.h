/* SPDX-License-Identifier: ISC */
/* ask: what the person at the terminal is asked. */
#ifndef CTL_ASK_H
#define CTL_ASK_H

#include <stddef.h>

enum { ASK_PASSWORD_MAX = 1024 };

/* A line of standard input, without its end; on a terminal it is asked for
 * and not shown.  0, or the exit status after ctl_fail.  SIZE is
 * ASK_PASSWORD_MAX + 2; wipe it. */
int ask_password(char *out, size_t size);

/* Says WHAT and has NAME typed.  0, or the exit status after ctl_fail; without
 * a terminal it is refused. */
int ask_confirm(const char *what, const char *name);

#endif

/* SPDX-License-Identifier: ISC */
/* password: from a file, or asked for on the terminal. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

struct cli;

/* The first line of the file that the options name into c->password; 0 or 1
 * after an error message.  Without such a file nothing happens. */
int password_read(struct cli *);

/*
 * Asks on the terminal, without showing what is typed, and takes the place of
 * an earlier password.  -1: there is no terminal, or the user did not want to.
 */
int password_ask(struct cli *);

void password_forget(struct cli *);

#endif

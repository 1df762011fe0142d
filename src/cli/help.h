/* SPDX-License-Identifier: ISC */
/* help: the commands, and what --help says about them. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "src/cli/cli.h"

/* NULL: there is none of that name. */
const struct cli_command *help_find(const char *name);

/* What --help says, on standard output. */
void help_print(void);
void help_print_command(const struct cli_command *);

/* Whether --help is among the arguments, before a "--". */
bool help_wanted(int argc, char **argv);

#endif

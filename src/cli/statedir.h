/* SPDX-License-Identifier: ISC */
/* statedir: where the state of this user at this server is. */
#ifndef CLI_STATEDIR_H
#define CLI_STATEDIR_H

#include <stddef.h>

struct cli;

/* Its path into OUT; what is above it exists then.  0, or 1 after an error
 * message. */
int statedir_path(const struct cli *, char *out, size_t size);

#endif

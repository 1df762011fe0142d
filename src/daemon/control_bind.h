/* SPDX-License-Identifier: ISC */
/* control_bind: the file of the control socket. */
#ifndef DAEMON_CONTROL_BIND_H
#define DAEMON_CONTROL_BIND_H

#include <stddef.h>

/* A listening socket with mode 0660 at PATH, or -1 with a sentence in WHY;
 * another server that answers there is an error, one that does not is
 * replaced. */
int control_bind(const char *path, char *why, size_t whylen);

#endif

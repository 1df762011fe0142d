/* SPDX-License-Identifier: ISC */
/*
 * confine: the worker gives up what it will not need: started as root, its
 * identity and every file outside one directory; always, the right to gain
 * rights by running programs.
 */
#ifndef DAEMON_CONFINE_H
#define DAEMON_CONFINE_H

#include <stddef.h>
#include <sys/types.h>

struct config;

/*
 * Becomes <process><user> and makes JAIL the root directory, if UID is not -1
 * (files_find_user).  Whatever else the process needs from outside must be open
 * before; no directory may be.  0, or -1 and a sentence in WHY, after which
 * only the end of the process is left.
 */
int confine_enter(const struct config *, uid_t uid, gid_t gid,
    const char *jail, char *why, size_t whylen);

#endif

/* SPDX-License-Identifier: ISC */
/* load: modules that are files (shared objects). */
#ifndef DAEMON_LOAD_H
#define DAEMON_LOAD_H

#include <stdbool.h>
#include <stddef.h>

struct sc_module_def;

/* Takes a module and the path of its file, which is the function's to copy.
 * 0, or -1 and a sentence in WHY. */
typedef int load_fn(void *arg, const struct sc_module_def *, const char *file,
    char *why, size_t whylen);

/*
 * Maps every DIR/NAME.so, in the order of their names, checks that it is a
 * module for this server, and gives it to FN.  What is mapped stays so for as
 * long as the process lives.  That there is no DIR is an error if it MUST be
 * there.  0, or -1 and a sentence in WHY that names the file.
 */
int load_directory(const char *dir, bool must, load_fn *fn, void *arg,
    char *why, size_t whylen);

#endif

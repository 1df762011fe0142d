/* SPDX-License-Identifier: ISC */
/* dir: a private directory for the files of a test. */
#ifndef TESTS_CONFORMANCE_DIR_H
#define TESTS_CONFORMANCE_DIR_H

#include <stddef.h>

enum { DIR_SIZE = 256 };

/* Makes one below $TMPDIR or /tmp; fails the program if it cannot. */
void dir_make(char path[DIR_SIZE]);

/* Removes what is in it. */
void dir_clear(const char *path);

/* Removes it and what is in it. */
void dir_remove(const char *path);

/* The number of files in PATH/NAME whose names begin with PREFIX. */
unsigned dir_files(const char *path, const char *name, const char *prefix);

#endif

/* SPDX-License-Identifier: ISC */
/* tree: directories with all that is in them. */
#ifndef CRASH_TREE_H
#define CRASH_TREE_H

#include <stdbool.h>

enum { TREE_PATH = 1024 };

/* Makes TO a copy of FROM; TO does not exist. */
void tree_copy(const char *from, const char *to);
void tree_remove(const char *dir);

/* Whether both have the same files with the same contents; says what not. */
bool tree_equal(const char *a, const char *b);

/* Calls FN for every file (not directory) below DIR with its path relative to
 * it; FN must not change what is there. */
void tree_walk(const char *dir,
    void (*fn)(void *arg, const char *path, bool directory), void *arg);

/* DIR/NAME in PATH. */
void tree_path(char path[TREE_PATH], const char *dir, const char *name);

#endif

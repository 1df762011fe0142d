/* SPDX-License-Identifier: ISC */
/*
 * alloc: allocation of small things of fixed size, which does not fail: a
 * daemon that cannot have a hundred bytes cannot keep its promises either.
 * Never for sizes that a peer chooses, and never in the client library.
 */
#ifndef COMMON_ALLOC_H
#define COMMON_ALLOC_H

#include <stddef.h>

/* COUNT zeroed items of SIZE; aborts without memory. */
void *xcalloc(size_t count, size_t size);

/* Resizes P to COUNT items of SIZE; aborts without memory. */
void *xrealloc(void *p, size_t count, size_t size);

/* A copy of the string; aborts without memory. */
char *xstrdup(const char *);

#endif

/* SPDX-License-Identifier: ISC */
#include "src/common/alloc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

/*
 * What is smaller is taken from malloc: glibc's calloc passes by the memory that
 * a thread has at hand.  What is larger may be fresh, and zero already.
 */
enum { SMALL = 1024 };

void *
xcalloc(size_t count, size_t size)
{
	bool small = size > 0 && count > 0 && count <= SMALL / size;
	void *p = small ? malloc(count * size) : calloc(count, size);

	sc_assert(p != NULL || count == 0 || size == 0);
	return small ? memset(p, 0, count * size) : p;
}

void *
xrealloc(void *old, size_t count, size_t size)
{
	void *p;

	sc_assert(size == 0 || count <= SIZE_MAX / size);
	p = realloc(old, count * size);
	sc_assert(p != NULL || count == 0 || size == 0);
	return p;
}

char *
xstrdup(const char *s)
{
	char *p = strdup(s);

	sc_assert(p != NULL);
	return p;
}

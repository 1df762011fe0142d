/* SPDX-License-Identifier: ISC */
#include "src/common/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"

void *
xcalloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	sc_assert(p != NULL || count == 0 || size == 0);
	return p;
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

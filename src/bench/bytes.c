/* SPDX-License-Identifier: ISC */
#include "src/bench/bytes.h"

#include <stdlib.h>
#include <string.h>

static void
grow(struct bytes *b, size_t n)
{
	size_t cap = b->cap == 0 ? 256 : b->cap;

	while (cap - b->n < n) {
		if (cap > SIZE_MAX / 2)
			abort();
		cap *= 2;
	}
	b->p = realloc(b->p, cap);
	if (b->p == NULL)
		abort();
	b->cap = cap;
}

void
bytes_put(struct bytes *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (b->cap - b->n < n)
		grow(b, n);
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
bytes_put_text(struct bytes *b, const char *text)
{
	bytes_put(b, text, strlen(text));
}

void
bytes_drop(struct bytes *b, size_t n)
{
	b->n -= n;
	if (b->n > 0 && n > 0)
		memmove(b->p, b->p + n, b->n);
}

void
bytes_free(struct bytes *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

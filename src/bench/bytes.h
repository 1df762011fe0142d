/* SPDX-License-Identifier: ISC */
/* bytes: a buffer that grows.  Without memory the process ends. */
#ifndef BENCH_BYTES_H
#define BENCH_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *p;
	size_t n, cap;
};

void bytes_put(struct bytes *, const void *p, size_t n);
void bytes_put_text(struct bytes *, const char *text);

/* Takes away the first N. */
void bytes_drop(struct bytes *, size_t n);
void bytes_free(struct bytes *);

#endif

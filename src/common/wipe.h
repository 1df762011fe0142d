/* SPDX-License-Identifier: ISC */
#ifndef COMMON_WIPE_H
#define COMMON_WIPE_H

#include <stdbool.h>
#include <stddef.h>

/* Overwrites N bytes in a way that no compiler removes: for secrets. */
void wipe(void *, size_t n);

/* Whether N bytes are equal; takes the same time wherever they differ. */
bool equal_secret(const void *, const void *, size_t n);

#endif

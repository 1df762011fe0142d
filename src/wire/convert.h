/* SPDX-License-Identifier: ISC */
/*
 * convert: what stonechat-wire does to a file.  Results go to standard
 * output; the first error goes to standard error with file, line and column.
 */
#ifndef WIRE_CONVERT_H
#define WIRE_CONVERT_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/deflate.h"

struct convert {
	struct deflate *deflate;
	const char *file;	/* for errors */
	int64_t base;		/* moves with the stanzas success and base */
	bool raw;		/* deflate nothing */
	bool json;
};

/* All return false after an error. */
bool convert_to_bytes(struct convert *, struct slice text);
bool convert_to_xml(struct convert *, struct slice text);
bool convert_sizes(struct convert *, struct slice text);

#endif

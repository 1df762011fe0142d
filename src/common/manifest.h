/* SPDX-License-Identifier: ISC */
/*
 * manifest: the list of a backup's files, MANIFEST, one line each in the
 * format of sha256sum(1): 64 hexadecimal digits, two spaces, the name.  The last
 * line, a comment to sha256sum, says how many there are: "# end: 12 files".
 */
#ifndef COMMON_MANIFEST_H
#define COMMON_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MANIFEST_NAME_MAX = 250, MANIFEST_SUM = 32, MANIFEST_LINE = 330 };

struct manifest_row {
	uint8_t sum[MANIFEST_SUM];	/* SHA-256 */
	char name[MANIFEST_NAME_MAX + 1];
};

/* Whether a backup may have a file of this name: "data/..." or "log/...", one
 * level, nothing hidden. */
bool manifest_name_is_good(const char *name);

/* The line of a row, with its end; OUT has room for MANIFEST_LINE. */
void manifest_print(const struct manifest_row *, char *out);

/* The last line; OUT as above. */
void manifest_print_end(uint64_t files, char *out);

/* False: the line is not the last one of a manifest of FILES. */
bool manifest_is_end(const char *line, uint64_t files);

/* False: the line is not one of a manifest. */
bool manifest_parse(const char *line, struct manifest_row *);

#endif

/* SPDX-License-Identifier: ISC */
#include "src/common/manifest.h"

#include <stdio.h>
#include <string.h>

enum { DIGITS = 2 * MANIFEST_SUM };

bool
manifest_name_is_good(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t n = slash == NULL ? 0 : (size_t)(slash - name);

	if (strlen(name) > MANIFEST_NAME_MAX ||
	    !((n == 4 && memcmp(name, "data", 4) == 0) ||
	    (n == 3 && memcmp(name, "log", 3) == 0) ||
	    (n == 6 && memcmp(name, "sealed", 6) == 0)))
		return false;
	return slash[1] != '\0' && slash[1] != '.' &&
	    strpbrk(slash + 1, "/\n\r\\") == NULL;
}

void
manifest_print(const struct manifest_row *row, char *out)
{
	size_t n = 0;

	for (int i = 0; i < MANIFEST_SUM; i++)
		n += (size_t)snprintf(out + n, MANIFEST_LINE - n, "%02x",
		    row->sum[i]);
	(void)snprintf(out + n, MANIFEST_LINE - n, "  %s\n", row->name);
}

void
manifest_print_end(uint64_t files, char *out)
{
	(void)snprintf(out, MANIFEST_LINE, "# end: %llu files\n",
	    (unsigned long long)files);
}

bool
manifest_is_end(const char *line, uint64_t files)
{
	char end[MANIFEST_LINE];

	manifest_print_end(files, end);
	return strcmp(line, end) == 0;
}

static int
digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
manifest_parse(const char *line, struct manifest_row *row)
{
	size_t n = strcspn(line, "\n");

	if (n <= DIGITS + 2 || n - DIGITS - 2 > MANIFEST_NAME_MAX ||
	    memcmp(line + DIGITS, "  ", 2) != 0)
		return false;
	for (int i = 0; i < MANIFEST_SUM; i++) {
		int high = digit(line[2 * i]), low = digit(line[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		row->sum[i] = (uint8_t)(high << 4 | low);
	}
	memcpy(row->name, line + DIGITS + 2, n - DIGITS - 2);
	row->name[n - DIGITS - 2] = '\0';
	return manifest_name_is_good(row->name);
}

/* SPDX-License-Identifier: ISC */
#include "src/cli/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 10, UNITS = 5 };

static const struct {
	char letter;
	uint32_t seconds;
	const char *name;	/* NULL: it is only typed */
} units[UNITS] = {
    {'w', 604800, NULL}, {'d', 86400, "day"}, {'h', 3600, "hour"},
    {'m', 60, "minute"}, {'s', 1, "second"}};

bool
span_parse(const char *text, uint32_t *seconds)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	uint64_t n = 0;
	int at = UNITS - 1;

	*seconds = 0;
	if (strcmp(text, "off") == 0)
		return true;
	if (digits == 0 || digits > DIGITS)
		return false;
	n = strtoull(text, NULL, 10);
	if (*unit != '\0')
		while (at >= 0 && units[at].letter != *unit)
			at--;
	if (at < 0 || (*unit != '\0' && unit[1] != '\0') ||
	    n > UINT32_MAX / units[at].seconds)
		return false;
	*seconds = (uint32_t)n * units[at].seconds;
	return true;
}

const char *
span_text(uint64_t seconds, char out[SPAN_TEXT])
{
	uint64_t n;
	int at = 1;

	while (seconds % units[at].seconds != 0)
		at++;
	n = seconds / units[at].seconds;
	(void)snprintf(out, SPAN_TEXT, "%llu %s%s", (unsigned long long)n,
	    units[at].name, n == 1 ? "" : "s");
	return out;
}

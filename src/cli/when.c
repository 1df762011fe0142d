/* SPDX-License-Identifier: ISC */
#include "src/cli/when.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "protocol/xmltext.h"

enum { AGE_DIGITS = 6 };

static bool
parse_age(const char *text, int64_t now, int64_t *ms)
{
	static const char units[] = "smhd";
	static const int64_t unit_ms[] = {1000, 60000, 3600000, 86400000};
	size_t digits = strspn(text, "0123456789");
	const char *unit;

	if (digits == 0 || digits > AGE_DIGITS || text[digits] == '\0' ||
	    text[digits + 1] != '\0')
		return false;
	unit = strchr(units, text[digits]);
	if (unit == NULL)
		return false;
	*ms = now - strtol(text, NULL, 10) * unit_ms[unit - units];
	return true;
}

static bool
parse_local(const char *text, int64_t *ms)
{
	static const char *const forms[] = {"%Y-%m-%d", "%Y-%m-%d %H:%M",
	    "%Y-%m-%d %H:%M:%S", NULL};
	struct tm tm, was;
	const char *end;
	time_t t;

	for (unsigned i = 0; forms[i] != NULL; i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		if (end == NULL || *end != '\0')
			continue;
		tm.tm_isdst = -1;
		was = tm;
		t = mktime(&tm);
		*ms = (int64_t)t * 1000;
		/* mktime takes 31 April for 1 May */
		return tm.tm_mday == was.tm_mday && tm.tm_mon == was.tm_mon;
	}
	return false;
}

bool
when_parse(const char *text, int64_t now, int64_t *ms)
{
	const size_t len = strlen(text);

	if (len > 0 && text[len - 1] == 'Z')
		return time_parse(slice_of(text, len), ms) == 0;
	return parse_age(text, now, ms) || parse_local(text, ms);
}

bool
cli_time(const char *text, int64_t *ms)
{
	return when_parse(text, (int64_t)time(NULL) * 1000, ms);
}

/* SPDX-License-Identifier: ISC */
/*
 * Calendar arithmetic of our own: the functions of the C library depend on
 * the time zone and on the width of time_t.
 */
#include <inttypes.h>
#include <stdio.h>

#include "protocol/xmltext.h"
#include "src/common/err.h"

enum {
	DAY_MS = 86400000,
	DAYS_TO_1970 = 719528,	/* from 0000-01-01 */
	DAYS_IN_400_YEARS = 146097
};

struct date {
	int year, month, day;
};

static bool
leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
	    31};

	return month == 2 && leap(year) ? 29 : days[month - 1];
}

/* Days from 0000-01-01 to YEAR-01-01; the year 0 is a leap year. */
static int
year_start(int year)
{
	if (year == 0)
		return 0;
	year--;
	return year * 365 + year / 4 - year / 100 + year / 400 + 366;
}

static struct date
date_of(int days)
{
	struct date d;

	d.year = (int)((int64_t)days * 400 / DAYS_IN_400_YEARS);
	while (year_start(d.year + 1) <= days)
		d.year++;
	while (year_start(d.year) > days)
		d.year--;
	days -= year_start(d.year);
	for (d.month = 1; days >= month_days(d.year, d.month); d.month++)
		days -= month_days(d.year, d.month);
	d.day = days + 1;
	return d;
}

void
time_print(int64_t ms, char *out)
{
	const int64_t first = -(int64_t)DAYS_TO_1970 * DAY_MS;
	const int64_t end = first + (int64_t)25 * DAYS_IN_400_YEARS * DAY_MS;
	struct date d;
	int64_t since;
	int rest;

	if (ms < first || ms >= end) {
		/* no year of four digits: plain milliseconds */
		snprintf(out, 25, "%" PRId64, ms);
		return;
	}
	since = ms - first;
	rest = (int)(since % DAY_MS);
	d = date_of((int)(since / DAY_MS));
	snprintf(out, 25, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)d.year % 10000, (unsigned)d.month % 100,
	    (unsigned)d.day % 100, (unsigned)rest / 3600000 % 100,
	    (unsigned)rest / 60000 % 60, (unsigned)rest / 1000 % 60,
	    (unsigned)rest % 1000);
}

/* LEN digits at P, or -1. */
static int
digits(const uint8_t *p, size_t len)
{
	int v = 0;

	for (size_t i = 0; i < len; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		v = v * 10 + p[i] - '0';
	}
	return v;
}

/* A plain number of milliseconds, as time_print writes it. */
static int
parse_ms(struct slice text, int64_t *ms)
{
	char copy[24], again[25];
	char *end;

	if (text.len == 0 || text.len >= sizeof(copy))
		return SC_EBADREQUEST;
	memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	*ms = strtoimax(copy, &end, 10);
	snprintf(again, sizeof(again), "%" PRId64, *ms);
	return strcmp(copy, again) == 0 ? 0 : SC_EBADREQUEST;
}

int
time_parse(struct slice text, int64_t *ms)
{
	static const char form[] = "0000-00-00T00:00:00.000Z";
	const uint8_t *p = text.p;
	struct date d;
	int hour, minute, second, milli, days;

	if (text.len != sizeof(form) - 1)
		return parse_ms(text, ms);
	for (size_t i = 0; i < text.len; i++)
		if (form[i] != '0' && p[i] != form[i])
			return SC_EBADREQUEST;
	d = (struct date){digits(p, 4), digits(p + 5, 2), digits(p + 8, 2)};
	hour = digits(p + 11, 2);
	minute = digits(p + 14, 2);
	second = digits(p + 17, 2);
	milli = digits(p + 20, 3);
	if (d.year < 0 || d.month < 1 || d.month > 12 || d.day < 1 ||
	    d.day > month_days(d.year, d.month) || hour < 0 || hour > 23 ||
	    minute < 0 || minute > 59 || second < 0 || second > 59 ||
	    milli < 0)
		return SC_EBADREQUEST;
	days = year_start(d.year) + d.day - 1 - DAYS_TO_1970;
	for (int m = 1; m < d.month; m++)
		days += month_days(d.year, m);
	*ms = (int64_t)days * DAY_MS + hour * 3600000 + minute * 60000 +
	    second * 1000 + milli;
	return 0;
}

/* SPDX-License-Identifier: ISC */
/* Times as people type them. */
#include "src/cli/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const int64_t now = INT64_C(1790000000000);

static void
assert_when(const char *text, int64_t expected)
{
	int64_t ms = -1;

	assert_true(when_parse(text, now, &ms));
	assert_int_equal(ms, expected);
}

static void
ages(void **state)
{
	(void)state;
	assert_when("0s", now);
	assert_when("90s", now - 90000);
	assert_when("90m", now - 5400000);
	assert_when("12h", now - 43200000);
	assert_when("7d", now - 604800000);
}

static void
dates(void **state)
{
	(void)state;
	assert_when("2026-11-23", INT64_C(1795392000000));
	assert_when("2026-11-23 06:46", INT64_C(1795416360000));
	assert_when("2026-11-23 06:46:01", INT64_C(1795416361000));
	assert_when("2026-11-23T06:46:00.123Z", INT64_C(1795416360123));
}

static void
others(void **state)
{
	static const char *const texts[] = {"", "d", "7", "7w", "7dd", "-7d",
	    "1234567d", "2026-13-01", "2026-04-31", "2026-11-23 25:00",
	    "2026-11-23 06:46:00 ", "2026-11-23T06:46Z", "yesterday", "Z"};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(when_parse(texts[i], now, &ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ages),
	    cmocka_unit_test(dates),
	    cmocka_unit_test(others),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

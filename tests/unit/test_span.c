/* SPDX-License-Identifier: ISC */
/* How long something is, as people type and read it. */
#include "src/cli/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
typed(void **state)
{
	static const struct {
		const char *text;
		uint32_t seconds;
	} good[] = {{"off", 0}, {"0", 0}, {"90", 90}, {"90s", 90}, {"5m", 300},
	    {"24h", 86400}, {"7d", 604800}, {"2w", 1209600},
	    {"4294967295", 4294967295}};
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(span_parse(good[i].text, &seconds));
		assert_int_equal(seconds, good[i].seconds);
	}
}

static void
others(void **state)
{
	static const char *const texts[] = {"", "d", "7y", "7dd", "-7d", "7 d",
	    "4294967296", "99999999w", "12345678901", "on"};
	uint32_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(span_parse(texts[i], &seconds));
}

static void
written(void **state)
{
	char out[SPAN_TEXT];

	(void)state;
	assert_string_equal(span_text(1, out), "1 second");
	assert_string_equal(span_text(90, out), "90 seconds");
	assert_string_equal(span_text(3600, out), "1 hour");
	assert_string_equal(span_text(86400, out), "1 day");
	assert_string_equal(span_text(604800, out), "7 days");
	assert_string_equal(span_text(86460, out), "1441 minutes");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(typed),
		cmocka_unit_test(others),
		cmocka_unit_test(written),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "src/common/manifest.h"

#define SUM "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static void
test_round_trip(void **state)
{
	struct manifest_row row, back;
	char line[MANIFEST_LINE];

	(void)state;
	memset(&row, 0, sizeof(row));
	assert_true(manifest_parse(SUM "  data/chats.00000000\n", &row));
	assert_string_equal(row.name, "data/chats.00000000");
	assert_int_equal(row.sum[1], 0x11);
	assert_int_equal(row.sum[31], 0xff);
	manifest_print(&row, line);
	assert_string_equal(line, SUM "  data/chats.00000000\n");
	assert_true(manifest_parse(line, &back));
	assert_memory_equal(row.sum, back.sum, sizeof(row.sum));
	assert_true(manifest_name_is_good("log/log.0000000001"));
	assert_true(manifest_name_is_good("sealed/0000000000000001"));
}

static void
test_longest_name(void **state)
{
	char line[MANIFEST_LINE + 2] = SUM "  log/", out[MANIFEST_LINE];
	struct manifest_row row;
	size_t n = strlen(line);

	(void)state;
	memset(line + n, 'x', MANIFEST_NAME_MAX - 4);
	line[n + MANIFEST_NAME_MAX - 4] = '\n';
	assert_true(manifest_parse(line, &row));
	manifest_print(&row, out);
	assert_string_equal(line, out);
	line[n + MANIFEST_NAME_MAX - 4] = 'x';
	assert_false(manifest_parse(line, &row));
}

static void
test_bad_names(void **state)
{
	static const char *const bad[] = {"", "data", "data/", "data/..",
	    "data/.x", "data/a/b", "../data/x", "/data/x", "logs/x", "lock",
	    "data/x\ny", "data/x\\y", "dat/x", "sealed", "sealed/",
	    "sealed/.x", "seale/x"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (manifest_name_is_good(bad[i]))
			fail_msg("\"%s\" is taken for good", bad[i]);
}

static void
test_bad_lines(void **state)
{
	static const char *const bad[] = {"", "\n", SUM, SUM "\n",
	    SUM "  \n", SUM " data/x\n", SUM " *data/x\n",
	    "0" SUM "  data/x\n", "g" SUM "  data/x\n"};
	struct manifest_row row;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (manifest_parse(bad[i], &row))
			fail_msg("\"%s\" is taken for good", bad[i]);
}

static void
test_end(void **state)
{
	struct manifest_row row;
	char line[MANIFEST_LINE];

	(void)state;
	manifest_print_end(12, line);
	assert_string_equal(line, "# end: 12 files\n");
	assert_false(manifest_parse(line, &row));
	assert_true(manifest_is_end(line, 12));
	assert_false(manifest_is_end(line, 11));
	assert_false(manifest_is_end("# end: 12 files", 12));
	assert_false(manifest_is_end(SUM "  data/x\n", 0));
	assert_false(manifest_is_end("", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_longest_name),
	    cmocka_unit_test(test_bad_names),
	    cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

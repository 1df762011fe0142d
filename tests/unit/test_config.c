/* SPDX-License-Identifier: ISC */
/* The configuration: what is read, and what has its default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "src/daemon/config.h"

static char why[1024];

static int
parse(struct config *c, const char *text)
{
	why[0] = '\0';
	return config_parse(c, "test.xml", text, strlen(text), why,
	    sizeof(why));
}

static void
test_defaults(void **state)
{
	struct config c;

	(void)state;
	assert_int_equal(parse(&c, "<stonechat/>"), 0);
	assert_int_equal(c.port, 5290);
	assert_int_equal(c.log.sink, LOG_SINK_FILE);
	assert_null(c.log.file);
	assert_int_equal(c.log.level, LOG_INFO);
	for (int i = 0; i < LOG_UNITS; i++)
		assert_int_equal(c.log.units[i], -1);
	assert_int_equal(c.naddresses, 1);
	assert_string_equal(c.addresses[0], "*");
	assert_int_equal(c.server.max_devices, 3);
	config_fini(&c);
}

static void
test_values(void **state)
{
	struct config c;

	(void)state;
	assert_int_equal(parse(&c, "<stonechat>\n<log><file> /var/log/x </file>"
	    "<level>debug</level>\n<unit name='tls' level='error'/></log>"
	    "<store><cache>2M</cache><sync>no</sync></store>"
	    "<listen><address>127.0.0.1</address>\n<address>::1</address>"
	    "<port>0</port></listen></stonechat>"), 0);
	assert_string_equal(c.log.file, "/var/log/x");
	assert_int_equal(c.log.level, LOG_DEBUG);
	assert_int_equal(c.log.units[UNIT_TLS], LOG_ERR);
	assert_int_equal(c.log.units[UNIT_SESSION], -1);
	assert_int_equal(c.unit_lines[UNIT_TLS], 3);
	assert_int_equal(c.lines[config_find("log/file") - config_defs], 2);
	assert_int_equal(c.lines[config_find("store/sync") - config_defs], 3);
	assert_int_equal(c.lines[config_find("tls/key") - config_defs], 0);
	assert_int_equal(c.store.cache_bytes, 2 << 20);
	assert_false(c.store.sync);
	assert_int_equal(c.naddresses, 2);
	assert_int_equal(c.port, 0);
	config_fini(&c);
}

static void
test_mistakes_leave_nothing(void **state)
{
	static const char *const wrong[] = {
	    "", "<stonechat>", "<stonechat><log><file>/x</file><file>/y</file>",
	    "<stonechat><log><unit/></log></stonechat>",
	    "<stonechat><listen><address>*</address><port>x</port></listen>",
	};
	struct config c;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(&c, wrong[i]), -1);
		assert_memory_equal(why, "test.xml:", 9);
		assert_null(c.log.file);
		assert_int_equal(c.naddresses, 0);
		assert_null(c.modules);
	}
}

static void
test_rows_fit(void **state)
{
	size_t n = 0;

	(void)state;
	for (; config_defs[n].path != NULL; n++)
		assert_ptr_equal(config_find(config_defs[n].path),
		    &config_defs[n]);
	assert_true(n <= CONFIG_ROWS_MAX);
	assert_null(config_find("log"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_mistakes_leave_nothing),
	    cmocka_unit_test(test_rows_fit),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

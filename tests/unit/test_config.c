/* SPDX-License-Identifier: ISC */
/* The configuration: what is read, and what has its default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "src/daemon/config.h"
#include "src/daemon/config_diff.h"
#include "src/daemon/config_module.h"
#include "src/daemon/config_value.h"
#include "src/server/module.h"

static char why[1024];

static int
parse(struct config *c, const char *text)
{
	why[0] = '\0';
	return config_parse_again(c, NULL, "test.xml", text, strlen(text), why,
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

/* ---- differences ---- */

struct seen {
	char text[4096];
	size_t n;
};

static void
see(void *arg, const struct config_change *c)
{
	struct seen *s = arg;

	s->n += (size_t)snprintf(s->text + s->n, sizeof(s->text) - s->n,
	    "%u %s <%s> %s > %s %s\n", c->line, c->path, c->element, c->now,
	    c->next, c->live ? "live" : "restart");
	assert_true(s->n < sizeof(s->text));
}

static void
expect_diff(const char *now, const char *next, const char *want)
{
	struct seen s = {.n = 0};
	struct config a, b;

	assert_int_equal(parse(&a, now), 0);
	assert_int_equal(parse(&b, next), 0);
	config_diff(&a, &b, see, &s);
	assert_string_equal(s.text, want);
	config_fini(&a);
	config_fini(&b);
}

static void
test_differences(void **state)
{
	(void)state;
	expect_diff("<stonechat/>", "<stonechat/>", "");
	/* what has its default says nothing */
	expect_diff("<stonechat/>", "<stonechat><listen><address>*</address>"
	    "<port>5290</port></listen><store><cache>65536K</cache></store>"
	    "</stonechat>", "");
	expect_diff("<stonechat><domain>a.example</domain><log><file>/a</file>"
	    "<unit name='tls' level='debug'/></log></stonechat>",
	    "<stonechat>\n<log>\n<level>debug</level>"
	    "<unit name='store' level='error'/></log>\n"
	    "<store><cache>1G</cache><sync>no</sync></store>\n"
	    "<listen><address>127.0.0.1</address><address>::1</address>"
	    "</listen>\n<tls><min-version>1.2</min-version></tls></stonechat>",
	    "0 domain <domain> a.example >  restart\n"
	    "0 log/file <file> /a >  live\n"
	    "3 log/level <level> info > debug live\n"
	    "0 log/unit tls <unit> debug >  live\n"
	    "3 log/unit store <unit>  > error live\n"
	    "5 listen/address <address> * > 127.0.0.1 ::1 restart\n"
	    "6 tls/min-version <min-version> 1.3 > 1.2 live\n"
	    "4 store/cache <cache> 64M > 1G restart\n"
	    "4 store/sync <sync> yes > no restart\n");
}

/* Every element, one at a time: it is seen, and taken or refused. */
static void
test_each_row_is_compared(void **state)
{
	(void)state;
	for (const struct conf_def *d = config_defs; d->path != NULL; d++) {
		struct seen s = {.n = 0};
		struct config a, b;
		int rc;

		if (d->type == CONF_OF_MODULE || d->type == CONF_OF_UNIT)
			continue;
		assert_int_equal(parse(&a, "<stonechat/>"), 0);
		assert_int_equal(parse(&b, "<stonechat/>"), 0);
		switch (d->type) {
		case CONF_UINT32:
			*(uint32_t *)((void *)((char *)&b + d->offset)) += 1;
			break;
		case CONF_BYTES:
			*(uint64_t *)((void *)((char *)&b + d->offset)) += 1;
			break;
		case CONF_BOOL:
			*(bool *)((char *)&b + d->offset) ^= true;
			break;
		case CONF_CHOICE:
			*(int *)((void *)((char *)&b + d->offset)) =
			    d->choices[0].value ==
			    *(int *)((void *)((char *)&b + d->offset)) ?
			    d->choices[1].value : d->choices[0].value;
			break;
		default:
			assert_int_equal(config_value_set(&b, d,
			    d->type == CONF_DOMAIN ? "other.example" :
			    d->type == CONF_ADDRESS ? "10.0.0.1" : "/other"),
			    0);
		}
		config_diff(&a, &b, see, &s);
		assert_non_null(strstr(s.text, d->path));
		rc = config_may_reload(&a, &b, "new.xml", why, sizeof(why));
		assert_int_equal(rc, d->change == CONF_LIVE ? 0 : -1);
		if (rc != 0) {
			assert_memory_equal(why, "new.xml: <", 10);
			assert_non_null(strstr(why,
			    d->change == CONF_PARENT ?
			    "this needs a stop and a start" :
			    "this needs a restart"));
		}
		config_fini(&a);
		config_fini(&b);
	}
}

static void
test_refusals(void **state)
{
	struct config a, b;

	(void)state;
	assert_int_equal(parse(&a, "<stonechat/>"), 0);
	assert_int_equal(parse(&b, "<stonechat>\n<limits><text>1</text>"
	    "</limits><threads>\n<readers>3</readers></threads></stonechat>"),
	    0);
	assert_int_equal(config_may_reload(&a, &b, "f", why, sizeof(why)), -1);
	assert_string_equal(why, "f:3: <readers>: \"2\" runs, \"3\" is in the "
	    "file: this needs a restart");
	assert_int_equal(config_may_reload(&b, &a, "f", why, sizeof(why)), -1);
	assert_string_equal(why, "f: <readers>: \"3\" runs, \"2\" is the "
	    "default, it is left out: this needs a restart");
	config_fini(&a);
	config_fini(&b);
}

static void
test_modules_are_compared(void **state)
{
	struct seen s = {.n = 0};
	struct config a, b;
	char text[256], want[256];

	(void)state;
	assert_int_equal(parse(&a, "<stonechat/>"), 0);
	if (a.nmodules == 0) {
		config_fini(&a);
		skip();
	}
	snprintf(text, sizeof(text), "<stonechat><modules>\n<module name='%s' "
	    "enabled='no'/></modules></stonechat>", a.modules[0].def->name);
	assert_int_equal(parse(&b, text), 0);
	config_diff(&a, &b, see, &s);
	snprintf(want, sizeof(want), "2 modules/module %s enabled <module> yes "
	    "> no live\n", a.modules[0].def->name);
	assert_string_equal(s.text, want);
	assert_int_equal(config_may_reload(&a, &b, "f", why, sizeof(why)), 0);
	/* a file that has come is not loaded */
	a.nmodules--;
	assert_int_equal(config_may_reload(&a, &b, "f", why, sizeof(why)), -1);
	assert_string_equal(why, "f: <directory>: there are other modules "
	    "now: this needs a restart");
	a.nmodules++;
	config_fini(&a);
	config_fini(&b);
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
	    cmocka_unit_test(test_differences),
	    cmocka_unit_test(test_each_row_is_compared),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_modules_are_compared),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}

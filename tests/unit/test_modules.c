/* SPDX-License-Identifier: ISC */
/* What an operator says of a module, and what it counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/server/module_conf.h"
#include "src/server/server_priv.h"
#include "src/store/mem/mem.h"

struct options {
	bool loud;
	uint32_t days, most;
};

static const struct sc_conf_def option_defs[] = {
    {"days", SC_CONF_UINT, offsetof(struct options, days), 1, 365, 30, "d"},
    {"most", SC_CONF_UINT, offsetof(struct options, most), 0, UINT32_MAX, 7,
	"m"},
    {"loud", SC_CONF_BOOL, offsetof(struct options, loud), 0, 1, 1, "l"},
    {0},
};

static const struct sc_stat_def stat_defs[] = {
    {"test.days", "days"},
    {"test.marks", "calls of the hook"},
    {0},
};

/* A hook that shows what the module was given. */
static int
test_mark(struct sc_module *m, struct tx *tx, const struct mark_stated *stated,
    const struct mark_moved *moved)
{
	const struct options *o = scm_conf(m);

	(void)tx, (void)stated, (void)moved;
	scm_count(m, 0, o->days);
	scm_count(m, 1, 1);
	return 0;
}

static const struct sc_module_def test_def = {
	.abi = SC_MODULE_ABI,
	.name = "test",
	.summary = "for this test",
	.conf = option_defs,
	.conf_size = sizeof(struct options),
	.stats = stat_defs,
	.mark = test_mark,
};

static const struct sc_module_def bare_def = {
	.abi = SC_MODULE_ABI,
	.name = "bare",
	.summary = "without anything",
};

static void
test_defaults(void **state)
{
	struct options *o = module_conf_create(&test_def);

	(void)state;
	assert_int_equal(o->days, 30);
	assert_int_equal(o->most, 7);
	assert_true(o->loud);
	free(o);
}

static void
test_good_values(void **state)
{
	struct options *o = module_conf_create(&test_def);
	char why[200];

	(void)state;
#define SET(option, value)                                                    \
	assert_int_equal(module_conf_set(&test_def, o, option, value, why,    \
	    sizeof(why)), 0)
	SET("days", "1");
	assert_int_equal(o->days, 1);
	SET("days", "365");
	assert_int_equal(o->days, 365);
	SET("most", "4294967295");
	assert_int_equal(o->most, UINT32_MAX);
	SET("most", "0");
	assert_int_equal(o->most, 0);
	SET("loud", "no");
	assert_false(o->loud);
	SET("loud", "yes");
	assert_true(o->loud);
#undef SET
	free(o);
}

static void
test_bad_values(void **state)
{
	static const struct {
		const char *option, *value, *why;
	} bad[] = {
		{"days", "0", "expected days to be a number from 1 to 365, "
		    "found \"0\""},
		{"days", "366", "expected days to be a number from 1 to 365, "
		    "found \"366\""},
		{"days", "", "expected days to be a number from 1 to 365, "
		    "found \"\""},
		{"days", "3 ", "expected days to be a number from 1 to 365, "
		    "found \"3 \""},
		{"days", "-1", "expected days to be a number from 1 to 365, "
		    "found \"-1\""},
		{"most", "4294967296", "expected most to be a number from 0 "
		    "to 4294967295, found \"4294967296\""},
		{"most", "18446744073709551616", "expected most to be a "
		    "number from 0 to 4294967295, found "
		    "\"18446744073709551616\""},
		{"loud", "1", "expected loud to be yes or no, found \"1\""},
	};
	struct options *o = module_conf_create(&test_def);
	struct options before = *o;
	char why[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(module_conf_set(&test_def, o, bad[i].option,
		    bad[i].value, why, sizeof(why)), SC_EBADREQUEST);
		assert_string_equal(why, bad[i].why);
	}
	assert_int_equal(module_conf_set(&test_def, o, "day", "1", why,
	    sizeof(why)), SC_ENOTFOUND);
	assert_int_equal(o->days, before.days);
	assert_int_equal(o->most, before.most);
	assert_int_equal(o->loud, before.loud);
	free(o);
	o = module_conf_create(&bare_def);
	assert_int_equal(module_conf_set(&bare_def, o, "days", "1", why,
	    sizeof(why)), SC_ENOTFOUND);
	free(o);
}

struct seen {
	size_t n;
	const char *name[4];
	uint64_t value[4];
};

static void
see(void *arg, const char *name, const char *help, uint64_t value)
{
	struct seen *s = arg;

	assert_non_null(help);
	assert_in_range(s->n, 0, 3);
	s->name[s->n] = name;
	s->value[s->n++] = value;
}

static void
test_server_runs_with_them(void **state)
{
	const struct sc_module_def *const defs[] = {&bare_def, &test_def,
		NULL};
	struct options *o = module_conf_create(&test_def);
	struct store *store = mem_open(true);
	struct server_settings *before, *next;
	struct seen seen = {0};
	struct server_conf conf;
	struct server *s;
	char why[200];

	(void)state;
	server_conf_init(&conf);
	s = server_create(&conf, store, defs, why, sizeof(why));
	assert_non_null(s);
	assert_int_equal(server_hook_mark(s, NULL, NULL, NULL), 0);
	server_stats(s, see, &seen);
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.name[0], "test.days");
	assert_int_equal(seen.value[0], 30);
	assert_string_equal(seen.name[1], "test.marks");
	assert_int_equal(seen.value[1], 1);

	o->days = 12;
	server_configure(s, &test_def, o);
	assert_int_equal(server_hook_mark(s, NULL, NULL, NULL), 0);
	seen.n = 0;
	server_stats(s, see, &seen);
	assert_int_equal(seen.value[0], 42);
	assert_int_equal(seen.value[1], 2);

	/* a reload: what is not given stays */
	before = server_reconfigure_take(s, server_settings_create(s, &conf));
	server_settings_free(before);
	assert_int_equal(server_hook_mark(s, NULL, NULL, NULL), 0);
	next = server_settings_create(s, &conf);
	o->days = 100;
	server_settings_module(next, s, &test_def, o);
	free(o);
	before = server_reconfigure_take(s, next);
	assert_int_equal(server_hook_mark(s, NULL, NULL, NULL), 0);
	server_settings_free(before);
	seen.n = 0;
	server_stats(s, see, &seen);
	assert_int_equal(seen.value[0], 42 + 12 + 100);
	server_destroy(s);
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_good_values),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_server_runs_with_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

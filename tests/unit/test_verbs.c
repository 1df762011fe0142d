/* SPDX-License-Identifier: ISC */
/* A module's own verbs and tables, in a server that serves clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/module.h"
#include "src/store/mem/mem.h"
#include "tests/unit/server_kit.h"

/* <block id/> adds one to a row of the user's; <history id/> reads it. */

static int
read_count(struct sc_module *m, struct tx *tx, uint64_t user, uint8_t *count)
{
	const uint8_t key = (uint8_t)user;
	struct slice value;
	int rc = store_get_locked(tx->st, scm_table(m, 1), 0,
	    slice_of(&key, 1), &value);

	*count = rc == 0 ? value.p[0] : 0;
	return rc == SC_ENOTFOUND ? 0 : rc;
}

static int
run_block(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	const uint8_t key = (uint8_t)r->user;
	uint8_t count;
	int rc = read_count(m, tx, r->user, &count);

	if (rc != 0)
		return rc;
	count++;
	rc = store_put(tx->st, scm_table(m, 1), 0, slice_of(&key, 1),
	    slice_of(&count, 1));
	if (rc == 0 && count == 3) {
		r->why = "three is enough";
		return SC_EFORBIDDEN;	/* and the write is undone */
	}
	return rc;
}

static int
run_history(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct attr *a = arena_array(tx->arena, 1, sizeof(*a));
	struct elem *e = arena_alloc(tx->arena, sizeof(*e));
	uint8_t count;
	int rc = read_count(m, tx, r->user, &count);

	if (rc != 0)
		return rc;
	if (a == NULL || e == NULL)
		return SC_ENOMEM;
	a->name = ATTR_WAITING;
	a->v.u = count;
	*e = (struct elem){.tag = TAG_PING, .attrs = a, .nattr = 1};
	r->reply = e;
	r->nreply = 1;
	return 0;
}

static const struct sc_table_def tables[] = {
    {"test-unused", STORE_PARTITIONED}, {"test-counts", 0}, {0}};

static const struct sc_verb_def verbs[] = {
    {"block", TAG_BLOCK, true, run_block},
    {"history", TAG_HISTORY, false, run_history},
    {0},
};

static const struct sc_module_def counting = {
	.abi = SC_MODULE_ABI,
	.name = "counting",
	.summary = "for this test",
	.tables = tables,
	.verbs = verbs,
};

static void
test_verbs_and_tables(void **state)
{
	const struct sc_module_def *const modules[] = {&counting, NULL};
	struct kit *k = kit_create_with(NULL, modules);
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct kit_conn c;

	(void)state;
	kit_token(k, kit_user(k, "alice"), "phone", token);
	kit_connect(k, &c);
	kit_login(&c, "alice", 1, token);
	kit_send(&c, "<history id=\"1\"/>");
	assert_string_equal(kit_received(&c),
	    "<result id=\"1\"><ping waiting=\"0\"/></result>\n");
	kit_send(&c, "<block id=\"2\"/>\n<block id=\"3\"/>");
	assert_string_equal(kit_received(&c),
	    "<result id=\"2\"/>\n<result id=\"3\"/>\n");
	/* a refused request leaves nothing */
	kit_send(&c, "<block id=\"4\"/>");
	assert_string_equal(kit_received(&c),
	    "<error id=\"4\" code=\"forbidden\" text=\"three is enough\"/>\n");
	kit_send(&c, "<history id=\"5\"/>");
	assert_string_equal(kit_received(&c),
	    "<result id=\"5\"><ping waiting=\"2\"/></result>\n");
	/* without an id it is no request */
	kit_send(&c, "<history/>");
	assert_string_equal(kit_received(&c), "");
	kit_disconnect(&c);
	kit_destroy(k);
}

static void
test_a_verb_has_one_module(void **state)
{
	static const struct sc_module_def twin = {
		.abi = SC_MODULE_ABI,
		.name = "twin",
		.summary = "serves what another serves",
		.verbs = verbs,
	};
	const struct sc_module_def *const modules[] = {&counting, &twin, NULL};
	struct store *store = mem_open(true);
	struct server_conf conf;
	char why[200];

	(void)state;
	server_conf_init(&conf);
	assert_null(server_create(&conf, store, modules, why, sizeof(why)));
	assert_string_equal(why,
	    "modules counting and twin both serve block: leave one out");
	store_close(store);
}

static void
test_a_table_has_one_module(void **state)
{
	static const struct sc_table_def taken[] = {{"users", 0}, {0}};
	static const struct sc_module_def thief = {
		.abi = SC_MODULE_ABI,
		.name = "thief",
		.summary = "wants a table of the core",
		.tables = taken,
	};
	const struct sc_module_def *const modules[] = {&thief, NULL};
	struct store *store = mem_open(true);
	struct server_conf conf;
	char why[200];

	(void)state;
	server_conf_init(&conf);
	assert_null(server_create(&conf, store, modules, why, sizeof(why)));
	assert_non_null(strstr(why, "module thief, table users"));
	store_close(store);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verbs_and_tables),
	    cmocka_unit_test(test_a_verb_has_one_module),
	    cmocka_unit_test(test_a_table_has_one_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

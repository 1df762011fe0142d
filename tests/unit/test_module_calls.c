/* SPDX-License-Identifier: ISC */
/* What a module may call: chats, users, marks, partitions, as a request of a
 * client runs. */
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
#include "tests/unit/server_kit.h"

enum { ALICE = 1, BOB = 2, BOBS_CHAT = 2, TABLE = 0 };

/* ---- what the requests do ---- */

struct seen {
	uint64_t values[8];
	size_t n;
};

static int
see_user(void *arg, const struct sc_user *u)
{
	struct seen *s = arg;

	s->values[s->n++] = u->id;
	return 0;
}

static int
see_part(void *arg, uint32_t part)
{
	struct seen *s = arg;

	s->values[s->n++] = part;
	return 0;
}

/* <keys id user/>: who that is. */
static int
run_keys(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct seen all = {.n = 0}, rest = {.n = 0};
	struct sc_user u;

	(void)m;
	assert_int_equal(scm_user(tx, r, ATTR_FROM, &u), SC_EBADREQUEST);
	if (scm_user(tx, r, ATTR_USER, &u) != 0)
		return SC_ENOTFOUND;
	assert_int_equal(u.id, BOB);
	assert_string_equal(u.name, "bob");
	assert_int_equal(scm_user_list(tx, 0, see_user, &all), 0);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.values[0], ALICE);
	assert_int_equal(all.values[1], BOB);
	assert_int_equal(scm_user_list(tx, BOB, see_user, &rest), 0);
	assert_int_equal(rest.n, 1);
	return 0;
}

static struct slice
make_payload(struct tx *tx)
{
	struct elem body = {.tag = TAG_BODY, .content = CONTENT_TEXT,
	    .text = slice_str("said")};
	struct slice payload;

	assert_int_equal(scm_payload(tx, &body, 1, &payload), 0);
	assert_true(payload.len > 4);
	return payload;
}

/* <upload id size/>: what bob has to read, and has read; SIZE is how many
 * entries that leaves. */
static int
run_upload(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t left = elem_uint(r->stanza, ATTR_SIZE, 0);
	struct chat_id id;
	struct chat chat;
	uint32_t n;
	int64_t time;
	bool estimated;
	int rc;

	(void)m;
	assert_int_equal(scm_chat_by_number(tx, ALICE, 99, &id), SC_ENOTFOUND);
	assert_int_equal(scm_chat_by_number(tx, ALICE, BOBS_CHAT, &id), 0);
	assert_int_equal(scm_chat_get(tx, &id, &chat), 0);
	assert_true(chat.head > 0);
	assert_int_equal(scm_unread(tx, &chat, BOB, chat.head - left, 999,
	    &n), 0);
	assert_int_equal(n, left);
	rc = scm_mark_when(tx, &id, BOB, MARK_READ, 1, &time, &estimated);
	if (left > 0) {
		assert_int_equal(rc, SC_ENOTFOUND);
	} else {
		assert_int_equal(rc, 0);
		assert_true(time <= scm_now(tx));
		assert_false(estimated);
	}
	return 0;
}

/* <block id/>: says something in the chat of alice and bob. */
static int
run_block(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	struct chat_id id;

	(void)m, (void)r;
	assert_int_equal(scm_chat_by_number(tx, ALICE, BOBS_CHAT, &id), 0);
	elem_begin(&e, TAG_CHANGED);
	elem_add_text(&e, ATTR_TOPIC, slice_str("news"));
	(void)make_payload(tx);
	return scm_chat_say(tx, &id, &e.e);
}

/* <history id/>: with BEFORE two partitions are filled, with LIMIT one of them is
 * dropped, else it is looked at what there is. */
static int
run_history(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct slice key = slice_str("key"), value = slice_str("value"), got;
	struct seen parts = {.n = 0};
	uint8_t a[16], b[16];

	if (elem_has(r->stanza, ATTR_LIMIT))
		return scm_drop(tx, m, TABLE, 3);
	if (elem_has(r->stanza, ATTR_BEFORE)) {
		assert_int_equal(scm_put(tx, m, TABLE, 3, key, value), 0);
		return scm_put(tx, m, TABLE, 5, key, value);
	}
	assert_int_equal(scm_parts(tx, m, TABLE, see_part, &parts), 0);
	assert_int_equal(parts.n, 1);
	assert_int_equal(parts.values[0], 5);
	assert_int_equal(scm_put(tx, m, TABLE, 3, key, value), SC_ECONFLICT);
	assert_int_equal(scm_get(tx, m, TABLE, 5, key, &got), 0);
	got = scm_copy(tx, got);
	assert_true(slice_equal(got, value));
	scm_random(tx, a, sizeof(a));
	scm_random(tx, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	return 0;
}

static const struct sc_table_def tables[] = {
    {"test-parts", STORE_PARTITIONED}, {0}};

static const struct sc_verb_def verbs[] = {
    {"keys", TAG_KEYS, SC_VERB_READ, run_keys, 0},
    {"upload", TAG_UPLOAD, SC_VERB_READ, run_upload, 0},
    {"block", TAG_BLOCK, SC_VERB_WRITE, run_block, 0},
    {"history", TAG_HISTORY, SC_VERB_WRITE, run_history, 0},
    {0},
};

static const struct sc_module_def caller = {
	.abi = SC_MODULE_ABI,
	.name = "caller",
	.summary = "for this test",
	.tables = tables,
	.verbs = verbs,
};

/* ---- alice and bob ---- */

struct world {
	struct kit *kit;
	struct kit_conn alice, bob;
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {&caller, NULL};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t alice[DEVICE_TOKEN_SIZE], bob[DEVICE_TOKEN_SIZE];

	w->kit = kit_create_with(NULL, modules);
	kit_token(w->kit, kit_user(w->kit, "alice"), "phone", alice);
	kit_token(w->kit, kit_user(w->kit, "bob"), "phone", bob);
	kit_enter(w->kit, &w->alice, "alice", 1, alice);
	kit_enter(w->kit, &w->bob, "bob", 1, bob);
	kit_send(&w->alice,
	    "<message chat=\"bob\" n=\"1\"><body>hi</body></message>");
	(void)kit_received(&w->alice);
	(void)kit_received(&w->bob);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_disconnect(&w->bob);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

static void
asks(struct kit_conn *c, const char *xml, const char *answer)
{
	kit_send(c, xml);
	assert_string_equal(kit_received(c), answer);
}

static void
test_users(void **state)
{
	struct world *w = *state;

	asks(&w->alice, "<keys id=\"1\" user=\"bob\"/>", "<result id=\"1\"/>\n");
	asks(&w->alice, "<keys id=\"2\" user=\"~2\"/>", "<result id=\"2\"/>\n");
	asks(&w->alice, "<keys id=\"3\" user=\"eve\"/>",
	    "<error id=\"3\" code=\"not-found\" text=\"not found\"/>\n");
}

static void
test_unread_and_when_it_was_read(void **state)
{
	struct world *w = *state;

	asks(&w->alice, "<upload id=\"1\" size=\"1\"/>", "<result id=\"1\"/>\n");
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"1\"/>\n"
	    "<read chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->kit, 1000);
	(void)kit_received(&w->alice);
	asks(&w->alice, "<upload id=\"2\" size=\"0\"/>", "<result id=\"2\"/>\n");
}

static void
test_the_server_says_something_in_a_chat(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->alice, "<block id=\"1\"/>");
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "<message chat=\"2\" seq=\"2\""));
	assert_non_null(strstr(got, "<changed topic=\"news\"/>"));
}

static void
test_partitions(void **state)
{
	struct world *w = *state;

	asks(&w->alice, "<history id=\"1\" chat=\"2\" before=\"1\"/>",
	    "<result id=\"1\"/>\n");
	asks(&w->alice, "<history id=\"2\" chat=\"2\" limit=\"1\"/>",
	    "<result id=\"2\"/>\n");
	asks(&w->alice, "<history id=\"3\" chat=\"2\"/>",
	    "<result id=\"3\"/>\n");
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_users),
	    TEST(test_unread_and_when_it_was_read),
	    TEST(test_the_server_says_something_in_a_chat),
	    TEST(test_partitions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

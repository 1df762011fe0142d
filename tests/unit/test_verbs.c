/* SPDX-License-Identifier: ISC */
/* A module's own verbs and tables, in a server that serves clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/common/err.h"
#include "src/server/module.h"
#include "src/server/module_check.h"
#include "src/store/mem/mem.h"
#include "tests/unit/server_kit.h"

/* <block id/> adds one to a row of the user's; <history id/> reads it. */

static int
read_count(struct sc_module *m, struct tx *tx, uint64_t user, uint8_t *count)
{
	const uint8_t key = (uint8_t)user;
	struct slice value;
	int rc = scm_get_locked(tx, m, 1, 0, slice_of(&key, 1), &value);

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
	rc = scm_put(tx, m, 1, 0, slice_of(&key, 1), slice_of(&count, 1));
	if (rc == 0 && count == 3) {
		r->why = "three is enough";
		return SC_EFORBIDDEN;	/* and the write is undone */
	}
	return rc;
}

static int
run_history(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	uint8_t count;
	int rc = read_count(m, tx, r->user, &count);

	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_PING);
	elem_add_uint(&e, ATTR_WAITING, count);
	return scm_add(tx, r, &e.e);
}

/* <contact n user/> counts too, tells the account log, and answers. */
static int
run_contact(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	int rc = run_block(m, tx, r);

	if (rc != 0)
		return rc;
	elem_begin(&e, TAG_CONTACT);
	elem_add_user_id(&e, ATTR_USER, 99);
	rc = scm_account_say(tx, r->user, &e.e);
	elem_begin(&e, TAG_PING);
	elem_add_uint(&e, ATTR_WAITING, r->n);
	return rc != 0 ? rc : scm_add(tx, r, &e.e);
}

/* <settings n chat/> is an entry of the chat; <settings n/> makes one. */
static int
run_settings(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	static const uint8_t payload[] = {0x10, 0x85, 0x02, 'h', 'i'};
	struct entry e = {.payload = slice_of(payload, sizeof(payload))};
	struct chat c;
	int rc;

	(void)m;
	if (elem_has(r->stanza, ATTR_CHAT))
		rc = scm_chat(tx, r, ATTR_CHAT, &c);
	else
		rc = scm_direct(tx, 2, r, &c);
	if (rc == 0)
		rc = scm_chat_get_locked(tx, &c.id, &c);
	return rc != 0 ? rc : scm_append(tx, r, &c, &e);
}

/* <keys id user device="BYTES"/> answers with that many, or with two halves of
 * them if the user is ~2. */
static int
run_keys(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	uint64_t size = elem_uint(r->stanza, ATTR_DEVICE, 0);
	const struct value *user = elem_get(r->stanza, ATTR_USER);
	uint8_t *p = scm_alloc(tx, size + 1);
	struct elem_buf e;
	int rc = 0;

	(void)m;
	if (p == NULL)
		return SC_ENOMEM;
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(i * i >> 3);
	elem_begin(&e, TAG_OPAQUE);
	elem_add_bytes(&e, ATTR_DATA, slice_of(p, size / user->user.id));
	for (uint64_t i = 0; i < user->user.id && rc == 0; i++)
		rc = scm_add(tx, r, &e.e);
	return rc;
}

/* <audience id/> lists the numbers from 1 to 2500, a thousand a page. */
static int
run_audience(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	struct elem_buf e;
	int rc = 0;

	(void)m;
	r->attrs[r->nattr++] = (struct attr){.name = ATTR_STAMP,
	    .v = {.type = VALUE_UINT, .u = r->resume[0]}};
	while (rc == 0 && r->resume[0] < 2500 && r->nreply < 1000) {
		elem_begin(&e, TAG_PING);
		elem_add_uint(&e, ATTR_WAITING, r->resume[0] + 1);
		rc = scm_add(tx, r, &e.e);
		if (rc == 0)
			r->resume[0]++;
	}
	r->more = r->resume[0] < 2500;
	return rc < 0 ? rc : 0;
}

/* Refuses with LIMIT letters, or with what is no text. */
static int
run_why(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	size_t n = (size_t)elem_uint(r->stanza, ATTR_LIMIT, 0);
	char *why = scm_alloc(tx, n + 1);

	(void)m;
	if (why == NULL)
		return SC_ENOMEM;
	memset(why, 'x', n);
	r->why = n == 0 ? "cut \xc3" : why;
	return SC_EFORBIDDEN;
}

static const struct sc_table_def tables[] = {
    {"test-unused", STORE_PARTITIONED}, {"test-counts", 0}, {0}};

static const struct sc_verb_def verbs[] = {
    {"block", TAG_BLOCK, SC_VERB_WRITE, run_block, 0},
    {"history", TAG_HISTORY, SC_VERB_READ, run_history, 0},
    {"contact", TAG_CONTACT, SC_VERB_COUNTED, run_contact, 0},
    {"settings", TAG_SETTINGS, SC_VERB_COUNTED, run_settings, 0},
    {"keys", TAG_KEYS, SC_VERB_READ, run_keys, 0},
    {"audience", TAG_AUDIENCE, SC_VERB_LIST, run_audience, 0},
    {"keys", TAG_KEYS, SC_VERB_COUNTED, run_why, 0},
    {"settings", TAG_SETTINGS, SC_VERB_READ, run_why, 0},
    {"chat get", TAG_CHAT, SC_VERB_READ, run_history, SC_ACTION(ACTION_GET)},
    {"chat list", TAG_CHAT, SC_VERB_LIST, run_audience,
	SC_ACTION(ACTION_LIST) | SC_ACTION(ACTION_ROLE)},
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
	(void)kit_arrive(k, &c, "alice", token);
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

/* A server with that module, alice's device 1 online and bob's. */
struct world {
	struct kit *kit;
	struct kit_conn alice, bob;
	uint8_t alice_token[DEVICE_TOKEN_SIZE];
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {&counting, NULL};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t token[DEVICE_TOKEN_SIZE];

	w->kit = kit_create_with(NULL, modules);
	kit_token(w->kit, kit_user(w->kit, "alice"), "phone", w->alice_token);
	kit_token(w->kit, kit_user(w->kit, "bob"), "phone", token);
	kit_enter(w->kit, &w->alice, "alice", 1, w->alice_token);
	kit_enter(w->kit, &w->bob, "bob", 1, token);
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

#define NOW "2027-01-15T08:00:00.000Z"
#define TOLD(SEQ)                                                             \
	"<message chat=\"1\" seq=\"" SEQ "\" time=\"" NOW                      \
	"\"><contact user=\"~99\"/></message>\n"
#define ANSWERED(N)                                                           \
	"<result n=\"" N "\"><ping waiting=\"" N "\"/></result>\n"

/* What its request has told the account log comes before the answer; and a
 * repeat does nothing and gets the same. */
static void
test_r8_a_counted_verb_is_settled_once(void **state)
{
	struct world *w = *state;

	SAYS(&w->alice, "<contact n=\"1\" user=\"bob\"/>",
	    TOLD("1") ANSWERED("1"));
	SAYS(&w->alice, "<contact n=\"1\" user=\"bob\"/>", ANSWERED("1"));
	SAYS(&w->alice, "<contact n=\"1\" user=\"eve\"/>",
	    "<error n=\"1\" code=\"conflict\" text=\"this counter is not the "
	    "next, nor a repeat\" high=\"1\"/>\n");
	SAYS(&w->alice, "<contact n=\"2\" user=\"bob\"/>",
	    TOLD("2") ANSWERED("2"));
}

/* A refusal keeps nothing but the settled counter, and its words. */
static void
test_r8_a_refused_verb_consumes_the_counter(void **state)
{
	struct world *w = *state;
	static const char refused[] = "<error n=\"3\" code=\"forbidden\" "
	    "text=\"three is enough\"/>\n";

	kit_send(&w->alice, "<block id=\"1\"/>\n<block id=\"2\"/>");
	SAYS(&w->alice, "<contact n=\"1\" user=\"bob\"/>",
	    "<result id=\"1\"/>\n<result id=\"2\"/>\n"
	    "<error n=\"1\" code=\"forbidden\" text=\"three is enough\"/>\n");
	SAYS(&w->alice, "<history id=\"3\"/>",
	    "<result id=\"3\"><ping waiting=\"2\"/></result>\n");
	SAYS(&w->alice, "<void n=\"2\"/>", "<void n=\"2\"/>\n");
	SAYS(&w->alice, "<contact n=\"3\" user=\"bob\"/>", refused);
	SAYS(&w->alice, "<contact n=\"3\" user=\"bob\"/>", refused);
}

/* What cannot be said as a reason is left out: the code says enough, and the
 * counter is settled all the same. */
static void
test_a_reason_that_cannot_be_said(void **state)
{
	struct world *w = *state;
	char said[1100], longest[1025] = "";

	memset(longest, 'x', 1024);
	(void)snprintf(said, sizeof(said), "<error n=\"1\" "
	    "code=\"forbidden\" text=\"%s\"/>\n", longest);
	SAYS(&w->alice, "<keys n=\"1\" limit=\"1024\"/>", said);
	SAYS(&w->alice, "<keys n=\"2\" limit=\"1025\"/>",
	    "<error n=\"2\" code=\"forbidden\" text=\"not permitted\"/>\n");
	SAYS(&w->alice, "<keys n=\"3\"/>",
	    "<error n=\"3\" code=\"forbidden\" text=\"not permitted\"/>\n");
	SAYS(&w->alice, "<settings id=\"4\" limit=\"70000\"/>",
	    "<error id=\"4\" code=\"forbidden\" text=\"not permitted\"/>\n");
	SAYS(&w->alice, "<settings id=\"5\"/>",
	    "<error id=\"5\" code=\"forbidden\" text=\"not permitted\"/>\n");
}

/* An entry of a verb is like a message: introduced, acknowledged, delivered. */
static void
test_a_verb_appends_and_introduces(void **state)
{
	struct world *w = *state;
	static const char message[] = "<message chat=\"2\" seq=\"1\" "
	    "time=\"" NOW "\" from=\"~1\"><body>hi</body></message>\n";
	const char *got;

	kit_send(&w->alice, "<settings n=\"1\" pinned=\"on\"/>");
	got = kit_received(&w->alice);
	assert_memory_equal(got, "<message chat=\"1\" seq=\"1\" ", 26);
	assert_non_null(strstr(got, "name=\"bob\"/></message>\n"
	    "<ack n=\"1\" chat=\"2\" seq=\"1\" time=\"" NOW "\"/>\n"));
	assert_null(strstr(got, "<body>"));	/* the ack was it (R7) */
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, message));
	SAYS(&w->alice, "<settings n=\"1\" pinned=\"on\"/>",
	    "<ack n=\"1\" chat=\"2\" seq=\"1\" time=\"" NOW "\"/>\n");
	SAYS(&w->alice, "<settings n=\"2\" chat=\"2\" pinned=\"on\"/>",
	    "<ack n=\"2\" seq=\"2\" time=\"" NOW "\"/>\n");
	SAYS(&w->alice, "<settings n=\"2\" chat=\"2\" pinned=\"on\"/>",
	    "<ack n=\"2\" seq=\"2\" time=\"" NOW "\"/>\n");
	SAYS(&w->alice, "<settings n=\"3\" chat=\"7\" pinned=\"on\"/>",
	    "<error n=\"3\" code=\"not-found\" text=\"not found\"/>\n");
}

/* A newer session has the device: what the older one asks changes nothing, and
 * nobody answers it. */
static void
test_r9_a_verb_of_a_replaced_session(void **state)
{
	struct world *w = *state;
	struct kit_conn again;

	kit_connect(w->kit, &again);
	kit_hello(&again);
	kit_auth(&again, "alice", 1, w->alice_token);
	(void)kit_received(&w->alice);
	kit_send(&w->alice, "<contact n=\"1\" user=\"bob\"/>\n<block id=\"7\"/>");
	assert_string_equal(kit_received(&w->alice), "");
	kit_send(&again, "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>");
	(void)kit_received(&again);
	SAYS(&again, "<history id=\"1\"/>",
	    "<result id=\"1\"><ping waiting=\"0\"/></result>\n");
	SAYS(&again, "<contact n=\"1\" user=\"eve\"/>",
	    TOLD("1") ANSWERED("1"));
	kit_disconnect(&again);
}

static void
test_an_answer_fits_a_frame(void **state)
{
	struct world *w = *state;
	const char *got;

	SAYS(&w->alice, "<keys id=\"1\" user=\"~1\" device=\"70000\"/>",
	    "<error id=\"1\" code=\"too-large\" text=\"too large\"/>\n");
	SAYS(&w->alice, "<keys id=\"2\" user=\"~2\" device=\"70000\"/>",
	    "<error id=\"2\" code=\"too-large\" text=\"too large\"/>\n");
	kit_send(&w->alice, "<keys id=\"3\" user=\"~2\" device=\"40000\"/>");
	got = kit_received(&w->alice);
	assert_memory_equal(got, "<result id=\"3\"><opaque data=\"", 29);
}

/* Numbers in the pages, which must be dense. */
static unsigned
count_numbers(const char *text)
{
	unsigned n = 0;

	while ((text = strstr(text, "waiting=\"")) != NULL) {
		text += 9;
		assert_int_equal(strtoul(text, NULL, 10), ++n);
	}
	return n;
}

/* Pages come one after another, also to a client that reads slowly, and two
 * lists take turns. */
static void
test_a_list_comes_in_pages(void **state)
{
	struct world *w = *state;
	const char *got;
	size_t plain;

	kit_send(&w->alice, "<audience id=\"5\"/>");
	plain = w->alice.in.len;
	got = kit_received(&w->alice);
	assert_int_equal(count_numbers(got), 2500);
	assert_non_null(strstr(got, "</page>\n<page id=\"5\" stamp=\"1000\">"));
	assert_non_null(strstr(got, "</page>\n<page id=\"5\" stamp=\"2000\">"));
	assert_non_null(strstr(got, "</page>\n<result id=\"5\"/>\n"));
	assert_in_range(plain, 100, 6000);	/* deflated: 10,000 if not */
}

static void
test_lists_take_turns_and_have_a_limit(void **state)
{
	struct world *w = *state;
	char many[2000] = "";
	const char *got, *a, *b;

	w->alice.stuck = true;
	for (int i = 1; i <= 20; i++)
		(void)snprintf(many + strlen(many),
		    sizeof(many) - strlen(many), "<audience id=\"%d\"/>\n", i);
	kit_send(&w->alice, many);
	w->alice.stuck = false;
	worker_writable(w->alice.session);
	kit_run(w->kit);
	got = kit_received(&w->alice);
	a = strstr(got, "<result id=\"1\"/>");
	b = strstr(got, "<page id=\"2\" stamp=\"1000\">");
	assert_true(a != NULL && b != NULL && b < a);
	assert_non_null(strstr(got, "<error id=\"18\" code=\"rate-limited\" "
	    "text=\"too many lists at once: wait for their results\"/>"));
	assert_null(strstr(got, "<error id=\"17\""));
	assert_non_null(strstr(got, "<result id=\"17\"/>"));
}

/* A session that goes with lists under way takes them along. */
static void
test_a_list_ends_with_its_session(void **state)
{
	struct world *w = *state;

	w->alice.stuck = true;
	kit_send(&w->alice, "<audience id=\"1\"/>\n<audience id=\"2\"/>\n"
	    "<audience id=\"3\"/>");
	kit_send(&w->alice, "<bye why=\"shutdown\"/>");
	assert_true(w->alice.closed);
}

static void
no_random(void *arg, void *p, size_t n)
{
	(void)arg;
	memset(p, 7, n);
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
	struct server *s;
	struct server_conf conf;
	char why[200];

	(void)state;
	server_conf_init(&conf);
	s = server_create(&conf, store, modules, why, sizeof(why));
	assert_non_null(s);
	assert_int_equal(store_start(store, why, sizeof(why)), 0);
	assert_int_equal(server_start(s, 1, no_random, NULL, why,
	    sizeof(why)), SC_ECONFLICT);
	assert_string_equal(why,
	    "modules counting and twin both serve block: leave one out");
	/* unless one of them is off */
	server_module_set(s, &twin, false);
	assert_int_equal(server_start(s, 1, no_random, NULL, why,
	    sizeof(why)), 0);
	assert_int_equal(server_module_check(s, &twin, why, sizeof(why)),
	    SC_ECONFLICT);
	server_destroy(s);
	store_close(store);
}

static void
test_who_serves_all_actions_is_alone(void **state)
{
	static const struct sc_verb_def set[] = {{"set", TAG_CHAT,
	    SC_VERB_WRITE, run_block, SC_ACTION(ACTION_SET)}, {0}};
	static const struct sc_verb_def list[] = {{"role", TAG_CHAT,
	    SC_VERB_READ, run_history, SC_ACTION(ACTION_ROLE)}, {0}};
	static const struct sc_verb_def any[] = {{"any", TAG_CHAT,
	    SC_VERB_READ, run_history, 0}, {0}};
	struct sc_module_def other = {.verbs = set};

	(void)state;
	assert_null(module_clash(&counting, &other));
	other.verbs = list;
	assert_null(module_clash(&counting, &other));	/* SC_NOT_MINE */
	other.verbs = any;
	assert_string_equal(module_clash(&counting, &other), "any");
}

/* Two modules with one action: the first takes limit 1, the second limit 2; each
 * has a part in 4 and 5, but the second refuses its part of 5. */
static int
run_share(struct sc_module *m, struct tx *tx, struct sc_request *r,
    uint64_t mine)
{
	uint64_t limit = elem_uint(r->stanza, ATTR_LIMIT, 0);
	struct elem_buf e;
	int rc;

	(void)m;
	if (limit != mine && limit < 4)
		return SC_NOT_MINE;
	if (limit == 5 && mine == 2) {
		r->why = "not so";
		return SC_EFORBIDDEN;
	}
	elem_begin(&e, TAG_PING);
	elem_add_uint(&e, ATTR_WAITING, mine);
	rc = scm_add(tx, r, &e.e);
	return rc != 0 || limit < 4 ? rc : SC_AND_OTHERS;
}

static int
run_first(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	return run_share(m, tx, r, 1);
}

static int
run_second(struct sc_module *m, struct tx *tx, struct sc_request *r)
{
	return run_share(m, tx, r, 2);
}

static void
test_what_is_not_mine_is_anothers(void **state)
{
	static const struct sc_verb_def first_verbs[] = {{"set", TAG_CHAT,
	    SC_VERB_COUNTED, run_first, SC_ACTION(ACTION_SET)}, {0}};
	static const struct sc_verb_def second_verbs[] = {{"set", TAG_CHAT,
	    SC_VERB_COUNTED, run_second, SC_ACTION(ACTION_SET)}, {0}};
	static const struct sc_module_def first = {.abi = SC_MODULE_ABI,
	    .name = "first", .summary = "one", .verbs = first_verbs};
	static const struct sc_module_def second = {.abi = SC_MODULE_ABI,
	    .name = "second", .summary = "two", .verbs = second_verbs};
	const struct sc_module_def *const modules[] = {&first, &second, NULL};
	struct kit *k = kit_create_with(NULL, modules);
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct kit_conn c;

	(void)state;
	(void)kit_arrive(k, &c, "alice", token);
	kit_send(&c, "<chat n=\"1\" action=\"set\" limit=\"1\"/>\n"
	    "<chat n=\"2\" action=\"set\" limit=\"2\"/>\n"
	    "<chat n=\"3\" action=\"set\" limit=\"3\"/>\n"
	    "<chat n=\"4\" action=\"set\" limit=\"4\"/>\n"
	    "<chat n=\"5\" action=\"set\" limit=\"5\"/>");
	assert_string_equal(kit_received(&c),
	    "<result n=\"1\"><ping waiting=\"1\"/></result>\n"
	    "<result n=\"2\"><ping waiting=\"2\"/></result>\n"
	    "<error n=\"3\" code=\"not-acceptable\" text=\"this cannot be "
	    "done with a chat of this kind\"/>\n"
	    "<result n=\"4\"><ping waiting=\"1\"/><ping waiting=\"2\"/>"
	    "</result>\n"
	    "<error n=\"5\" code=\"forbidden\" text=\"not so\"/>\n");
	kit_disconnect(&c);
	kit_destroy(k);
}

static void
test_verbs_by_action(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<chat id=\"1\" action=\"get\"/>");
	assert_string_equal(kit_received(&w->alice),
	    "<result id=\"1\"><ping waiting=\"0\"/></result>\n");
	kit_send(&w->alice, "<chat id=\"2\" action=\"role\"/>");
	assert_non_null(strstr(kit_received(&w->alice), "<page id=\"2\""));
	kit_send(&w->alice, "<chat id=\"3\" action=\"set\"/>\n"
	    "<chat id=\"4\" chat=\"1\"/>");
	assert_string_equal(kit_received(&w->alice),
	    "<error id=\"3\" code=\"not-acceptable\" "
	    "text=\"this server does not know this request\"/>\n"
	    "<error id=\"4\" code=\"not-acceptable\" "
	    "text=\"this server does not know this request\"/>\n");
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_verbs_and_tables),
	    TEST(test_r8_a_counted_verb_is_settled_once),
	    TEST(test_r8_a_refused_verb_consumes_the_counter),
	    TEST(test_a_reason_that_cannot_be_said),
	    TEST(test_a_verb_appends_and_introduces),
	    TEST(test_r9_a_verb_of_a_replaced_session),
	    TEST(test_an_answer_fits_a_frame),
	    TEST(test_a_list_comes_in_pages),
	    TEST(test_lists_take_turns_and_have_a_limit),
	    TEST(test_a_list_ends_with_its_session),
	    cmocka_unit_test(test_a_verb_has_one_module),
	    cmocka_unit_test(test_who_serves_all_actions_is_alone),
	    cmocka_unit_test(test_what_is_not_mine_is_anothers),
	    TEST(test_verbs_by_action),
	    cmocka_unit_test(test_a_table_has_one_module),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

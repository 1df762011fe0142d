/* SPDX-License-Identifier: ISC */
/* Own settings of chats, stars, the list of chats, and what is unread, as a
 * client asks for them and hears of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/client_kit.h"


static void
test_changes_are_kept_and_repeated(void **state)
{
	const int64_t until = 61000, forever = SC_FOREVER, not = 0;
	const bool on = true, off = false;
	struct kit *k = *state;
	uint64_t n[4] = {0, 0, 0, 0};

	assert_int_equal(sc_client_set(k->client, "bob",
	    &(struct sc_settings){.muted = &until}, &n[0]), 0);
	assert_int_equal(sc_client_set(k->client, "2", &(struct sc_settings){
	    .muted = &forever, .archived = &on, .pinned = &off}, &n[1]), 0);
	assert_int_equal(sc_client_set(k->client, "eve",
	    &(struct sc_settings){.muted = &not}, &n[2]), 0);
	assert_int_equal(sc_client_star(k->client, "bob", 7, true, &n[3]), 0);
	assert_int_equal(n[3], 4);
	assert_int_equal(sc_client_hide(k->client, "bob", 0, &n[0]),
	    SC_CODE_BAD_REQUEST);
	assert_string_equal(kit_said(k), "<settings n=\"1\" chat=\"2\" "
	    "muted=\"1970-01-01T00:01:01.000Z\"/>\n"
	    "<settings n=\"2\" chat=\"2\" muted=\"9999-12-31T23:59:59.999Z\" "
	    "archived=\"on\" pinned=\"off\"/>\n"
	    "<settings n=\"3\" chat=\"eve\" "
	    "muted=\"1970-01-01T00:00:00.000Z\"/>\n"
	    "<star n=\"4\" chat=\"2\" seq=\"7\"/>\n");
	assert_int_equal(kit_server(k, "<result n=\"1\"/>\n<result n=\"2\"/>\n"
	    "<error n=\"3\" code=\"not-found\" text=\"there is no such chat\"/>"
	    ), 0);
	assert_string_equal(kit_events(k), "result n=1\nresult n=2\n"
	    "result n=3 code=-4 (there is no such chat)\n");
	/* the last one is not settled: it goes out again */
	kit_close(k);
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	kit_login(k, 3);
	assert_int_equal(kit_sleep(k, 1), 0);
	assert_int_equal(kit_server(k, "<result n=\"4\"/>"), 0);
	assert_string_equal(kit_events(k), "result n=4\n");
}

static void
test_bad_changes(void **state)
{
	const int64_t never = -1;
	const bool on = true;
	const struct sc_settings pin = {.pinned = &on}, nothing = {NULL, NULL,
	    NULL}, before = {.muted = &never};
	struct kit *k = *state;
	uint64_t n = 0;

	assert_int_equal(sc_client_set(k->client, NULL, &pin, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_set(k->client, "bob", NULL, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_set(k->client, "bob", &nothing, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_set(k->client, "bob", &before, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_set(k->client, "1", &pin, &n),
	    SC_CODE_FORBIDDEN);
	assert_int_equal(sc_client_set(k->client, "77", &pin, &n),
	    SC_CODE_NOT_FOUND);
	assert_int_equal(sc_client_star(k->client, NULL, 1, true, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_star(k->client, "bob", 0, true, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_star(k->client, "1", 1, true, &n),
	    SC_CODE_FORBIDDEN);
	assert_int_equal(sc_client_unread(k->client, "1", &n),
	    SC_CODE_FORBIDDEN);
	assert_int_equal(n, 0);
	assert_string_equal(kit_said(k), "");
}

/* A request that waits over a restore means the chat, not its number. */
static void
test_r3_a_change_names_its_chat(void **state)
{
	const bool on = true;
	struct kit *k = *state;
	uint64_t n = 0;

	kit_close(k);
	assert_int_equal(sc_client_set(k->client, "bob",
	    &(struct sc_settings){.pinned = &on}, &n), 0);
	kit_connect(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" "
	    "epoch=\"AAAAAAAAAAI\"/>"), SC_CODE_CONFLICT);
	kit_close(k);
	kit_connect(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" "
	    "epoch=\"AAAAAAAAAAI\"/>\n" KIT_SUCCESS("0", "") "\n"
	    KIT_SYNCED("9")), 0);
	assert_non_null(strstr(kit_said(k),
	    "<settings n=\"1\" chat=\"#aebagbafaydqqcikbmga2drwaa\" "
	    "pinned=\"on\"/>"));
}

static void
test_the_account_log_tells(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_server(k,
	    KIT_ACCOUNT("2", "<settings chat=\"2\" "
	    "muted=\"1970-01-01T00:01:01.000Z\" pinned=\"on\"/>") "\n"
	    KIT_ACCOUNT("3", "<settings chat=\"2\" archived=\"on\"/>") "\n"
	    KIT_ACCOUNT("4", "<settings chat=\"2\"/>") "\n"
	    KIT_ACCOUNT("5", "<star chat=\"2\" seq=\"7\"/>") "\n"
	    KIT_ACCOUNT("6", "<star chat=\"2\" seq=\"7\" "
	    "action=\"remove\"/>")), 0);
	assert_string_equal(kit_events(k),
	    "settings chat=2 muted=61000 pinned\nmessage chat=1 seq=2\n"
	    "settings chat=2 archived\nmessage chat=1 seq=3\n"
	    "settings chat=2\nmessage chat=1 seq=4\n"
	    "star chat=2 seq=7\nmessage chat=1 seq=5\n"
	    "star chat=2 gone seq=7\nmessage chat=1 seq=6\n");
	assert_int_equal(kit_server(k, KIT_ACCOUNT("7",
	    "<hide chat=\"2\" seq=\"7\"/>")), 0);
	assert_string_equal(kit_events(k),
	    "hidden chat=2 seq=7\nmessage chat=1 seq=7\n");
	/* what comes again is not told again: it is old */
	assert_int_equal(kit_server(k, KIT_ACCOUNT("3",
	    "<settings chat=\"2\" archived=\"on\"/>")), 0);
	assert_string_equal(kit_events(k), "");
	/* and what makes no sense is only stored */
	assert_int_equal(kit_server(k, KIT_ACCOUNT("8",
	    "<settings pinned=\"on\"/><star chat=\"2\"/><unread total=\"4\"/>")), 0);
	assert_string_equal(kit_events(k), "message chat=1 seq=8\n");
}

static void
test_lists(void **state)
{
	struct kit *k = *state;
	uint64_t id[3];

	assert_int_equal(sc_client_chats(k->client, &id[0]), 0);
	assert_int_equal(sc_client_settings(k->client, &id[1]), 0);
	assert_int_equal(sc_client_stars(k->client, &id[2]), 0);
	assert_string_equal(kit_said(k), "<chat id=\"1\" action=\"list\"/>\n"
	    "<settings id=\"2\"/>\n<star id=\"3\"/>\n");
	assert_int_equal(kit_server(k, "<page id=\"1\">"
	    "<chat number=\"2\" ref=\"AQIDBAUGBwgJCgsMDQ4PEA\" kind=\"direct\" "
	    "peer=\"~2\" name=\"bob\" last=\"9\" read=\"4\" unread=\"3\"/>"
	    "<chat number=\"5\" ref=\"AQIDBAUGBwgJCgsMDQ4PEQ\" kind=\"group\" "
	    "last=\"0\" read=\"0\" unread=\"0\"/></page>\n<result id=\"1\"/>\n"
	    "<page id=\"2\"><settings chat=\"2\" pinned=\"on\"/></page>\n"
	    "<result id=\"2\"/>\n"
	    "<page id=\"3\"><star chat=\"2\" seq=\"8\"/></page>\n"
	    "<error id=\"3\" code=\"internal\"/>"), 0);
	assert_string_equal(kit_events(k),
	    "chat chat=2 id=1 read=4 unread=3 name=bob\n"
	    "chat chat=5 id=1\nresult id=1\n"
	    "settings chat=2 id=2 pinned\nresult id=2\n"
	    "star chat=2 id=3 seq=8\n"
	    "result id=3 code=-11 (internal error)\n");
}

static int
note_chat(struct kit *k, const struct sc_event *e)
{
	(void)k;
	assert_int_equal(e->type, SC_EVENT_CHAT);
	assert_int_equal(e->kind, SC_CHAT_DIRECT);
	assert_int_equal(e->user, 2);
	assert_int_equal(e->last, 9);
	return 0;
}

static int
ask_of_chat(struct kit *k, const struct sc_event *e)
{
	uint64_t id;

	if (e->type != SC_EVENT_CHAT)
		return 0;
	assert_int_equal(sc_client_group_ask(k->client, "5", SC_GROUP_INFO,
	    &id), SC_CODE_NOT_FOUND);
	assert_int_equal(sc_client_group_ask(k->client, e->address,
	    SC_GROUP_INFO, &id), 0);
	return 0;
}

/* What is in the list may not have been introduced yet: its number means
 * nothing, its address does. */
static void
test_a_chat_not_yet_introduced(void **state)
{
	struct kit *k = *state;
	uint64_t id;

	assert_int_equal(sc_client_chats(k->client, &id), 0);
	(void)kit_said(k);
	k->hook = ask_of_chat;
	assert_int_equal(kit_server(k, "<page id=\"1\"><chat number=\"5\" "
	    "ref=\"AQIDBAUGBwgJCgsMDQ4PEQ\" kind=\"group\" last=\"0\" "
	    "read=\"0\" unread=\"0\"/></page>\n<result id=\"1\"/>"), 0);
	assert_non_null(strstr(kit_said(k),
	    "<chat id=\"2\" action=\"get\" chat=\"#"));
}

static void
test_a_chat_of_the_list(void **state)
{
	struct kit *k = *state;
	uint64_t id;

	assert_int_equal(sc_client_chats(k->client, &id), 0);
	k->hook = note_chat;
	/* the name is known, if the server does not say it */
	assert_int_equal(kit_server(k, "<page id=\"1\">"
	    "<chat number=\"2\" ref=\"AQIDBAUGBwgJCgsMDQ4PEA\" kind=\"direct\" "
	    "peer=\"~2\" last=\"9\"/></page>"), 0);
	k->hook = NULL;
	assert_string_equal(kit_events(k), "chat chat=2 id=1 name=bob\n");
}

static void
test_r15_unread(void **state)
{
	struct kit *k = *state;
	uint64_t id[2];

	assert_int_equal(sc_client_unread(k->client, NULL, &id[0]), 0);
	assert_int_equal(sc_client_unread(k->client, "bob", &id[1]), 0);
	assert_string_equal(kit_said(k),
	    "<unread id=\"1\"/>\n<unread id=\"2\" chat=\"2\"/>\n");
	assert_int_equal(kit_server(k, "<result id=\"1\"><unread total=\"12\"/>"
	    "</result>\n<result id=\"2\"><unread chat=\"2\" total=\"0\"/>"
	    "</result>"), 0);
	assert_string_equal(kit_events(k), "unread id=1 unread=12\n"
	    "result id=1\nunread chat=2 id=2 unread=0\nresult id=2\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_new_bob, kit_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_changes_are_kept_and_repeated),
	    TEST(test_bad_changes),
	    TEST(test_r3_a_change_names_its_chat),
	    TEST(test_the_account_log_tells),
	    TEST(test_lists),
	    TEST(test_a_chat_not_yet_introduced),
	    TEST(test_a_chat_of_the_list),
	    TEST(test_r15_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

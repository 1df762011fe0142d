/* SPDX-License-Identifier: ISC */
/* libstonechat: who is there, who types, signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/client_kit.h"

static void
test_watching_outlives_a_connection(void **state)
{
	struct kit *k = *state;

	assert_int_equal(sc_client_watch(k->client, "bob", true), 0);
	assert_int_equal(sc_client_watch(k->client, "bob", true), 0);
	assert_int_equal(sc_client_watch(k->client, "~7", true), 0);
	assert_int_equal(sc_client_watch(k->client, "7", true),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_watch(k->client, NULL, true),
	    SC_CODE_BAD_REQUEST);
	assert_string_equal(kit_said(k),
	    "<presence user=\"bob\" watch=\"on\"/>\n"
	    "<presence user=\"~7\" watch=\"on\"/>\n");
	assert_int_equal(kit_server(k,
	    "<presence user=\"bob\" show=\"away\"/>\n"
	    "<presence user=\"~7\" show=\"offline\" "
	    "time=\"1970-01-01T00:00:05.000Z\"/>"), 0);
	assert_string_equal(kit_events(k),
	    "presence show=1 time=0 name=bob\n"
	    "presence show=2 time=5000\n");
	assert_int_equal(sc_client_watch(k->client, "bob", false), 0);
	assert_string_equal(kit_said(k),
	    "<presence user=\"bob\" watch=\"off\"/>\n");
}

/* Hidden means hidden from the first moment: it goes with the login. */
static void
test_how_one_is_shown(void **state)
{
	struct kit *k = *state;
	const char *said;

	assert_int_equal(sc_client_show(k->client, (enum sc_show)9),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_show(k->client, SC_SHOW_OFFLINE), 0);
	assert_string_equal(kit_said(k), "<presence show=\"offline\"/>\n");
	kit_close(k);
	kit_connect(k);
	said = kit_said(k);
	assert_non_null(strstr(said, "<auth "));
	assert_non_null(strstr(strstr(said, "<auth "),
	    "<presence show=\"offline\"/>\n"));
}

static void
test_questions(void **state)
{
	struct kit *k = *state;
	uint64_t id = 0, n = 0;

	assert_int_equal(sc_client_presence(k->client, "bob", &id), 0);
	assert_string_equal(kit_said(k), "<presence id=\"1\" user=\"bob\"/>\n");
	assert_int_equal(kit_server(k, "<result id=\"1\"><presence "
	    "show=\"online\"/></result>"), 0);
	assert_string_equal(kit_events(k), "presence id=1 show=0 time=0\n"
	    "result id=1\n");
	assert_int_equal(sc_client_privacy(k->client, SC_PRIVACY_SHARED,
	    SC_PRIVACY_NOBODY, &n), 0);
	assert_string_equal(kit_said(k), "<user n=\"1\" action=\"privacy\" "
	    "last-seen=\"shared\" online=\"nobody\"/>\n");
	assert_int_equal(sc_client_privacy(k->client, SC_PRIVACY_EVERYONE,
	    (enum sc_privacy)77, &n), SC_CODE_BAD_REQUEST);
}

static void
test_own_switches(void **state)
{
	struct kit *k = *state;
	uint64_t id = 0, n = 0;

	assert_int_equal(sc_client_privacy_receipts(k->client, false, &n), 0);
	assert_int_equal(sc_client_privacy_get(k->client, &id), 0);
	assert_string_equal(kit_said(k), "<user n=\"1\" action=\"privacy\" "
	    "receipts=\"off\"/>\n<user id=\"1\" action=\"get\"/>\n");
	/* modules answer each for itself */
	assert_int_equal(kit_server(k, "<result id=\"1\"><user "
	    "last-seen=\"shared\" online=\"everyone\"/><user "
	    "receipts=\"on\"/></result>"), 0);
	assert_string_equal(kit_events(k),
	    "privacy id=1 said=3072 last=3 online=2\n"
	    "privacy id=1 said=4096 last=0 online=0 receipts\nresult id=1\n");
	assert_int_equal(kit_server(k, "<message chat=\"1\" seq=\"2\" time=\""
	    KIT_TIME "\"><user receipts=\"off\"/></message>"), 0);
	assert_string_equal(kit_events(k), "privacy said=4096 last=0 "
	    "online=0\nmessage chat=1 seq=2\n");
	assert_int_equal(SC_CHANGED_LAST_SEEN | SC_CHANGED_ONLINE, 3072);
	assert_int_equal(SC_CHANGED_RECEIPTS, 4096);
}

static void
test_typing_and_signals(void **state)
{
	struct kit *k = *state;

	assert_int_equal(sc_client_typing(k->client, "bob",
	    SC_ACTIVITY_COMPOSING), 0);
	assert_int_equal(sc_client_typing(k->client, "2",
	    SC_ACTIVITY_PAUSED), 0);
	assert_int_equal(sc_client_typing(k->client, "77",
	    SC_ACTIVITY_PAUSED), SC_CODE_NOT_FOUND);
	assert_string_equal(kit_said(k),
	    "<typing chat=\"2\" activity=\"composing\"/>\n"
	    "<typing chat=\"2\" activity=\"paused\"/>\n");
	assert_int_equal(sc_client_signal(k->client, "bob", 0, "ab", 2), 0);
	assert_int_equal(sc_client_signal(k->client, "bob", 3, "c", 1), 0);
	assert_int_equal(sc_client_signal(k->client, "bob", 3, "c",
	    SC_SIGNAL_MAX + 1), SC_CODE_BAD_REQUEST);
	assert_string_equal(kit_said(k),
	    "<signal chat=\"2\"><opaque data=\"YWI\"/></signal>\n"
	    "<signal user=\"bob\" device=\"3\"><opaque data=\"Yw\"/>"
	    "</signal>\n");
	assert_int_equal(kit_server(k,
	    "<typing chat=\"2\" activity=\"recording\"/>\n"
	    "<typing chat=\"99\" activity=\"recording\"/>\n"
	    "<signal chat=\"2\" user=\"~9\"><opaque data=\"YWJj\"/></signal>\n"
	    "<signal user=\"~9\" device=\"4\"><opaque data=\"YQ\"/></signal>"),
	    0);
	assert_string_equal(kit_events(k),
	    "typing chat=2 activity=2 name=bob\n"
	    "signal chat=2 bytes=3\n"
	    "signal device=4 bytes=1\n");
	kit_close(k);
	assert_int_equal(sc_client_typing(k->client, "bob",
	    SC_ACTIVITY_COMPOSING), SC_CODE_UNAVAILABLE);
	assert_int_equal(sc_client_signal(k->client, "bob", 0, "a", 1),
	    SC_CODE_UNAVAILABLE);
	assert_int_equal(SC_TYPING_MS, 6000);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_new_bob, kit_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_watching_outlives_a_connection),
	    TEST(test_how_one_is_shown),
	    TEST(test_questions),
	    TEST(test_own_switches),
	    TEST(test_typing_and_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

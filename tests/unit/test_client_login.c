/* SPDX-License-Identifier: ISC */
/*
 * The client engine: the login, the connection's life, and states that are
 * older than what the server remembers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/client_kit.h"

#define HELLO "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>"
#define OTHER_HELLO "<hello version=\"1\" epoch=\"AAAAAAAAAAI\"/>"

static void
expect_saying(struct kit *k, const char *part)
{
	const char *said = kit_said(k);

	if (strstr(said, part) == NULL)
		fail_msg("expected %s in:\n%s", part, said);
}

/* Another process with the same state; no password if there is a token. */
static void
restart(struct kit *k, const char *password)
{
	kit_crash(k, k->state.count);
	k->conf.password = password;
	assert_int_equal(kit_start(k), 0);
}

/* Connects, and the server says yes to everything. */
static void
login_again(struct kit *k, const char *success)
{
	kit_connect(k);
	assert_int_equal(kit_server(k, HELLO), 0);
	(void)kit_said(k);
	assert_int_equal(kit_server(k, success), 0);
}

/* ---- one flight ---- */

static void
test_r16_one_flight(void **state)
{
	struct kit *k = *state;
	const char *said;

	kit_connect(k);
	assert_in_range(k->said_bytes, 30, 4096);
	said = kit_said(k);
	assert_ptr_equal(strstr(said, "<hello version=\"1\" hash=\""), said);
	/* NUL alice NUL secret */
	assert_non_null(strstr(said, "<auth mechanism=\"plain\" "
	    "user=\"alice\" name=\"phone\" data=\"AGFsaWNlAHNlY3JldA\"/>"));
	assert_non_null(strstr(said, "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>"));
	SAID(k, "");
}

static void
test_r16_limits_before_success(void **state)
{
	static const uint8_t big[] = {0x82, 0x40};	/* 4097 bytes */
	static const uint8_t deflated[] = {0x03, 0x00};
	struct kit *k = *state;

	kit_connect(k);
	assert_int_equal(sc_client_input(k->client, big, sizeof(big), k->now),
	    SC_CODE_MALFORMED);
	kit_close(k);
	kit_connect(k);
	assert_int_equal(sc_client_input(k->client, deflated,
	    sizeof(deflated), k->now), SC_CODE_MALFORMED);
	kit_close(k);
	kit_connect(k);
	assert_int_equal(kit_server(k, HELLO "\n<ping/>"),
	    SC_CODE_MALFORMED);
}

static void
test_r17_sum_and_cursors(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	kit_close(k);
	kit_connect(k);
	/* of the chat id and 0000000000000001 */
	expect_saying(k, "<sync account=\"1\" stamp=\"1\" sum=\"8DoDKK54FmY\"");
	kit_server(k, HELLO);
	kit_server(k, KIT_SUCCESS("0", ""));
	(void)kit_said(k);
	kit_server(k, "<sync/>");
	/* cursors are no marks: those are stated again */
	SAID(k, "<cursors final=\"true\"><cursor chat=\"2\" "
	    "seq=\"1\"/></cursors>\n<ack chat=\"2\" seq=\"1\" age=\"0\"/>\n"
	    "<ack chat=\"1\" seq=\"1\" age=\"0\"/>\n");
}

static void
test_r17_cursors_in_pages(void **state)
{
	struct kit *k = *state;
	const char *said;
	unsigned n = 0;

	kit_login(k, 0);
	for (unsigned i = 1; i <= 501; i++) {
		char xml[400];

		(void)snprintf(xml, sizeof(xml), "<skip chat=\"%u\" "
		    "first=\"1\" last=\"%u\" reason=\"pruned\"/>", i + 1, i);
		assert_int_equal(kit_server(k, xml), 0);
	}
	(void)kit_said(k);
	kit_server(k, "<sync/>");
	said = kit_said(k);
	assert_ptr_equal(strstr(said, "<cursors><cursor chat=\"2\""), said);
	assert_non_null(strstr(said, "<cursors final=\"true\"><cursor "
	    "chat=\"502\" seq=\"501\"/></cursors>"));
	for (; (said = strstr(said, "<cursor ")); n++)
		said++;
	assert_int_equal(n, 501);
}

/* ---- who one is ---- */

static void
test_token_is_kept_and_used(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	assert_int_equal(k->state.synced, k->state.count);
	restart(k, NULL);
	kit_connect(k);
	expect_saying(k, "<auth mechanism=\"token\" user=\"alice\" "
	    "device=\"3\" data=\"dG9rZW4\"/>");
}

static void
test_token_is_rotated(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	kit_close(k);
	login_again(k, KIT_SUCCESS("0", " token=\"bmV3\""));
	assert_int_equal(k->state.synced, k->state.count);
	restart(k, NULL);
	kit_connect(k);
	expect_saying(k, "data=\"bmV3\"");
}

static void
test_refused_token_falls_back_to_the_password(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	kit_close(k);
	k->now = sc_client_connect_at(k->client);
	kit_connect(k);
	expect_saying(k, "mechanism=\"token\"");
	assert_int_not_equal(kit_server(k, HELLO
	    "\n<failure code=\"not-authorized\"/>"), 0);
	kit_close(k);
	/* without a delay, and without a word to the application */
	assert_int_equal(sc_client_connect_at(k->client), k->now);
	TOLD(k, "");
	kit_connect(k);
	expect_saying(k, "mechanism=\"plain\"");
	/* the password neither: that is the end */
	assert_int_not_equal(kit_server(k, HELLO
	    "\n<failure code=\"not-authorized\"/>"), 0);
	TOLD(k, "failure code=-2 (not logged in, or wrong "
	    "credentials)\n");
	kit_close(k);
	assert_int_equal(sc_client_connect_at(k->client), INT64_MAX);
}

static void
test_failure_ends_it_but_for_unavailable(void **state)
{
	struct kit *k = *state;

	kit_connect(k);
	kit_server(k, HELLO "\n<failure code=\"unavailable\"/>");
	kit_close(k);
	TOLD(k, "");
	assert_true(sc_client_connect_at(k->client) < INT64_MAX);
	kit_connect(k);
	kit_server(k, HELLO "\n<failure code=\"resource-constraint\" "
	    "text=\"too many devices: a, b\"/>");
	kit_close(k);
	TOLD(k, "failure code=-8 (too many devices: a, b)\n");
	assert_int_equal(sc_client_connect_at(k->client), INT64_MAX);
}

static void
test_no_token_and_no_password(void **state)
{
	struct kit *k = *state;

	kit_crash(k, k->state.count);
	k->conf.password = NULL;
	assert_int_equal(kit_start(k), SC_CODE_NOT_AUTHORIZED);
	assert_non_null(strstr(k->why, "log in with the password"));
	k->conf.password = "secret";
	assert_int_equal(kit_start(k), 0);
}

static void
test_r2_another_account_of_the_same_name(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	kit_close(k);
	kit_connect(k);
	assert_int_not_equal(kit_server(k, HELLO "\n<success user=\"~9\" "
	    "device=\"1\" high=\"0\" time=\"" KIT_TIME "\" "
	    "heartbeat=\"30000\" max-text=\"4096\"/>"), 0);
	kit_close(k);
	assert_int_equal(sc_client_connect_at(k->client), INT64_MAX);
	assert_non_null(strstr(kit_events(k), "failure code=-5"));
}

static void
test_r9_replaced_and_revoked_end_it(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	assert_int_not_equal(kit_server(k, "<bye why=\"shutdown\"/>"), 0);
	kit_close(k);
	TOLD(k, "bye (shutdown)\n");
	assert_true(sc_client_connect_at(k->client) < INT64_MAX);
	login_again(k, KIT_SUCCESS("0", ""));
	kit_server(k, "<bye why=\"replaced\" text=\"a newer session\"/>");
	kit_close(k);
	assert_non_null(strstr(kit_events(k),
	    "bye (replaced: a newer session)"));
	assert_int_equal(sc_client_connect_at(k->client), INT64_MAX);
}

/* ---- old states ---- */

static void
test_r9_old_state_gets_new_counters(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_close(k);
	kit_send(k, "bob", "one");
	kit_send(k, "bob", "two");
	/* the server has seen more of this device than it knows itself */
	login_again(k, KIT_SUCCESS("9", ""));
	SAID(k, "");
	kit_server(k, KIT_OWN("2", "1", "1", "one"));	/* "one" was sent */
	(void)kit_said(k);
	kit_server(k, KIT_SYNCED("2"));
	SAID(k,
	    "<message chat=\"2\" n=\"10\"><body>two</body></message>\n");
	kit_server(k, "<ack n=\"10\" seq=\"2\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "online\nsent chat=2 seq=1 n=1\nsynced\n"
	    "sent chat=2 seq=2 n=10 asked=2\n");
	assert_int_equal(kit_send(k, "bob", "three"), 11);
}

static void
test_r9_same_counter_other_message(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_close(k);
	kit_send(k, "bob", "mine");
	login_again(k, KIT_SUCCESS("9", ""));
	/* n = 1 was something else in the life that was lost */
	kit_server(k, KIT_OWN("2", "1", "1", "theirs"));
	(void)kit_said(k);
	kit_server(k, KIT_SYNCED("2"));
	SAID(k,
	    "<message chat=\"2\" n=\"10\"><body>mine</body></message>\n");
	TOLD(k, "online\nmessage chat=2 seq=1 n=1 own name=alice "
	    "theirs\nsynced\n");
}

#define TOMBSTONE(SEQ, N)                                                     \
	"<message chat=\"2\" seq=\"" SEQ "\" time=\"" KIT_TIME                 \
	"\" from=\"~1\" device=\"3\" n=\"" N "\"><deleted user=\"~1\" "       \
	"seq=\"7\"/></message>"

/* What was deleted after it was sent does not come back with an old state. */
static void
test_r9_what_was_deleted_is_not_sent_again(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_send(k, "bob", "one");
	kit_close(k);
	kit_send(k, "bob", "two");
	(void)kit_said(k);
	login_again(k, KIT_SUCCESS("9", ""));
	kit_server(k, TOMBSTONE("1", "1"));
	(void)kit_said(k);
	kit_server(k, KIT_SYNCED("2"));
	SAID(k,
	    "<message chat=\"2\" n=\"10\"><body>two</body></message>\n");
	TOLD(k, "online\nrefused n=1 code=-5 (what this device sent "
	    "with the same counter has been deleted: whether it was this is "
	    "not known)\nmessage chat=2 seq=1 n=1 own name=alice\n"
	    "synced\n");
}

static void
test_r9_old_state_that_looks_current(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_close(k);
	kit_send(k, "bob", "new one");
	kit_send(k, "bob", "new two");
	kit_send(k, "bob", "new three");
	/* two were settled in the life that was lost, so high is plausible:
	 * those are asked about first, and alone */
	login_again(k, KIT_SUCCESS("2", ""));
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>new one</body></message>\n"
	    "<message chat=\"2\" n=\"2\"><body>new two</body></message>\n");
	kit_server(k, "<error n=\"1\" code=\"conflict\" high=\"2\"/>");
	kit_server(k, KIT_SYNCED("2"));
	SAID(k, "");	/* an answer is on its way */
	kit_server(k, "<error n=\"2\" code=\"conflict\" high=\"2\"/>");
	SAID(k,
	    "<message chat=\"2\" n=\"3\"><body>new one</body></message>\n"
	    "<message chat=\"2\" n=\"4\"><body>new two</body></message>\n"
	    "<message chat=\"2\" n=\"5\"><body>new three</body></message>\n");
	kit_server(k, "<ack n=\"3\" seq=\"9\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "online\nsynced\nsent chat=2 seq=9 n=3 asked=1\n");
}

static void
test_r9_crash_around_renumbering(void **state)
{
	struct kit *k = *state;
	struct kit_state whole;
	size_t before;

	kit_login_bob(k);
	kit_close(k);
	kit_send(k, "bob", "one");
	kit_send(k, "bob", "two");
	kit_send(k, "bob", "three");
	login_again(k, KIT_SUCCESS("9", ""));
	before = k->state.count;
	kit_server(k, KIT_OWN("2", "1", "2", "two"));
	kit_server(k, KIT_SYNCED("2"));
	kit_state_copy(&whole, &k->state, k->state.count);
	for (size_t count = before; count <= whole.count; count++) {
		char said[400];

		kit_crash(k, 0);
		kit_state_copy(&k->state, &whole, count);
		assert_int_equal(kit_start(k), 0);
		login_again(k, KIT_SUCCESS("9", ""));
		(void)snprintf(said, sizeof(said), "%s", kit_said(k));
		if (sc_client_cursor(k->client, 2) == 0)
			kit_server(k, KIT_OWN("2", "1", "2", "two"));
		kit_server(k, KIT_SYNCED("2"));
		(void)snprintf(said + strlen(said), sizeof(said) -
		    strlen(said), "%s", kit_said(k));
		/* the same two, with the same counters, whatever happened */
		assert_non_null(strstr(said,
		    "n=\"10\"><body>one</body>"));
		assert_non_null(strstr(said,
		    "n=\"11\"><body>three</body>"));
		assert_null(strstr(said, "two"));
	}
	kit_state_cut(&whole, 0);
}

static void
test_r9_new_device_does_not_guess(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_send(k, "bob", "left");
	(void)kit_said(k);
	kit_close(k);
	kit_send(k, "bob", "not left");
	(void)kit_events(k);
	login_again(k, "<success user=\"~1\" device=\"4\" high=\"0\" "
	    "time=\"" KIT_TIME "\" heartbeat=\"30000\" max-text=\"4096\" "
	    "token=\"bmV3\"/>");
	assert_non_null(strstr(kit_events(k), "refused n=1 code=-5"));
	expect_saying(k,
	    "<message chat=\"2\" n=\"1\"><body>not left</body></message>\n");
}

static void
test_r3_another_epoch(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	kit_send(k, "bob", "mine");
	kit_close(k);
	(void)kit_events(k);
	kit_connect(k);
	(void)kit_said(k);
	assert_int_not_equal(kit_server(k, OTHER_HELLO), 0);
	TOLD(k, "epoch\n");
	kit_close(k);
	assert_int_equal(sc_client_connect_at(k->client), k->now);
	/* the token stays, everything else begins anew */
	kit_connect(k);
	expect_saying(k, "<auth mechanism=\"token\"");
	kit_close(k);
	kit_connect(k);
	expect_saying(k, "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>");
	kit_server(k, OTHER_HELLO "\n" KIT_SUCCESS("0", ""));
	/* the chat has no number any more */
	SAID(k, "<message chat=\"#aebagbafaydqqcikbmga2drwaa\" "
	    "n=\"1\"><body>mine</body></message>\n");
	assert_int_equal(sc_client_cursor(k->client, 2), 0);
	assert_int_equal(sc_client_chat(k->client, "bob"), 0);
}

/* A server that was restored knows less than its clients, so that nothing of
 * what they have waiting can be in its log.  They do not wait for the end of
 * the sync, which may wait for the application. */
static void
test_r3_counters_of_a_restored_server(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	for (int i = 1; i <= 5; i++)
		kit_send(k, "bob", "x");
	for (int i = 1; i <= 4; i++) {
		char xml[200];

		(void)snprintf(xml, sizeof(xml), "<ack n=\"%d\" seq=\"%d\" "
		    "time=\"" KIT_TIME "\"/>", i, i);
		kit_server(k, xml);
	}
	kit_close(k);
	kit_connect(k);
	(void)kit_server(k, OTHER_HELLO);
	kit_close(k);
	kit_connect(k);
	(void)kit_said(k);
	/* the backup knew two of them */
	(void)kit_events(k);
	kit_server(k, OTHER_HELLO "\n" KIT_SUCCESS("2", ""));
	SAID(k, "<message chat=\"#aebagbafaydqqcikbmga2drwaa\" "
	    "n=\"3\"><body>x</body></message>\n");
	kit_server(k, "<ack n=\"3\" chat=\"2\" seq=\"3\" time=\"" KIT_TIME
	    "\"/>");
	TOLD(k, "online\nsent chat=2 seq=3 n=3 asked=5\n");
	assert_int_equal(kit_send(k, "bob", "next"), 4);
}

/* ---- the connection ---- */

static void
test_backoff_has_full_jitter_and_a_limit(void **state)
{
	static const int64_t limits[] = {500, 1000, 2000, 4000, 8000, 16000,
	    32000, 60000, 60000, 60000};
	struct kit *k = *state;
	bool early = false, late = false;

	assert_true(sc_client_connect_at(k->client) <= k->now);
	for (int round = 0; round < 50; round++) {
		for (size_t i = 0; i < 10; i++) {
			int64_t wait;

			kit_close(k);
			wait = sc_client_connect_at(k->client) - k->now;
			assert_true(wait >= 0 && wait <= limits[i]);
			early = early || (i == 9 && wait < 20000);
			late = late || (i == 9 && wait > 40000);
		}
		/* online, but not for long: not good enough */
		kit_login(k, 0);
		k->now += 29999;
		kit_close(k);
		kit_login(k, 0);
		k->now += 30000;
		kit_close(k);
		assert_true(sc_client_connect_at(k->client) - k->now <= 500);
		kit_crash(k, k->state.count);
		assert_int_equal(kit_start(k), 0);
	}
	assert_true(early && late);
}

static void
test_ping_is_answered_at_once(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	kit_server(k, "<ping waiting=\"0\"/>");
	SAID(k, "<pong/>\n");
}

static void
test_silence_is_asked_then_ended(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	kit_sleep(k, 44999);
	SAID(k, "");
	kit_sleep(k, 1);
	SAID(k, "<ping/>\n");
	kit_sleep(k, 4000);
	kit_server(k, "<pong/>");
	assert_int_equal(kit_sleep(k, 45000), 0);
	SAID(k, "<ping/>\n");
	assert_int_equal(kit_sleep(k, 5000), SC_CODE_UNAVAILABLE);
}

static void
test_silence_may_be_configured(void **state)
{
	struct kit *k = *state;

	kit_crash(k, k->state.count);
	k->conf.silence_ms = 700;
	assert_int_equal(kit_start(k), 0);
	kit_login(k, 0);
	kit_sleep(k, 700);
	SAID(k, "<ping/>\n");
}

static void
test_login_has_a_limit(void **state)
{
	struct kit *k = *state;

	kit_connect(k);
	kit_server(k, HELLO);
	assert_int_equal(kit_sleep(k, 29999), 0);
	assert_int_equal(kit_sleep(k, 1), SC_CODE_UNAVAILABLE);
}

static void
test_r23_what_waits_must_come(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_server(k, "<ping waiting=\"2\"/>");
	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b"));
	(void)kit_said(k);
	kit_sleep(k, 5000);
	SAID(k, "");
	kit_server(k, "<ping waiting=\"0\"/>\n<ping waiting=\"1\"/>");
	(void)kit_said(k);
	kit_sleep(k, 4999);
	SAID(k, "");
	kit_sleep(k, 1);
	expect_saying(k, "<sync account=\"1\"");
}

static void
test_r22_unknown_events_are_ignored(void **state)
{
	struct kit *k = *state;

	kit_login(k, 0);
	assert_int_equal(kit_server(k, "<never-heard-of a=\"b\"/>"), 0);
	assert_int_equal(kit_server(k, "<error id=\"4\" "
	    "code=\"not-acceptable\"/>"), 0);
	TOLD(k, "");
}

static void
test_malformed_bytes_close(void **state)
{
	static const uint8_t bytes[] = {0x04, 0xff, 0xff};
	struct kit *k = *state;

	kit_login(k, 0);
	assert_int_equal(sc_client_input(k->client, bytes, sizeof(bytes),
	    k->now), SC_CODE_MALFORMED);
	/* and it stays closed */
	assert_int_equal(kit_server(k, "<ping/>"), SC_CODE_MALFORMED);
	SAID(k, "");
}

static void
test_bytes_one_by_one(void **state)
{
	struct kit *k = *state;
	struct buf frame;
	struct elem_buf e;

	kit_login(k, 0);
	buf_init(&frame, 0);
	elem_begin(&e, TAG_PING);
	elem_add_uint(&e, ATTR_WAITING, 0);
	assert_int_equal(stanza_put(&k->ctx, &e.e, &frame), 0);
	for (size_t i = 0; i < frame.len; i++) {
		SAID(k, "");
		assert_int_equal(sc_client_input(k->client,
		    frame.p + frame.off + i, 1, k->now), 0);
	}
	SAID(k, "<pong/>\n");
	buf_fini(&frame);
}

static void
test_bye_after_what_is_queued(void **state)
{
	struct kit *k = *state;

	kit_login_bob(k);
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	(void)kit_said(k);
	kit_send(k, "bob", "last words");
	sc_client_bye(k->client);
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>last words</body></message>\n"
	    "<bye why=\"shutdown\"/>\n");
	assert_int_equal(kit_sleep(k, 0), SC_CODE_UNAVAILABLE);
	kit_close(k);
	assert_int_equal(sc_client_connect_at(k->client), INT64_MAX);
	assert_int_equal(sc_client_pending(k->client), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, kit_new, kit_free)
	    TEST(test_r16_one_flight),
	    TEST(test_r16_limits_before_success),
	    TEST(test_r17_sum_and_cursors),
	    TEST(test_r17_cursors_in_pages),
	    TEST(test_token_is_kept_and_used),
	    TEST(test_token_is_rotated),
	    TEST(test_refused_token_falls_back_to_the_password),
	    TEST(test_failure_ends_it_but_for_unavailable),
	    TEST(test_no_token_and_no_password),
	    TEST(test_r2_another_account_of_the_same_name),
	    TEST(test_r9_replaced_and_revoked_end_it),
	    TEST(test_r9_old_state_gets_new_counters),
	    TEST(test_r9_same_counter_other_message),
	    TEST(test_r9_what_was_deleted_is_not_sent_again),
	    TEST(test_r9_old_state_that_looks_current),
	    TEST(test_r9_crash_around_renumbering),
	    TEST(test_r9_new_device_does_not_guess),
	    TEST(test_r3_another_epoch),
	    TEST(test_r3_counters_of_a_restored_server),
	    TEST(test_backoff_has_full_jitter_and_a_limit),
	    TEST(test_ping_is_answered_at_once),
	    TEST(test_silence_is_asked_then_ended),
	    TEST(test_silence_may_be_configured),
	    TEST(test_login_has_a_limit),
	    TEST(test_r23_what_waits_must_come),
	    TEST(test_r22_unknown_events_are_ignored),
	    TEST(test_malformed_bytes_close),
	    TEST(test_bytes_one_by_one),
	    TEST(test_bye_after_what_is_queued),
	};

	return cmocka_run_group_tests_name("client login", tests, NULL, NULL);
}

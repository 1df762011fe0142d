/* SPDX-License-Identifier: ISC */
/* When a client acknowledges what has come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/client_kit.h"

static void
succeed(struct kit *k, const char *window)
{
	char success[400];

	kit_connect(k);
	(void)snprintf(success, sizeof(success), KIT_SUCCESS("0",
	    " token=\"dG9rZW4\"%s"), window);
	SERVER(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH
	    "\" domain=\"example.org\"/>");
	SERVER(k, success);
}

/* Logged in, with a chat 2 with bob, at a server that leaves so many
 * unacknowledged, and a second later. */
static struct kit *
log_in(void **state, const char *window)
{
	struct kit *k = *state;

	succeed(k, window);
	SERVER(k, KIT_SYNCED("1"));
	SERVER(k, KIT_INTRODUCES("1", "2", "bob"));
	k->now += 1000;
	(void)kit_said(k);
	return k;
}

static void
says(struct kit *k, unsigned seq)
{
	char xml[200];

	(void)snprintf(xml, sizeof(xml), KIT_SAYS("2", "%u", "", "hi"), seq);
	SERVER(k, xml);
}

static void
test_the_first_leaves_at_once_and_others_wait(void **state)
{
	struct kit *k = log_in(state, " window=\"256\"");

	says(k, 1);
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	says(k, 2);
	assert_int_equal(sc_client_deadline(k->client), k->now + 40);
	k->now += 10;
	says(k, 3);
	SAID(k, "");
	assert_int_equal(kit_sleep(k, 29), 0);
	SAID(k, "");
	assert_int_equal(kit_sleep(k, 1), 0);
	SAID(k, "<ack chat=\"2\" low=\"3\"/>\n");
	assert_int_equal(kit_sleep(k, 40), 0);
	says(k, 4);
	SAID(k, "<ack chat=\"2\" low=\"4\"/>\n");
}

/* The server's window is 16 at first, and doubles with each ack; so far there
 * was one. */
static void
test_half_a_window_does_not_wait(void **state)
{
	struct kit *k = log_in(state, " window=\"70\"");
	static const unsigned full[] = {32, 35, 35};
	unsigned seq = 0;
	char ack[60];

	says(k, ++seq);
	(void)kit_said(k);
	for (unsigned i = 0; i < sizeof(full) / sizeof(full[0]); i++) {
		for (unsigned n = 1; n < full[i]; n++)
			says(k, ++seq);
		SAID(k, "");
		says(k, ++seq);
		(void)snprintf(ack, sizeof(ack), "<ack chat=\"2\" "
		    "low=\"%u\"/>\n", seq);
		SAID(k, ack);
	}
}

static void
test_a_small_window_waits_for_nothing(void **state)
{
	struct kit *k = log_in(state, " window=\"1\"");

	says(k, 1);
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	says(k, 2);
	SAID(k, "<ack chat=\"2\" low=\"2\"/>\n");
}

static void
test_nor_does_who_was_told_of_none(void **state)
{
	struct kit *k = log_in(state, "");

	says(k, 1);
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	says(k, 2);
	SAID(k, "<ack chat=\"2\" low=\"2\"/>\n");
}

/* What leaves anyway takes them along: a message, a mark of reading. */
static void
test_they_leave_in_company(void **state)
{
	struct kit *k = log_in(state, " window=\"256\"");

	says(k, 1);
	says(k, 2);
	(void)kit_said(k);
	(void)kit_send(k, "2", "ho");
	SAID(k, "<message chat=\"2\" n=\"1\"><body>ho</body></message>\n"
	    "<ack chat=\"2\" low=\"2\"/>\n");
	says(k, 3);
	SAID(k, "");
	assert_int_equal(sc_client_read(k->client, 2, 3), 0);
	SAID(k, "<ack chat=\"2\" low=\"3\"/>\n<read chat=\"2\" seq=\"3\"/>\n");
	says(k, 4);
	SERVER(k, "<ping waiting=\"0\"/>");
	SAID(k, "<pong/>\n<ack chat=\"2\" low=\"4\"/>\n");
}

/* Who leaves acknowledges first; the next connection begins anew. */
static void
test_nothing_is_left_behind(void **state)
{
	struct kit *k = log_in(state, " window=\"256\"");

	says(k, 1);
	says(k, 2);
	(void)kit_said(k);
	kit_close(k);
	succeed(k, " window=\"256\"");
	SERVER(k, "<sync/>");
	assert_non_null(strstr(kit_said(k), "<ack chat=\"2\" seq=\"2\" age="));
	says(k, 3);
	SAID(k, "");
	sc_client_bye(k->client);
	SAID(k, "<ack chat=\"2\" low=\"3\"/>\n<bye why=\"shutdown\"/>\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_new, kit_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_the_first_leaves_at_once_and_others_wait),
	    TEST(test_half_a_window_does_not_wait),
	    TEST(test_a_small_window_waits_for_nothing),
	    TEST(test_nor_does_who_was_told_of_none),
	    TEST(test_they_leave_in_company),
	    TEST(test_nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

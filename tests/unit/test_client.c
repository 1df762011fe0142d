/* SPDX-License-Identifier: ISC */
/*
 * The client engine, stanza by stanza: messages, marks, and what survives.
 * The names say which rule of doc/semantics.md a test holds; the login, the
 * connection and old states are in test_client_login.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "tests/unit/client_kit.h"

/* ---- the counter ---- */

static void
test_r8_dense_counters_in_order(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_send(k, "bob", "one"), 1);
	assert_int_equal(kit_send(k, "bob", "two"), 2);
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>one</body></message>\n"
	    "<message chat=\"2\" n=\"2\"><body>two</body></message>\n");
	assert_int_equal(sc_client_pending(k->client), 2);
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	kit_server(k, "<ack n=\"2\" seq=\"2\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "sent chat=2 seq=1 n=1\nsent chat=2 seq=2 n=2\n");
	assert_int_equal(sc_client_pending(k->client), 0);
	assert_int_equal(sc_client_cursor(k->client, 2), 2);
}

static void
test_r8_durable_before_it_leaves(void **state)
{
	struct kit *k = *state;
	uint64_t n = 0;

	k->state.fail_sync = k->state.fail_replace = true;
	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n),
	    SC_CODE_IO);
	assert_int_equal(n, 0);
	k->disk_must_be_first = false;
	SAID(k, "");
	assert_int_equal(sc_client_pending(k->client), 0);
	k->state.fail_sync = k->state.fail_replace = false;
	kit_close(k);
	kit_login(k, 0);
	assert_int_equal(kit_send(k, "bob", "x"), 1);
}

static void
test_r8_resend_same_counter(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	kit_send(k, "carol", "two");
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>one</body></message>\n"
	    "<message chat=\"carol\" n=\"2\"><body>two</body></message>\n");
	kit_close(k);
	kit_connect(k);
	kit_server(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>");
	(void)kit_said(k);
	kit_server(k, KIT_SUCCESS("0", ""));
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>one</body></message>\n"
	    "<message chat=\"carol\" n=\"2\"><body>two</body></message>\n");
}

static void
test_r8_resend_after_restart(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	kit_send(k, "bob", "two");
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_pending(k->client), 1);
	kit_connect(k);
	kit_server(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>");
	(void)kit_said(k);
	kit_server(k, KIT_SUCCESS("2", ""));
	SAID(k,
	    "<message chat=\"2\" n=\"2\"><body>two</body></message>\n");
	(void)kit_events(k);
	kit_server(k, "<ack n=\"2\" seq=\"2\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "sent chat=2 seq=2 n=2\n");
}

static void
test_r8_sent_is_told_once(void **state)
{
	struct kit *k = *state;
	const char *ack = "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>";

	kit_send(k, "bob", "one");
	kit_server(k, ack);
	TOLD(k, "sent chat=2 seq=1 n=1\n");
	kit_server(k, ack);
	TOLD(k, "");
	/* a crash before the record: the answer comes again, and is told */
	kit_send(k, "bob", "two");
	kit_server(k, "<ack n=\"2\" seq=\"2\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "sent chat=2 seq=2 n=2\n");
	kit_crash(k, k->state.count - 2);	/* settled, cursor */
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_pending(k->client), 1);
}

static void
test_r8_window_of_64(void **state)
{
	struct kit *k = *state;
	const char *said;
	unsigned n = 0;

	for (int i = 0; i < 70; i++)
		kit_send(k, "bob", "x");
	for (said = kit_said(k); (said = strstr(said, "<message")); n++)
		said++;
	assert_int_equal(n, 64);
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	SAID(k,
	    "<message chat=\"2\" n=\"65\"><body>x</body></message>\n");
	/* not the number of sends counts, but their distance */
	kit_server(k, "<ack n=\"3\" seq=\"3\" time=\"" KIT_TIME "\"/>");
	SAID(k, "");
	kit_server(k, "<ack n=\"2\" seq=\"2\" time=\"" KIT_TIME "\"/>");
	SAID(k,
	    "<message chat=\"2\" n=\"66\"><body>x</body></message>\n"
	    "<message chat=\"2\" n=\"67\"><body>x</body></message>\n");
}

static void
test_r8_refusal_settles(void **state)
{
	struct kit *k = *state;

	kit_send(k, "nobody", "x");
	kit_server(k, "<error n=\"1\" code=\"not-found\" text=\"no such "
	    "user\"/>");
	TOLD(k, "refused n=1 code=-4 (no such user)\n");
	assert_int_equal(sc_client_pending(k->client), 0);
	assert_int_equal(kit_send(k, "bob", "y"), 2);
}

static void
test_r8_temporary_refusal_holds_the_rest(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	kit_send(k, "bob", "two");
	(void)kit_said(k);
	assert_string_equal(sc_client_held(k->client), "");
	kit_server(k, "<error n=\"1\" code=\"unavailable\" text=\"no room\"/>\n"
	    "<error n=\"2\" code=\"conflict\"/>");
	SAID(k, "");
	TOLD(k, "");
	assert_string_equal(sc_client_held(k->client), "no room");
	kit_send(k, "bob", "three");
	SAID(k, "");
	kit_sleep(k, 499);
	SAID(k, "");
	kit_sleep(k, 501);
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>one</body></message>\n"
	    "<message chat=\"2\" n=\"2\"><body>two</body></message>\n"
	    "<message chat=\"2\" n=\"3\"><body>three</body></message>\n");
	/* twice as long the second time */
	kit_server(k, "<error n=\"1\" code=\"internal\"/>");
	kit_sleep(k, 999);
	SAID(k, "");
	kit_sleep(k, 1001);
	assert_non_null(strstr(kit_said(k), "n=\"1\""));
	assert_string_equal(sc_client_held(k->client),
	    sc_code_text(SC_CODE_INTERNAL));
	kit_server(k, "<ack n=\"1\" chat=\"2\" seq=\"1\" time=\"" KIT_TIME
	    "\"/>");
	assert_string_equal(sc_client_held(k->client), "");
}

static void
test_r8_chosen_counter(void **state)
{
	struct kit *k = *state;
	uint64_t n = 2;

	/* a gap would never be taken */
	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n),
	    SC_CODE_CONFLICT);
	n = 1;
	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n), 0);
	assert_int_equal(n, 1);
	/* a repeat, with the chat named in another way */
	assert_int_equal(sc_client_send(k->client, "2", "x", 1, &n), 0);
	assert_int_equal(sc_client_pending(k->client), 1);
	assert_int_equal(sc_client_send(k->client, "bob", "y", 1, &n),
	    SC_CODE_CONFLICT);
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "sent chat=2 seq=1 n=1\n");
	/* settled: the same outcome is told again */
	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n), 0);
	assert_int_equal(sc_client_send(k->client, "bob", "y", 1, &n),
	    SC_CODE_CONFLICT);
	kit_sleep(k, 0);
	TOLD(k, "sent chat=2 seq=1 n=1\n");
	assert_int_equal(sc_client_pending(k->client), 0);
}

/* What is no plain text is told from it, and from others. */
static void
test_r8_counters_of_all_kinds(void **state)
{
	struct kit *k = *state;
	struct sc_message m = {.kind = SC_KIND_REACTION, .seq = 1,
	    .text = "x", .textlen = 1};
	uint64_t n = 1;

	assert_int_equal(sc_client_say(k->client, "bob", &m, &n), 0);
	assert_int_equal(sc_client_say(k->client, "bob", &m, &n), 0);
	assert_int_equal(sc_client_pending(k->client), 1);
	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n),
	    SC_CODE_CONFLICT);
	m.seq = 2;
	assert_int_equal(sc_client_say(k->client, "bob", &m, &n),
	    SC_CODE_CONFLICT);
	m.kind = SC_KIND_DELETED;
	n = 0;
	assert_int_equal(sc_client_say(k->client, "bob", &m, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(n, 0);
}

static void
test_r8_chosen_counter_is_never_changed(void **state)
{
	struct kit *k = *state;
	uint64_t n = 1;

	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n), 0);
	(void)kit_said(k);
	kit_server(k, "<error n=\"1\" code=\"conflict\" high=\"7\"/>");
	TOLD(k, "refused n=1 code=-5 (in conflict with what is "
	    "there)\n");
}

static void
test_send_refuses_what_cannot_be(void **state)
{
	struct kit *k = *state;
	uint64_t n = 0;
	char *big = malloc(70000);

	assert_non_null(big);
	memset(big, 'x', 70000);
	assert_int_equal(sc_client_send(k->client, "", "x", 1, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_send(k->client, "99", "x", 1, &n),
	    SC_CODE_NOT_FOUND);
	assert_int_equal(sc_client_send(k->client, "1", "x", 1, &n),
	    SC_CODE_FORBIDDEN);
	assert_int_equal(sc_client_send(k->client, "#short", "x", 1, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_send(k->client, "bob", "", 0, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_send(k->client, "bob", "\xff", 1, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_send(k->client, "bob", big, 4097, &n),
	    SC_CODE_TOO_LARGE);
	assert_int_equal(sc_client_send(k->client, "bob", big, 70000, &n),
	    SC_CODE_TOO_LARGE);
	assert_int_equal(sc_client_send(k->client, "bob", big, 4096, &n), 0);
	assert_int_equal(n, 1);
	free(big);
}

static void
test_names_of_chats(void **state)
{
	struct kit *k = *state;

	assert_int_equal(sc_client_chat(k->client, "bob"), 2);
	assert_int_equal(sc_client_chat(k->client, "BOB"), 2);
	assert_int_equal(sc_client_chat(k->client, "bob@example.org"), 2);
	assert_int_equal(sc_client_chat(k->client, "bob@example.com"), 0);
	assert_int_equal(sc_client_chat(k->client, "~2"), 2);
	assert_int_equal(sc_client_chat(k->client, "~3"), 0);
	assert_int_equal(sc_client_chat(k->client, "2"), 2);
	assert_int_equal(sc_client_chat(k->client, "carol"), 0);
	assert_string_equal(sc_client_chat_name(k->client, 2), "bob");
	assert_string_equal(sc_client_chat_name(k->client, 3), "");
	assert_int_equal(sc_client_user(k->client), 1);
}

static int
hook_echo(struct kit *k, const struct sc_event *e)
{
	uint64_t n = 0;

	if (e->type == SC_EVENT_MESSAGE && e->chat == 2) {
		assert_int_equal(sc_client_send(k->client, "2", e->text,
		    e->textlen, &n), 0);
		assert_int_equal(sc_client_read(k->client, 2, e->seq), 0);
	}
	return 0;
}

static void
test_callback_may_send_and_read(void **state)
{
	struct kit *k = *state;

	k->hook = hook_echo;
	kit_server(k, KIT_SAYS("2", "1", "", "hi"));
	SAID(k,
	    "<message chat=\"2\" n=\"1\"><body>hi</body></message>\n"
	    "<ack chat=\"2\" low=\"1\"/>\n<read chat=\"2\" seq=\"1\"/>\n");
}

/* ---- entries ---- */

static void
test_entries_once_and_in_order(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_server(k, KIT_SAYS("2", "1", "", "hi")), 0);
	TOLD(k, "message chat=2 seq=1 name=bob hi\n");
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	assert_int_equal(kit_server(k, KIT_SAYS("2", "1", "", "hi")), 0);
	TOLD(k, "");
	assert_int_equal(kit_server(k, KIT_SAYS("2", "2", "", "ho")), 0);
	TOLD(k, "message chat=2 seq=2 name=bob ho\n");
}

static void
test_r5_hole_closes(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_server(k, KIT_SAYS("2", "2", "", "hi")),
	    SC_CODE_MALFORMED);
	TOLD(k, "");
	assert_int_equal(sc_client_cursor(k->client, 2), 0);
	/* what came before in the same bytes is kept */
	kit_close(k);
	kit_login(k, 0);
	assert_int_equal(kit_server(k, KIT_SAYS("2", "1", "", "hi") "\n"
	    KIT_SAYS("2", "3", "", "ho")), SC_CODE_MALFORMED);
	assert_int_equal(sc_client_cursor(k->client, 2), 1);
	assert_int_equal(k->state.synced, k->state.count);
}

static void
test_r5_skip_is_an_item(void **state)
{
	struct kit *k = *state;

	kit_server(k, KIT_SAYS("2", "1", "", "hi"));
	(void)kit_said(k);
	(void)kit_events(k);
	kit_server(k, "<skip chat=\"2\" first=\"1\" last=\"4\" "
	    "reason=\"pruned\"/>");
	TOLD(k, "skip chat=2 2-4 (pruned)\n");
	SAID(k, "<ack chat=\"2\" low=\"4\"/>\n");
	assert_int_equal(kit_server(k, "<skip chat=\"2\" first=\"6\" "
	    "last=\"7\" reason=\"pruned\"/>"), SC_CODE_MALFORMED);
}

static void
test_r7_ack_delivers(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	(void)kit_said(k);
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	assert_int_equal(sc_client_cursor(k->client, 2), 1);
	kit_server(k, KIT_SAYS("2", "2", "", "hi"));
	TOLD(k, "sent chat=2 seq=1 n=1\n"
	    "message chat=2 seq=2 name=bob hi\n");
}

static void
test_r7_stub_gives_nothing_new(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	(void)kit_said(k);
	kit_server(k, "<ack n=\"1\" seq=\"3\" time=\"" KIT_TIME "\"/>");
	assert_int_equal(sc_client_cursor(k->client, 2), 0);
	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b"));
	kit_server(k, "<stub chat=\"2\" seq=\"3\" n=\"1\"/>");
	TOLD(k, "sent chat=2 seq=3 n=1\n"
	    "message chat=2 seq=1 name=bob a\n"
	    "message chat=2 seq=2 name=bob b\n");
	assert_int_equal(sc_client_cursor(k->client, 2), 3);
}

static void
test_r7_own_entry_after_its_ack_is_not_told_twice(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	kit_server(k, "<ack n=\"1\" seq=\"2\" time=\"" KIT_TIME "\"/>");
	kit_close(k);
	kit_login(k, 1);
	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_OWN("2", "2", "1", "one"));
	TOLD(k, "message chat=2 seq=1 name=bob a\n");
	assert_int_equal(sc_client_cursor(k->client, 2), 2);
}

static void
test_r7_own_entry_is_the_answer(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	kit_close(k);
	kit_login(k, 1);
	kit_server(k, KIT_OWN("2", "1", "1", "one"));
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "sent chat=2 seq=1 n=1\n");
	assert_int_equal(sc_client_pending(k->client), 0);
}

static void
test_own_message_of_another_device(void **state)
{
	struct kit *k = *state;

	kit_server(k, "<message chat=\"2\" seq=\"1\" time=\"" KIT_TIME
	    "\" from=\"~1\"><body>from my desk</body></message>");
	TOLD(k,
	    "message chat=2 seq=1 own name=alice from my desk\n");
}

static void
test_r18_ack_before_the_introduction(void **state)
{
	struct kit *k = *state;

	kit_send(k, "carol", "hi");
	kit_server(k, "<ack n=\"1\" chat=\"3\" seq=\"1\" time=\"" KIT_TIME
	    "\"/>");
	TOLD(k, "sent chat=3 seq=1 n=1\n");
	assert_int_equal(sc_client_cursor(k->client, 3), 1);
	assert_int_equal(sc_client_chat(k->client, "carol"), 0);
	kit_server(k, KIT_INTRODUCES("2", "3", "carol"));
	TOLD(k, "chat chat=3 name=carol\nmessage chat=1 seq=2\n");
	assert_int_equal(sc_client_chat(k->client, "carol"), 3);
}

static void
test_r19_a_number_keeps_its_chat(void **state)
{
	struct kit *k = *state;

	/* another id under the same number: not believed, but stored */
	kit_server(k, "<message chat=\"1\" seq=\"2\" time=\"" KIT_TIME
	    "\"><chat number=\"2\" ref=\"_____________________w\" "
	    "kind=\"direct\" peer=\"~9\" name=\"eve\"/></message>");
	assert_string_equal(sc_client_chat_name(k->client, 2), "bob");
	assert_int_equal(sc_client_cursor(k->client, 1), 2);
}

static void
test_r11_declined_entry_comes_again(void **state)
{
	struct kit *k = *state;

	k->decline = 1;
	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b"));
	TOLD(k, "");
	SAID(k, "");
	sc_client_resume(k->client, k->now);
	assert_non_null(strstr(kit_said(k), "<sync account=\"1\""));
	/* what was under way before the sync is neither wanted nor an error */
	assert_int_equal(kit_server(k, KIT_SAYS("2", "3", "", "c")), 0);
	TOLD(k, "");
	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b") "\n" KIT_SAYS("2", "3", "", "c"));
	TOLD(k, "message chat=2 seq=1 name=bob a\n"
	    "message chat=2 seq=2 name=bob b\n"
	    "message chat=2 seq=3 name=bob c\n");
	/* and now a hole is a hole again */
	assert_int_equal(kit_server(k, KIT_SAYS("2", "5", "", "e")),
	    SC_CODE_MALFORMED);
}

/* What a repeated answer names will be delivered by the sync. */
static void
test_r11_answer_before_the_declined_comes_again(void **state)
{
	const char *const skip = "<skip chat=\"2\" first=\"1\" last=\"2\" "
	    "reason=\"not-kept\"/>";
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	k->decline = 1;
	kit_server(k, skip);
	TOLD(k, "");
	sc_client_resume(k->client, k->now);
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	TOLD(k, "sent chat=2 seq=1 n=1\n");
	assert_int_equal(sc_client_cursor(k->client, 2), 0);
	/* it was on its way before the sync */
	assert_int_equal(kit_server(k, KIT_SAYS("2", "3", "", "c")), 0);
	TOLD(k, "");
	assert_int_equal(kit_server(k, skip), 0);
	assert_int_equal(sc_client_cursor(k->client, 2), 2);
}

static void
test_r11_declined_entry_comes_after_reconnect(void **state)
{
	struct kit *k = *state;

	k->decline = 1;
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	kit_close(k);
	kit_login(k, 0);
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	TOLD(k, "message chat=2 seq=1 name=bob a\n");
}

static uint64_t
app_cursor(void *arg, uint64_t chat, uint64_t cursor)
{
	struct kit *k = arg;

	(void)cursor;
	return k->cursors[chat];
}

static void
test_r11_the_application_may_know_less(void **state)
{
	struct kit *k = *state;

	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b"));
	kit_crash(k, k->state.count);
	k->conf.cursor = app_cursor;
	k->cursors[1] = 99;	/* more is not believed */
	k->cursors[2] = 1;
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_cursor(k->client, 1), 1);
	assert_int_equal(sc_client_cursor(k->client, 2), 1);
}

static void
test_r12_poison_is_stored_and_acknowledged(void **state)
{
	struct kit *k = *state;

	kit_server(k, "<message chat=\"2\" seq=\"1\" time=\"" KIT_TIME
	    "\" from=\"~2\"><opaque data=\"AAEC\"/></message>");
	TOLD(k, "message chat=2 seq=1 name=bob\n");
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	kit_server(k, "<message chat=\"1\" seq=\"2\" time=\"" KIT_TIME
	    "\"><unheard-of/></message>");
	assert_int_equal(sc_client_cursor(k->client, 1), 2);
}

static void
test_no_ack_keeps_nothing(void **state)
{
	struct kit *k = *state;

	kit_crash(k, k->state.count);
	k->conf.no_ack = true;
	assert_int_equal(kit_start(k), 0);
	kit_login(k, 0);
	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b"));
	TOLD(k, "message chat=2 seq=1 name=bob a\n"
	    "message chat=2 seq=2 name=bob b\n");
	SAID(k, "");
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_cursor(k->client, 2), 0);
}

/* ---- payloads ---- */

static void
test_text_is_deflated_if_that_is_smaller(void **state)
{
	struct kit *k = *state;
	const char *text = "Are you coming to the party tomorrow evening? "
	    "I will be there at eight, and please bring something.";
	char said[300];

	assert_in_range(strlen(text), 99, 101);
	kit_crash(k, k->state.count);
	k->conf.plain = false;
	assert_int_equal(kit_start(k), 0);
	kit_login(k, 0);
	kit_send(k, "bob", text);
	(void)snprintf(said, sizeof(said), "<message chat=\"2\" n=\"1\">"
	    "<body>%s</body></message>\n", text);
	SAID(k, said);
	assert_in_range(k->said_bytes, 40, 80);
	/* the server passes it on, raw for who has not the dictionary: that
	 * is the same message */
	kit_close(k);
	kit_login(k, 1);
	(void)snprintf(said, sizeof(said), KIT_OWN("2", "1", "1", "%s"),
	    text);
	kit_server(k, said);
	TOLD(k, "sent chat=2 seq=1 n=1\n");
}

/* ---- acks and marks ---- */

static void
test_acks_are_coalesced(void **state)
{
	struct kit *k = *state;
	unsigned syncs = k->state.syncs;
	struct buf frames;
	struct elem e;
	char why[100];

	/* three entries in one piece: one sync, one ack */
	buf_init(&frames, 0);
	for (int i = 0; i < 3; i++) {
		char xml[300];

		(void)snprintf(xml, sizeof(xml), KIT_SAYS("2", "%d", "", "x"),
		    i + 1);
		assert_int_equal(xmltext_parse(NULL, slice_str(xml),
		    &k->arena, &e, why, sizeof(why)), 0);
		assert_int_equal(stanza_put(&k->ctx, &e, &frames), 0);
	}
	assert_int_equal(sc_client_input(k->client, frames.p + frames.off,
	    frames.len, k->now), 0);
	buf_fini(&frames);
	SAID(k, "<ack chat=\"2\" low=\"3\"/>\n");
	assert_int_equal(k->state.syncs, syncs + 1);
}

static void
test_own_acks_wait_for_company(void **state)
{
	struct kit *k = *state;

	kit_send(k, "bob", "one");
	(void)kit_said(k);
	kit_server(k, "<ack n=\"1\" seq=\"1\" time=\"" KIT_TIME "\"/>");
	kit_sleep(k, 999);
	SAID(k, "");
	kit_sleep(k, 1);
	SAID(k, "<ack chat=\"2\" seq=\"1\"/>\n");
	kit_send(k, "bob", "two");
	(void)kit_said(k);
	kit_server(k, "<ack n=\"2\" seq=\"2\" time=\"" KIT_TIME "\"/>\n"
	    KIT_SAYS("2", "3", "", "hi"));
	SAID(k, "<ack chat=\"2\" low=\"3\"/>\n");
}

static void
test_low_form_is_modulo_16384(void **state)
{
	struct kit *k = *state;

	kit_server(k, "<skip chat=\"2\" first=\"1\" last=\"16383\" "
	    "reason=\"pruned\"/>");
	SAID(k, "<ack chat=\"2\" low=\"16383\"/>\n");
	kit_server(k, KIT_SAYS("2", "16384", "", "x"));
	SAID(k, "<ack chat=\"2\" low=\"0\"/>\n");
	kit_server(k, KIT_SAYS("2", "16385", "", "x"));
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	/* nothing new: an own message above what the server has sent */
	kit_send(k, "bob", "one");
	kit_server(k, "<ack n=\"1\" seq=\"16386\" time=\"" KIT_TIME "\"/>");
	(void)kit_said(k);
	kit_sleep(k, 1000);
	SAID(k, "<ack chat=\"2\" seq=\"16386\"/>\n");
}

static void
test_low_form_not_after_a_second_sync(void **state)
{
	struct kit *k = *state;

	k->decline = 1;
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	sc_client_resume(k->client, k->now);
	(void)kit_said(k);
	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	SAID(k, "<ack chat=\"2\" seq=\"1\"/>\n");
}

static void
test_r13_receipts(void **state)
{
	struct kit *k = *state;

	kit_server(k, "<receipt chat=\"2\" delivered=\"3\" time=\"" KIT_TIME
	    "\"/>\n<receipt chat=\"2\" user=\"~7\" read=\"2\" time=\""
	    KIT_TIME "\"/>\n<receipt chat=\"9\" read=\"2\" time=\"" KIT_TIME
	    "\"/>");
	TOLD(k, "receipt chat=2 delivered=3 name=bob\n"
	    "receipt chat=2 read=2\n");
}

static void
test_read_mark(void **state)
{
	struct kit *k = *state;

	kit_server(k, KIT_SAYS("2", "1", "", "a") "\n"
	    KIT_SAYS("2", "2", "", "b"));
	(void)kit_said(k);
	assert_int_equal(sc_client_read(k->client, 2, 3),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_read(k->client, 2, 0),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_read(k->client, 9, 1),
	    SC_CODE_NOT_FOUND);
	assert_int_equal(sc_client_read(k->client, 2, 2), 0);
	SAID(k, "<read chat=\"2\" seq=\"2\"/>\n");
	/* marks only go up */
	assert_int_equal(sc_client_read(k->client, 2, 1), 0);
	SAID(k, "");
}

static void
test_r13_read_mark_is_repeated(void **state)
{
	struct kit *k = *state;

	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	sc_client_read(k->client, 2, 1);
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n"
	    "<read chat=\"2\" seq=\"1\"/>\n");
	k->now += 4000;
	kit_close(k);
	kit_connect(k);
	kit_server(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>");
	(void)kit_said(k);
	kit_server(k, KIT_SUCCESS("0", ""));
	SAID(k, "<read chat=\"2\" seq=\"1\" age=\"4000\"/>\n");
	/* the server says that it is durable */
	kit_server(k, "<read chat=\"2\" seq=\"1\"/>");
	kit_close(k);
	kit_connect(k);
	kit_server(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>");
	(void)kit_said(k);
	kit_server(k, KIT_SUCCESS("0", ""));
	SAID(k, "");
}

static void
test_read_mark_made_offline(void **state)
{
	struct kit *k = *state;

	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	kit_close(k);
	assert_int_equal(sc_client_read(k->client, 2, 1), 0);
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	kit_connect(k);
	kit_server(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>");
	(void)kit_said(k);
	kit_server(k, KIT_SUCCESS("0", ""));
	SAID(k, "<read chat=\"2\" seq=\"1\" age=\"0\"/>\n");
}

static void
test_read_on_another_device(void **state)
{
	struct kit *k = *state;

	kit_server(k, KIT_SAYS("2", "1", "", "a"));
	(void)kit_said(k);
	(void)kit_events(k);
	kit_server(k, "<read chat=\"2\" seq=\"1\"/>");
	TOLD(k, "read chat=2 seq=1 read=1\n");
	sc_client_read(k->client, 2, 1);
	SAID(k, "");
}

/* ---- what survives ---- */

static void
test_journal_failure_is_healed(void **state)
{
	struct kit *k = *state;

	/* a record that cannot be appended: the whole is written again */
	k->state.fail_append = true;
	assert_int_equal(kit_server(k, KIT_SAYS("2", "1", "", "a")), 0);
	assert_int_equal(k->state.replaced, 1);
	SAID(k, "<ack chat=\"2\" low=\"1\"/>\n");
	k->state.fail_append = false;
	/* nor can the whole: no ack leaves */
	k->state.fail_sync = k->state.fail_replace = true;
	k->disk_must_be_first = false;
	assert_int_equal(kit_server(k, KIT_SAYS("2", "2", "", "b")),
	    SC_CODE_IO);
	SAID(k, "");
	k->state.fail_sync = k->state.fail_replace = false;
	k->disk_must_be_first = true;
	kit_close(k);
	kit_login(k, 0);
	kit_crash(k, k->state.synced);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_cursor(k->client, 2), 2);
}

static void
test_journal_is_compacted(void **state)
{
	struct kit *k = *state;

	for (int i = 1; i <= 10000; i++) {
		char xml[300];

		(void)snprintf(xml, sizeof(xml), KIT_SAYS("2", "%d", "", "x"),
		    i);
		assert_int_equal(kit_server(k, xml), 0);
		(void)kit_said(k);
		(void)kit_events(k);
	}
	assert_in_range(k->state.replaced, 1, 4);
	assert_in_range(k->state.count, 1, 6000);
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_cursor(k->client, 2), 10000);
	assert_string_equal(sc_client_chat_name(k->client, 2), "bob");
}

/* What the server had been told when the state had been synced so far. */
struct promise {
	size_t records;
	uint64_t cursor;	/* acknowledged */
	uint64_t sent;		/* the highest counter that left */
	uint64_t told;		/* ... whose answer has been given */
};

static void
check_prefix(const struct kit *whole, size_t count,
    const struct promise *promises, size_t n)
{
	struct kit k;
	struct promise due = {0};
	uint64_t next = 0;

	for (size_t i = 0; i < n; i++)
		if (promises[i].records <= count)
			due = promises[i];
	kit_init(&k, "secret");
	kit_state_copy(&k.state, &whole->state, count);
	assert_int_equal(kit_start(&k), 0);
	assert_true(sc_client_cursor(k.client, 2) >= due.cursor);
	/* whatever left is known: no counter is given out twice */
	assert_int_equal(sc_client_send(k.client, "carol", "new", 3, &next),
	    0);
	assert_true(next > due.sent);
	assert_true(sc_client_pending(k.client) - 1 <= next - 1 - due.told);
	assert_true(sc_client_pending(k.client) - 1 >= due.sent - due.told
	    || count > due.records);
	kit_connect(&k);
	kit_fini(&k);
}

static void
test_r8_r11_crash_at_every_record(void **state)
{
	struct kit *k = *state;
	struct promise promises[200];
	size_t n = 0;
	uint64_t sent = 0;

	for (unsigned i = 1; i <= 40; i++) {
		char xml[300];

		sent = kit_send(k, "bob", "mine");
		promises[n++] = (struct promise){k->state.synced,
		    sc_client_cursor(k->client, 2), sent, sent - 1};
		(void)snprintf(xml, sizeof(xml), KIT_SAYS("2", "%u", "", "x"),
		    2 * i - 1);
		kit_server(k, xml);
		(void)snprintf(xml, sizeof(xml), "<ack n=\"%u\" seq=\"%u\" "
		    "time=\"" KIT_TIME "\"/>", i, 2 * i);
		kit_server(k, xml);
		if (i % 7 == 0)
			sc_client_read(k->client, 2, 2 * i);
		(void)kit_said(k);
		(void)kit_events(k);
		promises[n++] = (struct promise){k->state.synced,
		    sc_client_cursor(k->client, 2), sent, sent};
	}
	for (size_t count = 0; count <= k->state.count; count++)
		check_prefix(k, count, promises, n);
}

static int
hook_order(struct kit *k, const struct sc_event *e)
{
	uint64_t cursor = sc_client_cursor(k->client, e->chat);

	if (e->type == SC_EVENT_MESSAGE)
		assert_int_equal(e->seq, cursor + 1);
	if (e->type == SC_EVENT_SKIP)
		assert_true(e->first == cursor + 1 && e->last >= e->first);
	return e->type == SC_EVENT_MESSAGE && e->seq % 5 == 0 &&
	    k->seed++ % 3 == 0;
}

/* TEMPLATE with A for the first @, and B for the others. */
static void
expand(const char *template, unsigned a, unsigned b, char *out)
{
	for (; *template != '\0'; template++) {
		if (*template != '@') {
			*out++ = *template;
			continue;
		}
		out += sprintf(out, "%u", a);
		a = b;
	}
	*out = '\0';
}

/* A server that says anything at any time: nothing breaks, nothing is given
 * twice, and what was acknowledged is in the state. */
static void
test_any_stanza_at_any_time(void **state)
{
	static const char *const templates[] = {
	    KIT_SAYS("@", "@", "", "x"), KIT_OWN("@", "@", "2", "mine"),
	    "<stub chat=\"@\" seq=\"@\" n=\"1\"/>",
	    "<skip chat=\"@\" first=\"@\" last=\"@\" reason=\"blocked\"/>",
	    "<ack n=\"@\" seq=\"@\" time=\"" KIT_TIME "\"/>",
	    "<ack n=\"@\" chat=\"2\" seq=\"@\" time=\"" KIT_TIME "\"/>",
	    "<error n=\"@\" code=\"conflict\" high=\"@\"/>",
	    "<error n=\"@\" code=\"unavailable\" high=\"@\"/>",
	    "<read chat=\"@\" seq=\"@\"/>",
	    "<receipt chat=\"@\" read=\"@\" time=\"" KIT_TIME "\"/>",
	    "<synced stamp=\"@\" time=\"" KIT_TIME "\"/>",
	    "<ping waiting=\"@\"/>", "<sync/>", "<pong/>",
	};
	struct kit *k = *state;
	unsigned seed = 1, closed = 0;
	uint64_t cursor = 0;

	k->hook = hook_order;
	for (int i = 0; i < 20000; i++) {
		char xml[400];

		seed = seed * 1103515245 + 12345;
		expand(templates[(seed >> 16) % 14], 2 + (seed >> 20) % 2,
		    (unsigned)sc_client_cursor(k->client, 2) +
		    (seed >> 24) % 3, xml);
		if ((seed >> 8) % 16 == 0 &&
		    sc_client_pending(k->client) < 100)
			kit_send(k, "2", "mine");
		if ((seed >> 8) % 64 == 1)
			sc_client_resume(k->client, k->now);
		if (kit_server(k, xml) != 0 || kit_sleep(k, 50) != 0) {
			closed++;
			kit_close(k);
			kit_login(k, (seed >> 12) % 8);
		}
		assert_true(sc_client_cursor(k->client, 2) >= cursor);
		cursor = sc_client_cursor(k->client, 2);
		(void)kit_said(k);
		(void)kit_events(k);
	}
	assert_in_range(closed, 100, 19000);
	kit_crash(k, k->state.synced);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_cursor(k->client, 2), cursor);
}

static void
test_state_of_another_account(void **state)
{
	struct kit *k = *state;

	kit_crash(k, k->state.count);
	k->conf.user = "bob";
	assert_int_equal(kit_start(k), SC_CODE_CONFLICT);
	assert_string_equal(k->why, "the state is that of the account alice");
}

static void
test_state_that_is_garbage(void **state)
{
	struct kit *k = *state;

	kit_crash(k, 1);
	assert_int_equal(k->conf.state.append(k->conf.state.arg,
	    "\x05\xff", 2), 0);
	assert_int_equal(kit_start(k), SC_CODE_MALFORMED);
	assert_non_null(strstr(k->why, "the state cannot be used"));
	kit_state_cut(&k->state, 1);
	assert_int_equal(k->conf.state.append(k->conf.state.arg, "\x7f", 1),
	    0);
	assert_int_equal(kit_start(k), SC_CODE_NOT_ACCEPTABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, kit_new_bob, kit_free)
	    TEST(test_r8_dense_counters_in_order),
	    TEST(test_r8_durable_before_it_leaves),
	    TEST(test_r8_resend_same_counter),
	    TEST(test_r8_resend_after_restart),
	    TEST(test_r8_sent_is_told_once),
	    TEST(test_r8_window_of_64),
	    TEST(test_r8_refusal_settles),
	    TEST(test_r8_temporary_refusal_holds_the_rest),
	    TEST(test_r8_chosen_counter),
	    TEST(test_r8_chosen_counter_is_never_changed),
	    TEST(test_r8_counters_of_all_kinds),
	    TEST(test_send_refuses_what_cannot_be),
	    TEST(test_names_of_chats),
	    TEST(test_callback_may_send_and_read),
	    TEST(test_entries_once_and_in_order),
	    TEST(test_r5_hole_closes),
	    TEST(test_r5_skip_is_an_item),
	    TEST(test_r7_ack_delivers),
	    TEST(test_r7_stub_gives_nothing_new),
	    TEST(test_r7_own_entry_after_its_ack_is_not_told_twice),
	    TEST(test_r7_own_entry_is_the_answer),
	    TEST(test_own_message_of_another_device),
	    TEST(test_r18_ack_before_the_introduction),
	    TEST(test_r19_a_number_keeps_its_chat),
	    TEST(test_r11_declined_entry_comes_again),
	    TEST(test_r11_answer_before_the_declined_comes_again),
	    TEST(test_r11_declined_entry_comes_after_reconnect),
	    TEST(test_r11_the_application_may_know_less),
	    TEST(test_r12_poison_is_stored_and_acknowledged),
	    TEST(test_no_ack_keeps_nothing),
	    TEST(test_text_is_deflated_if_that_is_smaller),
	    TEST(test_acks_are_coalesced),
	    TEST(test_own_acks_wait_for_company),
	    TEST(test_low_form_is_modulo_16384),
	    TEST(test_low_form_not_after_a_second_sync),
	    TEST(test_r13_receipts),
	    TEST(test_read_mark),
	    TEST(test_r13_read_mark_is_repeated),
	    TEST(test_read_mark_made_offline),
	    TEST(test_read_on_another_device),
	    TEST(test_journal_failure_is_healed),
	    TEST(test_journal_is_compacted),
	    TEST(test_r8_r11_crash_at_every_record),
	    TEST(test_any_stanza_at_any_time),
	    TEST(test_state_of_another_account),
	    TEST(test_state_that_is_garbage),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}

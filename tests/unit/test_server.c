/* SPDX-License-Identifier: ISC */
/*
 * The session layer, stanza by stanza.  The names say which rule of
 * tests/README.md a test holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/frame.h"
#include "protocol/varint.h"
#include "src/chat/device.h"
#include "src/chat/entry.h"
#include "src/chat/period.h"
#include "src/chat/row.h"
#include "src/chat/user.h"
#include "src/server/event.h"
#include "src/server/module.h"
#include "src/server/module_conf.h"
#include "src/server/tail.h"
#include "src/store/mem/mem.h"
#include "tests/unit/server_kit.h"

/* alice (user 1) and bob (user 2), with a device each, both logged in. */
struct world {
	struct kit *k;
	struct kit_conn alice, bob, other;
	uint8_t alice_token[DEVICE_TOKEN_SIZE], bob_token[DEVICE_TOKEN_SIZE];
};

static int
setup_with(void **state, const struct server_conf *conf)
{
	struct world *w = calloc(1, sizeof(*w));

	w->k = kit_create(conf);
	assert_int_equal(kit_user(w->k, "alice"), 1);
	assert_int_equal(kit_user(w->k, "bob"), 2);
	kit_token(w->k, 1, "phone", w->alice_token);
	kit_token(w->k, 2, "phone", w->bob_token);
	kit_connect(w->k, &w->alice);
	kit_connect(w->k, &w->bob);
	kit_login(&w->alice, "alice", 1, w->alice_token);
	kit_login(&w->bob, "bob", 1, w->bob_token);
	*state = w;
	return 0;
}

static int
setup(void **state)
{
	return setup_with(state, NULL);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_disconnect(&w->bob);
	kit_disconnect(&w->other);
	kit_destroy(w->k);
	free(w);
	return 0;
}

static void
expect(struct kit_conn *c, const char *part)
{
	const char *got = kit_received(c);

	if (strstr(got, part) == NULL)
		fail_msg("expected %s in:\n%s", part, got);
}

static void
expect_not(struct kit_conn *c, const char *part)
{
	const char *got = kit_received(c);

	if (strstr(got, part) != NULL)
		fail_msg("did not expect %s in:\n%s", part, got);
}

static void
expect_nothing(struct kit_conn *c)
{
	assert_string_equal(kit_received(c), "");
}

#define SAY(N, TEXT)                                                          \
	"<message chat=\"bob\" n=\"" N "\"><body>" TEXT "</body></message>"

static void
test_message_reaches_the_other(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->alice, SAY("1", "hi"));
	got = kit_received(&w->alice);
	/* the account log introduces the chat before the ack names it (R19) */
	assert_non_null(strstr(got, "<chat number=\"2\""));
	assert_non_null(strstr(got, "<ack n=\"1\" chat=\"2\" seq=\"1\""));
	assert_true(strstr(got, "<chat") < strstr(got, "<ack"));
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "name=\"alice\""));
	assert_non_null(strstr(got, "<body>hi</body>"));
	assert_true(strstr(got, "<chat") < strstr(got, "<body"));
}

#ifdef SC_TEST_RECEIPTS
static void
test_r13_receipts_after_marks(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	(void)kit_received(&w->alice);
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"1\"/>");
	expect_nothing(&w->alice);	/* marks are collected */
	kit_sleep(w->k, 100);
	expect(&w->alice, "<receipt chat=\"2\" delivered=\"1\"");
	kit_send(&w->bob, "<read chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->k, 100);
	expect(&w->alice, "<receipt chat=\"2\" read=\"1\"");
	/* restating a lower mark moves nothing */
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->k, 100);
	expect_nothing(&w->alice);
}
#endif

static void
test_r3_mark_above_the_head_is_refused(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->k, 100);
	expect(&w->bob, "<bye why=\"malformed\"");
	assert_true(w->bob.closed);
}

static void
test_r8_repeat_gets_the_same_answer(void **state)
{
	struct world *w = *state;
	char first[256];
	const char *got;

	kit_send(&w->alice, SAY("1", "hi"));
	got = strstr(kit_received(&w->alice), "<ack");
	assert_non_null(got);
	(void)snprintf(first, sizeof(first), "%s", got);
	kit_sleep(w->k, 50);
	kit_send(&w->alice, SAY("1", "hi"));
	assert_string_equal(kit_received(&w->alice), first);
	/* by number it is the same chat */
	kit_send(&w->alice,
	    "<message chat=\"2\" n=\"1\"><body>hi</body></message>");
	expect(&w->alice, "<ack n=\"1\" seq=\"1\"");
	expect(&w->bob, "<body>hi</body>");
	kit_send(&w->alice, SAY("1", "ho"));
	expect(&w->alice, "<error n=\"1\" code=\"conflict\"");
}

/* Whoever has the name meanwhile: it is what was sent to the other one. */
static void
test_r8_repeat_when_the_name_is_gone(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->alice, "<ack n=\"1\" chat=\"2\" seq=\"1\"");
	kit_remove(w->k, 2);
	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->alice, "<ack n=\"1\" chat=\"2\" seq=\"1\"");
	assert_int_equal(kit_user(w->k, "bob"), 3);
	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->alice, "<ack n=\"1\" chat=\"2\" seq=\"1\"");
	kit_send(&w->alice, SAY("1", "ho"));
	expect(&w->alice, "<error n=\"1\" code=\"conflict\"");
}

static void
test_r8_gap_is_a_conflict_that_states_high(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	(void)kit_received(&w->alice);
	kit_send(&w->alice, SAY("3", "hi"));
	expect(&w->alice, "high=\"1\"");
}

static void
test_r8_refusal_consumes_the_counter(void **state)
{
	struct world *w = *state;
	const char *stranger =
	    "<message chat=\"nobody\" n=\"1\"><body>x</body></message>";

	kit_send(&w->alice, stranger);
	expect(&w->alice, "<error n=\"1\" code=\"not-found\"");
	kit_send(&w->alice, stranger);
	expect(&w->alice, "<error n=\"1\" code=\"not-found\"");
	kit_send(&w->alice, SAY("2", "hi"));
	expect(&w->alice, "<ack n=\"2\"");
}

/* Refused because the name was unknown: that is its answer, also when the name
 * is known. */
static void
test_r8_refused_for_a_name(void **state)
{
	struct world *w = *state;
	const char *again = "<message n=\"1\" chat=\"zoe\"><body>hi</body>"
			    "</message>";

	kit_send(&w->alice, again);
	expect(&w->alice, "<error n=\"1\" code=\"not-found\"");
	(void)kit_user(w->k, "zoe");
	kit_send(&w->alice, again);
	expect(&w->alice, "<error n=\"1\" code=\"not-found\"");
	kit_send(&w->alice, "<message n=\"1\" chat=\"zoe\"><body>ho</body>"
			    "</message>");
	expect(&w->alice, "<error n=\"1\" code=\"conflict\"");
	kit_send(&w->alice, "<message n=\"2\" chat=\"zoe\"><body>hi</body>"
			    "</message>");
	expect(&w->alice, "<ack n=\"2\" ");
	/* by another name it is the same chat, and a user's id is no number */
	kit_send(&w->alice, "<message n=\"2\" chat=\"2\"><body>hi</body>"
			    "</message>");
	expect(&w->alice, "<ack n=\"2\" ");
	kit_send(&w->alice, "<message n=\"2\" chat=\"3\"><body>hi</body>"
			    "</message>");
	expect(&w->alice, "<error n=\"2\" code=\"conflict\"");
}

static int
run_leave(struct tx *tx, struct world *w)
{
	(void)w;
	return user_leave(tx, 2);
}

/* Also by its id; what it had goes later. */
static void
test_who_is_leaving_is_not_found(void **state)
{
	struct world *w = *state;

	assert_int_equal(kit_call(w->k, run_leave, w), 0);
	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->alice, "<error n=\"1\" code=\"not-found\"");
	kit_send(&w->alice, "<message n=\"2\" chat=\"~2\"><body>hi</body>"
			    "</message>");
	expect(&w->alice, "<error n=\"2\" code=\"not-found\"");
}

static void
test_r8_temporary_refusal_holds_later_ones(void **state)
{
	struct world *w = *state;

	mem_set_state(w->k->store, -67);	/* SC_ENOSPC */
	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->alice, "code=\"unavailable\" text=\"the disk of the server "
	    "is nearly full");
	mem_set_state(w->k->store, 0);
	kit_send(&w->alice, SAY("2", "later"));
	expect(&w->alice, "code=\"conflict\"");
	kit_send(&w->alice, "<void n=\"1\"/>");
	expect(&w->alice, "<void n=\"1\"/>");
	kit_send(&w->alice, SAY("2", "later"));
	expect(&w->alice, "<ack n=\"2\"");
}

static void
test_text_limit_is_inclusive(void **state)
{
	struct world *w = *state;
	char text[4200], xml[4400];

	memset(text, 'x', sizeof(text));
	text[4096] = '\0';
	(void)snprintf(xml, sizeof(xml), SAY("1", "%s"), text);
	kit_send(&w->alice, xml);
	expect(&w->alice, "<ack n=\"1\"");
	text[4096] = 'x';
	text[4097] = '\0';
	(void)snprintf(xml, sizeof(xml), SAY("2", "%s"), text);
	kit_send(&w->alice, xml);
	expect(&w->alice, "<error n=\"2\" code=\"too-large\"");
}

static void
test_r7_own_entry_needs_no_copy(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	expect_not(&w->alice, "<body>");
	kit_send(&w->alice, SAY("2", "hi"));
	expect_not(&w->alice, "<stub");
}

static void
test_r7_stub_when_something_is_missing_below(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->alice, SAY("1", "hi"));
	(void)kit_received(&w->alice);
	/* alice reads nothing: her window of 16 fills up */
	for (int n = 1; n <= 40; n++) {
		char xml[128];

		(void)snprintf(xml, sizeof(xml),
		    "<message chat=\"alice\" n=\"%d\"><body>%d</body></message>",
		    n, n);
		kit_send(&w->bob, xml);
	}
	kit_send(&w->alice, SAY("2", "me too"));
	got = kit_received(&w->alice);
	assert_non_null(strstr(got, "<ack n=\"2\""));
	assert_null(strstr(got, "<stub"));
	for (int seq = 2; seq <= 42; seq++) {
		char xml[64];

		(void)snprintf(xml, sizeof(xml), "<ack chat=\"2\" seq=\"%d\"/>",
		    seq);
		if (seq <= 17)
			kit_send(&w->alice, xml);
	}
	got = kit_received(&w->alice);
	assert_non_null(strstr(got, "<stub chat=\"2\" seq=\"42\" n=\"2\"/>"));
}

static void
test_r20_window_bounds_what_is_unacknowledged(void **state)
{
	struct world *w = *state;
	const char *got;
	unsigned n = 0;

	for (int i = 1; i <= 60; i++) {
		char xml[128];

		(void)snprintf(xml, sizeof(xml), SAY("%d", "m%d"), i, i);
		kit_send(&w->alice, xml);
	}
	for (got = kit_received(&w->bob); (got = strstr(got, "<message")); n++)
		got++;
	/* 16 at first; the account log's entry is one of them */
	assert_in_range(n, 15, 16);
	kit_send(&w->bob, "<ack chat=\"1\" seq=\"1\"/>\n"
			  "<ack chat=\"2\" low=\"15\"/>");
	assert_non_null(strstr(kit_received(&w->bob), "<body>m16</body>"));
}

#if defined(SC_TEST_OFFLINE) && defined(SC_TEST_RECEIPTS)
/* Very many entries of alice's and bob's chat have been written, and most of
 * them have been dropped. */
static int
run_gap(struct tx *tx, struct world *w)
{
	struct chat_id id;
	struct chat c;
	int rc = chat_direct(tx, 1, 2, &id);

	(void)w;
	if (rc == 0)
		rc = chat_get_locked(tx, &id, &c);
	if (rc == 0)
		rc = period_put(tx, &id, c.head + 1, CHAT_PERIOD_GONE);
	c.head = 16380;
	c.period_first = c.head + 1;
	if (rc == 0)
		rc = period_put(tx, &id, c.period_first, c.period);
	return rc != 0 ? rc : chat_put(tx, &c);
}

/* An ack by a low number is for what had come when it was sent, whatever has
 * been sent meanwhile. */
static void
test_low_ack_means_one_entry(void **state)
{
	struct world *w = *state;

	kit_send(&w->bob, "<ack chat=\"1\" seq=\"1\"/>");
	kit_disconnect(&w->bob);
	for (int i = 1; i <= 12; i++) {
		char xml[128];

		if (i == 6)
			assert_int_equal(kit_call(w->k, run_gap, w), 0);
		(void)snprintf(xml, sizeof(xml), SAY("%d", "m%d"), i, i);
		kit_send(&w->alice, xml);
	}
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"1\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	expect(&w->bob, "<skip chat=\"2\" first=\"6\" last=\"16380\"");
	(void)kit_received(&w->alice);
	kit_send(&w->bob, "<ack chat=\"2\" low=\"3\"/>");
	kit_sleep(w->k, 100);
	expect(&w->alice, "<receipt chat=\"2\" delivered=\"3\"");
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"16383\"/>");
	expect(&w->bob, "<body>m12</body>");
	kit_send(&w->bob, "<ack chat=\"2\" low=\"3\"/>");
	kit_sleep(w->k, 100);
	expect(&w->alice, "<receipt chat=\"2\" delivered=\"16387\"");
}
#endif

static int
run_long(struct tx *tx, struct world *w)
{
	static uint8_t text[FRAME_MAX - 64];
	struct elem_buf body;
	struct chat_id id;
	struct chat c;
	int rc = chat_direct(tx, 1, 2, &id);

	(void)w;
	if (rc == 0)
		rc = chat_get_locked(tx, &id, &c);
	memset(text, 'x', sizeof(text));
	elem_begin(&body, TAG_BODY);
	elem_set_text(&body, slice_of(text, sizeof(text)));
	return rc != 0 ? rc : scm_post(tx, &c, 1, &body.e, 1, 0);
}

/* Nor does a module make one that no frame could carry. */
static void
test_post_fits_a_frame(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "one"));
	assert_int_equal(kit_call(w->k, run_long, w), SC_ETOOLARGE);
}

#ifdef SC_TEST_OFFLINE
/* The first entry of alice's and bob's chat is damaged, the second larger than
 * a frame can be. */
static int
run_damage(struct tx *tx, struct world *w)
{
	static uint8_t large[FRAME_MAX];
	struct chat_id id;
	int rc = chat_direct(tx, 1, 2, &id);
	size_t n = varint_write(large, (FRAME_MAX - 4) << 2);

	(void)w;
	assert_int_equal(n, 3);
	if (rc == 0)
		rc = entry_replace(tx, &id, 1, ENTRY_COUNTS,
		    slice_of("\xff\xff", 2));
	return rc != 0 ? rc : entry_replace(tx, &id, 2, ENTRY_COUNTS,
	    slice_of(large, n + FRAME_MAX - 4));
}

/* What no frame can carry is left out: the device gets all others. */
static void
test_entry_that_cannot_be_sent(void **state)
{
	struct world *w = *state;
	struct server_conf conf;
	const char *got;

	server_conf_init(&conf);
	conf.tail_entries = 0;	/* what is read is in the store */
	kit_reconfigure(w->k, &conf);
	kit_send(&w->bob, "<ack chat=\"1\" seq=\"1\"/>");
	kit_disconnect(&w->bob);
	kit_send(&w->alice, SAY("1", "one"));
	kit_send(&w->alice, SAY("2", "two"));
	kit_send(&w->alice, SAY("3", "three"));
	assert_int_equal(kit_call(w->k, run_damage, w), 0);
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"1\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	got = kit_received(&w->bob);
	HAS(got, "<skip chat=\"2\" first=\"1\" last=\"1\" "
	    "reason=\"undeliverable\"/>\n<skip chat=\"2\" first=\"2\" "
	    "last=\"2\" reason=\"undeliverable\"/>\n");
	HAS(got, "<body>three</body>");
}
#endif

static void
test_r20_silence_is_asked_then_closed(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	(void)kit_received(&w->bob);
	kit_sleep(w->k, 2100);
	expect(&w->bob, "<ping waiting=\"2\"/>");
	/* alive, but it acknowledges nothing: no more entries */
	kit_send(&w->bob, "<pong/>");
	kit_send(&w->alice, SAY("2", "ho"));
	expect_not(&w->bob, "<body>ho");
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"1\"/>");
	expect(&w->bob, "<body>ho");
	kit_sleep(w->k, 2100);
	expect(&w->bob, "<ping");
	kit_sleep(w->k, 5100);
	assert_true(w->bob.closed);
}

static void
test_heartbeat(void **state)
{
	struct world *w = *state;

	kit_sleep(w->k, 29000);
	expect_nothing(&w->alice);
	kit_sleep(w->k, 1100);
	expect(&w->alice, "<ping waiting=\"0\"/>");
	kit_send(&w->alice, "<pong/>");
	kit_sleep(w->k, 6000);
	assert_false(w->alice.closed);
	assert_true(w->bob.closed);
}

/* Acks put the deadline back to that of the heartbeat, which is met. */
static void
test_deadlines_that_move_back(void **state)
{
	struct world *w = *state;

	for (unsigned n = 1; n <= 3; n++) {
		char say[128], ack[64];

		(void)snprintf(say, sizeof(say), "<message chat=\"bob\" n=\""
		    "%u\"><body>hi</body></message>", n);
		(void)snprintf(ack, sizeof(ack), "<ack chat=\"1\" seq=\"1\"/>"
		    "\n<ack chat=\"2\" seq=\"%u\"/>", n);
		kit_send(&w->alice, say);
		kit_sleep(w->k, 1500);
		expect(&w->bob, "<body>hi");
		kit_send(&w->bob, ack);
	}
	kit_sleep(w->k, 29800);
	expect_nothing(&w->bob);
	kit_sleep(w->k, 300);
	expect(&w->bob, "<ping waiting=\"0\"/>");
	kit_sleep(w->k, 4800);
	assert_false(w->bob.closed);
	kit_sleep(w->k, 300);
	assert_true(w->bob.closed);
}

/* A reload: sessions go on, with the new numbers. */
static void
test_new_numbers(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct server_conf conf;

	server_conf_init(&conf);
	kit_send(&w->alice, SAY("1", "hello"));
	expect(&w->alice, "<ack n=\"1\"");
	conf.max_text = 4;
	conf.heartbeat_ms = 10000;
	kit_reconfigure(w->k, &conf);
	kit_send(&w->alice, SAY("2", "hello"));
	expect(&w->alice, "<error n=\"2\" code=\"too-large\"");
	kit_send(&w->alice, SAY("3", "hell"));
	expect(&w->alice, "<ack n=\"3\"");
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"2\"/>\n"
			  "<ack chat=\"1\" seq=\"1\"/>");
	(void)kit_received(&w->bob);
	/* also those that were waiting with the old ones */
	kit_sleep(w->k, 9000);
	expect_not(&w->bob, "<ping");
	kit_sleep(w->k, 1100);
	expect(&w->bob, "<ping");
	/* and what runs in transactions */
	kit_token(w->k, 1, "tablet", token);
	conf.max_devices = 5;
	kit_reconfigure(w->k, &conf);
	for (int i = 0; i < 3; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "more%d", i);
		kit_token(w->k, 1, name, token);
	}
}

static void
test_new_windows(void **state)
{
	struct world *w = *state;
	struct server_conf conf;
	const char *got;
	unsigned n = 0;

	server_conf_init(&conf);
	conf.window_entries = 4;
	conf.tail_entries = 0;
	kit_reconfigure(w->k, &conf);
	for (int i = 1; i <= 40; i++) {
		char xml[128];

		(void)snprintf(xml, sizeof(xml), SAY("%d", "m%d"), i, i);
		kit_send(&w->alice, xml);
	}
	for (got = kit_received(&w->bob); (got = strstr(got, "<message")); n++)
		got++;
	assert_in_range(n, 3, 4);
	conf.window_entries = 64;
	conf.tail_entries = 100;
	kit_reconfigure(w->k, &conf);
	for (int i = 3; i < 40; i += 3) {
		char xml[128];

		(void)snprintf(xml, sizeof(xml), "<ack chat=\"1\" seq=\"1\"/>\n"
		    "<ack chat=\"2\" seq=\"%d\"/>", i);
		kit_send(&w->bob, xml);
		got = kit_received(&w->bob);
		if (strstr(got, "<body>m40</body>") != NULL)
			return;
	}
	fail_msg("m40 did not come");
}

static int
setup_with_slow_pace(void **state)
{
	struct server_conf conf;

	server_conf_init(&conf);
	conf.rate = 1000;
	conf.burst = 620;	/* a hello, an auth, a sync, and two pings */
	return setup_with(state, &conf);
}

static void
test_pace_holds_the_fast(void **state)
{
	struct world *w = *state;

	/* the third ping is heard and leaves a debt of 5 units: 5 ms */
	kit_send(&w->alice, "<ping/>\n<ping/>\n<ping/>\n<ping/>\n<ping/>");
	expect(&w->alice, "<pong/>\n<pong/>\n<pong/>");
	assert_true(w->alice.held);
	assert_false(w->bob.held);
	kit_sleep(w->k, 5);
	expect(&w->alice, "<pong/>");
	assert_true(w->alice.held);
	kit_sleep(w->k, 5);
	expect(&w->alice, "<pong/>");
	kit_sleep(w->k, 5);
	assert_false(w->alice.held);
	/* nothing was refused, and what was saved up is there again later */
	kit_sleep(w->k, 1000);
	kit_send(&w->alice, "<ping/>\n<ping/>");
	expect(&w->alice, "<pong/>\n<pong/>");
	assert_false(w->alice.held);
}

/* A new connection of the account is no new budget. */
static void
test_pace_outlives_the_session(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<ping/>\n<ping/>\n<ping/>\n<ping/>\n<ping/>");
	assert_true(w->alice.held);
	kit_sleep(w->k, 10);
	expect(&w->alice, "<pong/>\n<pong/>\n<pong/>\n<pong/>\n<pong/>");
	kit_disconnect(&w->alice);
	kit_enter(w->k, &w->alice, "alice", 1, w->alice_token);
	kit_send(&w->alice, "<ping/>");
	assert_true(w->alice.held);
	assert_false(w->bob.held);
	/* nor for one that ends the other one */
	kit_sleep(w->k, 2000);
	(void)kit_received(&w->alice);
	for (int i = 0; i < 125; i++)
		kit_send(&w->alice, "<ping/>");
	assert_true(w->alice.held);
	kit_enter(w->k, &w->other, "alice", 1, w->alice_token);
	kit_send(&w->other, "<ping/>");
	assert_true(w->other.held);
	/* it is earned with time */
	kit_sleep(w->k, 2000);
	(void)kit_received(&w->other);
	kit_send(&w->other, "<ping/>");
	expect(&w->other, "<pong/>");
	assert_false(w->other.held);
}

static void
test_pace_answers_late_is_no_silence(void **state)
{
	struct world *w = *state;
	int i;

	/* 64 KiB of pings cost more than pong-ms to earn */
	kit_sleep(w->k, 30100);
	(void)kit_received(&w->alice);
	for (i = 0; i < 1700; i++)
		kit_send(&w->alice, "<ping/>");
	kit_send(&w->alice, "<pong/>");
	kit_sleep(w->k, 7000);
	assert_false(w->alice.closed);
	assert_true(w->alice.held);
	kit_sleep(w->k, 2000);
	assert_false(w->alice.closed);
	assert_false(w->alice.held);
	assert_true(w->bob.closed);
}

static void
test_offline_entries_come_after_login(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_disconnect(&w->bob);
	kit_send(&w->alice, SAY("1", "one") "\n" SAY("2", "two"));
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	got = kit_received(&w->bob);
#ifdef SC_TEST_OFFLINE
	assert_non_null(strstr(got, "<body>one</body>"));
	assert_true(strstr(got, "one") < strstr(got, "two"));
	assert_true(strstr(got, "two") < strstr(got, "<synced"));
#else
	assert_non_null(strstr(got, "reason=\"not-kept\""));
#endif
	assert_non_null(strstr(got, "<synced"));
}

static void
test_r17_mismatch_asks_for_cursors(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->alice, SAY("1", "one") "\n" SAY("2", "two"));
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->k, 100);
	kit_disconnect(&w->bob);
	/* the phone has been restored from a backup: it has nothing */
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "<sync/>"));
	assert_null(strstr(got, "<body>"));
	kit_send(&w->bob, "<cursors final=\"true\"><cursor chat=\"2\" "
			  "seq=\"1\"/></cursors>");
	got = kit_received(&w->bob);
	assert_null(strstr(got, "one"));
#ifdef SC_TEST_OFFLINE
	assert_non_null(strstr(got, "two"));
#endif
}

static void
test_r16_nothing_is_parsed_before_the_login(void **state)
{
	struct world *w = *state;
	struct kit_conn c;

	kit_connect(w->k, &c);
	kit_send(&c, "<ping/>");
	expect(&c, "<bye why=\"malformed\"");
	assert_true(c.closed);
	kit_disconnect(&c);
	kit_connect(w->k, &c);
	kit_hello(&c);
	(void)kit_received(&c);
	kit_send(&c, "<auth mechanism=\"token\" user=\"alice\" device=\"1\" "
		     "data=\"AAAA\"/>\n" SAY("1", "forged"));
	expect(&c, "<failure code=\"not-authorized\"");
	assert_true(c.closed);
	kit_disconnect(&c);
	expect_nothing(&w->bob);
}

static void
test_r9_newer_session_ends_the_older(void **state)
{
	struct world *w = *state;
	struct kit_conn again;

	kit_enter(w->k, &again, "alice", 1, w->alice_token);
	expect(&w->alice, "<bye why=\"replaced\"");
	assert_true(w->alice.closed);
	kit_send(&again, SAY("1", "hi"));
	expect(&again, "<ack n=\"1\"");
	kit_disconnect(&again);
}

static void
test_two_devices_agree(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct kit_conn tablet;

	kit_token(w->k, 1, "tablet", token);
	kit_enter(w->k, &tablet, "alice", 2, token);
	kit_send(&w->alice, SAY("1", "from the phone"));
	expect(&tablet, "from the phone");
	kit_send(&w->bob, "<message chat=\"alice\" n=\"1\"><body>to both</body>"
			  "</message>");
	expect(&tablet, "to both");
	expect(&w->alice, "to both");
	kit_send(&tablet, "<read chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->k, 100);
#ifdef SC_TEST_RECEIPTS
	expect(&w->alice, "<read chat=\"2\" seq=\"2\"/>");
	expect(&w->bob, "<receipt chat=\"2\" read=\"2\"");
	/* and to the one that read: it is durable */
	expect(&tablet, "<read chat=\"2\" seq=\"2\"/>");
#endif
	kit_disconnect(&tablet);
}

static void
test_note_to_oneself(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice,
	    "<message chat=\"alice\" n=\"1\"><body>milk</body></message>");
	expect(&w->alice, "<ack n=\"1\"");
	kit_send(&w->alice, "<ack chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->k, 100);
	expect_nothing(&w->alice);
}

static void
test_account_log_is_the_servers(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice,
	    "<message chat=\"1\" n=\"1\"><body>x</body></message>");
	expect(&w->alice, "<error n=\"1\" code=\"forbidden\"");
}

static void
test_unknown_requests_and_events(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<teleport id=\"9\"/>");
	expect(&w->alice, "<error id=\"9\" code=\"not-acceptable\"");
	kit_send(&w->alice, "<teleported/>");
	expect_nothing(&w->alice);
	assert_false(w->alice.closed);
}

static void
test_garbage_ends_only_its_connection(void **state)
{
	struct world *w = *state;
	uint8_t junk[512];

	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (uint8_t)(i * 37 + 11);
	(void)worker_input(w->alice.session, slice_of(junk, sizeof(junk)));
	kit_run(w->k);
	assert_true(w->alice.closed);
	kit_send(&w->bob, "<ping/>");
	expect(&w->bob, "<pong/>");
}

static void
test_time_is_cheap_after_a_day(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 6; i++) {
		kit_send(&w->alice, "<ping/>");
		kit_send(&w->bob, "<ping/>");
		kit_sleep(w->k, 25000);
	}
	w->k->wall += 86400 * 1000;
	worker_time(w->k->worker, w->k->mono, w->k->wall);
	(void)kit_received(&w->alice);
	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->alice, "<base time=");
	kit_send(&w->alice, SAY("2", "hi"));
	expect_not(&w->alice, "<base");
}

#ifdef SC_TEST_RETENTION
extern const struct sc_module_def sc_module_retention;
#endif

/* A sweep runs when its time has come, and drops what is old (R6, R14). */
static void
run_sweeps(struct kit *k)
{
	struct job *j;
	int64_t at;

	while ((j = server_sweep(k->server, k->mono, k->wall, &at)) != NULL)
		kit_job(k, j);
}

#ifdef SC_TEST_RETENTION
/* Option NAME of the module retention, from now on. */
static void
set_retention(struct kit *k, const char *name, const char *value)
{
	struct server_settings *s =
	    server_settings_create(k->server, server_conf(k->server));
	void *conf = module_conf_create(&sc_module_retention);
	char why[200];

	assert_int_equal(module_conf_set(&sc_module_retention, conf, name,
	    value, why, sizeof(why)), 0);
	server_settings_module(s, k->server, &sc_module_retention, conf);
	server_settings_free(server_reconfigure_take(k->server, s));
	free(conf);
}

struct sealed_count {
	struct store_txn *t;
	const struct store_table *table;
	unsigned n;
};

static int
count_sealed(void *arg, uint32_t part)
{
	struct sealed_count *c = arg;
	struct store_sealed sealed;

	c->n += store_sealed(c->t, c->table, part, &sealed) == 0 &&
	    sealed.done;
	return 0;
}

/* How many partitions of entries are sealed. */
static unsigned
sealed_parts(struct kit *k)
{
	struct sealed_count c = {store_begin_read(k->store),
	    server_domain(k->server)->entries, 0};

	assert_int_equal(store_parts(c.t, c.table, count_sealed, &c), 0);
	store_abandon(c.t);
	return c.n;
}

static void
a_day_later(struct kit *k, int days)
{
	k->wall += days * INT64_C(86400000);
	k->mono += days * INT64_C(86400000);
	worker_time(k->worker, k->mono, k->wall);
}

/* What is over for so long is sealed, a step in each sweep, and read on. */
static void
test_sweep_seals_old_periods(void **state)
{
	struct world *w = *state;

	run_sweeps(w->k);
	kit_send(&w->alice, SAY("1", "old"));
	kit_disconnect(&w->bob);
	kit_disconnect(&w->alice);
	a_day_later(w->k, 3);
	for (int i = 0; i < 10; i++) {
		run_sweeps(w->k);
		w->k->mono += 10000;
		w->k->wall += 10000;
	}
	assert_int_equal(sealed_parts(w->k), 0);	/* 0 days: never */
	set_retention(w->k, "seal-days", "2");
	for (int i = 0; i < 10; i++) {
		run_sweeps(w->k);
		w->k->mono += 10000;
		w->k->wall += 10000;
	}
	assert_int_equal(sealed_parts(w->k), 1);
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	kit_send(&w->bob, "<cursors final=\"true\"/>");
#ifdef SC_TEST_OFFLINE
	expect(&w->bob, "old");
#endif
}
#endif

#if defined(SC_TEST_OFFLINE) && defined(SC_TEST_RETENTION)
static void
test_r6_sweep_drops_old_periods(void **state)
{
	struct world *w = *state;
	const int64_t day = 86400 * 1000;
	const char *got;

	run_sweeps(w->k);
	kit_send(&w->alice, SAY("1", "old"));
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->k, 100);
	kit_disconnect(&w->bob);
	kit_disconnect(&w->alice);
	w->k->wall += 32 * day;
	w->k->mono += 32 * day;
	worker_time(w->k->worker, w->k->mono, w->k->wall);
	run_sweeps(w->k);
	assert_false(server_sweeps_stopped(w->k->server));
	kit_enter(w->k, &w->alice, "alice", 1, w->alice_token);
	kit_send(&w->alice, SAY("2", "new"));
	/* bob has lost his state: the old entry is a skip, not a hole */
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	kit_send(&w->bob, "<cursors final=\"true\"/>");
	got = kit_received(&w->bob);
	assert_null(strstr(got, "old"));
	assert_non_null(strstr(got, "<skip chat=\"2\" first=\"1\" last=\"1\" "
				    "reason=\"pruned\"/>"));
	assert_non_null(strstr(got, "new"));
	/* what introduces the chats is never dropped */
	assert_non_null(strstr(got, "name=\"alice\""));
}
#endif

static void
test_r4_sweeps_stop_when_clocks_disagree(void **state)
{
	struct world *w = *state;
	int64_t at;

	run_sweeps(w->k);
	w->k->wall += 32 * INT64_C(86400000);
	w->k->mono += 2 * INT64_C(3600000);
	assert_null(server_sweep(w->k->server, w->k->mono, w->k->wall, &at));
	assert_true(server_sweeps_stopped(w->k->server));
	/* until an operator restarts it */
	w->k->wall -= 32 * INT64_C(86400000);
	assert_null(server_sweep(w->k->server, w->k->mono, w->k->wall, &at));
}

static void
test_failures_are_alike(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	char first[512];

	memcpy(token, w->alice_token, sizeof(token));
	token[DEVICE_TOKEN_SIZE - 1] ^= 1;
	for (int i = 0; i < 3; i++) {
		const char *const users[] = {"alice", "nobody",
		    "alice@elsewhere.example"};
		struct kit_conn c;

		kit_connect(w->k, &c);
		kit_hello(&c);
		(void)kit_received(&c);
		kit_auth(&c, users[i], 1, token);
		if (i == 0)
			(void)snprintf(first, sizeof(first), "%s",
			    kit_received(&c));
		else
			assert_string_equal(kit_received(&c), first);
		kit_disconnect(&c);
	}
	assert_non_null(strstr(first, "not-authorized"));
}

/* ---- payloads must fit the frames that carry them on ---- */

enum { PAYLOAD_WIRE_MAX = 65408, OPAQUE_HEAD = 3 };

/* Sends an opaque payload of SIZE bytes, its head included, in a deflated
 * frame if DEFLATED. */
static void
send_opaque(struct kit_conn *c, const char *n, size_t size, bool deflated)
{
	static uint8_t bytes[200000];
	const uint8_t no_dictionary = 0;
	struct buf payload, body, out;
	uint32_t x = 1;
	struct slice wire;
	struct payload p;
	struct elem_buf e;

	buf_init(&payload, 0);
	buf_init(&body, 0);
	buf_init(&out, 0);
	varint_put(&payload, (uint64_t)(size - OPAQUE_HEAD) << 2 |
	    PAYLOAD_OPAQUE);
	/* two bits of eight are news: it deflates to a quarter or so */
	for (size_t i = 0; i < sizeof(bytes); i++) {
		x = x * 1103515245 + 12345;
		bytes[i] = (uint8_t)(x >> 24 & 3);
	}
	buf_put(&payload, bytes, size - OPAQUE_HEAD);
	wire = buf_slice(&payload);
	assert_int_equal(payload_take(&wire, &p), 0);
	elem_begin(&e, TAG_MESSAGE);
	elem_add_chat_number(&e, ATTR_CHAT, 2);
	elem_add_uint(&e, ATTR_N, strtoul(n, NULL, 10));
	elem_set_payload(&e, buf_slice(&payload));
	assert_int_equal(stanza_encode(&c->ctx, &e.e, &body), 0);
	if (deflated)
		assert_int_equal(frame_put_packed(c->kit->deflate,
		    buf_slice(&body), &no_dictionary, 1, &out), 0);
	else
		frame_put(&out, buf_slice(&body), false);
	(void)worker_input(c->session, buf_slice(&out));
	kit_run(c->kit);
	buf_fini(&payload);
	buf_fini(&body);
	buf_fini(&out);
}

/* How many frames have come; all are of a legal length. */
static unsigned
count_frames(struct kit_conn *c)
{
	unsigned count = 0;

	for (; c->in.len > 0; count++) {
		struct slice in = buf_slice(&c->in);
		struct frame f;

		assert_int_equal(frame_next(&in, FRAME_MAX, &f), 0);
		buf_consume(&c->in, c->in.len - in.len);
	}
	return count;
}

static void
test_payload_fits_its_frames(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, SAY("1", "hi"));
	(void)kit_received(&w->alice);
	(void)kit_received(&w->bob);
	send_opaque(&w->alice, "2", PAYLOAD_WIRE_MAX, false);
	expect(&w->alice, "<ack n=\"2\"");
	assert_int_equal(count_frames(&w->bob), 1);
	/* fits the frame in, but not all frames out */
	send_opaque(&w->alice, "3", PAYLOAD_WIRE_MAX + 1, false);
	expect(&w->alice, "<error n=\"3\" code=\"too-large\"");
	send_opaque(&w->alice, "4", 65533, false);
	expect(&w->alice, "<error n=\"4\" code=\"too-large\"");
	send_opaque(&w->alice, "5", 200000, true);
	expect(&w->alice, "<error n=\"5\" code=\"too-large\"");
	assert_int_equal(count_frames(&w->bob), 0);
	assert_false(w->bob.closed);
}

/* ---- acknowledged while a page is read ---- */

static int
setup_without_tail(void **state)
{
	struct server_conf conf;

	server_conf_init(&conf);
	conf.tail_entries = 0;
	return setup_with(state, &conf);
}

#ifdef SC_TEST_OFFLINE
/* A row of alice's and bob's chat is lost. */
static int
run_lose(struct tx *tx, struct world *w)
{
	struct row_key k = {.len = 0};
	struct chat_id id;
	uint32_t part;
	int rc = chat_direct(tx, 1, 2, &id);

	(void)w;
	if (rc == 0)
		rc = chat_period(tx, &id, 2, &part);
	row_key_chat(&k, &id);
	row_key_u64(&k, 2);
	return rc != 0 ? rc
	    : store_del(tx->st, tx->d->entries, part, row_key_slice(&k));
}

static void
test_lost_entry_is_passed_by(void **state)
{
	struct world *w = *state;
	const char *got;

	kit_send(&w->bob, "<ack chat=\"1\" seq=\"1\"/>");
	kit_disconnect(&w->bob);
	for (int i = 1; i <= 12; i++) {
		char xml[128];

		(void)snprintf(xml, sizeof(xml), SAY("%d", "m%d"), i, i);
		kit_send(&w->alice, xml);
	}
	assert_int_equal(kit_call(w->k, run_lose, w), 0);
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"1\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "<body>m1</body>"));
	assert_non_null(strstr(got, "<skip chat=\"2\" first=\"2\" last=\"2\" "
	    "reason=\"undeliverable\"/>"));
	assert_null(strstr(got, "<body>m2</body>"));
	assert_non_null(strstr(got, "<body>m12</body>"));
}
#endif

static void
test_ack_overtakes_the_page(void **state)
{
	struct world *w = *state;

	for (int i = 1; i <= 20; i++) {
		char xml[128];

		(void)snprintf(xml, sizeof(xml), SAY("%d", "m%d"), i, i);
		kit_send(&w->alice, xml);
	}
	(void)kit_received(&w->bob);
	/* the first lets a page be read, the second leaves nothing to read,
	 * as the ack of one's own message does */
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"15\"/>\n"
			  "<ack chat=\"2\" seq=\"20\"/>");
	expect_not(&w->bob, "<bye");
	kit_send(&w->alice, SAY("21", "and on"));
	expect(&w->bob, "seq=\"21\"");
	assert_false(w->bob.closed);
}

#if defined(SC_TEST_OFFLINE) && defined(SC_TEST_RETENTION) && \
    defined(SC_TEST_RECEIPTS)
static void
test_r14_mark_in_a_dropped_period(void **state)
{
	struct world *w = *state;
	const int64_t day = 86400 * 1000;

	run_sweeps(w->k);
	kit_disconnect(&w->bob);
	kit_send(&w->alice, SAY("1", "old"));
	/* something has moved in that period, so it is dropped */
	kit_send(&w->alice, "<message chat=\"alice\" n=\"2\"><body>note"
			    "</body></message>\n<read chat=\"3\" seq=\"1\"/>");
	kit_sleep(w->k, 100);
	kit_disconnect(&w->alice);
	w->k->wall += 32 * day;
	w->k->mono += 32 * day;
	worker_time(w->k->worker, w->k->mono, w->k->wall);
	run_sweeps(w->k);
	kit_enter(w->k, &w->alice, "alice", 1, w->alice_token);
	kit_connect(w->k, &w->bob);
	kit_hello(&w->bob);
	kit_auth(&w->bob, "bob", 1, w->bob_token);
	kit_send(&w->bob,
	    "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	expect(&w->bob, "reason=\"pruned\"");
	/* the skip is acknowledged like an entry: the movement has gone with
	 * its period, the mark has not */
	(void)kit_received(&w->alice);
	kit_send(&w->bob, "<ack chat=\"1\" seq=\"1\"/>\n"
			  "<read chat=\"2\" seq=\"1\"/>\n"
			  "<ack chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->k, 100);
	expect(&w->alice, "<receipt chat=\"2\" read=\"1\"");
	expect(&w->bob, "<read chat=\"2\" seq=\"1\"/>");
}
#endif

static void
test_r8_unknown_request_consumes_the_counter(void **state)
{
	struct world *w = *state;

	kit_send(&w->alice, "<teleport n=\"1\" name=\"a\"/>");
	expect(&w->alice, "<error n=\"1\" code=\"not-acceptable\"");
	kit_send(&w->alice, "<teleport n=\"1\" name=\"a\"/>");
	expect(&w->alice, "<error n=\"1\" code=\"not-acceptable\"");
	kit_send(&w->alice, "<teleport n=\"1\" name=\"b\"/>");
	expect(&w->alice, "<error n=\"1\" code=\"conflict\"");
	kit_send(&w->alice, SAY("2", "hi"));
	expect(&w->alice, "<ack n=\"2\"");
	/* out of its turn it settles nothing */
	kit_send(&w->alice, "<teleport n=\"4\"/>");
	expect(&w->alice, "<error n=\"4\" code=\"conflict\"");
}

static void
test_r20_progress_is_life(void **state)
{
	struct world *w = *state;

	w->k->unsent = 100000;
	kit_send(&w->alice, SAY("1", "hi"));
	kit_sleep(w->k, 4100);
	expect(&w->bob, "<ping");
	/* the ping waits behind what the network takes slowly */
	for (int i = 0; i < 8; i++) {
		w->k->unsent -= 10000;
		kit_sleep(w->k, 4000);
	}
	assert_false(w->bob.closed);
	/* and then takes no more */
	kit_sleep(w->k, 10100);
	assert_true(w->bob.closed);
	expect(&w->bob, "<bye why=\"slow\"");
}

/* ---- the tail cache ---- */

static void
add_to_tail(struct tail *t, const struct chat_id *chat, uint64_t seq,
    size_t size)
{
	static const uint8_t zeros[65536];
	struct event *e =
	    event_create(EVENT_ENTRY, 0, slice_of(zeros, size));

	e->entry.chat = *chat;
	e->entry.seq = seq;
	tail_add(t, e);
	event_unref(e);
}

static void
test_tail_is_bounded_in_bytes(void **state)
{
	const struct chat_id chat = {{7}};
	struct tail t;
	unsigned kept = 0;

	(void)state;
	tail_init(&t, 64);
	for (uint64_t seq = 1; seq <= 200; seq++)
		add_to_tail(&t, &chat, seq, 100);
	for (uint64_t seq = 137; seq <= 200; seq++)
		assert_non_null(tail_get(&t, &chat, seq));
	/* the largest entries that there are: the newest remain */
	for (uint64_t seq = 201; seq <= 400; seq++) {
		add_to_tail(&t, &chat, seq, 65408);
		assert_non_null(tail_get(&t, &chat, seq));
	}
	for (uint64_t seq = 1; seq <= 400; seq++)
		kept += tail_get(&t, &chat, seq) != NULL;
	assert_in_range(kept, 2, 64 * TAIL_ENTRY_BYTES / 65408);
	/* small ones again */
	for (uint64_t seq = 401; seq <= 600; seq++)
		add_to_tail(&t, &chat, seq, 100);
	for (uint64_t seq = 537; seq <= 600; seq++)
		assert_non_null(tail_get(&t, &chat, seq));
	tail_fini(&t);
}

static int
setup_with_little_room(void **state)
{
	struct server_conf conf;

	server_conf_init(&conf);
	conf.window_bytes = 1;
	return setup_with(state, &conf);
}

static void
test_r20_clock_starts_at_the_flush(void **state)
{
	struct world *w = *state;
	struct elem_buf ping;
	struct buf out;

	/* the pong leaves no room: the entry goes out after the flush */
	buf_init(&out, 0);
	elem_begin(&ping, TAG_PING);
	assert_int_equal(stanza_put(&w->bob.ctx, &ping.e, &out), 0);
	(void)worker_input(w->bob.session, buf_slice(&out));
	buf_fini(&out);
	kit_send(&w->alice, SAY("1", "hi"));
	expect(&w->bob, "<pong/>");
	kit_sleep(w->k, 2100);
	expect(&w->bob, "<ping");
}

static void
test_syncs_at_once_are_limited(void **state)
{
	struct world *w = *state;
#define SYNC "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>\n"

	kit_send(&w->alice, SYNC SYNC SYNC SYNC);
	kit_send(&w->alice, SYNC);
	assert_false(w->alice.closed);
	kit_send(&w->alice, SYNC SYNC SYNC SYNC SYNC);
	expect(&w->alice, "<bye why=\"limit\"");
	assert_true(w->alice.closed);
}

int
main(void)
{
#define TEST(F) cmocka_unit_test_setup_teardown(F, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_message_reaches_the_other),
#ifdef SC_TEST_RECEIPTS
	    TEST(test_r13_receipts_after_marks),
#endif
	    TEST(test_r3_mark_above_the_head_is_refused),
	    TEST(test_r8_repeat_gets_the_same_answer),
	    TEST(test_r8_repeat_when_the_name_is_gone),
	    TEST(test_r8_gap_is_a_conflict_that_states_high),
	    TEST(test_r8_refusal_consumes_the_counter),
	    TEST(test_r8_refused_for_a_name),
	    TEST(test_who_is_leaving_is_not_found),
	    TEST(test_r8_temporary_refusal_holds_later_ones),
	    TEST(test_text_limit_is_inclusive),
	    TEST(test_r7_own_entry_needs_no_copy),
	    TEST(test_r7_stub_when_something_is_missing_below),
	    TEST(test_r20_window_bounds_what_is_unacknowledged),
#if defined(SC_TEST_OFFLINE) && defined(SC_TEST_RECEIPTS)
	    TEST(test_low_ack_means_one_entry),
#endif
	    TEST(test_post_fits_a_frame),
#ifdef SC_TEST_OFFLINE
	    TEST(test_entry_that_cannot_be_sent),
#endif
	    TEST(test_r20_silence_is_asked_then_closed),
	    TEST(test_heartbeat),
	    TEST(test_deadlines_that_move_back),
	    TEST(test_new_numbers),
	    TEST(test_new_windows),
	    cmocka_unit_test_setup_teardown(test_pace_holds_the_fast,
		setup_with_slow_pace, teardown),
	    cmocka_unit_test_setup_teardown(test_pace_outlives_the_session,
		setup_with_slow_pace, teardown),
	    cmocka_unit_test_setup_teardown(
		test_pace_answers_late_is_no_silence, setup_with_slow_pace,
		teardown),
	    TEST(test_offline_entries_come_after_login),
	    TEST(test_r17_mismatch_asks_for_cursors),
	    TEST(test_r16_nothing_is_parsed_before_the_login),
	    TEST(test_r9_newer_session_ends_the_older),
	    TEST(test_two_devices_agree),
	    TEST(test_note_to_oneself),
	    TEST(test_account_log_is_the_servers),
	    TEST(test_unknown_requests_and_events),
	    TEST(test_garbage_ends_only_its_connection),
	    TEST(test_time_is_cheap_after_a_day),
#ifdef SC_TEST_RETENTION
	    TEST(test_sweep_seals_old_periods),
#endif
#if defined(SC_TEST_OFFLINE) && defined(SC_TEST_RETENTION)
	    TEST(test_r6_sweep_drops_old_periods),
#endif
	    TEST(test_r4_sweeps_stop_when_clocks_disagree),
	    TEST(test_failures_are_alike),
	    TEST(test_syncs_at_once_are_limited),
	    TEST(test_payload_fits_its_frames),
	    cmocka_unit_test_setup_teardown(test_ack_overtakes_the_page,
		setup_without_tail, teardown),
#ifdef SC_TEST_OFFLINE
	    cmocka_unit_test_setup_teardown(test_lost_entry_is_passed_by,
		setup_without_tail, teardown),
#endif
#if defined(SC_TEST_OFFLINE) && defined(SC_TEST_RETENTION) && \
    defined(SC_TEST_RECEIPTS)
	    TEST(test_r14_mark_in_a_dropped_period),
#endif
	    TEST(test_r8_unknown_request_consumes_the_counter),
	    TEST(test_r20_progress_is_life),
	    cmocka_unit_test_setup_teardown(test_r20_clock_starts_at_the_flush,
		setup_with_little_room, teardown),
	    cmocka_unit_test(test_tail_is_bounded_in_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

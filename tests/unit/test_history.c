/* SPDX-License-Identifier: ISC */
/* The verb history: which entries, in which pages, and what stands for those
 * that cannot be had. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/chat.h"
#include "src/chat/device.h"
#include "src/chat/member.h"
#include "src/chat/period.h"
#include "src/chat/retention.h"
#include "src/chat/row.h"
#include "src/server/module.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_history;

struct world {
	struct kit *kit;
	struct kit_conn alice, bob, eve;
	uint64_t bob_id;
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_history, NULL};
	static const char *const names[] = {"alice", "bob", "eve"};
	struct world *w = calloc(1, sizeof(*w));
	struct kit_conn *conns[3];
	uint8_t token[DEVICE_TOKEN_SIZE];

	conns[0] = &w->alice;
	conns[1] = &w->bob;
	conns[2] = &w->eve;
	w->kit = kit_create_with(NULL, modules);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t id = kit_user(w->kit, names[i]);

		if (i == 1)
			w->bob_id = id;
		kit_token(w->kit, id, "phone", token);
		kit_enter(w->kit, conns[i], names[i], 1, token);
	}
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_disconnect(&w->bob);
	kit_disconnect(&w->eve);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

/* alice says "m1" to "mN" to bob. */
static void
say(struct world *w, unsigned n)
{
	char xml[200];

	for (unsigned i = 1; i <= n; i++) {
		(void)snprintf(xml, sizeof(xml), "<message chat=\"bob\" "
		    "n=\"%u\"><body>m%u</body></message>", i, i);
		kit_send(&w->alice, xml);
		if (i % 50 == 0) {
			(void)kit_received(&w->alice);
			(void)kit_received(&w->bob);
			(void)snprintf(xml, sizeof(xml),
			    "<ack chat=\"2\" seq=\"%u\"/>", i);
			kit_send(&w->bob, xml);
		}
	}
	(void)kit_received(&w->alice);
	(void)kit_received(&w->bob);
}

/*
 * Asks with ATTRIBUTES; the answer in short: seqs as numbers, skips as
 * first-last and their reason, "|" at the end of each page, "." at that of the
 * answer.
 */
static const char *
ask(struct kit_conn *c, const char *attributes)
{
	static char out[65536];
	const char *p;
	char xml[300];

	(void)snprintf(xml, sizeof(xml), "<history id=\"9\" %s/>", attributes);
	kit_send(c, xml);
	p = kit_received(c);
	out[0] = '\0';
	for (; (p = strchr(p, '<')) != NULL; p++) {
		char *end = out + strlen(out);
		size_t room = sizeof(out) - strlen(out);
		unsigned long a, b;
		char word[40];

		if (sscanf(p, "<message seq=\"%lu\"", &a) == 1)
			(void)snprintf(end, room, "%lu ", a);
		else if (sscanf(p, "<skip first=\"%lu\" last=\"%lu\" "
		    "reason=\"%39[^\"]", &a, &b, word) == 3)
			(void)snprintf(end, room, "%lu-%lu:%s ", a, b, word);
		else if (strncmp(p, "</page>", 7) == 0)
			(void)snprintf(end, room, "| ");
		else if (strncmp(p, "<result id=\"9\"/>", 16) == 0)
			(void)snprintf(end, room, ".");
		else if (strncmp(p, "<error id=\"9\" ", 14) == 0)
			(void)snprintf(end, room, "%.*s",
			    (int)strcspn(p + 14, "/"), p + 14);
	}
	return out;
}

static void
test_which_entries(void **state)
{
	struct world *w = *state;

	say(w, 10);
	assert_string_equal(ask(&w->bob, "chat=\"2\" limit=\"3\""),
	    "8 9 10 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" before=\"8\" limit=\"3\""),
	    "5 6 7 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" after=\"2\" limit=\"3\""),
	    "3 4 5 | .");
	assert_string_equal(ask(&w->bob,
	    "chat=\"2\" after=\"2\" before=\"9\" limit=\"3\""), "6 7 8 | .");
	assert_string_equal(ask(&w->bob,
	    "chat=\"2\" after=\"6\" before=\"9\" limit=\"30\""), "7 8 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\""),
	    "1 2 3 4 5 6 7 8 9 10 | .");
	/* nothing is not an error */
	assert_string_equal(ask(&w->bob, "chat=\"2\" after=\"10\" limit=\"3\""),
	    ".");
	assert_string_equal(ask(&w->bob, "chat=\"2\" before=\"1\" limit=\"3\""),
	    ".");
	assert_string_equal(ask(&w->bob, "chat=\"2\" before=\"0\" limit=\"3\""),
	    ".");
	assert_string_equal(ask(&w->bob,
	    "chat=\"2\" after=\"18446744073709551615\" limit=\"3\""), ".");
	assert_string_equal(ask(&w->bob,
	    "chat=\"2\" after=\"5\" before=\"5\" limit=\"3\""), ".");
	/* numbers beyond the head are no harm */
	assert_string_equal(ask(&w->bob,
	    "chat=\"2\" before=\"18446744073709551615\" limit=\"2\""),
	    "9 10 | .");
}

static int
garble_fourth(struct tx *tx, struct world *w)
{
	static const uint8_t garbage[] = {1, 255, 255};
	struct row_key k = {.len = 0};
	struct chat_id id;
	uint32_t part;
	int rc = chat_by_number(tx, w->bob_id, 2, &id);

	if (rc == 0)
		rc = chat_period(tx, &id, 4, &part);
	row_key_chat(&k, &id);
	row_key_u64(&k, 4);
	return rc != 0 ? rc : store_put(tx->st, tx->d->entries, part,
	    row_key_slice(&k), slice_of(garbage, sizeof(garbage)));
}

/* What cannot be read is said, and what is around it comes. */
static void
test_damaged_entries_are_passed_by(void **state)
{
	struct world *w = *state;

	say(w, 6);
	CALL(w, garble_fourth);
	assert_string_equal(ask(&w->bob, "chat=\"2\""),
	    "1 2 3 4-4:undeliverable 5 6 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" before=\"5\" limit=\"1\""),
	    "4-4:undeliverable | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" after=\"4\" limit=\"1\""),
	    "5 | .");
}

/* An entry a second; the first is of 08:00:00. */
static void
say_slowly(struct world *w, unsigned n)
{
	char xml[200];

	for (unsigned i = 1; i <= n; i++) {
		(void)snprintf(xml, sizeof(xml), "<message chat=\"bob\" "
		    "n=\"%u\"><body>m%u</body></message>", i, i);
		kit_send(&w->alice, xml);
		(void)kit_received(&w->alice);
		w->kit->wall += 1000;
		worker_time(w->kit->worker, w->kit->mono, w->kit->wall);
	}
	(void)kit_received(&w->bob);
}

#define AT(time) "\"2027-01-15T08:00:" time "Z\""

static void
test_entries_by_time(void **state)
{
	struct world *w = *state;

	say_slowly(w, 10);
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("03.000")
	    " limit=\"3\""), "4 5 6 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("03.001")
	    " limit=\"3\""), "5 6 7 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" until=" AT("03.000")
	    " limit=\"2\""), "2 3 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" until=" AT("03.001")
	    " limit=\"2\""), "3 4 | .");
	/* all bounds hold; what is between, the newest of it */
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("02.000")
	    " until=" AT("07.000") " limit=\"30\""), "3 4 5 6 7 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("02.000")
	    " until=" AT("07.000") " limit=\"2\""), "6 7 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("02.000")
	    " before=\"7\" limit=\"2\""), "5 6 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" after=\"1\" since="
	    AT("05.000") " limit=\"2\""), "6 7 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" after=\"7\" since="
	    AT("05.000") " limit=\"2\""), "8 9 | .");
	/* beyond both ends, and nothing between */
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("59.000")
	    " limit=\"2\""), ".");
	assert_string_equal(ask(&w->bob, "chat=\"2\" until=" AT("00.000")
	    " limit=\"2\""), ".");
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=" AT("05.000")
	    " until=" AT("05.000") " limit=\"2\""), ".");
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=\"0\" limit=\"2\""),
	    "1 2 | .");
	/* an empty chat has no times: notes to oneself, not begun */
	assert_string_equal(ask(&w->eve, "chat=\"eve\" since=\"0\""),
	    "code=\"not-found\" text=\"there is no such chat\"");
}

static void
test_whose_chat(void **state)
{
	struct world *w = *state;

	say(w, 1);
	assert_string_equal(ask(&w->bob, "chat=\"alice\" limit=\"3\""),
	    "1 | .");
	assert_string_equal(ask(&w->eve, "chat=\"alice\" limit=\"3\""),
	    "code=\"not-found\" text=\"there is no such chat\"");
	assert_string_equal(ask(&w->eve, "chat=\"2\" limit=\"3\""),
	    "code=\"not-found\" text=\"there is no such chat\"");
	assert_string_equal(ask(&w->eve, "chat=\"nobody\" limit=\"3\""),
	    "code=\"not-found\" text=\"there is no such chat\"");
	assert_string_equal(ask(&w->bob, "chat=\"2\" limit=\"0\""),
	    "code=\"bad-request\" text=\"the limit is 0: leave it out, or ask "
	    "for 1 or more\"");
	assert_string_equal(ask(&w->bob, "limit=\"1\""),
	    "code=\"bad-request\" text=\"the request names no chat\"");
}

/* Entries say of whom they are, and which send of this device they were. */
static void
test_what_an_entry_says(void **state)
{
	struct world *w = *state;
	const char *got;

	say(w, 1);
	kit_send(&w->bob, "<history id=\"1\" chat=\"2\" limit=\"1\"/>");
	assert_string_equal(kit_received(&w->bob),
	    "<page id=\"1\" chat=\"2\"><message seq=\"1\" "
	    "time=\"2027-01-15T08:00:00.000Z\" from=\"~1\"><body>m1</body>"
	    "</message></page>\n<result id=\"1\"/>\n");
	kit_send(&w->alice, "<history id=\"1\" chat=\"2\" limit=\"1\"/>");
	assert_string_equal(kit_received(&w->alice),
	    "<page id=\"1\" chat=\"2\"><message seq=\"1\" "
	    "time=\"2027-01-15T08:00:00.000Z\" from=\"~1\" device=\"1\" "
	    "n=\"1\"><body>m1</body></message></page>\n<result id=\"1\"/>\n");
	/* its number is not said to who asks by name (R19) */
	kit_send(&w->bob, "<history id=\"1\" chat=\"alice\" limit=\"1\"/>");
	got = kit_received(&w->bob);
	assert_memory_equal(got, "<page id=\"1\"><message seq=\"1\"", 29);
	/* the account log is a chat like others */
	kit_send(&w->bob, "<history id=\"2\" chat=\"1\" limit=\"9\"/>");
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "<page id=\"2\" chat=\"1\"><message "
	    "seq=\"1\" time=\"2027-01-15T08:00:00.000Z\"><chat number=\"2\""));
}

static int
join_late(struct tx *tx, struct world *w)
{
	struct chat_id id;
	struct member m;
	int rc = chat_by_number(tx, w->bob_id, 2, &id);

	if (rc == 0)
		rc = member_get(tx, &id, w->bob_id, &m);
	m.ranges[0].first = 5;
	return rc != 0 ? rc : member_put(tx, &id, w->bob_id, &m);
}

static void
test_r5_only_the_range_of_the_member(void **state)
{
	struct world *w = *state;

	say(w, 8);
	CALL(w, join_late);
	assert_string_equal(ask(&w->bob, "chat=\"2\" limit=\"5\""),
	    "1-4:not-a-member 5 6 7 8 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" limit=\"4\""),
	    "5 6 7 8 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" before=\"3\" limit=\"9\""),
	    "1-4:not-a-member | .");
	assert_string_equal(ask(&w->alice, "chat=\"2\" limit=\"9\""),
	    "1 2 3 4 5 6 7 8 | .");
}

static int
drop_period(struct tx *tx, struct world *w)
{
	struct chat_place from = {.more = false};

	return retention_drop(tx, chat_period_at(tx->d,
	    w->kit->wall - 2 * INT64_C(86400000)), UINT_MAX, &from);
}

static void
test_r5_pruned_entries_are_skips_of_a_page(void **state)
{
	struct world *w = *state;

	say(w, 4);
	w->kit->wall += 2 * INT64_C(86400000);
	worker_time(w->kit->worker, w->kit->mono, w->kit->wall);
	kit_send(&w->alice, "<message chat=\"bob\" n=\"5\"><body>m5</body>"
	    "</message>");
	CALL(w, drop_period);
	(void)kit_received(&w->bob);
	assert_string_equal(ask(&w->bob, "chat=\"2\" limit=\"9\""),
	    "1-4:pruned 5 | .");
	assert_string_equal(ask(&w->bob, "chat=\"2\" before=\"4\" limit=\"2\""),
	    "2-3:pruned | .");
	/* what is gone belongs to the time of what was kept after it */
	assert_string_equal(ask(&w->bob, "chat=\"2\" since=\"0\""),
	    "1-4:pruned 5 | .");
	assert_string_equal(ask(&w->bob,
	    "chat=\"2\" until=\"2027-01-16T00:00:00.000Z\""), ".");
}

static void
test_defaults_and_the_most(void **state)
{
	struct world *w = *state;
	const char *got;

	say(w, 1200);
	got = ask(&w->bob, "chat=\"2\"");
	assert_memory_equal(got, "1171 ", 5);
	assert_non_null(strstr(got, " 1200 | ."));
	got = ask(&w->bob, "chat=\"2\" limit=\"4000\"");
	assert_memory_equal(got, "201 ", 4);
	assert_non_null(strstr(got, " 1200 | ."));
}

/* An answer that fits no frame comes in several; a page with one large entry
 * goes out, too. */
static void
test_large_entries_turn_pages(void **state)
{
	struct world *w = *state;
	char *xml = malloc(60000);

	for (unsigned i = 1; i <= 4; i++) {
		int len = snprintf(xml, 60000, "<message chat=\"bob\" "
		    "n=\"%u\"><opaque data=\"", i);

		for (unsigned k = 0; k < 52000; k++)
			xml[len++] = (char)('a' + (k * k * k >> 3) % 26);
		(void)snprintf(xml + len, 100, "\"/></message>");
		kit_send(&w->alice, xml);
		(void)kit_received(&w->alice);
		(void)kit_received(&w->bob);
	}
	free(xml);
	assert_string_equal(ask(&w->bob, "chat=\"2\" limit=\"9\""),
	    "1 | 2 | 3 | 4 | .");
}

static unsigned
count(const char *text, const char *what)
{
	unsigned n = 0;

	while ((text = strstr(text, what)) != NULL) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* Texts in a page are deflated together: R21, SPEC.md "Frames". */
static void
test_r21_pages_are_deflated(void **state)
{
	struct world *w = *state;
	size_t plain, packed;

	say(w, 40);
	kit_send(&w->bob, "<history id=\"1\" chat=\"2\" limit=\"40\"/>");
	packed = w->bob.in.len;
	assert_int_equal(count(kit_received(&w->bob), "<body>m"), 40);
	plain = 40 * (strlen("m40") + 8);	/* the least that they take */
	assert_true(packed < plain);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_which_entries),
	    TEST(test_damaged_entries_are_passed_by),
	    TEST(test_entries_by_time),
	    TEST(test_whose_chat),
	    TEST(test_what_an_entry_says),
	    TEST(test_r5_only_the_range_of_the_member),
	    TEST(test_r5_pruned_entries_are_skips_of_a_page),
	    TEST(test_defaults_and_the_most),
	    TEST(test_large_entries_turn_pages),
	    TEST(test_r21_pages_are_deflated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

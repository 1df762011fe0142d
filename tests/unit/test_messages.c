/* SPDX-License-Identifier: ISC */
/* What messages refer to: edits, deletions for everyone, reactions, polls,
 * pins, locations; and what of it counts as unread. */
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
#include "src/chat/row.h"
#include "src/server/module.h"
#include "src/server/server_priv.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_messages;

#define NOW "2027-01-15T08:00:00.000Z"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

/* alice and bob, and their chat: number 2 for both. */
struct world {
	struct kit *kit;
	struct kit_conn alice, bob;
	uint64_t n[2];		/* counters */
	uint32_t unread;
	uint64_t edits;		/* rows of the module's table */
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_messages, &kit_keeper, NULL};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	(void)kit_arrive(w->kit, &w->alice, "alice", NULL);
	(void)kit_arrive(w->kit, &w->bob, "bob", NULL);
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

/* The wall clock goes on; nobody has to answer a ping. */
static void
later(struct world *w, int64_t ms)
{
	w->kit->wall += ms;
	worker_time(w->kit->worker, w->kit->mono, w->kit->wall);
}

/*
 * alice (or bob) sends CONTENT; "ok", or the sentence with which it is
 * refused.  What the other one gets is acknowledged, and forgotten.
 */
static const char *
say_as(struct world *w, bool bob, const char *content)
{
	static char why[300];
	char xml[8192];
	const char *said;
	unsigned long seq;

	(void)snprintf(xml, sizeof(xml),
	    "<message chat=\"%s\" n=\"%llu\">%s</message>",
	    bob ? "alice" : "bob", (unsigned long long)++w->n[bob], content);
	kit_send(bob ? &w->bob : &w->alice, xml);
	said = strstr(kit_received(bob ? &w->bob : &w->alice), "text=\"");
	why[0] = '\0';
	if (said != NULL)
		(void)sscanf(said, "text=\"%299[^\"]", why);
	said = strstr(kit_received(bob ? &w->alice : &w->bob),
	    "<message chat=\"2\" seq=\"");
	if (said != NULL) {
		assert_int_equal(sscanf(said, "<message chat=\"2\" "
		    "seq=\"%lu\"", &seq), 1);
		(void)snprintf(xml, sizeof(xml),
		    "<ack chat=\"2\" seq=\"%lu\"/>", seq);
		kit_send(bob ? &w->alice : &w->bob, xml);
	}
	return why[0] == '\0' ? "ok" : why;
}

#define SAID(CONTENT, ANSWER)                                                 \
	assert_string_equal(say_as(w, false, CONTENT), ANSWER)
#define BOB_SAID(CONTENT, ANSWER)                                             \
	assert_string_equal(say_as(w, true, CONTENT), ANSWER)

/* ---- in a transaction ---- */

static int
count_unread(struct tx *tx, struct world *w)
{
	struct chat_id id;
	struct chat c;
	int rc = chat_by_number(tx, 2, 2, &id);

	if (rc == 0)
		rc = chat_get(tx, &id, &c);
	return rc != 0 ? rc : chat_unread(tx, &c, 2, 0, 999, &w->unread);
}

static uint32_t
unread(struct world *w)
{
	CALL(w, count_unread);
	return w->unread;
}

/* What a new device of bob's gets of the chat, one stanza a line. */
static const char *
reads(struct world *w)
{
	static struct kit_conn c;
	static char out[65536];
	uint8_t token[DEVICE_TOKEN_SIZE];
	const char *p;

	kit_token(w->kit, 2, "new", token);
	kit_connect(w->kit, &c);
	kit_hello(&c);
	kit_auth(&c, "bob", 2, token);
	kit_send(&c, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	(void)snprintf(out, sizeof(out), "%s", kit_received(&c));
	kit_disconnect(&c);
	p = strstr(out, "<message chat=\"2\"");
	return p == NULL ? out : p;
}

/* ---- tests ---- */

static void
test_edit(void **state)
{
	struct world *w = *state;

	SAID("<body>helo</body>", "ok");
	SAID("<edit seq=\"1\">hello</edit>", "ok");
	SAID("<edit seq=\"1\">hello!</edit><mention user=\"~2\" first=\"0\" "
	    "last=\"1\"/>", "ok");
	BOB_SAID("<edit seq=\"1\">bye</edit>",
	    "only who wrote a message may edit it");
	SAID("<edit seq=\"2\">x</edit>",
	    "that entry has no text that could be edited");
	SAID("<edit seq=\"9\">x</edit>",
	    "there is no such entry in this chat");
	SAID("<edit seq=\"0\">x</edit>",
	    "there is no such entry in this chat");
	SAID("<poll name=\"?\"><option>a</option><option>b</option></poll>",
	    "ok");
	SAID("<edit seq=\"4\">x</edit>",
	    "that entry has no text that could be edited");
	/* a caption is a text */
	SAID("<media ref=\"AA\" type=\"image/png\" size=\"1\" hash=\"AA\"/>",
	    "ok");
	SAID("<edit seq=\"5\">me</edit>", "ok");
	later(w, 15 * MINUTE);
	SAID("<edit seq=\"1\">in time</edit>", "ok");
	later(w, 1);
	SAID("<edit seq=\"1\">late</edit>",
	    "it is too late to edit that message");
}

static void
test_edits_end(void **state)
{
	struct world *w = *state;

	SAID("<body>0</body>", "ok");
	for (unsigned i = 0; i < 32; i++)
		SAID("<edit seq=\"1\">1</edit>", "ok");
	SAID("<edit seq=\"1\">2</edit>",
	    "that message has been edited too often");
}

/* The payload that holds CONTENT, deflated with some dictionary. */
static void
test_deflated_texts_are_opened(void **state)
{
	struct world *w = *state;
	const uint8_t dictionaries[] = {0, 1};
	struct buf content, payload;
	struct elem_buf m;
	struct buf frame;

	SAID("<body>to make the chat</body>", "ok");
	buf_init(&content, 0);
	buf_init(&payload, 0);
	buf_init(&frame, 0);
	assert_int_equal(payload_add_body(&content, slice_str("I will be "
	    "there in about twenty minutes, please wait for me at the station "
	    "and do not forget to bring the keys")), 0);
	assert_int_equal(payload_put(w->kit->deflate, buf_slice(&content),
	    dictionaries, 2, &payload), 0);
	assert_int_equal(buf_slice(&payload).p[0] & 3, PAYLOAD_DEFLATE);
	elem_begin(&m, TAG_MESSAGE);
	elem_add_chat_number(&m, ATTR_CHAT, 2);
	elem_add_uint(&m, ATTR_N, ++w->n[0]);
	elem_set_payload(&m, buf_slice(&payload));
	assert_int_equal(stanza_put(&w->alice.said, &m.e, &frame), 0);
	assert_true(worker_input(w->alice.session, buf_slice(&frame)));
	kit_run(w->kit);
	assert_non_null(strstr(kit_received(&w->alice), "<ack n=\"2\""));
	buf_fini(&content);
	buf_fini(&payload);
	buf_fini(&frame);
	SAID("<edit seq=\"2\">sorry, tomorrow</edit>", "ok");
}

static void
test_opaque_texts_are_not(void **state)
{
	struct world *w = *state;

	SAID("<opaque data=\"AAECAwQ\"/>", "ok");
	SAID("<edit seq=\"1\">x</edit>",
	    "that entry has no text that could be edited");
	SAID("<delete seq=\"1\"/>", "ok");
}

static void
test_r6_delete(void **state)
{
	struct world *w = *state;

	SAID("<body>secret</body>", "ok");
	SAID("<edit seq=\"1\">secret too</edit>", "ok");
	SAID("<body>not</body>", "ok");
	assert_int_equal(unread(w), 2);
	BOB_SAID("<delete seq=\"1\"/>",
	    "only who wrote a message may delete it for everyone");
	SAID("<delete seq=\"2\"/>",
	    "only messages can be deleted for everyone");
	later(w, 60 * (int64_t)HOUR);
	SAID("<delete seq=\"1\"/>", "ok");
	SAID("<delete seq=\"1\"/>", "that entry is deleted");
	SAID("<reaction seq=\"1\">x</reaction>", "that entry is deleted");
	SAID("<edit seq=\"1\">x</edit>", "that entry is deleted");
	assert_int_equal(unread(w), 1);
	later(w, 1);
	SAID("<delete seq=\"3\"/>",
	    "it is too late to delete that message for everyone");
	assert_null(strstr(reads(w), "secret"));
	assert_non_null(strstr(reads(w), "from=\"~1\"><deleted user=\"~1\" "
	    "seq=\"4\"/></message>"));
	assert_non_null(strstr(reads(w), "from=\"~1\"><edit seq=\"1\"/>"
	    "<deleted user=\"~1\" seq=\"4\"/></message>"));
	assert_non_null(strstr(reads(w), "<delete seq=\"1\"/>"));
}

/* What a session still has to get is what is there now, also if it comes from
 * memory. */
static void
test_r6_caches_are_told(void **state)
{
	struct world *w = *state;
	const char *got;
	char xml[200];

	/* more than bob's window, so that the last of them wait */
	for (unsigned i = 1; i <= 20; i++) {
		(void)snprintf(xml, sizeof(xml), "<message chat=\"bob\" "
		    "n=\"%u\"><body>secret%u.</body></message>", i, i);
		kit_send(&w->alice, xml);
	}
	kit_send(&w->alice, "<message chat=\"bob\" n=\"21\">"
	    "<delete seq=\"1\"/><delete seq=\"18\"/></message>");
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "secret1."));
	assert_null(strstr(got, "secret18."));
	kit_send(&w->bob, "<ack chat=\"1\" seq=\"1\"/>\n<ack chat=\"2\" "
	    "seq=\"10\"/>");
	got = kit_received(&w->bob);
	assert_non_null(strstr(got, "secret17."));
	assert_null(strstr(got, "secret18."));
	assert_non_null(strstr(got, "seq=\"18\" time=\"" NOW
	    "\" from=\"~1\"><deleted user=\"~1\" seq=\"21\"/>"));
	assert_non_null(strstr(got, "secret19."));
}

static void
test_server_says_it(void **state)
{
	static const char *const contents[] = {
		"<deleted user=\"~2\" seq=\"1\"/>", "<changed name=\"x\"/>",
		"<member user=\"~1\" action=\"add\"/>", "<user user=\"~1\"/>",
		"<chat number=\"1\" ref=\"AAAA\" kind=\"direct\"/>",
		"<contact user=\"~1\"/>",
		"<block user=\"~1\"/>", "<settings chat=\"1\"/>",
		"<device device=\"1\"/>"};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		SAID(contents[i],
		    "the message holds what only the server may say");
}

static void
test_reactions(void **state)
{
	struct world *w = *state;

	SAID("<body>hi</body>", "ok");
	BOB_SAID("<reaction seq=\"1\">\xe2\x9d\xa4</reaction>", "ok");
	BOB_SAID("<reaction seq=\"1\"/>", "ok");
	BOB_SAID("<reaction seq=\"7\">x</reaction>",
	    "there is no such entry in this chat");
	BOB_SAID("<reaction seq=\"1\">"
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "</reaction>", "ok");
	BOB_SAID("<reaction seq=\"1\">"
	    "01234567890123456789012345678901234567890123456789012345678901234"
	    "</reaction>",
	    "a reaction is longer than 64 bytes: send one emoji");
	SAID("<pin seq=\"1\"/>", "ok");
	SAID("<unpin seq=\"1\"/>", "ok");
	SAID("<pin seq=\"77\"/>", "there is no such entry in this chat");
}

static void
test_polls(void **state)
{
	struct world *w = *state;

	SAID("<poll name=\"?\"><option>a</option></poll>",
	    "a poll has from 2 to 32 options");
	SAID("<poll name=\"?\"><option>a</option><option/></poll>",
	    "a poll has options, each with a text");
	SAID("<poll name=\"?\"><option>a</option><body>b</body></poll>",
	    "a poll has options, each with a text");
	SAID("<poll name=\"?\" most=\"3\"><option>a</option><option>b</option>"
	    "</poll>", "a poll lets choose from 1 to as many options as it has");
	SAID("<poll name=\"?\" most=\"0\"><option>a</option><option>b</option>"
	    "</poll>", "a poll lets choose from 1 to as many options as it has");
	SAID("<poll name=\"?\" most=\"2\"><option>a</option><option>b</option>"
	    "<option>c</option></poll>", "ok");
	BOB_SAID("<vote seq=\"1\" choices=\"5\"/>", "ok");
	BOB_SAID("<vote seq=\"1\" choices=\"0\"/>", "ok");
	BOB_SAID("<vote seq=\"1\" choices=\"7\"/>",
	    "the vote is for more options than the poll allows");
	BOB_SAID("<vote seq=\"1\" choices=\"8\"/>",
	    "the vote is for an option that the poll lacks");
	SAID("<body>x</body>", "ok");
	BOB_SAID("<vote seq=\"4\" choices=\"1\"/>", "that entry is no poll");
	BOB_SAID("<vote seq=\"99\" choices=\"1\"/>",
	    "there is no such entry in this chat");
}

static void
test_locations(void **state)
{
	static const char earth[] = "the location is not on earth: latitude "
	    "and longitude are in units of a ten millionth of a degree";
	struct world *w = *state;

	SAID("<location latitude=\"900000000\" longitude=\"-1800000000\"/>",
	    "ok");
	SAID("<location latitude=\"900000001\" longitude=\"0\"/>", earth);
	SAID("<location latitude=\"0\" longitude=\"-1800000001\"/>", earth);
	SAID("<location latitude=\"0\"/>", earth);
	SAID("<location latitude=\"0\" longitude=\"0\" "
	    "until=\"2027-01-15T16:00:00.000Z\"/>", "ok");
	SAID("<location latitude=\"0\" longitude=\"0\" "
	    "until=\"2027-01-15T16:00:00.001Z\"/>",
	    "a live location ends in the past, or too late");
	SAID("<location latitude=\"0\" longitude=\"0\" "
	    "until=\"2027-01-15T08:00:00.000Z\"/>",
	    "a live location ends in the past, or too late");
}

static void
test_r15_what_counts(void **state)
{
	static const struct {
		const char *content;
		bool counts;
	} kinds[] = {
		{"<body>x</body>", true},
		{"<edit seq=\"1\">y</edit>", false},
		{"<edit seq=\"1\">y</edit><mention user=\"~2\" first=\"0\" "
		    "last=\"0\"/>", false},
		{"<reaction seq=\"1\">x</reaction>", false},
		{"<pin seq=\"1\"/><unpin seq=\"1\"/>", false},
		{"<reply seq=\"1\"/><after chat=\"#"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaa\" seq=\"1\"/>"
		    "<body>x</body>", true},
		{"<forwarded/><sticker ref=\"AA\" type=\"image/webp\" "
		    "size=\"1\" hash=\"AA\"/>", true},
		{"<card name=\"Eve\"/>", true},
		{"<location latitude=\"0\" longitude=\"0\"/>", true},
		{"<poll name=\"?\"><option>a</option><option>b</option>"
		    "</poll>", true},
		{"<vote seq=\"10\" choices=\"1\"/>", false},
		{"<what-nobody-knows/>", true},
		{"<reaction seq=\"1\">x</reaction><what-nobody-knows/>", true},
		{"<opaque data=\"AAEC\"/>", true},
		{"<delete seq=\"12\"/>", false},
	};
	struct world *w = *state;
	uint32_t n = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		SAID(kinds[i].content, "ok");
		n += kinds[i].counts;
		n -= strstr(kinds[i].content, "<delete") != NULL;
		assert_int_equal(unread(w), n);
	}
}

static void
test_a_message_changes_only_so_much(void **state)
{
	char content[33 * 32] = "";
	struct world *w = *state;

	SAID("<body>x</body>", "ok");
	for (unsigned i = 0; i < 32; i++)
		(void)strcat(content, "<pin seq=\"1\"/>");
	SAID(content, "ok");
	(void)strcat(content, "<pin seq=\"1\"/>");
	SAID(content, "a message changes, or refers to, so much at once: send "
	    "several");
}

static int
count_row(void *arg, struct slice key, struct slice value)
{
	(void)key, (void)value;
	(*(uint64_t *)arg)++;
	return 0;
}

static int
count_edits(struct tx *tx, struct world *w)
{
	const struct store_table *edits =
	    module_table(&w->kit->server->modules[0], 0);
	struct store_range all = {.reverse = false};

	w->edits = 0;
	return store_scan(tx->st, edits, 0, &all, count_row, &w->edits);
}

static uint64_t
edits(struct world *w)
{
	CALL(w, count_edits);
	return w->edits;
}

static int
drop_period(void *arg, const struct sc_period *p)
{
	struct chat_place place = {.more = false};

	return scm_period_drop(arg, p->part, 1000, &place);
}

static int
drop_all(struct tx *tx, struct world *w)
{
	(void)w;
	return scm_periods(tx, drop_period, tx);
}

static void
sweep(struct world *w)
{
	kit_later(w->kit, MINUTE);
	kit_sweep(w->kit);
}

/* What is noted of edits goes with the messages. */
static void
test_edits_are_forgotten(void **state)
{
	struct world *w = *state;

	sweep(w);
	SAID("<body>x</body>", "ok");
	for (unsigned i = 0; i < 30; i++)
		SAID("<edit seq=\"1\">y</edit>", "ok");
	assert_int_equal(edits(w), 30);
	sweep(w);
	sweep(w);
	assert_int_equal(edits(w), 30);
	SAID("<delete seq=\"1\"/>", "ok");
	assert_int_equal(edits(w), 0);
	for (unsigned i = 0; i < 5; i++) {
		char edit[100];

		SAID("<body>x</body>", "ok");
		(void)snprintf(edit, sizeof(edit), "<edit seq=\"%u\">y</edit>",
		    33 + 31 * i);
		for (unsigned k = 0; k < 30; k++)
			SAID(edit, "ok");
	}
	assert_int_equal(edits(w), 150);
	/* more than one sweep looks at */
	for (unsigned i = 0; i < 4; i++)
		sweep(w);
	assert_in_range(edits(w), 150, 151);
	CALL(w, drop_all);
	for (unsigned i = 0; i < 6; i++)
		sweep(w);
	assert_int_equal(edits(w), 0);
}

/* The first entry is damaged, the third one is gone. */
static int
damage_first(struct tx *tx, struct world *w)
{
	static const uint8_t nothing[] = {1};
	struct row_key one = {.len = 0}, three = {.len = 0};
	struct chat_id id;
	struct chat c;
	int rc = chat_by_number(tx, 1, 2, &id);

	(void)w;
	if (rc == 0)
		rc = chat_get_locked(tx, &id, &c);
	row_key_chat(&one, &id);
	row_key_u64(&one, 1);
	row_key_chat(&three, &id);
	row_key_u64(&three, 3);
	if (rc == 0)
		rc = store_put(tx->st, tx->d->entries, c.period,
		    row_key_slice(&one), slice_of(nothing, sizeof(nothing)));
	return rc != 0 ? rc : store_del(tx->st, tx->d->entries, c.period,
	    row_key_slice(&three));
}

/* The sweep goes on behind one that it cannot read. */
static void
test_edits_of_what_is_damaged(void **state)
{
	struct world *w = *state;

	SAID("<body>x</body>", "ok");
	SAID("<edit seq=\"1\">y</edit>", "ok");
	SAID("<body>x</body>", "ok");
	SAID("<edit seq=\"3\">y</edit>", "ok");
	assert_int_equal(edits(w), 2);
	CALL(w, damage_first);
	sweep(w);
	sweep(w);
	assert_int_equal(edits(w), 1);
}

/* ---- what is damaged ---- */

/* The row of entry w->edits is no row. */
static int
garble(struct tx *tx, struct world *w)
{
	static const uint8_t garbage[] = {1, 255, 255};
	struct row_key k = {.len = 0};
	struct chat_id id;
	struct chat c;
	int rc = chat_by_number(tx, 1, 2, &id);

	if (rc == 0)
		rc = chat_get(tx, &id, &c);
	row_key_chat(&k, &id);
	row_key_u64(&k, w->edits);
	return rc != 0 ? rc : store_put(tx->st, tx->d->entries, c.period,
	    row_key_slice(&k), slice_of(garbage, sizeof(garbage)));
}

/* What refers to an entry that nobody can read is refused for good: it must not
 * hold up what is sent after it. */
static void
test_r8_damaged_entries_hold_up_nothing(void **state)
{
	struct world *w = *state;

	SAID("<body>one</body>", "ok");
	w->edits = 1;
	CALL(w, garble);
	SAID("<reaction seq=\"1\">+</reaction>",
	    "that entry is damaged: nobody can read it any more");
	SAID("<edit seq=\"1\">two</edit>",
	    "that entry is damaged: nobody can read it any more");
	SAID("<delete seq=\"1\"/>",
	    "that entry is damaged: nobody can read it any more");
	SAID("<body>goes on</body>", "ok");
	/* nor does an edit that is keep what it has edited from going */
	SAID("<edit seq=\"2\">went on</edit>", "ok");
	w->edits = 3;
	CALL(w, garble);
	SAID("<delete seq=\"2\"/>", "ok");
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_edit),
		TEST(test_edits_end),
		TEST(test_r8_damaged_entries_hold_up_nothing),
		TEST(test_deflated_texts_are_opened),
		TEST(test_opaque_texts_are_not),
		TEST(test_r6_delete),
		TEST(test_r6_caches_are_told),
		TEST(test_server_says_it),
		TEST(test_reactions),
		TEST(test_polls),
		TEST(test_locations),
		TEST(test_r15_what_counts),
		TEST(test_a_message_changes_only_so_much),
		TEST(test_edits_are_forgotten),
		TEST(test_edits_of_what_is_damaged),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}

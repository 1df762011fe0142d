/* SPDX-License-Identifier: ISC */
/* What a client asks: history, devices; what it has done to devices; and the
 * ticks that it remembers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "protocol/payload.h"
#include "tests/unit/client_kit.h"

#define PAGE(ID, CONTENT) "<page id=\"" ID "\" chat=\"2\">" CONTENT "</page>"
#define ENTRY(SEQ, FROM, TEXT)                                                \
	"<message seq=\"" SEQ "\" time=\"" KIT_TIME "\" from=\"~" FROM       \
	"\"><body>" TEXT "</body></message>"
#define ACK(N, CHAT, SEQ)                                                     \
	"<ack n=\"" N "\"" CHAT " seq=\"" SEQ "\" time=\"" KIT_TIME "\"/>"
#define RECEIPT(WHAT, SEQ, TIME)                                              \
	"<receipt chat=\"2\" " WHAT "=\"" SEQ "\" time=\"" TIME "\"/>"

static uint64_t
ask_history(struct kit *k, const char *chat, uint64_t before, uint64_t after,
    uint32_t limit)
{
	const struct sc_history what = {
	    .before = before, .after = after, .limit = limit};
	uint64_t id = 0;

	assert_int_equal(sc_client_history(k->client, chat, &what, &id), 0);
	return id;
}

static void
test_history(void **state)
{
	struct kit *k = *state;

	assert_int_equal(ask_history(k, "bob", 0, 0, 30), 1);
	assert_string_equal(kit_said(k),
	    "<history id=\"1\" chat=\"2\" limit=\"30\"/>\n");
	assert_int_equal(ask_history(k, "eve", 9, 3, 0), 2);
	assert_string_equal(kit_said(k),
	    "<history id=\"2\" chat=\"eve\" before=\"9\" after=\"3\"/>\n");
	assert_int_equal(kit_server(k, PAGE("1",
	    "<skip first=\"1\" last=\"4\" reason=\"pruned\"/>"
	    ENTRY("5", "2", "hi") ENTRY("6", "1", "ho"))), 0);
	assert_int_equal(kit_server(k, PAGE("1",
	    "<message seq=\"7\" time=\"" KIT_TIME "\" from=\"~1\" "
	    "device=\"3\" n=\"4\"><body>mine</body></message>")), 0);
	assert_int_equal(kit_server(k, "<result id=\"1\"/>"), 0);
	assert_string_equal(kit_events(k),
	    "hole chat=2 id=1 1-4 (pruned)\n"
	    "page chat=2 id=1 seq=5 name=bob hi\n"
	    "page chat=2 id=1 seq=6 own name=alice ho\n"
	    "page chat=2 id=1 seq=7 n=4 own name=alice mine\n"
	    "result id=1\n");
	/* it was none of the log's business */
	assert_int_equal(sc_client_cursor(k->client, 2), 0);
	assert_int_equal(kit_sleep(k, 5000), 0);
	assert_null(strstr(kit_said(k), "<ack chat=\"2\""));
	/* eve's chat has no number yet */
	assert_int_equal(kit_server(k, "<page id=\"2\">" ENTRY("5", "9", "eve")
	    "</page>"), 0);
	assert_string_equal(kit_events(k), "page id=2 seq=5 eve\n");
	assert_int_equal(kit_server(k, "<error id=\"2\" code=\"not-found\" "
	    "text=\"there is no such chat\"/>"), 0);
	/* what is over is over */
	assert_int_equal(kit_server(k, PAGE("2", ENTRY("5", "2", "late"))
	    "\n<result id=\"2\"/>\n<result id=\"77\"/>\n"
	    "<error id=\"78\" code=\"internal\"/>"), 0);
	assert_string_equal(kit_events(k),
	    "result id=2 code=-4 (there is no such chat)\n");
}

static void
test_history_by_time(void **state)
{
	const struct sc_history since = {.since = 1000, .limit = 30};
	const struct sc_history all = {.before = 9, .after = 3,
	    .since = 1000, .until = 61000};
	struct kit *k = *state;
	uint64_t id;

	assert_int_equal(sc_client_history(k->client, "bob", &since, &id), 0);
	assert_string_equal(kit_said(k), "<history id=\"1\" chat=\"2\" "
	    "since=\"1970-01-01T00:00:01.000Z\" limit=\"30\"/>\n");
	assert_int_equal(sc_client_history(k->client, "bob", &all, &id), 0);
	assert_string_equal(kit_said(k), "<history id=\"2\" chat=\"2\" "
	    "before=\"9\" after=\"3\" since=\"1970-01-01T00:00:01.000Z\" "
	    "until=\"1970-01-01T00:01:01.000Z\"/>\n");
}

/* A message of the longest text, which packs into a few bytes. */
static struct slice
packed_text(struct kit *k)
{
	static char text[4 * 4096];
	const uint8_t none = 0;
	struct buf content, wire;
	struct slice payload;

	for (size_t i = 0; i < sizeof(text); i += 4)
		memcpy(text + i, "\xf0\x9f\x98\x80", 4);
	buf_init(&content, 0);
	buf_init(&wire, 0);
	assert_int_equal(payload_add_body(&content,
	    slice_of(text, sizeof(text))), 0);
	assert_int_equal(payload_put(k->deflate, buf_slice(&content), &none,
	    1, &wire), 0);
	payload = arena_copy(&k->arena, buf_slice(&wire));
	buf_fini(&content);
	buf_fini(&wire);
	return payload;
}

static unsigned told;

static int
count_text(struct kit *k, const struct sc_event *e)
{
	told += e->type == SC_EVENT_PAGE_MESSAGE && e->textlen == 4 * 4096;
	buf_clear(&k->events);
	return 0;
}

/* However well the texts of a page are packed, it is told to the end. */
static void
test_a_page_of_packed_texts(void **state)
{
	enum { ENTRIES = 400 };
	struct kit *k = *state;
	struct elem *children = arena_array(&k->arena, ENTRIES,
	    sizeof(*children));
	struct slice payload = packed_text(k);
	struct elem_buf page;
	struct buf frame;

	ask_history(k, "bob", 0, 0, 1000);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct attr *seq = arena_array(&k->arena, 1, sizeof(*seq));

		*seq = (struct attr){.name = ATTR_SEQ,
		    .v = {.type = VALUE_UINT, .u = i + 1}};
		children[i] = (struct elem){.tag = TAG_MESSAGE, .attrs = seq,
		    .nattr = 1, .content = CONTENT_PAYLOAD, .text = payload};
	}
	elem_begin(&page, TAG_PAGE);
	elem_add_uint(&page, ATTR_ID, 1);
	elem_set_children(&page, children, ENTRIES);
	buf_init(&frame, 0);
	assert_int_equal(stanza_put(&k->ctx, &page.e, &frame), 0);
	told = 0;
	k->hook = count_text;
	assert_int_equal(sc_client_input(k->client, buf_slice(&frame).p,
	    frame.len, k->now), 0);
	assert_int_equal(told, ENTRIES);
	buf_fini(&frame);
}

static void
test_bad_questions(void **state)
{
	struct kit *k = *state;
	uint64_t id = 7;

	assert_int_equal(sc_client_history(k->client, NULL, NULL, &id),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_history(k->client, "", NULL, &id),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_history(k->client, "99", NULL, &id),
	    SC_CODE_NOT_FOUND);
	assert_int_equal(sc_client_revoke(k->client, 0, &id),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(id, 7);
	/* the account log is a chat that may be read */
	assert_int_equal(sc_client_history(k->client, "1", NULL, &id), 0);
	assert_string_equal(kit_said(k), "<history id=\"1\" chat=\"1\"/>\n");
}

static void
test_devices(void **state)
{
	struct kit *k = *state;
	uint64_t id;

	assert_int_equal(sc_client_devices(k->client, &id), 0);
	assert_string_equal(kit_said(k),
	    "<device id=\"1\" action=\"list\"/>\n");
	assert_int_equal(kit_server(k, "<page id=\"1\"><device device=\"3\" "
	    "name=\"phone\" created=\"" KIT_TIME "\" time=\"" KIT_TIME "\"/>"
	    "<device device=\"4\"/></page>\n<result id=\"1\"/>"), 0);
	assert_string_equal(kit_events(k),
	    "device id=1 device=3 name=phone\n"
	    "device id=1 device=4\n"
	    "result id=1\n");
	assert_int_equal(sc_client_device(k->client), 3);
}

/* Questions wait for a connection; one that was under way is answered when it
 * ends; none is sent twice. */
static void
test_questions_and_connections(void **state)
{
	struct kit *k = *state;
	uint64_t id;

	assert_int_equal(sc_client_devices(k->client, &id), 0);
	(void)kit_said(k);
	kit_close(k);
	assert_string_equal(kit_events(k),
	    "result id=1 code=-10 (the connection has ended: ask again)\n");
	assert_int_equal(ask_history(k, "2", 0, 0, 5), 2);
	assert_string_equal(kit_events(k), "");
	kit_connect(k);
	assert_null(strstr(kit_said(k), "history"));
	assert_int_equal(kit_server(k, "<hello version=\"1\" epoch=\""
	    KIT_EPOCH "\"/>\n" KIT_SUCCESS("0", "")), 0);
	assert_non_null(strstr(kit_said(k),
	    "<history id=\"2\" chat=\"2\" limit=\"5\"/>\n"));
	assert_int_equal(kit_server(k, "<result id=\"2\"/>"), 0);
	/* when it will not connect any more nobody waits for ever */
	assert_int_equal(sc_client_devices(k->client, &id), 0);
	(void)kit_events(k);
	assert_int_equal(kit_server(k, "<bye why=\"revoked\"/>"),
	    SC_CODE_UNAVAILABLE);
	kit_close(k);
	assert_string_equal(kit_events(k), "bye (revoked)\n"
	    "result id=3 code=-10 (the connection has ended: ask again)\n");
	assert_int_equal(sc_client_devices(k->client, &id),
	    SC_CODE_UNAVAILABLE);
	assert_int_equal(sc_client_revoke(k->client, 4, &id),
	    SC_CODE_UNAVAILABLE);
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

static void
test_not_too_many_at_once(void **state)
{
	struct kit *k = *state;
	uint64_t id;
	int rc = 0;

	for (unsigned i = 0; i < 1000 && rc == 0; i++)
		rc = sc_client_devices(k->client, &id);
	assert_int_equal(rc, 0);
	assert_int_equal(sc_client_devices(k->client, &id),
	    SC_CODE_RATE_LIMITED);
	assert_int_equal(count(kit_said(k), "<device id="), 8);
	assert_int_equal(kit_server(k, "<result id=\"3\"/>"), 0);
	assert_string_equal(kit_said(k),
	    "<device id=\"9\" action=\"list\"/>\n");
}

/* Asks for the next page in the callback of the last. */
static int
ask_on(struct kit *k, const struct sc_event *e)
{
	if (e->type == SC_EVENT_RESULT && e->id < 3)
		assert_int_equal(ask_history(k, "2", 10 * e->id, 0, 5),
		    e->id + 1);
	return 0;
}

static void
test_asking_in_a_callback(void **state)
{
	struct kit *k = *state;

	k->hook = ask_on;
	assert_int_equal(ask_history(k, "2", 0, 0, 5), 1);
	assert_int_equal(kit_server(k, "<result id=\"1\"/>"), 0);
	assert_non_null(strstr(kit_said(k), "<history id=\"2\" chat=\"2\" "
	    "before=\"10\" limit=\"5\"/>\n"));
	/* also when the connection goes: the new one waits */
	kit_close(k);
	assert_string_equal(kit_events(k), "result id=1\n"
	    "result id=2 code=-10 (the connection has ended: ask again)\n");
	kit_login(k, 0);
	k->hook = NULL;
	assert_int_equal(kit_server(k, "<result id=\"3\"/>"), 0);
	assert_string_equal(kit_events(k), "result id=3\n");
}

/* ---- devices go ---- */

/* It survives a crash, goes out until it is answered, with its counter. */
static void
test_r8_revoke_is_kept_and_repeated(void **state)
{
	struct kit *k = *state;
	uint64_t n = 0;

	assert_int_equal(kit_send(k, "bob", "hi"), 1);
	assert_int_equal(sc_client_revoke(k->client, 4, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(sc_client_pending(k->client), 2);
	assert_non_null(strstr(kit_said(k),
	    "<device n=\"2\" action=\"revoke\" device=\"4\"/>\n"));
	kit_crash(k, k->state.synced);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_pending(k->client), 2);
	kit_connect(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" epoch=\""
	    KIT_EPOCH "\"/>\n" KIT_SUCCESS("0", "")), 0);
	assert_non_null(strstr(kit_said(k),
	    "<device n=\"2\" action=\"revoke\" device=\"4\"/>\n"));
	(void)kit_events(k);
	assert_int_equal(kit_server(k, ACK("1", "", "1")
	    "\n<result n=\"2\"/>\n<result n=\"2\"/>"), 0);
	assert_string_equal(kit_events(k),
	    "sent chat=2 seq=1 n=1\nresult n=2\n");
	assert_int_equal(sc_client_pending(k->client), 0);
	/* what is settled stays so */
	kit_crash(k, k->state.synced);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_pending(k->client), 0);
	assert_int_equal(sc_client_send(k->client, "bob", "x", 1, &n),
	    SC_CODE_CONFLICT);
}

static void
test_r8_revoke_refused_and_held(void **state)
{
	struct kit *k = *state;
	uint64_t n;

	assert_int_equal(sc_client_revoke(k->client, 4, &n), 0);
	(void)kit_said(k);
	assert_int_equal(kit_server(k,
	    "<error n=\"1\" code=\"unavailable\"/>"), 0);
	assert_string_equal(kit_events(k), "");
	assert_int_equal(kit_sleep(k, 3000), 0);
	assert_string_equal(kit_said(k),
	    "<device n=\"1\" action=\"revoke\" device=\"4\"/>\n");
	assert_int_equal(kit_server(k, "<error n=\"1\" code=\"not-found\" "
	    "text=\"the account has no such device: list them\"/>"), 0);
	assert_string_equal(kit_events(k), "result n=1 code=-4 (the account "
	    "has no such device: list them)\n");
}

/* An old state: what waits gets new counters, stanzas as well as messages. */
static void
test_r9_revoke_is_renumbered(void **state)
{
	struct kit *k = *state;
	uint64_t n;

	kit_close(k);
	assert_int_equal(sc_client_revoke(k->client, 4, &n), 0);
	assert_int_equal(kit_send(k, "bob", "hi"), 2);
	kit_connect(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" epoch=\""
	    KIT_EPOCH "\"/>\n" KIT_SUCCESS("7", "") "\n" KIT_SYNCED("9")), 0);
	assert_non_null(strstr(kit_said(k),
	    "<device n=\"8\" action=\"revoke\" device=\"4\"/>\n"
	    "<message chat=\"2\" n=\"9\"><body>hi</body></message>\n"));
	(void)kit_events(k);
	assert_int_equal(kit_server(k, "<result n=\"8\"/>"), 0);
	assert_string_equal(kit_events(k), "result n=8 asked=1\n");
}

/* This device was removed: with the password it is another one, which counts
 * from 1, but no two pending messages are the same to the application. */
static void
test_r9_another_device_counts_anew(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_send(k, "bob", "one"), 1);
	assert_int_equal(kit_server(k, ACK("1", "", "1")), 0);
	kit_close(k);
	assert_int_equal(kit_send(k, "bob", "two"), 2);
	kit_connect(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" epoch=\""
	    KIT_EPOCH "\"/>\n<failure code=\"not-authorized\"/>"),
	    SC_CODE_NOT_AUTHORIZED);
	kit_close(k);
	kit_connect(k);
	(void)kit_said(k);
	(void)kit_events(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" epoch=\""
	    KIT_EPOCH "\"/>\n<success user=\"~1\" device=\"9\" high=\"0\" "
	    "time=\"" KIT_TIME "\" heartbeat=\"30000\" max-text=\"4096\" "
	    "token=\"bmV3\"/>\n" KIT_SYNCED("5")), 0);
	assert_non_null(strstr(kit_said(k), "<message chat=\"2\" n=\"1\">"
	    "<body>two</body></message>\n"));
	assert_int_equal(kit_send(k, "bob", "three"), 3);
	assert_string_equal(kit_said(k), "<message chat=\"2\" n=\"2\">"
	    "<body>three</body></message>\n");
	(void)kit_events(k);
	assert_int_equal(kit_server(k, ACK("1", "", "2") "\n"
	    ACK("2", "", "3")), 0);
	assert_string_equal(kit_events(k), "sent chat=2 seq=2 n=1 asked=2\n"
	    "sent chat=2 seq=3 n=2 asked=3\n");
}

/* What the account log says of devices. */
static void
test_r18_devices_come_and_go(void **state)
{
	struct kit *k = *state;

	assert_int_equal(kit_server(k,
	    "<message chat=\"1\" seq=\"2\" time=\"" KIT_TIME "\"><device "
	    "device=\"5\" name=\"tablet\" action=\"add\"/></message>\n"
	    "<message chat=\"1\" seq=\"3\" time=\"" KIT_TIME "\"><device "
	    "device=\"4\" action=\"revoke\"/></message>"), 0);
	assert_string_equal(kit_events(k),
	    "device device=5 name=tablet\nmessage chat=1 seq=2\n"
	    "device device=4 gone\nmessage chat=1 seq=3\n");
}

/* ---- ticks ---- */

static struct {
	char text[4000];
	int stop_after;
} ticked;

static int
on_tick(void *arg, const struct sc_tick *t)
{
	size_t n = strlen(ticked.text);

	(void)arg;
	(void)snprintf(ticked.text + n, sizeof(ticked.text) - n,
	    "%ju %s(%ju) sent=%d delivered=%jd%s read=%jd%s\n",
	    (uintmax_t)t->seq, t->name, (uintmax_t)t->user, t->sent != 0,
	    (intmax_t)(t->delivered / 1000 % 60),
	    t->delivered_estimated ? "?" : "",
	    (intmax_t)(t->read / 1000 % 60), t->read_estimated ? "?" : "");
	return ticked.stop_after > 0 ? --ticked.stop_after == 0 : 0;
}

static const char *
ticks(struct kit *k, uint64_t first, uint64_t last)
{
	ticked.text[0] = '\0';
	assert_int_equal(sc_client_ticks(k->client, 2, first, last, on_tick,
	    NULL), 0);
	return ticked.text;
}

/* The second of the minute is what the tests look at. */
#define AT(SS) "2026-11-23T06:46:" SS ".000Z"

static void
say_three(struct kit *k)
{
	kit_send(k, "bob", "one");
	kit_send(k, "bob", "two");
	assert_int_equal(kit_server(k, ACK("1", "", "1") "\n"
	    ACK("2", "", "2")), 0);
	assert_int_equal(kit_server(k, KIT_SAYS("2", "3", "", "between")), 0);
	/* of another device of this account */
	assert_int_equal(kit_server(k, "<message chat=\"2\" seq=\"4\" time=\""
	    KIT_TIME "\" from=\"~1\"><body>three</body></message>"), 0);
}

static void
test_ticks(void **state)
{
	struct kit *k = *state;

	say_three(k);
	assert_string_equal(ticks(k, 1, UINT64_MAX),
	    "1 bob(2) sent=1 delivered=0 read=0\n"
	    "2 bob(2) sent=1 delivered=0 read=0\n"
	    "4 bob(2) sent=1 delivered=0 read=0\n");
	assert_int_equal(kit_server(k, RECEIPT("delivered", "1", AT("01")) "\n"
	    RECEIPT("read", "2", AT("02")) "\n"
	    RECEIPT("delivered", "4", AT("03"))), 0);
	assert_string_equal(ticks(k, 1, UINT64_MAX),
	    "1 bob(2) sent=1 delivered=1 read=2\n"
	    "2 bob(2) sent=1 delivered=2 read=2\n"
	    "4 bob(2) sent=1 delivered=3 read=0\n");
	assert_string_equal(ticks(k, 2, 2),
	    "2 bob(2) sent=1 delivered=2 read=2\n");
	assert_string_equal(ticks(k, 3, 3), "");
	/* marks only rise, and a time that was told stays */
	assert_int_equal(kit_server(k, RECEIPT("read", "1", AT("09")) "\n"
	    RECEIPT("read", "2", AT("09"))), 0);
	assert_string_equal(ticks(k, 2, 2),
	    "2 bob(2) sent=1 delivered=2 read=2\n");
	ticked.text[0] = '\0';
	ticked.stop_after = 1;
	assert_int_equal(sc_client_ticks(k->client, 2, 1, 9, on_tick, NULL),
	    1);
	assert_int_equal(count(ticked.text, "\n"), 1);
	ticked.stop_after = 0;
	assert_int_equal(sc_client_ticks(k->client, 9, 1, 9, on_tick, NULL),
	    SC_CODE_NOT_FOUND);
}

/* A later process knows them, after a compaction, too. */
static void
test_ticks_are_kept(void **state)
{
	struct kit *k = *state;
	char before[4000];

	say_three(k);
	assert_int_equal(kit_server(k, RECEIPT("delivered", "2", AT("05")) "\n"
	    "<receipt chat=\"2\" read=\"1\" time=\"" AT("06")
	    "\" estimated=\"true\"/>\n" KIT_SYNCED("5")), 0);
	(void)snprintf(before, sizeof(before), "%s", ticks(k, 1, 9));
	assert_non_null(strstr(before, "read=6?"));
	kit_crash(k, k->state.synced);
	assert_int_equal(kit_start(k), 0);
	assert_string_equal(ticks(k, 1, 9), before);
	k->state.fail_sync = true;	/* so it replaces the whole */
	kit_send(k, "bob", "again");
	k->state.fail_sync = false;
	assert_int_equal(k->state.replaced, 1);
	kit_crash(k, k->state.synced);
	assert_int_equal(kit_start(k), 0);
	assert_string_equal(ticks(k, 1, 9), before);
}

/* Receipts cost no sync, and what a crash takes comes before the next stamp. */
static void
test_r13_receipts_wait_for_company(void **state)
{
	struct kit *k = *state;
	unsigned syncs;

	say_three(k);
	syncs = k->state.syncs;
	assert_int_equal(kit_server(k, RECEIPT("delivered", "2", AT("05"))),
	    0);
	assert_int_equal(k->state.syncs, syncs);
	assert_int_equal(kit_server(k, KIT_SYNCED("5")), 0);
	assert_int_equal(k->state.syncs, syncs + 1);
	assert_int_equal(k->state.synced, k->state.count);
}

/* What is remembered has a limit; what is beyond is a guess or unknown. */
static void
test_ticks_have_a_limit(void **state)
{
	struct kit *k = *state;
	char xml[400];
	const char *got;

	for (unsigned i = 1; i <= 300; i++) {
		(void)snprintf(xml, sizeof(xml), "<message chat=\"2\" "
		    "seq=\"%u\" time=\"" KIT_TIME "\" from=\"~1\"><body>x"
		    "</body></message>\n<receipt chat=\"2\" delivered=\"%u\" "
		    "time=\"" AT("07") "\"/>", i, i);
		assert_int_equal(kit_server(k, xml), 0);
	}
	assert_string_equal(ticks(k, 1, 44), "");
	assert_string_equal(ticks(k, 45, 45),
	    "45 bob(2) sent=1 delivered=7? read=0\n");
	assert_string_equal(ticks(k, 172, 172),
	    "172 bob(2) sent=1 delivered=7? read=0\n");
	got = ticks(k, 174, 174);
	assert_string_equal(got, "174 bob(2) sent=1 delivered=7 read=0\n");
	/* an old one that comes again is old */
	kit_close(k);
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	assert_string_equal(ticks(k, 1, 44), "");
	assert_string_equal(ticks(k, 300, 300),
	    "300 bob(2) sent=1 delivered=7 read=0\n");
}

/* Another epoch: what was known of chats is nothing any more. */
static void
test_r3_chats_end_with_the_epoch(void **state)
{
	struct kit *k = *state;

	say_three(k);
	kit_close(k);
	(void)kit_events(k);
	assert_int_equal(ask_history(k, "2", 0, 0, 5), 1);
	kit_connect(k);
	assert_int_equal(kit_server(k, "<hello version=\"1\" "
	    "epoch=\"AAAAAAAAAAI\"/>"), SC_CODE_CONFLICT);
	assert_int_equal(sc_client_ticks(k->client, 2, 1, 9, on_tick, NULL),
	    SC_CODE_NOT_FOUND);
	/* and a question about chat 2 would be one about another chat */
	kit_close(k);
	assert_string_equal(kit_events(k), "epoch\n"
	    "result id=1 code=-10 (the connection has ended: ask again)\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_new_bob, kit_free)

static void
test_who_has_read(void **state)
{
	struct kit *k = *state;
	uint64_t id = 0;

	assert_int_equal(sc_client_receipts(k->client, "bob", 7, &id), 0);
	assert_int_equal(sc_client_receipts(k->client, "bob", 0, &id),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_receipts(k->client, NULL, 7, &id),
	    SC_CODE_BAD_REQUEST);
	assert_non_null(strstr(kit_said(k),
	    "<receipts id=\"1\" chat=\"2\" seq=\"7\"/>\n"));
	(void)kit_events(k);
	assert_int_equal(kit_server(k, "<page id=\"1\"><reader user=\"~2\" "
	    "delivered-at=\"1970-01-01T00:00:05.000Z\" "
	    "read-at=\"1970-01-01T00:00:06.000Z\" estimated=\"true\"/><reader "
	    "user=\"~9\"/></page>\n<result id=\"1\"/>"), 0);
	assert_string_equal(kit_events(k), "reader chat=2 id=1 seq=7 user=2 "
	    "delivered=5000 read=6000 about name=bob\n"
	    "reader chat=2 id=1 seq=7 user=9 delivered=0 read=0\n"
	    "result id=1\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_history),
	    TEST(test_history_by_time),
	    TEST(test_a_page_of_packed_texts),
	    TEST(test_bad_questions),
	    TEST(test_devices),
	    TEST(test_questions_and_connections),
	    TEST(test_not_too_many_at_once),
	    TEST(test_asking_in_a_callback),
	    TEST(test_r8_revoke_is_kept_and_repeated),
	    TEST(test_r8_revoke_refused_and_held),
	    TEST(test_r9_revoke_is_renumbered),
	    TEST(test_r9_another_device_counts_anew),
	    TEST(test_r18_devices_come_and_go),
	    TEST(test_who_has_read),
	    TEST(test_ticks),
	    TEST(test_ticks_are_kept),
	    TEST(test_r13_receipts_wait_for_company),
	    TEST(test_ticks_have_a_limit),
	    TEST(test_r3_chats_end_with_the_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

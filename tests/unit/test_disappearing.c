/* SPDX-License-Identifier: ISC */
/* Messages that disappear: timers, when what they said is gone, and that nothing
 * of it stays behind. */
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
#include "src/chat/entry.h"
#include "src/chat/member.h"
#include "src/chat/row.h"
#include "src/server/module.h"
#include "src/server/server_priv.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_disappearing;
extern const struct sc_module_def sc_module_messages;

enum { SECOND = 1000, MINUTE = 60 * SECOND, DAY = 24 * 60 * MINUTE };

/* alice and bob, and their chat: number 2 for both. */
struct world {
	struct kit *kit;
	struct kit_conn alice, bob, late;
	uint8_t token[2][DEVICE_TOKEN_SIZE];
	uint64_t n[2];		/* counters */
	uint32_t unread;
	uint64_t rows;		/* of the module's index */
	uint64_t seq;		/* of the entry that is looked at */
	char raw[64];		/* the row of it */
	size_t rawlen;
};

enum { DISAPPEARING = 0 };	/* which of the modules */

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_disappearing, &sc_module_messages, &kit_keeper, NULL};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	(void)kit_arrive(w->kit, &w->alice, "alice", w->token[0]);
	(void)kit_arrive(w->kit, &w->bob, "bob", w->token[1]);
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

/* Sends a request, from its tag up to the counter and from there on; the
 * answer. */
static const char *
ask(struct world *w, bool bob, const char *tag, const char *rest)
{
	char xml[8192];
	static char text[65536];

	(void)snprintf(xml, sizeof(xml), "%s n=\"%llu\" %s", tag,
	    (unsigned long long)++w->n[bob], rest);
	kit_send(bob ? &w->bob : &w->alice, xml);
	(void)snprintf(text, sizeof(text), "%s",
	    kit_received(bob ? &w->bob : &w->alice));
	return text;
}

/* alice says CONTENT: her answer. */
static const char *
say(struct world *w, const char *content)
{
	char rest[4096];

	(void)snprintf(rest, sizeof(rest), ">%s</message>", content);
	return ask(w, false, "<message chat=\"bob\"", rest);
}

static const char *
set_in(struct world *w, bool bob, const char *chat, const char *what)
{
	char rest[256];

	(void)snprintf(rest, sizeof(rest), "action=\"set\" chat=\"%s\" %s/>",
	    chat, what);
	return ask(w, bob, "<chat", rest);
}

static const char *
set_timer(struct world *w, const char *seconds)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "timer=\"%s\"", seconds);
	return set_in(w, false, "bob", what);
}

/* What bob has got since, acknowledged up to SEQ. */
static const char *
bob_gets(struct world *w, unsigned seq)
{
	static char text[65536];
	char ack[64];

	(void)snprintf(text, sizeof(text), "%s", kit_received(&w->bob));
	(void)snprintf(ack, sizeof(ack), "<ack chat=\"2\" seq=\"%u\"/>", seq);
	kit_send(&w->bob, ack);
	(void)kit_received(&w->bob);
	return text;
}

/* ---- in a transaction ---- */

static int
the_chat(struct tx *tx, struct chat *c)
{
	struct chat_id id;
	int rc = chat_by_number(tx, 2, 2, &id);

	return rc != 0 ? rc : chat_get_locked(tx, &id, c);
}

static int
count_unread(struct tx *tx, struct world *w)
{
	struct chat c;
	int rc = the_chat(tx, &c);

	return rc != 0 ? rc : chat_unread(tx, &c, 2, 0, 999, &w->unread);
}

static uint32_t
unread(struct world *w)
{
	CALL(w, count_unread);
	return w->unread;
}

static int
count_row(void *arg, struct slice key, struct slice value)
{
	(void)key, (void)value;
	++*(uint64_t *)arg;
	return 0;
}

static int
count_due(struct tx *tx, struct world *w)
{
	const struct store_table *due =
	    module_table(&w->kit->server->modules[DISAPPEARING], 0);
	struct store_range all = {.reverse = false};

	w->rows = 0;
	return store_scan(tx->st, due, 0, &all, count_row, &w->rows);
}

/* Rows of the index. */
static uint64_t
due(struct world *w)
{
	CALL(w, count_due);
	return w->rows;
}

struct finding {
	struct world *w;
	bool found;
};

/* Whether any row of an entry has the bytes. */
static int
look_for(void *arg, struct slice key, struct slice value)
{
	struct finding *f = arg;

	(void)key;
	for (size_t i = 0; i + f->w->rawlen <= value.len; i++)
		f->found = f->found ||
		    memcmp(value.p + i, f->w->raw, f->w->rawlen) == 0;
	return 0;
}

struct parts {
	struct tx *tx;
	struct finding finding;
};

static int
look_in_part(void *arg, uint32_t part)
{
	struct parts *p = arg;
	struct store_range all = {.reverse = false};

	return store_scan(p->tx->st, p->tx->d->entries, part, &all, look_for,
	    &p->finding);
}

static int
look_in_store(struct tx *tx, struct world *w)
{
	struct parts p = {tx, {w, false}};
	int rc = store_parts(tx->st, tx->d->entries, look_in_part, &p);

	w->rows = p.finding.found;
	return rc;
}

/* Whether the log has it, in any row. */
static bool
stored(struct world *w, const char *text)
{
	w->rawlen = strlen(text);
	memcpy(w->raw, text, w->rawlen);
	CALL(w, look_in_store);
	return w->rows != 0;
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

/* What a new device of bob's gets of the chat, one stanza a line. */
static const char *
reads(struct world *w)
{
	static char out[65536];
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct kit_conn *c = &w->late;
	const char *p;

	kit_token(w->kit, 2, "new", token);
	kit_connect(w->kit, c);
	kit_hello(c);
	kit_auth(c, "bob", 2, token);
	kit_send(c, "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>");
	(void)snprintf(out, sizeof(out), "%s", kit_received(c));
	kit_disconnect(c);
	p = strstr(out, "<message chat=\"2\"");
	return p == NULL ? out : p;
}

/* ---- tests ---- */

/* Either member sets it, all see it, an entry has the timer of its append. */
static void
test_timer(void **state)
{
	struct world *w = *state;
	const char *got;

	HAS(say(w, "<body>stays</body>"), "<ack n=\"1\"");
	HAS(set_timer(w, "60"), "<result n=\"2\"/>");
	got = bob_gets(w, 2);
	HAS(got, "<changed timer=\"60\"/></message>");
	HAS(got, "seq=\"1\"");
	got = say(w, "<body>goes</body>");
	HAS(got, "<ack n=\"3\"");
	HAS(got, "timer=\"60\"/>");
	HAS(bob_gets(w, 3), "timer=\"60\"><body>goes</body>");
	assert_int_equal(due(w), 1);
	/* bob turns it off: what was written keeps its own */
	HAS(set_in(w, true, "2", "timer=\"0\""), "<result n=\"1\"/>");
	LACKS(say(w, "<body>stays too</body>"), "timer=\"60\"");
	HAS(bob_gets(w, 5), "from=\"~1\"><body>stays too</body>");
	kit_later(w->kit, 60 * SECOND - 1);
	HAS(reads(w), "<body>goes</body>");
	kit_later(w->kit, 1);
	got = reads(w);
	HAS(got, "<body>stays</body>");
	HAS(got, "<changed timer=\"60\"/>");
	HAS(got, "seq=\"3\" time=\"2027-01-15T08:00:00.000Z\" from=\"~1\">"
	    "<deleted/></message>");
	HAS(got, "<changed timer=\"0\"/>");
	HAS(got, "<body>stays too</body>");
	LACKS(got, "goes");
}

/* A repeat of the send has the same answer (R8). */
static void
test_r8_repeat(void **state)
{
	struct world *w = *state;
	const char *got;

	(void)set_timer(w, "300");
	HAS(say(w, "<body>x</body>"), "timer=\"300\"/>");
	w->n[0]--;
	got = say(w, "<body>x</body>");
	HAS(got, "<ack n=\"2\"");
	HAS(got, "timer=\"300\"/>");
	assert_int_equal(due(w), 1);
}

static void
test_what_timers_there_are(void **state)
{
	struct world *w = *state;

	HAS(set_timer(w, "59"), "a timer is from 60 to 31536000 seconds on "
	    "this server, or 0: off");
	HAS(set_timer(w, "31536001"), "bad-request");
	HAS(set_timer(w, "18446744073709551615"), "bad-request");
	HAS(set_timer(w, "31536000"), "<result n=\"4\"/>");
	HAS(set_in(w, false, "bob", "name=\"x\""), "of a direct chat only the timer");
	HAS(set_in(w, false, "2", "timer=\"0\""), "<result n=\"6\"/>");
	HAS(set_in(w, false, "nobody", "timer=\"60\""), "not-found");
	HAS(set_in(w, false, "99", "timer=\"60\""), "not-found");
	/* the account log is no direct chat */
	HAS(set_in(w, false, "1", "timer=\"60\""), "<error n=\"9\"");
}

/* The timer can be on before the first message, and is asked for. */
static void
test_get(void **state)
{
	struct world *w = *state;

	HAS(set_timer(w, "86400"), "<result n=\"1\"/>");
	kit_send(&w->bob, "<chat id=\"5\" action=\"get\" chat=\"2\"/>");
	HAS(kit_received(&w->bob), "kind=\"direct\" peer=\"~1\" last=\"1\" "
	    "read=\"0\" timer=\"86400\"/></result>");
	kit_send(&w->bob, "<chat id=\"6\" action=\"get\" chat=\"3\"/>");
	HAS(kit_received(&w->bob), "not-found");
}

/* The bodies leave the log, so many at a time (R6). */
static void
test_r6_sweep(void **state)
{
	struct world *w = *state;
	char text[64];

	kit_sweep(w->kit);
	(void)set_timer(w, "60");
	for (int i = 0; i < 100; i++) {
		(void)snprintf(text, sizeof(text), "<body>secret %d</body>", i);
		HAS(say(w, text), "timer=\"60\"");
	}
	(void)bob_gets(w, 101);
	assert_int_equal(unread(w), 100);
	kit_later(w->kit, 59 * SECOND);
	kit_sweep(w->kit);
	assert_int_equal(due(w), 100);
	assert_true(stored(w, "secret 99"));
	kit_later(w->kit, 1 * SECOND);
	assert_int_equal(unread(w), 0);	/* also before the sweep */
	kit_sweep(w->kit);
	assert_int_equal(due(w), 36);
	kit_later(w->kit, 20);			/* there is more to do */
	kit_sweep(w->kit);
	assert_int_equal(due(w), 0);
	assert_false(stored(w, "secret"));
	assert_int_equal(unread(w), 0);
	assert_true(server_sweeps_stopped(w->kit->server) == false);
}

static int
damage_second(struct tx *tx, struct world *w)
{
	static const uint8_t nothing[] = {1};
	struct row_key k = {.len = 0};
	struct chat c;
	int rc = the_chat(tx, &c);

	(void)w;
	row_key_chat(&k, &c.id);
	row_key_u64(&k, 2);
	return rc != 0 ? rc : store_put(tx->st, tx->d->entries, c.period,
	    row_key_slice(&k), slice_of(nothing, sizeof(nothing)));
}

static int
look_at_read(struct tx *tx, struct world *w)
{
	struct member m;
	struct chat c;
	int rc = the_chat(tx, &c);

	if (rc == 0)
		rc = member_get(tx, &c.id, 2, &m);
	w->seq = m.read;
	return rc;
}

/* An entry that cannot be read any more does not keep others from being counted,
 * marked and taken away. */
static void
test_r6_damage(void **state)
{
	struct world *w = *state;

	(void)set_timer(w, "60");
	(void)say(w, "<body>first</body>");	/* seq 2 */
	(void)say(w, "<body>second</body>");
	(void)bob_gets(w, 1);
	kit_sleep(w->kit, SECOND);
	CALL(w, damage_second);
	assert_int_equal(unread(w), 1);	/* the one behind it */
	kit_send(&w->bob, "<read chat=\"2\" seq=\"2\" age=\"9\"/>");
	kit_sleep(w->kit, SECOND);
	CALL(w, look_at_read);
	assert_int_equal(w->seq, 2);
	kit_send(&w->bob, "<ack chat=\"2\" seq=\"3\"/>");
	assert_true(stored(w, "second"));
	kit_later(w->kit, 60 * SECOND);
	kit_sweep(w->kit);
	kit_later(w->kit, 2 * SECOND);
	kit_sweep(w->kit);
	assert_false(stored(w, "second"));
	assert_int_equal(due(w), 0);
}

/* A session that is a little behind is served from memory, but not with what has
 * disappeared. */
static void
test_r6_caches(void **state)
{
	struct world *w = *state;
	char ack[64];
	const char *got;

	(void)set_timer(w, "60");
	(void)bob_gets(w, 1);
	for (int i = 0; i < 60; i++)
		(void)say(w, "<body>fleeting</body>");
	/* as many as the window holds */
	HAS(kit_received(&w->bob), "<body>fleeting</body>");
	kit_later(w->kit, 60 * SECOND);
	for (unsigned seq = 17; seq <= 61; seq += 4) {
		(void)snprintf(ack, sizeof(ack), "<ack chat=\"2\" seq=\"%u\"/>",
		    seq);
		kit_send(&w->bob, ack);
		got = kit_received(&w->bob);
		LACKS(got, "fleeting");
	}
	kit_sweep(w->kit);
	kit_later(w->kit, 20);
	kit_sweep(w->kit);
	HAS(reads(w), "<deleted/>");
	LACKS(reads(w), "fleeting");
}

/* What is said of a message goes with it, also if the timer is off by then. */
static void
test_what_goes_with_it(void **state)
{
	struct world *w = *state;
	const char *got;

	(void)set_timer(w, "600");
	(void)say(w, "<body>first</body>");	/* seq 2 */
	(void)set_timer(w, "0");
	kit_later(w->kit, 100 * SECOND);
	HAS(say(w, "<edit seq=\"2\">second</edit>"), "timer=\"500\"");
	HAS(say(w, "<reaction seq=\"2\">+</reaction>"), "timer=\"500\"");
	HAS(say(w, "<pin seq=\"2\"/>"), "timer=\"500\"");
	LACKS(say(w, "<reply seq=\"2\"/><body>yes</body>"), "timer=");
	kit_later(w->kit, 400 * SECOND - 999);
	HAS(say(w, "<reaction seq=\"2\">-</reaction>"), "timer=\"101\"");
	(void)set_timer(w, "60");
	/* the shorter of the two */
	HAS(say(w, "<reaction seq=\"2\">!</reaction>"), "timer=\"60\"");
	kit_later(w->kit, 100 * SECOND + 999);
	got = reads(w);
	LACKS(got, "first");
	LACKS(got, "second");
	LACKS(got, "<pin");
	HAS(got, "<body>yes</body>");
	HAS(say(w, "<edit seq=\"2\">third</edit>"), "that entry is deleted");
	HAS(say(w, "<reaction seq=\"2\">+</reaction>"),
	    "that entry is deleted");
	kit_sweep(w->kit);
	kit_later(w->kit, 2 * SECOND);
	kit_sweep(w->kit);
	assert_false(stored(w, "second"));
	assert_int_equal(due(w), 0);
}

/* What was deleted for everyone says by whom, also when its time has come. */
static void
test_r6_deleted_before(void **state)
{
	struct world *w = *state;
	const char *got;

	(void)set_timer(w, "60");
	(void)say(w, "<body>oops</body>");	/* seq 2 */
	(void)say(w, "<delete seq=\"2\"/>");
	kit_later(w->kit, 60 * SECOND);
	kit_sweep(w->kit);
	kit_later(w->kit, 2 * SECOND);
	kit_sweep(w->kit);
	assert_int_equal(due(w), 0);
	got = reads(w);
	HAS(got, "<deleted user=\"~1\" seq=\"3\"/>");
	LACKS(got, "<delete seq");
}

/* Nothing is taken away while the clocks disagree, but nobody sees it either. */
static void
test_r4_clocks(void **state)
{
	struct world *w = *state;

	kit_sweep(w->kit);
	(void)set_timer(w, "60");
	(void)say(w, "<body>secret</body>");
	w->kit->wall += 10 * MINUTE;
	w->kit->mono += 2 * MINUTE;
	worker_time(w->kit->worker, w->kit->mono, w->kit->wall);
	kit_sweep(w->kit);
	assert_true(server_sweeps_stopped(w->kit->server));
	assert_true(stored(w, "secret"));
	LACKS(reads(w), "secret");
}

/* Rows of the index go when their entries do. */
static void
test_nothing_stays_behind(void **state)
{
	struct world *w = *state;

	(void)set_timer(w, "31536000");
	for (int i = 0; i < 300; i++)
		(void)say(w, "<body>x</body>");
	assert_int_equal(due(w), 300);
	kit_sweep(w->kit);
	kit_later(w->kit, 2 * MINUTE);
	kit_sweep(w->kit);
	assert_int_equal(due(w), 300);
	CALL(w, drop_all);
	for (int i = 0; i < 4; i++) {
		kit_later(w->kit, MINUTE);
		kit_sweep(w->kit);
	}
	assert_int_equal(due(w), 0);
	kit_later(w->kit, DAY);
	HAS(say(w, "<body>x</body>"), "<ack");
	assert_int_equal(due(w), 1);
	/* both accounts go, and with the second the chat */
	kit_remove(w->kit, 1);
	kit_remove(w->kit, 2);
	for (int i = 0; i < 4; i++) {
		kit_later(w->kit, MINUTE);
		kit_sweep(w->kit);
	}
	assert_int_equal(due(w), 0);
}

/* Without anybody who takes it away, nothing gets a time; what has one keeps
 * it. */
static void
test_module_off(void **state)
{
	struct world *w = *state;

	(void)set_timer(w, "60");
	(void)say(w, "<body>goes</body>");
	server_module_set(w->kit->server, &sc_module_disappearing, false);
	LACKS(say(w, "<body>stays</body>"), "timer=");
	HAS(set_in(w, false, "bob", "timer=\"0\""), "<error n=\"4\" code=\"not-acceptable\"");
	kit_later(w->kit, 2 * MINUTE);
	LACKS(reads(w), "goes");
	HAS(reads(w), "<body>stays</body>");
	server_module_set(w->kit->server, &sc_module_disappearing, true);
	kit_sweep(w->kit);
	kit_later(w->kit, 2 * SECOND);
	kit_sweep(w->kit);
	assert_int_equal(due(w), 0);
	assert_false(stored(w, "goes"));
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_timer),
		TEST(test_r8_repeat),
		TEST(test_what_timers_there_are),
		TEST(test_get),
		TEST(test_r6_sweep),
		TEST(test_r6_damage),
		TEST(test_r6_caches),
		TEST(test_what_goes_with_it),
		TEST(test_r6_deleted_before),
		TEST(test_r4_clocks),
		TEST(test_nothing_stays_behind),
		TEST(test_module_off),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

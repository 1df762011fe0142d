/* SPDX-License-Identifier: ISC */
/* The module presence, stanza by stanza, on one worker: the simulation has
 * several. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/chat/user.h"
#include "src/common/err.h"
#include "src/server/account.h"
#include "src/server/module.h"
#include "src/server/server_priv.h"
#include "tests/unit/server_kit.h"

struct world {
	struct kit *kit;
	struct kit_conn alice, bob, tablet;
	uint8_t token[3][DEVICE_TOKEN_SIZE];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	uint64_t alice, bob;

	w->kit = kit_create(NULL);
	alice = kit_user(w->kit, "alice");
	bob = kit_user(w->kit, "bob");
	kit_token(w->kit, alice, "phone", w->token[0]);
	kit_token(w->kit, bob, "phone", w->token[1]);
	kit_token(w->kit, bob, "tablet", w->token[2]);
	kit_enter(w->kit, &w->alice, "alice", 1, w->token[0]);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->alice);
	kit_disconnect(&w->bob);
	kit_disconnect(&w->tablet);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

/* Time passes a little, so that states travel. */
static void
moment(struct world *w)
{
	kit_sleep(w->kit, 1);
}

static void
bob_comes(struct world *w)
{
	kit_enter(w->kit, &w->bob, "bob", 1, w->token[1]);
	moment(w);
}

static void
bob_goes(struct world *w)
{
	kit_disconnect(&w->bob);
	moment(w);
}

static const char *
says(struct world *w, const char *xml)
{
	kit_send(&w->alice, xml);
	moment(w);
	return kit_received(&w->alice);
}

static const char *
hears(struct world *w)
{
	moment(w);
	return kit_received(&w->alice);
}

/* Alice lets a while pass, answering pings. */
static void
wait_ms(struct world *w, int ms)
{
	for (; ms > 0; ms -= 4000) {
		kit_sleep(w->kit, ms < 4000 ? ms : 4000);
		kit_send(&w->alice, "<pong/>");
		if (!w->bob.closed && w->bob.session != NULL)
			kit_send(&w->bob, "<pong/>");
	}
}

struct wanted {
	const char *name;
	uint64_t value;
};

static void
see(void *arg, const char *name, const char *help, uint64_t value)
{
	struct wanted *wanted = arg;

	(void)help;
	if (strcmp(name, wanted->name) == 0)
		wanted->value = value;
}

static uint64_t
counter(struct world *w, const char *name)
{
	struct wanted wanted = {name, 0};

	server_stats(w->kit->server, see, &wanted);
	return wanted.value;
}

#define BOB(SHOW) "<presence user=\"bob\" show=\"" SHOW "\"/>\n"

static void
test_a_watcher_sees_who_comes_and_goes(void **state)
{
	struct world *w = *state;

	assert_string_equal(says(w, "<presence user=\"bob\" watch=\"on\"/>"),
	    BOB("offline"));
	bob_comes(w);
	wait_ms(w, 1000);
	assert_string_equal(hears(w), BOB("online"));
	wait_ms(w, 1000);
	kit_send(&w->bob, "<presence show=\"away\"/>");
	assert_string_equal(hears(w), BOB("away"));
	wait_ms(w, 1000);
	kit_send(&w->bob, "<presence show=\"online\"/>");
	assert_string_equal(hears(w), BOB("online"));
	/* the view ends */
	assert_string_equal(says(w, "<presence user=\"bob\" watch=\"off\"/>"),
	    "");
	wait_ms(w, 1000);
	kit_send(&w->bob, "<presence show=\"away\"/>");
	assert_string_equal(hears(w), "");
}

static void
test_who_comes_back_was_not_away(void **state)
{
	struct world *w = *state;
	char want[200];
	const char *got;

	bob_comes(w);
	assert_string_equal(says(w, "<presence user=\"bob\" watch=\"on\"/>"),
	    BOB("online"));
	bob_goes(w);
	wait_ms(w, 9000);
	bob_comes(w);
	wait_ms(w, 20000);
	got = hears(w);
	assert_null(strstr(got, "<presence"));
	assert_int_equal(counter(w, "presence.written"), 0);

	bob_goes(w);
	wait_ms(w, 9000);
	assert_null(strstr(hears(w), "<presence"));
	wait_ms(w, 2500);
	got = hears(w);
	assert_non_null(strstr(got,
	    "<presence user=\"bob\" show=\"offline\" time=\"20"));
	assert_int_equal(counter(w, "presence.written"), 1);
	/* it is the time of the end, and it is in the table */
	snprintf(want, sizeof(want), "%.70s", strstr(got, " time="));
	*strchr(want, '/') = '\0';
	wait_ms(w, 80000);
	(void)hears(w);
	got = says(w, "<presence id=\"3\" user=\"bob\"/>");
	assert_non_null(strstr(got, want));
	assert_non_null(strstr(got, "<result id=\"3\"><presence show="
	    "\"offline\" time="));
}

/* Ten changes in a second are one update, and the last one is it. */
static void
test_updates_are_coalesced(void **state)
{
	struct world *w = *state;
	unsigned n = 0;
	const char *got;

	bob_comes(w);
	assert_string_equal(says(w, "<presence user=\"bob\" watch=\"on\"/>"),
	    BOB("online"));
	for (int i = 0; i < 11; i++) {
		kit_send(&w->bob, i % 2 == 0 ? "<presence show=\"away\"/>"
		    : "<presence show=\"online\"/>");
		moment(w);
	}
	assert_string_equal(hears(w), "");
	wait_ms(w, 3000);
	got = hears(w);
	for (; (got = strstr(got, "<presence")) != NULL; got++)
		n += strncmp(got, BOB("away"), strlen(BOB("away"))) == 0;
	assert_int_equal(n, 1);
}

static void
test_the_best_of_several_devices(void **state)
{
	struct world *w = *state;

	bob_comes(w);
	(void)says(w, "<presence user=\"bob\" watch=\"on\"/>");
	kit_enter(w->kit, &w->tablet, "bob", 2, w->token[2]);
	kit_send(&w->bob, "<presence show=\"away\"/>");
	wait_ms(w, 1500);
	assert_string_equal(hears(w), "");
	kit_disconnect(&w->tablet);
	moment(w);
	assert_string_equal(hears(w), BOB("away"));
}

/* Said in one flight with the login, others never see it come. */
static void
test_invisible(void **state)
{
	struct world *w = *state;

	assert_string_equal(says(w, "<presence user=\"bob\" watch=\"on\"/>"),
	    BOB("offline"));
	kit_enter(w->kit, &w->bob, "bob", 1, w->token[1]);
	kit_send(&w->bob, "<presence show=\"offline\"/>");
	wait_ms(w, 3000);
	assert_string_equal(hears(w), "");
	bob_goes(w);
	wait_ms(w, 15000);
	assert_null(strstr(hears(w), "<presence"));
	assert_int_equal(counter(w, "presence.written"), 0);
	/* and who says so is gone at once */
	bob_comes(w);
	wait_ms(w, 1000);
	assert_string_equal(hears(w), BOB("online"));
	wait_ms(w, 1000);
	kit_send(&w->bob, "<presence show=\"offline\"/>");
	assert_non_null(strstr(hears(w), "show=\"offline\" time="));
}

/* R25: hidden, removed and unknown look alike. */
static void
test_r25_privacy(void **state)
{
	struct world *w = *state;

	assert_string_equal(says(w, "<presence user=\"eve\" watch=\"on\"/>"),
	    "<presence user=\"eve\" show=\"offline\"/>\n");
	assert_string_equal(says(w, "<presence id=\"2\" user=\"eve\"/>"),
	    "<result id=\"2\"><presence show=\"offline\"/></result>\n");
	bob_comes(w);
	(void)says(w, "<presence user=\"bob\" watch=\"on\"/>");
	(void)kit_received(&w->bob);
	wait_ms(w, 1000);
	kit_send(&w->bob, "<user n=\"1\" action=\"privacy\" online=\"nobody\" "
	    "last-seen=\"shared\"/>");
	assert_non_null(strstr(kit_received(&w->bob), "<result n=\"1\"/>"));
	assert_string_equal(hears(w), BOB("offline"));
	assert_string_equal(says(w, "<presence id=\"4\" user=\"bob\"/>"),
	    "<result id=\"4\"><presence show=\"offline\"/></result>\n");
	kit_send(&w->bob, "<user id=\"5\" action=\"get\"/>");
	/* and perhaps what other modules have to say of him */
	assert_non_null(strstr(kit_received(&w->bob), "<result id=\"5\"><user "
	    "last-seen=\"shared\" online=\"nobody\"/>"));
	/* who hides does not see others, and sees himself */
	kit_send(&w->bob, "<presence id=\"6\" user=\"alice\"/>\n"
	    "<presence id=\"7\" user=\"bob\"/>");
	assert_string_equal(kit_received(&w->bob), "<result id=\"6\">"
	    "<presence show=\"offline\"/></result>\n"
	    "<result id=\"7\"><presence show=\"online\"/></result>\n");
	kit_send(&w->bob, "<user n=\"2\" action=\"privacy\" "
	    "online=\"contacts\"/>\n"
	    "<user n=\"3\" action=\"privacy\" picture=\"nobody\"/>");
	assert_non_null(strstr(kit_received(&w->bob),
	    "<error n=\"2\" code=\"bad-request\""));
}

/* `shared' begins when the one who hides has written. */
static void
test_shared_chats(void **state)
{
	struct world *w = *state;

	bob_comes(w);
	kit_send(&w->bob, "<user n=\"1\" action=\"privacy\" "
	    "online=\"shared\"/>");
	(void)says(w, "<message chat=\"bob\" n=\"1\"><body>hi</body>"
	    "</message>");
	assert_string_equal(says(w, "<presence id=\"4\" user=\"bob\"/>"),
	    "<result id=\"4\"><presence show=\"offline\"/></result>\n");
	kit_send(&w->bob, "<message chat=\"alice\" n=\"2\"><body>hi</body>"
	    "</message>");
	(void)kit_received(&w->alice);
	assert_string_equal(says(w, "<presence id=\"5\" user=\"bob\"/>"),
	    "<result id=\"5\"><presence show=\"online\"/></result>\n");
}

static void
test_so_many_watches(void **state)
{
	struct world *w = *state;
	char xml[100];

	for (int i = 0; i < 65; i++) {
		snprintf(xml, sizeof(xml), "<presence user=\"u%d\" "
		    "watch=\"on\"/>", i);
		kit_send(&w->alice, xml);
	}
	assert_null(strstr(hears(w), "u64"));
	assert_int_equal(counter(w, "presence.refused"), 1);
	(void)says(w, "<presence user=\"u7\" watch=\"off\"/>");
	assert_string_equal(says(w, "<presence user=\"u64\" watch=\"on\"/>"),
	    "<presence user=\"u64\" show=\"offline\"/>\n");
}

/* A turn of one's switches has all whom one watches looked up again: not more
 * at once than a session may have under way, however often it is turned. */
static void
test_many_turns(void **state)
{
	struct world *w = *state;
	char xml[120];

	for (int i = 0; i < 63; i++) {
		snprintf(xml, sizeof(xml), "<presence user=\"u%d\" "
		    "watch=\"on\"/>", i);
		kit_send(&w->alice, xml);
	}
	bob_comes(w);
	(void)says(w, "<presence user=\"bob\" watch=\"on\"/>");
	wait_ms(w, 1000);
	w->kit->readers_wait = true;
	for (int i = 1; i <= 5; i++) {
		snprintf(xml, sizeof(xml), "<user n=\"%d\" "
		    "action=\"privacy\" online=\"%s\"/>", i,
		    i % 2 ? "nobody" : "everyone");
		kit_send(&w->alice, xml);
	}
	(void)kit_received(&w->alice);
	SAYS(&w->alice, "<ping/>", "<pong/>\n");
	w->kit->readers_wait = false;
	kit_run(w->kit);
	/* the last turn counts */
	assert_string_equal(hears(w), BOB("offline"));
}

static int
leave(struct tx *tx, struct world *w)
{
	(void)w;
	return user_leave(tx, 2);
}

static int
erase(struct tx *tx, struct world *w)
{
	return account_erase(tx, w->kit->server, 2);
}

static int
a_row(void *arg, struct slice key, struct slice value)
{
	(void)arg, (void)key, (void)value;
	return SC_ECONFLICT;
}

/* SC_ECONFLICT: a table of the module has a row. */
static int
look_in(struct tx *tx, struct world *w)
{
	static const uint8_t lo[1] = {0}, hi[1] = {0xff};
	const struct store_range all = {.lo = slice_of(lo, 1),
	    .hi = slice_of(hi, 1)};
	const struct sc_module *m = w->kit->server->modules;
	int rc = 0;

	while (strcmp(m->def->name, "presence") != 0)
		m++;
	for (size_t i = 0; i < m->ntables && rc == 0; i++)
		rc = store_scan(tx->st, m->tables[i], 0, &all, a_row, NULL);
	return rc;
}

/* Nothing is written of who is being removed, piece by piece. */
static void
test_r2_gone_is_not_seen(void **state)
{
	struct world *w = *state;
	int rc;

	bob_comes(w);
	bob_goes(w);
	CALL(w, leave);
	CALL(w, erase);
	CALL(w, erase);	/* what modules have of him */
	wait_ms(w, 20000);
	do
		rc = kit_call(w->kit, erase, w);
	while (rc == 0);
	assert_int_equal(rc, SC_ENOTFOUND);
	assert_int_equal(counter(w, "presence.written"), 1);
	CALL(w, look_in);
}

static void
test_typing(void **state)
{
	struct world *w = *state;
	unsigned n = 0;
	const char *got;

	bob_comes(w);
	/* no chat yet: nobody types to a stranger */
	(void)says(w, "<typing chat=\"bob\" activity=\"composing\"/>");
	assert_string_equal(kit_received(&w->bob), "");
	(void)says(w, "<message chat=\"bob\" n=\"1\"><body>hi</body>"
	    "</message>");
	(void)kit_received(&w->bob);
	(void)says(w, "<typing chat=\"bob\" activity=\"composing\"/>");
	assert_string_equal(kit_received(&w->bob),
	    "<typing chat=\"2\" activity=\"composing\"/>\n");
	for (int i = 0; i < 40; i++)
		kit_send(&w->alice, "<typing chat=\"2\" "
		    "activity=\"recording\"/>");
	got = kit_received(&w->bob);
	for (; (got = strstr(got, "recording")) != NULL; got++)
		n++;
	assert_int_equal(n, 18);	/* 20 in ten seconds, two before */
	wait_ms(w, 10000);
	(void)kit_received(&w->bob);
	kit_send(&w->alice, "<typing chat=\"2\" activity=\"paused\"/>");
	assert_non_null(strstr(kit_received(&w->bob), "paused"));
}

static void
test_signals(void **state)
{
	struct world *w = *state;

	bob_comes(w);
	kit_enter(w->kit, &w->tablet, "bob", 2, w->token[2]);
	(void)says(w, "<signal user=\"bob\" device=\"2\"><body>x</body>"
	    "</signal>");
	assert_string_equal(kit_received(&w->tablet), "");
	(void)says(w, "<message chat=\"bob\" n=\"1\"><body>hi</body>"
	    "</message>");
	(void)kit_received(&w->bob);
	(void)kit_received(&w->tablet);
	(void)says(w, "<signal chat=\"bob\"><body>ring</body></signal>");
	assert_string_equal(kit_received(&w->bob), "<signal chat=\"2\" "
	    "user=\"~1\"><body>ring</body></signal>\n");
	assert_string_equal(kit_received(&w->tablet), "<signal chat=\"2\" "
	    "user=\"~1\"><body>ring</body></signal>\n");
	(void)says(w, "<signal user=\"bob\" device=\"2\"><body>x</body>"
	    "</signal>");
	assert_string_equal(kit_received(&w->bob), "");
	assert_string_equal(kit_received(&w->tablet), "<signal user=\"~1\" "
	    "device=\"1\"><body>x</body></signal>\n");
	assert_int_equal(counter(w, "presence.signals"), 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_watcher_sees_who_comes_and_goes),
	    TEST(test_who_comes_back_was_not_away),
	    TEST(test_updates_are_coalesced),
	    TEST(test_the_best_of_several_devices),
	    TEST(test_invisible),
	    TEST(test_r25_privacy),
	    TEST(test_shared_chats),
	    TEST(test_so_many_watches),
	    TEST(test_many_turns),
	    TEST(test_r2_gone_is_not_seen),
	    TEST(test_typing),
	    TEST(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The verbs settings, star, unread, and the list of chats; what the account
 * log says of them. */
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
#include "src/server/module.h"
#include "src/server/server_priv.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_settings;

#define LATER "2027-01-15T09:00:00.000Z"	/* in an hour */

/* alice with two devices, and bob; the direct chat is 2 for both. */
struct world {
	struct kit *kit;
	struct kit_conn phone, laptop, bob;
	uint8_t token[2][DEVICE_TOKEN_SIZE];
	uint64_t alice, bob_id;
	unsigned n;		/* of bob's messages */
};

/* bob says something to alice, who acknowledges it on both devices. */
static void
bob_says(struct world *w, unsigned count)
{
	char xml[200];

	while (count-- > 0) {
		(void)snprintf(xml, sizeof(xml), "<message chat=\"alice\" "
		    "n=\"%u\"><body>hi</body></message>", ++w->n);
		kit_send(&w->bob, xml);
		if (w->n % 10 != 0 && count > 0)
			continue;
		(void)snprintf(xml, sizeof(xml), "<ack chat=\"2\" "
		    "seq=\"%u\"/>", w->n);
		(void)kit_received(&w->phone);
		kit_send(&w->phone, xml);
		(void)kit_received(&w->laptop);
		kit_send(&w->laptop, xml);
	}
	(void)kit_received(&w->bob);
}

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_settings, NULL};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	w->alice = kit_arrive(w->kit, &w->phone, "alice", w->token[0]);
	kit_token(w->kit, w->alice, "laptop", w->token[1]);
	kit_enter(w->kit, &w->laptop, "alice", 2, w->token[1]);
	w->bob_id = kit_arrive(w->kit, &w->bob, "bob", NULL);
	bob_says(w, 2);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->phone);
	kit_disconnect(&w->laptop);
	kit_disconnect(&w->bob);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

/* What the account log tells a device next, without its head. */
static const char *
told(struct kit_conn *c)
{
	const char *got = kit_received(c), *p = strchr(got, '>');

	if (strncmp(got, "<message chat=\"1\" ", 18) != 0)
		return got;
	return p == NULL ? got : p + 1;
}

/* Asks, and expects an answer of one page. */
#define LISTS(CONN, XML, ITEMS) SAYS(CONN, XML,                               \
	"<page id=\"9\">" ITEMS "</page>\n<result id=\"9\"/>\n")
#define LISTS_NOTHING(CONN, XML) SAYS(CONN, XML, "<result id=\"9\"/>\n")

/* ---- settings ---- */

static void
test_all_devices_are_told(void **state)
{
	struct world *w = *state;

	kit_send(&w->phone, "<settings n=\"1\" chat=\"bob\" muted=\"" LATER
	    "\"/>");
	assert_string_equal(told(&w->laptop),
	    "<settings chat=\"2\" muted=\"" LATER "\"/></message>\n");
	/* its own device, too, before the answer */
	assert_string_equal(told(&w->phone), "<settings chat=\"2\" muted=\""
	    LATER "\"/></message>\n<result n=\"1\"/>\n");
	/* nobody else */
	assert_string_equal(kit_received(&w->bob), "");
	/* an entry says all that is set then */
	kit_send(&w->laptop, "<settings n=\"1\" chat=\"2\" archived=\"on\" "
	    "pinned=\"on\"/>");
	assert_string_equal(told(&w->phone), "<settings chat=\"2\" muted=\""
	    LATER "\" archived=\"on\" pinned=\"on\"/></message>\n");
	kit_send(&w->phone, "<settings n=\"2\" chat=\"2\" archived=\"off\" "
	    "muted=\"2027-01-15T07:00:00.000Z\"/>");
	(void)kit_received(&w->phone);
	(void)told(&w->laptop);
	LISTS(&w->laptop, "<settings id=\"9\"/>",
	    "<settings chat=\"2\" pinned=\"on\"/>");
	LISTS_NOTHING(&w->bob, "<settings id=\"9\"/>");
}

static void
test_what_changes_nothing_is_not_told(void **state)
{
	struct world *w = *state;

	SAYS(&w->phone, "<settings n=\"1\" chat=\"2\" pinned=\"off\"/>",
	    "<result n=\"1\"/>\n");
	assert_string_equal(kit_received(&w->laptop), "");
	kit_send(&w->phone, "<settings n=\"2\" chat=\"2\" pinned=\"on\"/>\n"
	    "<settings n=\"3\" chat=\"2\" pinned=\"on\"/>");
	(void)kit_received(&w->phone);
	assert_string_equal(told(&w->laptop),
	    "<settings chat=\"2\" pinned=\"on\"/></message>\n");
	/* a repeat has the same answer, and nothing happens again */
	SAYS(&w->phone, "<settings n=\"2\" chat=\"2\" pinned=\"on\"/>",
	    "<result n=\"2\"/>\n");
	/* nothing is set any more: no row is left */
	kit_send(&w->phone, "<settings n=\"4\" chat=\"2\" pinned=\"off\"/>");
	(void)kit_received(&w->phone);
	assert_string_equal(told(&w->laptop),
	    "<settings chat=\"2\"/></message>\n");
	LISTS_NOTHING(&w->phone, "<settings id=\"9\"/>");
}

static void
test_mute_ends_by_itself(void **state)
{
	struct world *w = *state;

	kit_send(&w->phone, "<settings n=\"1\" chat=\"2\" muted=\"" LATER
	    "\"/>");
	(void)kit_received(&w->phone);
	SAYS(&w->phone, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"0\"/></result>\n");
	kit_sleep(w->kit, 3600 * 1000);
	kit_disconnect(&w->phone);
	kit_enter(w->kit, &w->phone, "alice", 1, w->token[0]);
	LISTS_NOTHING(&w->phone, "<settings id=\"9\"/>");
	SAYS(&w->phone, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"2\"/></result>\n");
}

static void
test_settings_of_what_is_not_there(void **state)
{
	struct world *w = *state;

	SAYS(&w->phone, "<settings n=\"1\" chat=\"7\" pinned=\"on\"/>",
	    "<error n=\"1\" code=\"not-found\" "
	    "text=\"there is no such chat\"/>\n");
	SAYS(&w->phone, "<settings n=\"2\" chat=\"1\" pinned=\"on\"/>",
	    "<error n=\"2\" code=\"bad-request\" "
	    "text=\"this is the account log: name a chat\"/>\n");
	SAYS(&w->phone, "<settings n=\"3\" pinned=\"on\"/>",
	    "<error n=\"3\" code=\"bad-request\" "
	    "text=\"the request names no chat\"/>\n");
	SAYS(&w->bob, "<unread id=\"4\" chat=\"nobody\"/>",
	    "<error id=\"4\" code=\"not-found\" "
	    "text=\"there is no such chat\"/>\n");
}

/* ---- stars ---- */

static void
test_stars(void **state)
{
	struct world *w = *state;

	kit_send(&w->phone, "<star n=\"1\" chat=\"2\" seq=\"2\"/>");
	assert_string_equal(told(&w->laptop),
	    "<star chat=\"2\" seq=\"2\"/></message>\n");
	kit_send(&w->phone, "<star n=\"2\" chat=\"bob\" seq=\"1\"/>\n"
	    "<star n=\"3\" action=\"add\" chat=\"2\" seq=\"1\"/>");
	(void)kit_received(&w->phone);
	assert_string_equal(told(&w->laptop),
	    "<star chat=\"2\" seq=\"1\"/></message>\n");
	LISTS(&w->laptop, "<star id=\"9\"/>",
	    "<star chat=\"2\" seq=\"1\"/><star chat=\"2\" seq=\"2\"/>");
	LISTS_NOTHING(&w->bob, "<star id=\"9\"/>");
	kit_send(&w->laptop,
	    "<star n=\"1\" action=\"remove\" chat=\"2\" seq=\"1\"/>\n"
	    "<star n=\"2\" action=\"remove\" chat=\"2\" seq=\"1\"/>");
	assert_string_equal(told(&w->phone),
	    "<star chat=\"2\" seq=\"1\" action=\"remove\"/></message>\n");
	(void)kit_received(&w->laptop);
	LISTS(&w->phone, "<star id=\"9\"/>", "<star chat=\"2\" seq=\"2\"/>");
}

static void
test_stars_that_cannot_be(void **state)
{
	struct world *w = *state;

#define NO_ENTRY(N, SEQ) SAYS(&w->phone, "<star n=\"" N                       \
	"\" chat=\"2\" seq=\"" SEQ "\"/>", "<error n=\"" N                    \
	"\" code=\"not-found\" "                                              \
	"text=\"there is no such entry in this chat\"/>\n")
	NO_ENTRY("1", "0");
	NO_ENTRY("2", "3");
	NO_ENTRY("3", "18446744073709551615");
	SAYS(&w->phone, "<star n=\"4\" action=\"set\" chat=\"2\" seq=\"1\"/>",
	    "<error n=\"4\" code=\"not-acceptable\" text=\"a star can be "
	    "added, or taken back: action=&quot;remove&quot;\"/>\n");
}

static int
one_star(struct tx *tx, struct world *w)
{
	static struct server_settings *old;
	const struct {uint32_t stars, unread;} conf = {1, 3};
	struct server_settings *s = server_settings_create(w->kit->server,
	    server_conf(w->kit->server));

	(void)tx;
	server_settings_module(s, w->kit->server, &sc_module_settings, &conf);
	old = server_reconfigure_take(w->kit->server, s);
	server_settings_free(old);
	return 0;
}

static void
test_limits(void **state)
{
	struct world *w = *state;

	(void)one_star(NULL, w);
	kit_send(&w->phone, "<star n=\"1\" chat=\"2\" seq=\"2\"/>");
	(void)kit_received(&w->phone);
	SAYS(&w->phone, "<star n=\"2\" chat=\"2\" seq=\"1\"/>",
	    "<error n=\"2\" code=\"resource-constraint\" text=\"the account "
	    "has as many stars as there may be: take some back\"/>\n");
	kit_send(&w->phone,
	    "<star n=\"3\" action=\"remove\" chat=\"2\" seq=\"2\"/>");
	(void)kit_received(&w->phone);
	kit_send(&w->phone, "<star n=\"4\" chat=\"2\" seq=\"1\"/>");
	assert_non_null(strstr(kit_received(&w->phone), "<result n=\"4\"/>"));
	/* the total is counted so far and no further */
	bob_says(w, 4);
	SAYS(&w->phone, "<unread id=\"5\"/>",
	    "<result id=\"5\"><unread total=\"3\"/></result>\n");
	SAYS(&w->phone, "<unread id=\"6\" chat=\"2\"/>",
	    "<result id=\"6\"><unread chat=\"2\" total=\"6\"/></result>\n");
}

/* More than a page of each. */
static void
test_long_lists(void **state)
{
	struct world *w = *state;
	const char *got;
	size_t n = 0;
	char xml[100];

	bob_says(w, 1100);
	for (unsigned i = 1; i <= 1100; i++) {
		(void)snprintf(xml, sizeof(xml),
		    "<star n=\"%u\" chat=\"2\" seq=\"%u\"/>", i, i);
		kit_send(&w->phone, xml);
		if (i % 10 == 0) {
			(void)kit_received(&w->phone);
			(void)snprintf(xml, sizeof(xml),
			    "<ack chat=\"1\" seq=\"%u\"/>", i);
			kit_send(&w->phone, xml);
		}
	}
	(void)kit_received(&w->phone);
	kit_send(&w->phone, "<star id=\"9\"/>");
	got = kit_received(&w->phone);
	for (const char *p = got; (p = strstr(p, "<star ")) != NULL; p++) {
		unsigned seq = 0;

		assert_int_equal(sscanf(p, "<star chat=\"2\" seq=\"%u", &seq),
		    1);
		assert_int_equal(seq, ++n);
	}
	assert_int_equal(n, 1100);
	assert_non_null(strstr(got, "</page>\n<page"));
	/* R15: shown up to 999 */
	SAYS(&w->phone, "<unread id=\"6\" chat=\"2\"/>",
	    "<result id=\"6\"><unread chat=\"2\" total=\"999\"/></result>\n");
}

/* ---- deleted for oneself ---- */

static void
test_hidden_for_oneself(void **state)
{
	static const char *const not_there = "<error n=\"2\" "
	    "code=\"not-found\" text=\"there is no such entry in this chat\"/>"
	    "\n";
	struct world *w = *state;
	const char *got;

	bob_says(w, 3);
	kit_send(&w->phone, "<star n=\"1\" chat=\"2\" seq=\"2\"/>");
	(void)kit_received(&w->phone);
	(void)kit_received(&w->laptop);
	SAYS(&w->phone, "<hide n=\"2\" chat=\"2\" seq=\"9\"/>", not_there);
	kit_send(&w->phone, "<hide n=\"3\" chat=\"2\" seq=\"2\"/>\n"
	    "<hide n=\"4\" chat=\"bob\" seq=\"3\"/>");
	got = kit_received(&w->laptop);
	assert_non_null(strstr(got,
	    "<star chat=\"2\" seq=\"2\" action=\"remove\"/></message>"));
	assert_non_null(strstr(got, "<hide chat=\"2\" seq=\"2\"/></message>"));
	assert_non_null(strstr(got, "<hide chat=\"2\" seq=\"3\"/></message>"));
	(void)kit_received(&w->phone);
	/* it does not count any more, and has no star */
	SAYS(&w->laptop, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"3\"/></result>\n");
	SAYS(&w->phone, "<star n=\"5\" chat=\"2\" seq=\"2\"/>",
	    "<error n=\"5\" code=\"not-found\" "
	    "text=\"there is no such entry in this chat\"/>\n");
	LISTS_NOTHING(&w->phone, "<star id=\"9\"/>");
	assert_string_equal(kit_received(&w->bob), "");
}

/* What a reader of pages is told, in short. */
static int
hear_entry(void *arg, const struct entry *e)
{
	char *out = arg;

	(void)snprintf(out + strlen(out), 100, "%d ", (int)e->seq);
	return 0;
}

static int
hear_skip(void *arg, uint64_t first, uint64_t last)
{
	char *out = arg;

	(void)snprintf(out + strlen(out), 100, "pruned %d-%d ", (int)first,
	    (int)last);
	return 0;
}

static int
hear_hidden(void *arg, uint64_t first, uint64_t last)
{
	char *out = arg;

	(void)snprintf(out + strlen(out), 100, "hidden %d-%d ", (int)first,
	    (int)last);
	return strlen(out) > 60;
}

static char heard[300];

static int
read_for_alice(struct tx *tx, struct world *w)
{
	struct chat_reader reader = {hear_entry, hear_skip, heard};
	struct chat_id id;
	struct member m;
	int rc = chat_by_number(tx, w->alice, 2, &id);

	heard[0] = '\0';
	if (rc == 0)
		rc = scm_chat_read(tx, &id, 1, 1, &reader);
	heard[0] = '\0';
	if (rc == 0)
		rc = scm_member_get(tx, &id, w->alice, &m);
	return rc != 0 ? rc : scm_chat_read_for(tx, &id, w->alice, &m, 1, 9,
	    &reader, hear_hidden, NULL);
}

static void
test_runs_of_what_is_hidden(void **state)
{
	struct world *w = *state;

	bob_says(w, 6);
	CALL(w, read_for_alice);
	assert_string_equal(heard, "1 2 3 4 5 6 7 8 pruned 9-9 ");
	kit_send(&w->phone, "<hide n=\"1\" chat=\"2\" seq=\"1\"/>\n"
	    "<hide n=\"2\" chat=\"2\" seq=\"4\"/>\n"
	    "<hide n=\"3\" chat=\"2\" seq=\"5\"/>\n"
	    "<hide n=\"4\" chat=\"2\" seq=\"8\"/>");
	CALL(w, read_for_alice);
	assert_string_equal(heard, "hidden 1-1 2 3 hidden 4-5 6 7 "
	    "hidden 8-8 pruned 9-9 ");
}

/* Whoever looks at a chat is given what has come since, from memory if it is
 * there; but nothing that he has deleted for himself. */
static void
test_what_is_hidden_from_who_watches(void **state)
{
	struct world *w = *state;

	kit_send(&w->phone, "<hide n=\"1\" chat=\"2\" seq=\"1\"/>");
	(void)kit_received(&w->phone);
	(void)kit_received(&w->laptop);
	kit_send(&w->laptop, "<watch chat=\"2\" seq=\"0\"/>");
	HAS(kit_received(&w->laptop), "<skip chat=\"2\" first=\"1\" "
	    "last=\"1\" reason=\"hidden\"/>\n<message chat=\"2\" seq=\"2\"");
}

/* A device that is behind hears of what is hidden first, and is not given it
 * afterwards, from memory. */
static void
test_what_is_hidden_from_who_is_behind(void **state)
{
	struct world *w = *state;
	struct server_conf conf;
	const char *got;

	server_conf_init(&conf);
	conf.window_entries = 3;
	kit_reconfigure(w->kit, &conf);
	for (unsigned n = 3; n < 7; n++) {
		char xml[100];

		(void)snprintf(xml, sizeof(xml), "<message chat=\"alice\" "
		    "n=\"%u\"><body>hi</body></message>", n);
		kit_send(&w->bob, xml);
	}
	got = kit_received(&w->laptop);
	HAS(got, "<message chat=\"2\" seq=\"4\"");
	LACKS(got, "<message chat=\"2\" seq=\"5\"");
	kit_send(&w->phone, "<hide n=\"1\" chat=\"2\" seq=\"5\"/>");
	kit_send(&w->laptop, "<ack chat=\"2\" seq=\"4\"/>");
	HAS(kit_received(&w->laptop), "<hide chat=\"2\" seq=\"5\"/></message>\n"
	    "<skip chat=\"2\" first=\"5\" last=\"5\" reason=\"hidden\"/>");
	kit_send(&w->laptop, "<ack chat=\"2\" seq=\"5\"/>");
	HAS(kit_received(&w->laptop), "<message chat=\"2\" seq=\"6\"");
}

/* ---- unread ---- */

static void
test_r15_unread_agrees_everywhere(void **state)
{
	struct world *w = *state;

	SAYS(&w->phone, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"2\"/></result>\n");
	SAYS(&w->laptop, "<unread id=\"1\" chat=\"bob\"/>",
	    "<result id=\"1\"><unread chat=\"2\" total=\"2\"/></result>\n");
	/* one's own do not count, and neither do those of a note */
	kit_send(&w->phone, "<message chat=\"2\" n=\"1\"><body>yes</body>"
	    "</message>\n<message chat=\"alice\" n=\"2\"><body>note</body>"
	    "</message>");
	(void)kit_received(&w->phone);
	(void)kit_received(&w->laptop);
	SAYS(&w->laptop, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"2\"/></result>\n");
	SAYS(&w->laptop, "<unread id=\"1\" chat=\"alice\"/>",
	    "<result id=\"1\"><unread chat=\"3\" total=\"0\"/></result>\n");
	/* read on one device: read on all */
	kit_send(&w->phone, "<read chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->kit, 1000);
	(void)kit_received(&w->laptop);
	SAYS(&w->laptop, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"1\"/></result>\n");
	/* muted ones count for themselves, not for the badge */
	kit_send(&w->laptop, "<settings n=\"1\" chat=\"2\" muted=\"" LATER
	    "\"/>");
	(void)kit_received(&w->laptop);
	SAYS(&w->laptop, "<unread id=\"1\"/>",
	    "<result id=\"1\"><unread total=\"0\"/></result>\n");
	SAYS(&w->laptop, "<unread id=\"1\" chat=\"2\"/>",
	    "<result id=\"1\"><unread chat=\"2\" total=\"1\"/></result>\n");
}

/* ---- the list of chats ---- */

/* The page without its references, which are random. */
static const char *
without_refs(const char *got)
{
	static char out[4000];
	size_t n = 0;

	while (*got != '\0' && n + 1 < sizeof(out)) {
		if (strncmp(got, " ref=\"", 6) == 0)
			got = strchr(got + 6, '"') + 1;
		else
			out[n++] = *got++;
	}
	out[n] = '\0';
	return out;
}

#define CHATS(CONN, XML, ITEMS) do {                                          \
	kit_send(CONN, XML);                                                  \
	assert_string_equal(without_refs(kit_received(CONN)),                 \
	    "<page id=\"9\">" ITEMS "</page>\n<result id=\"9\"/>\n");         \
} while (0)

#define WITH_BOB "<chat number=\"2\" kind=\"direct\" peer=\"~2\" "            \
	"name=\"bob\" last=\"2\" read=\"0\" unread=\"2\"/>"
#define NOTE "<chat number=\"3\" kind=\"direct\" peer=\"~1\" "                \
	"name=\"alice\" last=\"1\" read=\"0\" unread=\"0\"/>"

static void
test_list_of_chats(void **state)
{
	struct world *w = *state;

	kit_send(&w->phone, "<message chat=\"alice\" n=\"1\"><body>note</body>"
	    "</message>");
	(void)kit_received(&w->phone);
	(void)kit_received(&w->laptop);
	CHATS(&w->phone, "<chat id=\"9\" action=\"list\"/>", WITH_BOB NOTE);
	CHATS(&w->phone, "<chat id=\"9\" action=\"list\" after=\"0\" "
	    "limit=\"1\"/>", WITH_BOB);
	CHATS(&w->phone, "<chat id=\"9\" action=\"list\" after=\"2\"/>", NOTE);
	LISTS_NOTHING(&w->phone, "<chat id=\"9\" action=\"list\" after=\"3\" "
	    "limit=\"1\"/>");
	LISTS_NOTHING(&w->phone, "<chat id=\"9\" action=\"list\" "
	    "after=\"18446744073709551615\"/>");
	/* who has gone has no name any more */
	kit_remove(w->kit, w->bob_id);
	(void)kit_received(&w->phone);
	CHATS(&w->phone, "<chat id=\"9\" action=\"list\" limit=\"1\"/>",
	    "<chat number=\"2\" kind=\"direct\" peer=\"~2\" last=\"2\" "
	    "read=\"0\" unread=\"2\"/>");
}

/* ---- an account that goes ---- */

static int
no_row(void *arg, struct slice key, struct slice value)
{
	(void)arg, (void)key, (void)value;
	fail();
	return 0;
}

static void
test_r2_nothing_is_left_of_an_account(void **state)
{
	const struct store_range all = {.lo = slice_str("")};
	struct world *w = *state;
	const struct sc_module *m = &w->kit->server->modules[0];
	struct store_txn *t;

	kit_send(&w->phone, "<star n=\"1\" chat=\"2\" seq=\"2\"/>\n"
	    "<settings n=\"2\" chat=\"2\" pinned=\"on\"/>");
	kit_remove(w->kit, w->alice);
	t = store_begin_read(w->kit->store);
	for (unsigned i = 0; i < m->ntables; i++) {
		assert_int_equal(store_scan(t, module_table(m, i), 0, &all,
		    no_row, NULL), 0);
	}
	store_abandon(t);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_all_devices_are_told),
	    cmocka_unit_test_setup_teardown(
		test_what_changes_nothing_is_not_told, setup, teardown),
	    TEST(test_mute_ends_by_itself),
	    TEST(test_settings_of_what_is_not_there),
	    TEST(test_stars),
	    TEST(test_stars_that_cannot_be),
	    TEST(test_limits),
	    TEST(test_hidden_for_oneself),
	    TEST(test_runs_of_what_is_hidden),
	    TEST(test_what_is_hidden_from_who_watches),
	    TEST(test_what_is_hidden_from_who_is_behind),
	    TEST(test_long_lists),
	    TEST(test_r15_unread_agrees_everywhere),
	    TEST(test_list_of_chats),
	    TEST(test_r2_nothing_is_left_of_an_account),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

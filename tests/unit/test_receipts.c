/* SPDX-License-Identifier: ISC */
/* Ticks in groups, and who has got and read a message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/chat/device.h"
#include "src/chat/retention.h"
#include "src/server/job.h"
#include "src/server/module.h"
#include "src/server/server_priv.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_receipts, sc_module_groups,
    sc_module_channels;

#define NOW "2027-01-15T08:00:00.000Z"

enum { ALICE, BOB, CAROL, PEOPLE };

struct world {
	struct kit *kit;
	struct kit_conn conn[PEOPLE];
};

static int
setup(void **state)
{
	static const struct sc_module_def *const modules[] = {
	    &sc_module_receipts, &sc_module_groups, &sc_module_channels, NULL};
	static const char *const names[] = {"alice", "bob", "carol"};
	struct world *w = calloc(1, sizeof(*w));

	w->kit = kit_create_with(NULL, modules);
	for (unsigned i = 0; i < PEOPLE; i++)
		(void)kit_arrive(w->kit, &w->conn[i], names[i], NULL);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < PEOPLE; i++)
		kit_disconnect(&w->conn[i]);
	kit_destroy(w->kit);
	free(w);
	return 0;
}

static void
says(struct world *w, unsigned who, const char *xml)
{
	kit_send(&w->conn[who], xml);
	for (unsigned i = 0; i < PEOPLE; i++)
		if (i != who)
			(void)kit_received(&w->conn[i]);
}

#define GOT(WHO, TEXT)                                                        \
	assert_string_equal(kit_received(&w->conn[WHO]), TEXT)

/* A group of all three, with a message of alice's, the second entry. */
static void
make_group(struct world *w)
{
	says(w, ALICE, "<chat n=\"1\" action=\"create\" kind=\"group\" "
	    "name=\"g\"><member user=\"bob\"/><member user=\"carol\"/></chat>");
	assert_non_null(strstr(kit_received(&w->conn[ALICE]),
	    "<chat number=\"2\""));
	says(w, ALICE, "<message chat=\"2\" n=\"2\"><body>hi</body></message>");
	assert_non_null(strstr(kit_received(&w->conn[ALICE]), "<ack n=\"2\""));
}

static void
test_direct(void **state)
{
	struct world *w = *state;

	says(w, ALICE, "<message chat=\"bob\" n=\"1\"><body>1</body></message>");
	(void)kit_received(&w->conn[ALICE]);
	kit_send(&w->conn[ALICE], "<receipts id=\"1\" chat=\"2\" seq=\"1\"/>");
	GOT(ALICE, "<page id=\"1\"><reader user=\"~2\"/></page>\n"
	    "<result id=\"1\"/>\n");
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->kit, 1000);
	(void)kit_received(&w->conn[ALICE]);
	kit_send(&w->conn[ALICE], "<receipts id=\"2\" chat=\"2\" seq=\"1\"/>");
	assert_non_null(strstr(kit_received(&w->conn[ALICE]),
	    "<reader user=\"~2\" delivered-at=\"2027-01-15T08:00:"));
	kit_send(&w->conn[BOB], "<receipts id=\"3\" chat=\"2\" seq=\"1\"/>");
	assert_non_null(strstr(kit_received(&w->conn[BOB]),
	    "code=\"forbidden\" text=\"that is no message of yours\""));
	kit_send(&w->conn[ALICE], "<receipts id=\"4\" chat=\"2\" seq=\"2\"/>");
	GOT(ALICE, "<error id=\"4\" code=\"not-found\" "
	    "text=\"there is no such message\"/>\n");
}

static void
test_r14_who_wrote_is_told(void **state)
{
	struct world *w = *state;
	const char *got;

	make_group(w);
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->kit, 1000);
	got = kit_received(&w->conn[ALICE]);
	assert_non_null(strstr(got, "<receipt chat=\"2\" user=\"~2\" "));
	assert_non_null(strstr(got, " read=\"2\" "));
	/* who has not written anything is not */
	assert_null(strstr(kit_received(&w->conn[CAROL]), "<receipt"));
	/* nor who has written nothing above the old mark */
	says(w, BOB, "<message chat=\"2\" n=\"1\"><body>yes</body></message>");
	kit_send(&w->conn[CAROL], "<ack chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->kit, 1000);
	assert_non_null(strstr(kit_received(&w->conn[ALICE]),
	    "<receipt chat=\"2\" user=\"~3\" delivered=\"2\""));
	(void)kit_received(&w->conn[BOB]);
	kit_send(&w->conn[CAROL], "<ack chat=\"2\" seq=\"3\"/>");
	kit_sleep(w->kit, 1000);
	assert_non_null(strstr(kit_received(&w->conn[BOB]),
	    "<receipt chat=\"2\" user=\"~3\" delivered=\"3\""));
	assert_null(strstr(kit_received(&w->conn[ALICE]), "<receipt"));
}

static void
test_who_has_read(void **state)
{
	struct world *w = *state;
	const char *got;

	make_group(w);
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"2\"/>");
	kit_send(&w->conn[CAROL], "<ack chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->kit, 1000);
	(void)kit_received(&w->conn[ALICE]);
	kit_send(&w->conn[ALICE], "<receipts id=\"1\" chat=\"2\" seq=\"2\"/>");
	got = kit_received(&w->conn[ALICE]);
	assert_non_null(strstr(got, "<reader user=\"~2\" delivered-at=\"2027-"));
	assert_non_null(strstr(got, " read-at=\"2027-"));
	assert_non_null(strstr(got, "<reader user=\"~3\" delivered-at=\"2027-"));
	assert_null(strstr(got, "<reader user=\"~1\""));
	assert_non_null(strstr(got, "<result id=\"1\"/>"));
}

/* ---- who does not tell ---- */

/* Who has read what alice has written, as she is told when she asks. */
static const char *
readers(struct world *w, const char *seq)
{
	char xml[100];

	(void)kit_received(&w->conn[ALICE]);
	(void)snprintf(xml, sizeof(xml), "<receipts id=\"9\" chat=\"2\" "
	    "seq=\"%s\"/>", seq);
	kit_send(&w->conn[ALICE], xml);
	return kit_received(&w->conn[ALICE]);
}

static void
reads(struct world *w, const char *seq)
{
	char xml[100];

	(void)snprintf(xml, sizeof(xml), "<read chat=\"2\" seq=\"%s\"/>", seq);
	kit_send(&w->conn[BOB], xml);
	kit_sleep(w->kit, 1000);
}

/* Some seconds in which nobody is taken for gone. */
static void
stay(struct world *w, unsigned seconds)
{
	while (seconds-- > 0) {
		kit_send(&w->conn[ALICE], "<pong/>");
		kit_send(&w->conn[BOB], "<pong/>");
		kit_sleep(w->kit, 1000);
	}
	(void)kit_received(&w->conn[ALICE]);
	(void)kit_received(&w->conn[BOB]);
}

static void
writes(struct world *w, unsigned n)
{
	char xml[100];

	(void)snprintf(xml, sizeof(xml), "<message chat=\"bob\" n=\"%u\">"
	    "<body>%u</body></message>", n, n);
	says(w, ALICE, xml);
	(void)kit_received(&w->conn[ALICE]);
}

/* R25: whether it is told is settled when the mark moves. */
static void
test_r25_what_was_read_in_private_stays_so(void **state)
{
	struct world *w = *state;
	const char *got;

	writes(w, 1);
	reads(w, "1");
	HAS(readers(w, "1"), "read-at=\"2027-01-15T08:00:00");
	HAS(kit_received(&w->conn[BOB]), "<read ");
	kit_send(&w->conn[BOB], "<user n=\"1\" action=\"privacy\" "
	    "receipts=\"off\"/>");
	got = kit_received(&w->conn[BOB]);
	HAS(got, "<user receipts=\"off\"/>");
	HAS(got, "<result n=\"1\"/>");
	writes(w, 2);
	reads(w, "2");
	/* he has got it, and that is all that is said */
	got = kit_received(&w->conn[ALICE]);
	HAS(got, "<receipt chat=\"2\" delivered=\"2\"");
	LACKS(got, "read=");
	HAS(readers(w, "1"), "read-at=");
	LACKS(readers(w, "2"), "read-at=");
	HAS(readers(w, "2"), "delivered-at=");
	/* the switch says nothing of the past */
	kit_send(&w->conn[BOB], "<user n=\"2\" action=\"privacy\" "
	    "receipts=\"on\"/>");
	LACKS(readers(w, "2"), "read-at=");
	stay(w, 20);
	writes(w, 3);
	reads(w, "3");
	got = kit_received(&w->conn[ALICE]);
	HAS(got, " read=\"3\"");
	/* all below was read as well: when that was told */
	HAS(readers(w, "2"), "read-at=\"2027-01-15T08:00:2");
	HAS(readers(w, "1"), "read-at=\"2027-01-15T08:00:0");
}

static int
drop_first_day(struct tx *tx, struct world *w)
{
	struct chat_place place = {.more = false};
	uint32_t part = chat_part(CHAT_KIND_DIRECT,
	    chat_period_at(tx->d, tx->now - (int64_t)2 * 86400 * 1000));

	(void)w;
	return retention_drop(tx, part, 100, &place);
}

/* When the last mark that was told has gone with its period, its time is a
 * guess, and not none. */
static void
test_r25_the_time_of_what_was_told_is_gone(void **state)
{
	struct world *w = *state;
	uint8_t token[DEVICE_TOKEN_SIZE];
	struct kit_conn tablet;

	writes(w, 1);
	reads(w, "1");
	kit_send(&w->conn[BOB], "<user n=\"1\" action=\"privacy\" "
	    "receipts=\"off\"/>");
	writes(w, 2);
	reads(w, "2");
	kit_later(w->kit, (int64_t)2 * 86400 * 1000);
	CALL(w, drop_first_day);
	kit_token(w->kit, 1, "tablet", token);
	kit_connect(w->kit, &tablet);
	kit_hello(&tablet);
	kit_auth(&tablet, "alice", 2, token);
	kit_send(&tablet, "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>");
	HAS(kit_received(&tablet), "read=\"1\" time=\"2027-01-15T08:00:0");
	kit_disconnect(&tablet);
}

/* Who does not tell it is not told it, and learns no more at a sync. */
static void
test_r25_both_ways(void **state)
{
	struct world *w = *state;
	const char *got;

	writes(w, 1);
	kit_send(&w->conn[ALICE], "<user n=\"2\" action=\"privacy\" "
	    "receipts=\"off\"/>");
	(void)kit_received(&w->conn[ALICE]);
	reads(w, "1");
	got = kit_received(&w->conn[ALICE]);
	HAS(got, " delivered=\"1\"");
	LACKS(got, "read=");
	LACKS(readers(w, "1"), "read-at=");
	kit_send(&w->conn[ALICE], "<user id=\"5\" action=\"get\"/>");
	GOT(ALICE, "<result id=\"5\"><user receipts=\"off\"/></result>\n");
	kit_send(&w->conn[ALICE], "<user n=\"3\" action=\"privacy\" "
	    "picture=\"nobody\"/>");
	HAS(kit_received(&w->conn[ALICE]), "code=\"not-acceptable\"");
}

/* In groups, too; and a device that was away. */
static void
test_r25_groups_and_syncs(void **state)
{
	struct world *w = *state;
	const char *got;

	make_group(w);
	kit_send(&w->conn[BOB], "<user n=\"1\" action=\"privacy\" "
	    "receipts=\"off\"/>");
	(void)kit_received(&w->conn[BOB]);
	reads(w, "2");
	got = kit_received(&w->conn[ALICE]);
	HAS(got, "<receipt chat=\"2\" user=\"~2\" delivered=\"2\"");
	LACKS(got, "read=");
	writes(w, 3);
	kit_send(&w->conn[BOB], "<read chat=\"3\" seq=\"1\"/>");
	kit_sleep(w->kit, 1000);
	(void)kit_received(&w->conn[ALICE]);
	kit_send(&w->conn[ALICE], "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>\n<cursors final=\"true\"/>");
	got = kit_received(&w->conn[ALICE]);
	HAS(got, "<receipt chat=\"3\" delivered=\"1\"");
	LACKS(got, "read=");
}

struct looking {
	struct world *w;
	uint64_t remove;	/* a user; 0: nobody */
	unsigned rows;		/* of the module's tables */
};

static int
count_row(void *arg, struct slice key, struct slice value)
{
	(void)key, (void)value;
	((struct looking *)arg)->rows++;
	return 0;
}

static int
look_in(struct tx *tx, void *arg)
{
	struct looking *l = arg;
	struct server *s = l->w->kit->server;
	const struct sc_module *m = &s->modules[0];
	static const uint8_t lo[1] = {0}, hi[1] = {0xff};
	const struct store_range all = {.lo = slice_of(lo, 1),
	    .hi = slice_of(hi, 1)};
	int rc = l->remove != 0 ? server_user_delete(s, tx, l->remove) : 0;

	for (size_t i = 0; i < m->ntables && rc == 0; i++)
		rc = store_scan(tx->st, m->tables[i], 0, &all, count_row, l);
	return rc;
}

static void
looked(void *arg, int rc)
{
	(void)arg;
	assert_int_equal(rc, 0);
}

static unsigned
rows(struct world *w, uint64_t remove)
{
	struct looking l = {w, remove, 0};

	kit_job(w->kit, job_create_call(server_domain(w->kit->server),
	    JOB_SCRIBE, look_in, looked, &l));
	kit_run(w->kit);
	return l.rows;
}

static void
test_an_account_that_goes(void **state)
{
	struct world *w = *state;

	kit_send(&w->conn[BOB], "<user n=\"1\" action=\"privacy\" "
	    "receipts=\"off\"/>");
	writes(w, 1);
	reads(w, "1");
	assert_int_equal(rows(w, 0), 2);	/* the switch, and a run */
	/* alice still has the chat, and learns no more of it */
	assert_int_equal(rows(w, 2), 2);
	HAS(readers(w, "1"), "delivered-at=");
	LACKS(readers(w, "1"), "read-at=");
	assert_int_equal(rows(w, 1), 0);
}

/* Another device of bob's, whose user is the second. */
static void
bobs_laptop(struct world *w, struct kit_conn *laptop)
{
	uint8_t token[DEVICE_TOKEN_SIZE];

	kit_token(w->kit, 2, "laptop", token);
	kit_connect(w->kit, laptop);
	kit_hello(laptop);
	kit_auth(laptop, "bob", 2, token);
	kit_send(laptop, "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>");
}

/* What is read of a channel is nobody's business but the reader's. */
static void
test_r14_own_devices_know_what_is_read_of_a_channel(void **state)
{
	struct world *w = *state;
	struct kit_conn laptop;

	says(w, BOB, "<chat n=\"1\" action=\"create\" kind=\"channel\" "
	    "name=\"c\"/>");
	bobs_laptop(w, &laptop);
	(void)kit_received(&w->conn[BOB]);
	(void)kit_received(&laptop);
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"1\"/>");
	kit_sleep(w->kit, 1000);
	assert_non_null(strstr(kit_received(&laptop),
	    "<read chat=\"2\" seq=\"1\"/>"));
	kit_disconnect(&laptop);
}

static void
test_r13_own_read_marks_of_groups_are_synced(void **state)
{
	struct world *w = *state;
	struct kit_conn laptop;

	make_group(w);
	kit_send(&w->conn[BOB], "<read chat=\"2\" seq=\"2\"/>");
	kit_sleep(w->kit, 1000);
	bobs_laptop(w, &laptop);
	assert_non_null(strstr(kit_received(&laptop),
	    "<read chat=\"2\" seq=\"2\"/>"));
	kit_disconnect(&laptop);
}

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_direct),
		TEST(test_r14_who_wrote_is_told),
		TEST(test_who_has_read),
		TEST(test_r25_what_was_read_in_private_stays_so),
		TEST(test_r25_the_time_of_what_was_told_is_gone),
		TEST(test_r25_both_ways),
		TEST(test_r25_groups_and_syncs),
		TEST(test_an_account_that_goes),
		TEST(test_r14_own_devices_know_what_is_read_of_a_channel),
		TEST(test_r13_own_read_marks_of_groups_are_synced),
	};

	return cmocka_run_group_tests_name("receipts", tests, NULL, NULL);
}

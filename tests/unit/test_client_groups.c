/* SPDX-License-Identifier: ISC */
/* Groups as a client asks for them and hears of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/client_kit.h"

#define ENTRY(SEQ, FROM, CONTENT) "<message chat=\"3\" seq=\"" SEQ "\" "      \
	"time=\"" KIT_TIME "\" from=\"~" FROM "\">" CONTENT "</message>"
/* Alice is in a group. */
#define TEAM KIT_ACCOUNT("2", "<chat number=\"3\" "                           \
	"ref=\"AQIDBAUGBwgJCgsMDQ4DAA\" kind=\"group\" name=\"team\" role=\"member\"/>")
#define CREATED ENTRY("1", "2", "<changed name=\"team\" topic=\"work\"/>"     \
	"<member user=\"~2\" action=\"create\" role=\"owner\" name=\"bob\"/>"  \
	"<member user=\"~1\" action=\"add\" role=\"member\" name=\"alice\"/>"  \
	"<member user=\"~5\" action=\"add\" role=\"admin\" name=\"carol\"/>")

static void
join_team(struct kit *k)
{
	SERVER(k, TEAM);
	assert_string_equal(kit_events(k), "chat chat=3 name=team\n"
	    "message chat=1 seq=2\n");
	assert_int_equal(sc_client_chat_kind(k->client, 3), SC_CHAT_GROUP);
	assert_int_equal(sc_client_chat_kind(k->client, 2), SC_CHAT_DIRECT);
	assert_int_equal(sc_client_chat_kind(k->client, 1), SC_CHAT_SYSTEM);
}

static void
test_entries_say_who_and_what(void **state)
{
	struct kit *k = *state;

	join_team(k);
	SERVER(k, CREATED);
	assert_string_equal(kit_events(k),
	    "changed chat=3 seq=1 changed=3 topic=work post=0 edit=0 recent=0 "
	    "name=team\n"
	    "member chat=3 seq=1 user=2 created role=2 name=bob\n"
	    "member chat=3 seq=1 user=1 added role=0 name=alice\n"
	    "member chat=3 seq=1 user=5 added role=1 name=carol\n"
	    "message chat=3 seq=1 name=bob\n");
	/* whoever came is known by his name, in messages too */
	SERVER(k, ENTRY("2", "5", "<body>hi</body>"));
	assert_string_equal(kit_events(k),
	    "message chat=3 seq=2 name=carol hi\n");
	SERVER(k, ENTRY("3", "9", "<body>who?</body>"));
	assert_string_equal(kit_events(k),
	    "message chat=3 seq=3 who?\n");
	/* one's own changes come like those of others */
	SERVER(k, ENTRY("4", "1", "<changed name=\"crew\" post=\"admin\" "
	    "approval=\"on\" recent=\"7\" edit=\"admin\"/><member "
	    "user=\"~5\" action=\"remove\"/>"));
	assert_string_equal(kit_events(k),
	    "changed chat=3 seq=4 changed=121 topic=- post=1 edit=1 approval "
	    "recent=7 own name=crew\n"
	    "member chat=3 seq=4 user=5 removed role=0 own name=carol\n"
	    "message chat=3 seq=4 own name=alice\n");
	assert_string_equal(sc_client_chat_name(k->client, 3), "crew");
	/* a restart forgets none of it, and neither do new records */
	for (int i = 0; i < 2; i++) {
		kit_close(k);
		kit_crash(k, k->state.count);
		assert_int_equal(kit_start(k), 0);
		assert_string_equal(sc_client_chat_name(k->client, 3),
		    "crew");
		assert_string_equal(sc_client_user_name(k->client, 5),
		    "carol");
		assert_string_equal(sc_client_user_name(k->client, 1),
		    "alice");
		assert_string_equal(sc_client_user_name(k->client, 9), "");
		k->state.fail_append = true;	/* the whole is written */
		kit_login(k, 0);
		k->state.fail_append = false;
	}
}

/* In a chat of two nobody can change who is in it. */
static void
test_only_groups_have_members(void **state)
{
	struct kit *k = *state;

	SERVER(k, "<message chat=\"2\" seq=\"1\" time=\"" KIT_TIME
	    "\" from=\"~2\"><member user=\"~1\" action=\"remove\"/>"
	    "</message>");
	assert_string_equal(kit_events(k),
	    "message chat=2 seq=1 name=bob\n");
}

static void
test_requests(void **state)
{
	const enum sc_role admin = SC_ROLE_ADMIN;
	const bool on = true;
	const uint32_t recent = 9;
	const struct sc_group all = {.name = "team", .topic = "", .avatar =
	    "pic", .avatarlen = 3, .post = &admin, .edit = &admin,
	    .approval = &on, .recent = &recent};
	const struct sc_member who[] = {{"bob", SC_ROLE_UNSAID}, {"~5",
	    SC_ROLE_ADMIN}};
	struct kit *k = *state;
	uint64_t n = 0;

	join_team(k);
	(void)kit_said(k);
	assert_int_equal(sc_client_group_create(k->client, &all, who, 2, &n),
	    0);
	assert_int_equal(n, 1);
	assert_int_equal(sc_client_group_set(k->client, "3",
	    &(struct sc_group){.name = "x"}, &n), 0);
	assert_int_equal(sc_client_group_change(k->client, "3", SC_GROUP_ADD,
	    who, 1, &n), 0);
	assert_int_equal(sc_client_group_change(k->client, "3",
	    SC_GROUP_LEAVE, NULL, 0, &n), 0);
	assert_int_equal(sc_client_group_invite(k->client, "3", 61000, 2, &n),
	    0);
	assert_int_equal(sc_client_group_revoke(k->client, "3", "AQID", &n),
	    0);
	assert_int_equal(sc_client_group_join(k->client, "AQID", &n), 0);
	assert_string_equal(kit_said(k),
	    "<chat n=\"1\" action=\"create\" kind=\"group\" name=\"team\" "
	    "topic=\"\" avatar=\"cGlj\" post=\"admin\" edit=\"admin\" "
	    "approval=\"on\" recent=\"9\"><member user=\"bob\"/><member "
	    "user=\"~5\" role=\"admin\"/></chat>\n"
	    "<chat n=\"2\" action=\"set\" chat=\"3\" name=\"x\"/>\n"
	    "<chat n=\"3\" action=\"add\" chat=\"3\"><member user=\"bob\"/>"
	    "</chat>\n"
	    "<chat n=\"4\" action=\"leave\" chat=\"3\"/>\n"
	    "<chat n=\"5\" action=\"invite\" chat=\"3\" "
	    "expires=\"1970-01-01T00:01:01.000Z\" limit=\"2\"/>\n"
	    "<chat n=\"6\" action=\"revoke\" chat=\"3\" token=\"AQID\"/>\n"
	    "<chat n=\"7\" action=\"join\" token=\"AQID\"/>\n");
}

/* What the entries and the acks of a chat say of their ends. */
struct ends {
	uint64_t timer;		/* of CHANGED */
	int64_t left[2];	/* from its time on: MESSAGE, SENT */
};

static struct ends ends;

static int
note_ends(struct kit *k, const struct sc_event *e)
{
	(void)k;
	if (e->type == SC_EVENT_CHANGED && e->changed == SC_CHANGED_TIMER)
		ends.timer = e->timer;
	if (e->type == SC_EVENT_MESSAGE || e->type == SC_EVENT_SENT)
		ends.left[e->type == SC_EVENT_SENT] =
		    e->expires == 0 ? 0 : e->expires - e->time;
	return 0;
}

static void
test_timers(void **state)
{
	struct kit *k = *state;
	uint64_t n = 0;

	k->hook = note_ends;
	(void)kit_said(k);
	assert_int_equal(sc_client_timer(k->client, "bob", 604800, &n), 0);
	assert_int_equal(sc_client_timer(k->client, NULL, 1, &n),
	    SC_CODE_BAD_REQUEST);
	assert_string_equal(kit_said(k),
	    "<chat n=\"1\" action=\"set\" chat=\"2\" timer=\"604800\"/>\n");
	SERVER(k, "<message chat=\"2\" seq=\"1\" time=\"" KIT_TIME
	    "\" from=\"~1\"><changed timer=\"604800\"/></message>\n"
	    "<result n=\"1\"/>");
	assert_int_equal(ends.timer, 604800);
	SERVER(k, "<message chat=\"2\" seq=\"2\" time=\"" KIT_TIME
	    "\" from=\"~2\" timer=\"604800\"><body>x</body></message>");
	assert_int_equal(ends.left[0], 604800000);
	SERVER(k, "<message chat=\"2\" seq=\"3\" time=\"" KIT_TIME
	    "\" from=\"~2\"><deleted/></message>");
	assert_int_equal(ends.left[0], 0);
	n = 0;
	assert_int_equal(sc_client_send(k->client, "bob", "y", 1, &n), 0);
	assert_int_equal(n, 2);
	SERVER(k, "<ack n=\"2\" chat=\"2\" seq=\"4\" time=\"" KIT_TIME
	    "\" timer=\"60\"/>");
	assert_int_equal(ends.left[1], 60000);
	/* it is still known after a restart */
	ends.left[1] = 0;
	kit_close(k);
	kit_crash(k, k->state.count);
	assert_int_equal(kit_start(k), 0);
	assert_int_equal(sc_client_send(k->client, "bob", "y", 1, &n), 0);
	kit_sleep(k, 0);
	assert_int_equal(ends.left[1], 60000);
}

static void
test_answers(void **state)
{
	struct kit *k = *state;
	uint64_t n = 0;

	assert_int_equal(sc_client_group_create(k->client,
	    &(struct sc_group){.name = "team"}, NULL, 0, &n), 0);
	assert_int_equal(sc_client_group_invite(k->client, "2", 0, 0, &n), 0);
	assert_int_equal(sc_client_group_join(k->client, "AQID", &n), 0);
	/* the answer may come before the account log says it */
	SERVER(k, "<result n=\"1\"><chat number=\"3\" "
	    "ref=\"AQIDBAUGBwgJCgsMDQ4DAA\" kind=\"group\" name=\"team\"/>"
	    "</result>");
	assert_string_equal(kit_events(k), "chat chat=3 name=team\n"
	    "result chat=3 n=1\n");
	SERVER(k, "<result n=\"2\"><invite token=\"AQID\" limit=\"4\"/>"
	    "</result>\n<result n=\"3\"><request user=\"~1\" time=\"" KIT_TIME
	    "\"/></result>");
	assert_string_equal(kit_events(k), "invite n=2 token=AQID expires=0 "
	    "limit=4 used=0\nresult n=2\nrequest n=3 user=1 is name=alice\n"
	    "result n=3\n");
	SERVER(k, KIT_ACCOUNT("2", "<request chat=\"3\" user=\"~5\"/>") "\n"
	    KIT_ACCOUNT("3", "<request chat=\"3\" user=\"~5\" "
	    "action=\"approve\"/>") "\n" KIT_ACCOUNT("4", "<request chat=\""
	    "#aebagbafaydqqcikbmga2drwaa\" user=\"~1\" action=\"refuse\"/>"));
	assert_string_equal(kit_events(k), "request chat=3 user=5 is\n"
	    "message chat=1 seq=2\nrequest chat=3 user=5 approved\n"
	    "message chat=1 seq=3\nrequest user=1 refused name=alice\n"
	    "message chat=1 seq=4\n");
}

static void
test_questions(void **state)
{
	struct kit *k = *state;
	uint64_t id = 0;

	join_team(k);
	(void)kit_said(k);
	assert_int_equal(sc_client_group_ask(k->client, NULL, SC_GROUP_MINE,
	    &id), 0);
	assert_int_equal(sc_client_group_ask(k->client, "3", SC_GROUP_INFO,
	    &id), 0);
	assert_int_equal(sc_client_group_ask(k->client, "3", SC_GROUP_MEMBERS,
	    &id), 0);
	assert_int_equal(sc_client_group_ask(k->client, "3", SC_GROUP_INVITES,
	    &id), 0);
	assert_int_equal(sc_client_group_ask(k->client, "3",
	    SC_GROUP_REQUESTS, &id), 0);
	assert_string_equal(kit_said(k),
	    "<chat id=\"1\" action=\"list\" kind=\"group\"/>\n"
	    "<chat id=\"2\" action=\"get\" chat=\"3\"/>\n"
	    "<chat id=\"3\" action=\"list\" chat=\"3\"/>\n"
	    "<invite id=\"4\" action=\"list\" chat=\"3\"/>\n"
	    "<request id=\"5\" action=\"list\" chat=\"3\"/>\n");
	SERVER(k, "<page id=\"1\"><chat number=\"3\" "
	    "ref=\"AQIDBAUGBwgJCgsMDQ4DAA\" kind=\"group\" name=\"crew\" "
	    "role=\"admin\" members=\"4\" last=\"9\" read=\"2\"/></page>\n"
	    "<result id=\"1\"/>");
	assert_string_equal(kit_events(k), "chat chat=3 id=1 read=2 role=1 "
	    "members=4 name=crew\nresult id=1\n");
	assert_string_equal(sc_client_chat_name(k->client, 3), "crew");
	SERVER(k, "<page id=\"3\"><member user=\"~7\" role=\"owner\" "
	    "name=\"dave\"/></page>\n<result id=\"3\"/>");
	assert_string_equal(kit_events(k), "member chat=3 id=3 user=7 is "
	    "role=2 name=dave\nresult id=3\n");
	assert_string_equal(sc_client_user_name(k->client, 7), "dave");
	SERVER(k, "<result id=\"4\"><invite token=\"AQID\" total=\"2\"/>"
	    "</result>\n<page id=\"5\"><request user=\"~8\" time=\"" KIT_TIME
	    "\" name=\"eve\"/></page>\n<result id=\"5\"/>");
	assert_string_equal(kit_events(k), "invite chat=3 id=4 token=AQID "
	    "expires=0 limit=0 used=2\nresult id=4\n"
	    "request chat=3 id=5 user=8 is name=eve\nresult id=5\n");
}

static void
test_bad_requests(void **state)
{
	const struct sc_member nobody = {"", SC_ROLE_UNSAID},
	    zero = {"~0", SC_ROLE_UNSAID}, bob = {"bob", SC_ROLE_UNSAID};
	struct kit *k = *state;
	uint64_t n = 0;

#define BAD(CALL) assert_int_equal(CALL, SC_CODE_BAD_REQUEST)
	BAD(sc_client_group_create(k->client, NULL, NULL, 0, &n));
	BAD(sc_client_group_create(k->client, &(struct sc_group){0}, NULL, 0,
	    &n));
	BAD(sc_client_group_create(k->client, &(struct sc_group){.name = "x"},
	    NULL, 1, &n));
	BAD(sc_client_group_change(k->client, "2", SC_GROUP_ADD, NULL, 0,
	    &n));
	BAD(sc_client_group_change(k->client, "2", SC_GROUP_LEAVE, &bob, 1,
	    &n));
	BAD(sc_client_group_change(k->client, "2", SC_GROUP_ADD, &nobody, 1,
	    &n));
	BAD(sc_client_group_change(k->client, "2", SC_GROUP_ADD, &zero, 1,
	    &n));
	BAD(sc_client_group_change(k->client, NULL, SC_GROUP_ADD, &bob, 1,
	    &n));
	BAD(sc_client_group_join(k->client, "no token!", &n));
	BAD(sc_client_group_join(k->client, "", &n));
	BAD(sc_client_group_set(k->client, "2", NULL, &n));
	BAD(sc_client_group_ask(k->client, NULL, SC_GROUP_INFO, &n));
	BAD(sc_client_group_ask(k->client, "2", SC_GROUP_MINE, &n));
	assert_int_equal(sc_client_group_invite(k->client, "77", 0, 0, &n),
	    SC_CODE_NOT_FOUND);
	assert_int_equal(n, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_new_bob, kit_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_entries_say_who_and_what),
	    TEST(test_only_groups_have_members),
	    TEST(test_requests),
	    TEST(test_timers),
	    TEST(test_answers),
	    TEST(test_questions),
	    TEST(test_bad_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

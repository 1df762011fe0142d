/* SPDX-License-Identifier: ISC */
/* Channels as a client asks for them, and the chats that it looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/unit/client_kit.h"

/* Alice reads a channel. */
#define NEWS KIT_ACCOUNT("2", "<chat number=\"3\" "                           \
	"ref=\"AQIDBAUGBwgJCgsMDQ4DAA\" kind=\"channel\" name=\"News\" role=\"member\"/>")
#define ID "#aebagbafaydqqcikbmga2dqdaa"

static void
join(struct kit *k)
{
	SERVER(k, NEWS);
	assert_string_equal(kit_events(k), "chat chat=3 name=News\n"
	    "message chat=1 seq=2\n");
	assert_int_equal(sc_client_chat_kind(k->client, 3), SC_CHAT_CHANNEL);
	(void)kit_said(k);
}

static void
test_requests(void **state)
{
	const enum sc_role admin = SC_ROLE_ADMIN;
	const bool closed = true;
	struct kit *k = *state;
	char id[SC_CHAT_ID_SIZE];
	uint64_t n = 0;

	join(k);
	(void)sc_client_chat_id(k->client, 3, id);
	assert_int_equal(id[0], '#');
	assert_string_equal(sc_client_chat_id(k->client, 9, id), "");
	assert_int_equal(sc_client_channel_create(k->client,
	    &(struct sc_group){.name = "News", .topic = "of today"}, &n), 0);
	assert_int_equal(sc_client_channel_join(k->client,
	    sc_client_chat_id(k->client, 3, id), &n), 0);
	assert_string_equal(kit_said(k),
	    "<chat n=\"1\" action=\"create\" kind=\"channel\" name=\"News\" "
	    "topic=\"of today\"/>\n"
	    "<chat n=\"2\" action=\"join\" chat=\"" ID "\"/>\n");
#define BAD(CALL) assert_int_equal(CALL, SC_CODE_BAD_REQUEST)
	/* closed, and by invitations: what is asked is as of groups */
	assert_int_equal(sc_client_group_set(k->client, "3",
	    &(struct sc_group){.closed = &closed}, &n), 0);
	assert_int_equal(sc_client_group_invite(k->client, "3", 0, 5, &n), 0);
	assert_int_equal(sc_client_group_join(k->client, "AgID", &n), 0);
	assert_string_equal(kit_said(k),
	    "<chat n=\"3\" action=\"set\" chat=\"3\" closed=\"on\"/>\n"
	    "<chat n=\"4\" action=\"invite\" chat=\"3\" limit=\"5\"/>\n"
	    "<chat n=\"5\" action=\"join\" token=\"AgID\"/>\n");
	SERVER(k, "<result n=\"4\"><invite token=\"AgME\" limit=\"5\"/>"
	    "</result>");
	assert_string_equal(kit_events(k), "invite n=4 token=AgME expires=0 "
	    "limit=5 used=0\nresult n=4\n");
	SERVER(k, "<message chat=\"3\" seq=\"1\" time=\"" KIT_TIME "\" "
	    "from=\"~2\"><changed closed=\"on\"/></message>");
	assert_string_equal(kit_events(k), "changed chat=3 seq=1 changed=256 "
	    "topic=- post=0 edit=0 closed recent=0\n"
	    "message chat=3 seq=1 name=bob\n");
	BAD(sc_client_group_create(k->client, &(struct sc_group){.name = "x",
	    .closed = &closed}, NULL, 0, &n));
	BAD(sc_client_channel_create(k->client, NULL, &n));
	BAD(sc_client_channel_create(k->client, &(struct sc_group){0}, &n));
	BAD(sc_client_channel_create(k->client, &(struct sc_group){
	    .name = "x", .post = &admin}, &n));
	BAD(sc_client_channel_join(k->client, NULL, &n));
	BAD(sc_client_channel_join(k->client, "bob", &n));
	BAD(sc_client_channel_join(k->client, "#short", &n));
	BAD(sc_client_views(k->client, NULL, 1, 2, &n));
}

static void
test_questions(void **state)
{
	struct kit *k = *state;
	uint64_t id = 0;

	join(k);
	assert_int_equal(sc_client_channels(k->client, &id), 0);
	assert_int_equal(sc_client_views(k->client, "3", 0, 0, &id), 0);
	assert_int_equal(sc_client_views(k->client, "3", 2, 9, &id), 0);
	assert_string_equal(kit_said(k),
	    "<chat id=\"1\" action=\"list\" kind=\"channel\"/>\n"
	    "<views id=\"2\" chat=\"3\"/>\n"
	    "<views id=\"3\" chat=\"3\" first=\"2\" last=\"9\"/>\n");
	SERVER(k, "<page id=\"1\"><chat number=\"3\" "
	    "ref=\"AQIDBAUGBwgJCgsMDQ4DAA\" kind=\"channel\" name=\"Olds\" "
	    "role=\"admin\" members=\"4\" last=\"9\" read=\"2\"/></page>\n"
	    "<result id=\"1\"/>");
	assert_string_equal(kit_events(k), "chat chat=3 id=1 read=2 role=1 "
	    "members=4 name=Olds\nresult id=1\n");
	assert_string_equal(sc_client_chat_name(k->client, 3), "Olds");
	SERVER(k, "<page id=\"3\"><views seq=\"2\" total=\"70\"/><views "
	    "seq=\"3\" total=\"6\"/></page>\n<result id=\"3\"/>");
	assert_string_equal(kit_events(k), "views chat=3 id=3 seq=2 views=70\n"
	    "views chat=3 id=3 seq=3 views=6\nresult id=3\n");
}

/* A large chat is told to those who look: from what they have on. */
static void
test_what_is_open_is_watched(void **state)
{
	struct kit *k = *state;

	join(k);
	assert_int_equal(sc_client_open(k->client, 3), 0);
	assert_int_equal(sc_client_open(k->client, 3), 0);
	assert_string_equal(kit_said(k), "<watch chat=\"3\" seq=\"0\"/>\n");
	SERVER(k, "<skip chat=\"3\" first=\"1\" last=\"6\" "
	    "reason=\"not-a-member\"/>\n" KIT_SAYS("3", "7", "", "news"));
	(void)kit_said(k);
	/* chats of two come anyway */
	assert_int_equal(sc_client_open(k->client, 2), 0);
	assert_int_equal(sc_client_open(k->client, 77), SC_CODE_NOT_FOUND);
	assert_string_equal(kit_said(k), "");
	/* again when he is let in once more: the server has forgotten it */
	SERVER(k, KIT_ACCOUNT("3", "<chat number=\"3\" "
	    "ref=\"AQIDBAUGBwgJCgsMDQ4DAA\" kind=\"channel\" "
	    "name=\"News\" role=\"member\"/>"));
	assert_non_null(strstr(kit_said(k), "<watch chat=\"3\" seq=\"7\"/>"));
	/* again after a login, when the cursors are where they belong */
	kit_close(k);
	kit_connect(k);
	SERVER(k, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>\n"
	    KIT_SUCCESS("0", ""));
	(void)kit_said(k);
	SERVER(k, KIT_SAYS("3", "8", "", "more news"));
	assert_null(strstr(kit_said(k), "<watch"));
	SERVER(k, KIT_SYNCED("9"));
	assert_string_equal(kit_said(k), "<watch chat=\"3\" seq=\"8\"/>\n");
	assert_int_equal(sc_client_close(k->client, 3), 0);
	assert_int_equal(sc_client_close(k->client, 3), 0);
	assert_string_equal(kit_said(k), "<unwatch chat=\"3\"/>\n");
	kit_close(k);
	kit_login(k, 0);
	SERVER(k, KIT_SYNCED("10"));
	assert_null(strstr(kit_said(k), "<watch"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, kit_new_bob, kit_free)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_requests),
	    TEST(test_questions),
	    TEST(test_what_is_open_is_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

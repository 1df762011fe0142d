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
#include "src/common/err.h"
#include "src/server/module.h"
#include "tests/unit/server_kit.h"

extern const struct sc_module_def sc_module_receipts, sc_module_groups;

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
	    &sc_module_receipts, &sc_module_groups, NULL};
	static const char *const names[] = {"alice", "bob", "carol"};
	struct world *w = calloc(1, sizeof(*w));
	uint8_t token[DEVICE_TOKEN_SIZE];

	w->kit = kit_create_with(NULL, modules);
	for (unsigned i = 0; i < PEOPLE; i++) {
		kit_token(w->kit, kit_user(w->kit, names[i]), "phone", token);
		kit_connect(w->kit, &w->conn[i]);
		kit_login(&w->conn[i], names[i], 1, token);
	}
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

int
main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_direct),
		TEST(test_r14_who_wrote_is_told),
		TEST(test_who_has_read),
	};

	return cmocka_run_group_tests_name("receipts", tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* Codes that let another device in, as text and in a login; and other names of
 * devices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "src/client/link.h"
#include "tests/unit/client_kit.h"

#define HELLO "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>"

static int
setup(void **state)
{
	static struct kit k;

	kit_init(&k, NULL);
	*state = &k;
	return 0;
}

static int
teardown(void **state)
{
	kit_fini(*state);
	return 0;
}

static void
test_codes_as_text(void **state)
{
	uint8_t code[LINK_SIZE], again[LINK_SIZE];
	char text[LINK_TEXT + 2], capitals[LINK_TEXT];

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		for (unsigned k = 0; k < LINK_SIZE; k++)
			code[k] = (uint8_t)(i * (k + 1) + k);
		link_print(code, text);
		assert_int_equal(strlen(text), LINK_TEXT - 1);
		assert_int_equal(link_parse(text, again), 0);
		assert_memory_equal(code, again, LINK_SIZE);
	}
	for (size_t i = 0; i < LINK_TEXT; i++)
		capitals[i] = text[i] == '-' ? ' ' : text[i] >= 'a' &&
		    text[i] <= 'z' ? (char)(text[i] - 'a' + 'A') : text[i];
	assert_int_equal(link_parse(capitals, again), 0);
	assert_memory_equal(code, again, LINK_SIZE);
	assert_int_equal(link_parse("", again), SC_CODE_BAD_REQUEST);
	text[LINK_TEXT - 2] = '\0';
	assert_int_equal(link_parse(text, again), SC_CODE_BAD_REQUEST);
	text[LINK_TEXT - 2] = '1';
	assert_int_equal(link_parse(text, again), SC_CODE_BAD_REQUEST);
	strcpy(text + LINK_TEXT - 3, "aaa");
	assert_int_equal(link_parse(text, again), SC_CODE_BAD_REQUEST);
}

static void
test_a_login_by_code(void **state)
{
	struct kit *k = *state;
	const char *said;

	k->conf.link = "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaz";
	assert_int_equal(kit_start(k), 0);
	kit_connect(k);
	said = kit_said(k);
	assert_non_null(strstr(said, "<auth mechanism=\"link\" "
	    "user=\"alice\" name=\"phone\" "
	    "data=\"AAAAAAAAAAAAAAAAAAAAAAAAABk\"/>\n<sync "));
	assert_int_equal(kit_server(k, HELLO "\n"
	    KIT_SUCCESS("0", " token=\"dG9rZW4\"")), 0);
	assert_string_equal(kit_events(k), "online\n");
	/* it is good once: from now on there is the token */
	kit_close(k);
	kit_connect(k);
	assert_non_null(strstr(kit_said(k), "<auth mechanism=\"token\" "
	    "user=\"alice\" device=\"3\" data=\"dG9rZW4\"/>"));
}

static void
test_a_code_that_is_refused(void **state)
{
	struct kit *k = *state;

	k->conf.link = "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaz";
	assert_int_equal(kit_start(k), 0);
	kit_connect(k);
	assert_int_equal(kit_server(k, HELLO
	    "\n<failure code=\"not-authorized\"/>"), SC_CODE_NOT_AUTHORIZED);
	assert_string_equal(kit_events(k),
	    "failure code=-2 (not logged in, or wrong credentials)\n");
	kit_close(k);
	assert_int_equal(sc_client_connect_at(k->client), INT64_MAX);
}

static void
test_what_is_no_code(void **state)
{
	struct kit *k = *state;

	k->conf.link = "aaaa-aaaa";
	assert_int_equal(kit_start(k), SC_CODE_BAD_REQUEST);
	assert_string_equal(k->why,
	    "a code of 32 letters and digits is missing");
}

static void
test_asking_for_a_code(void **state)
{
	struct kit *k = *state;
	uint64_t id = 0;

	k->conf.password = "secret";
	assert_int_equal(kit_start(k), 0);
	kit_login_bob(k);
	assert_int_equal(sc_client_link(k->client, &id), 0);
	assert_string_equal(kit_said(k), "<link id=\"1\"/>\n");
	assert_int_equal(kit_server(k, "<result id=\"1\"><link "
	    "token=\"AAAAAAAAAAAAAAAAAAAAAAAAABk\" "
	    "expires=\"1970-01-01T00:02:00.000Z\"/></result>"), 0);
	assert_string_equal(kit_events(k), "link id=1 "
	    "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaa-aaaz\nresult id=1\n");
	/* and that it was used */
	assert_int_equal(kit_server(k, "<message chat=\"1\" seq=\"2\" time=\""
	    KIT_TIME "\"><device device=\"5\" name=\"tablet\" action=\"add\" "
	    "mechanism=\"link\"/></message>"), 0);
	assert_string_equal(kit_events(k),
	    "device device=5 linked name=tablet\nmessage chat=1 seq=2\n");
}

static void
test_another_name(void **state)
{
	struct kit *k = *state;
	uint64_t n = 0;

	k->conf.password = "secret";
	assert_int_equal(kit_start(k), 0);
	kit_login_bob(k);
	assert_int_equal(sc_client_rename(k->client, 0, "x", &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_rename(k->client, 5, NULL, &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_rename(k->client, 5, "", &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_rename(k->client, 5, "\xff", &n),
	    SC_CODE_BAD_REQUEST);
	assert_int_equal(sc_client_rename(k->client, 5, "desk", &n), 0);
	assert_string_equal(kit_said(k), "<device n=\"1\" action=\"set\" "
	    "device=\"5\" name=\"desk\"/>\n");
	assert_int_equal(kit_server(k, "<message chat=\"1\" seq=\"2\" time=\""
	    KIT_TIME "\"><device device=\"5\" name=\"desk\" action=\"set\"/>"
	    "</message>\n<result n=\"1\"/>"), 0);
	assert_string_equal(kit_events(k), "device device=5 renamed name=desk\n"
	    "message chat=1 seq=2\nresult n=1\n");
}

int
main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_codes_as_text),
	    TEST(test_a_login_by_code),
	    TEST(test_a_code_that_is_refused),
	    TEST(test_what_is_no_code),
	    TEST(test_asking_for_a_code),
	    TEST(test_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/* The client engine seen from outside, without it, and what its state says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/xmltext.h"
#include "tests/unit/client_kit.h"

#define HELLO "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>"

struct tapped {
	struct kit k;
	struct buf seen;	/* a line each: > or <, and the stanza */
};

/* The bytes are as they pass, so their own base time decodes them. */
static void
tap(void *arg, bool sent, const void *body, size_t n, int64_t base)
{
	struct tapped *t = arg;
	struct stanza_ctx ctx = {.base_time = base};
	struct arena arena;
	struct elem e;

	arena_init(&arena, 0);
	assert_int_equal(stanza_decode(&ctx, slice_of(body, n), &arena, &e),
	    0);
	buf_put_str(&t->seen, sent ? "> " : "< ");
	assert_int_equal(xmltext_print(t->k.deflate, &e, &t->seen), 0);
	buf_put_u8(&t->seen, '\n');
	arena_fini(&arena);
}

static struct tapped *
tapped_new(bool raw)
{
	struct tapped *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	buf_init(&t->seen, 0);
	kit_init(&t->k, raw ? NULL : "secret");
	t->k.conf.tap = tap;
	t->k.conf.tap_arg = t;
	t->k.conf.raw = raw;
	return t;
}

static int
setup(void **state)
{
	struct tapped *t = tapped_new(false);

	assert_int_equal(kit_start(&t->k), 0);
	*state = t;
	return 0;
}

static int
setup_raw(void **state)
{
	struct tapped *t = tapped_new(true);

	memset(&t->k.conf.state, 0, sizeof(t->k.conf.state));
	assert_int_equal(kit_start(&t->k), 0);
	*state = t;
	return 0;
}

static int
teardown(void **state)
{
	struct tapped *t = *state;

	kit_fini(&t->k);
	buf_fini(&t->seen);
	free(t);
	return 0;
}

static void
expect_seen(struct tapped *t, const char *lines)
{
	buf_put_u8(&t->seen, '\0');
	assert_string_equal((const char *)buf_slice(&t->seen).p, lines);
	buf_clear(&t->seen);
}

/* Puts a stanza as a tool does. */
static int
put(struct tapped *t, const char *xml)
{
	struct stanza_ctx ctx = {.base_time = sc_client_base(t->k.client)};
	struct arena arena;
	struct buf body;
	struct elem e;
	char why[200];
	int rc;

	arena_init(&arena, 0);
	buf_init(&body, 0);
	assert_int_equal(xmltext_parse(NULL, slice_str(xml), &arena, &e, why,
	    sizeof(why)), 0);
	assert_int_equal(stanza_encode(&ctx, &e, &body), 0);
	rc = sc_client_put(t->k.client, buf_slice(&body).p, body.len);
	buf_fini(&body);
	arena_fini(&arena);
	return rc;
}

static void
test_tap_sees_both_ways(void **state)
{
	struct tapped *t = *state;

	kit_login_bob(&t->k);
	buf_clear(&t->seen);
	kit_send(&t->k, "bob", "hello");
	(void)kit_said(&t->k);
	kit_server(&t->k, KIT_SAYS("2", "1", "", "hi"));
	kit_sleep(&t->k, 1000);
	expect_seen(t,
	    "> <message chat=\"2\" n=\"1\"><body>hello</body></message>\n"
	    "< " KIT_SAYS("2", "1", "", "hi") "\n"
	    "> <ack chat=\"2\" low=\"1\"/>\n");
}

static void
test_tap_sees_no_secret(void **state)
{
	struct tapped *t = *state;

	kit_connect(&t->k);
	kit_server(&t->k, HELLO);
	kit_server(&t->k, KIT_SUCCESS("0", " token=\"dG9rZW4\""));
	buf_put_u8(&t->seen, '\0');
	assert_non_null(strstr((const char *)buf_slice(&t->seen).p,
	    "data=\"\""));
	assert_non_null(strstr((const char *)buf_slice(&t->seen).p,
	    "token=\"\""));
	assert_null(strstr((const char *)buf_slice(&t->seen).p, "dG9rZW4"));
	/* alice, secret in base64url, wherever they begin */
	assert_null(strstr((const char *)buf_slice(&t->seen).p, "c2VjcmV0"));
	assert_null(strstr((const char *)buf_slice(&t->seen).p, "NlY3JldA"));
	assert_null(strstr((const char *)buf_slice(&t->seen).p, "zZWNyZXQ"));
	buf_clear(&t->seen);
	/* nor deeper down */
	kit_server(&t->k, "<result id=\"1\"><link token=\"dG9rZW4\" expires=\""
	    KIT_TIME "\"/></result>");
	expect_seen(t, "< <result id=\"1\"><link token=\"\" expires=\"" KIT_TIME
	    "\"/></result>\n");
	put(t, "<user id=\"1\" action=\"password\" password=\"new\" "
	    "old=\"secret\"/>");
	expect_seen(t, "> <user id=\"1\" action=\"password\" password=\"\" "
	    "old=\"\"/>\n");
}

static void
test_put(void **state)
{
	struct tapped *t = *state;
	static const uint8_t junk[] = {0xff, 0xff, 0xff};

	assert_int_equal(put(t, "<ping/>"), SC_CODE_UNAVAILABLE);
	kit_login(&t->k, 0);
	buf_clear(&t->seen);
	assert_int_equal(put(t, "<typing chat=\"2\"/>"), 0);
	kit_sleep(&t->k, 1);
	kit_server(&t->k, "<pong/>");
	assert_string_equal(kit_said(&t->k), "<typing chat=\"2\"/>\n");
	expect_seen(t, "> <typing chat=\"2\"/>\n< <pong/>\n");
	assert_int_equal(sc_client_put(t->k.client, junk, sizeof(junk)),
	    SC_CODE_MALFORMED);
	assert_int_equal(sc_client_put(t->k.client, junk, 0),
	    SC_CODE_MALFORMED);
	kit_server(&t->k, "<pong/>");
	assert_string_equal(kit_said(&t->k), "");
}

static void
test_raw_says_nothing_by_itself(void **state)
{
	struct tapped *t = *state;

	assert_int_equal(sc_client_connect_at(t->k.client), 0);
	kit_connect(&t->k);
	assert_true(sc_client_online(t->k.client));
	assert_int_equal(sc_client_deadline(t->k.client), INT64_MAX);
	kit_server(&t->k, HELLO "\n<ping/>");
	kit_sleep(&t->k, 1000000);
	assert_string_equal(kit_said(&t->k), "");
	expect_seen(t, "< " HELLO "\n< <ping/>\n");
	kit_close(&t->k);
	assert_int_equal(sc_client_connect_at(t->k.client), INT64_MAX);
}

static void
test_raw_login(void **state)
{
	struct tapped *t = *state;

	kit_connect(&t->k);
	assert_int_equal(put(t, "<hello version=\"1\"/>"), 0);
	kit_server(&t->k, HELLO "\n" KIT_SUCCESS("0", ""));
	assert_string_equal(kit_said(&t->k), "<hello version=\"1\"/>\n");
	/* times are understood from here on */
	buf_clear(&t->seen);
	kit_server(&t->k, KIT_SAYS("2", "1", "", "hi"));
	expect_seen(t, "< " KIT_SAYS("2", "1", "", "hi") "\n");
	assert_true(sc_client_base(t->k.client) > 0);
	sc_client_bye(t->k.client);
	assert_int_equal(sc_client_tick(t->k.client, t->k.now),
	    SC_CODE_UNAVAILABLE);
	assert_string_equal(kit_said(&t->k), "");
}

static void
test_chats_are_listed(void **state)
{
	struct tapped *t = *state;

	kit_login_bob(&t->k);
	kit_server(&t->k, KIT_INTRODUCES("2", "5", "carol"));
	assert_int_equal(sc_client_next_chat(t->k.client, 0), 2);
	assert_int_equal(sc_client_next_chat(t->k.client, 2), 5);
	assert_int_equal(sc_client_next_chat(t->k.client, 5), 0);
	kit_server(&t->k, KIT_SAYS("2", "1", "", "hi"));
	assert_int_equal(sc_client_read(t->k.client, 2, 1), 0);
	assert_int_equal(sc_client_read_mark(t->k.client, 2), 1);
	assert_int_equal(sc_client_read_mark(t->k.client, 9), 0);
}

static void
test_r10_unread_comes_again(void **state)
{
	struct tapped *t = *state;

	kit_login_bob(&t->k);
	kit_server(&t->k, KIT_SAYS("2", "1", "", "one"));
	kit_server(&t->k, KIT_SAYS("2", "2", "", "two"));
	assert_int_equal(sc_client_read(t->k.client, 2, 1), 0);
	kit_crash(&t->k, t->k.state.count);
	t->k.conf.unread_again = true;
	assert_int_equal(kit_start(&t->k), 0);
	assert_int_equal(sc_client_cursor(t->k.client, 2), 1);
	assert_int_equal(sc_client_cursor(t->k.client, 1), 1);
	kit_connect(&t->k);
	kit_server(&t->k, HELLO "\n" KIT_SUCCESS("0", ""));
	(void)kit_events(&t->k);
	kit_server(&t->k, KIT_SAYS("2", "2", "", "two"));
	assert_non_null(strstr(kit_events(&t->k), "two"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_tap_sees_both_ways, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_tap_sees_no_secret, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_put, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_raw_says_nothing_by_itself,
		setup_raw, teardown),
	    cmocka_unit_test_setup_teardown(test_raw_login, setup_raw,
		teardown),
	    cmocka_unit_test_setup_teardown(test_chats_are_listed, setup,
		teardown),
	    cmocka_unit_test_setup_teardown(test_r10_unread_comes_again, setup,
		teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * Logins, from the session's side: what is said when, and what becomes of a
 * login under way.  What the mechanisms compute is test_sasl.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base64url.h"
#include "src/chat/device.h"
#include "tests/unit/server_kit.h"

enum { TOKEN_DAYS = 7 };

struct world {
	struct kit *k;
	struct kit_conn c;
	uint8_t token[DEVICE_TOKEN_SIZE];	/* of alice's phone */
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct server_conf conf;

	assert_non_null(w);
	server_conf_init(&conf);
	conf.token_days = TOKEN_DAYS;
	w->k = kit_create(&conf);
	assert_int_equal(kit_user(w->k, "alice"), 1);
	kit_token(w->k, 1, "phone", w->token);
	kit_connect(w->k, &w->c);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_disconnect(&w->c);
	kit_destroy(w->k);
	free(w);
	return 0;
}

/* Another connection, of a client that has said hello. */
static void
connect_again(struct world *w)
{
	kit_disconnect(&w->c);
	kit_connect(w->k, &w->c);
	kit_hello(&w->c);
	(void)kit_received(&w->c);
}

/* ---- tokens ---- */

static void
pass_days(struct world *w, int64_t days)
{
	w->k->wall += days * 86400000;
	worker_time(w->k->worker, w->k->mono, w->k->wall);
}

/* Logs in with TOKEN; true if there was a new one, which replaces it. */
static bool
token_login(struct world *w, uint8_t *token)
{
	const char *got, *attr;
	struct slice text;
	size_t n;

	connect_again(w);
	kit_auth(&w->c, "alice", 1, token);
	got = kit_received(&w->c);
	assert_non_null(strstr(got, "<success "));
	attr = strstr(got, " token=\"");
	if (attr == NULL)
		return false;
	attr += strlen(" token=\"");
	text = slice_of(attr, strcspn(attr, "\""));
	assert_in_range(text.len * 3 / 4, 1, DEVICE_TOKEN_SIZE);
	assert_int_equal(base64url_decode(text, token, &n), 0);
	assert_int_equal(n, DEVICE_TOKEN_SIZE);
	return true;
}

static void
test_r26_old_token_is_replaced(void **state)
{
	struct world *w = *state;
	uint8_t old[DEVICE_TOKEN_SIZE], next[DEVICE_TOKEN_SIZE],
	    again[DEVICE_TOKEN_SIZE];

	memcpy(old, w->token, sizeof(old));
	assert_false(token_login(w, w->token));
	pass_days(w, TOKEN_DAYS - 1);
	assert_false(token_login(w, w->token));
	pass_days(w, 1);
	memcpy(next, old, sizeof(next));
	assert_true(token_login(w, next));
	/* if that answer got lost, the old one still works, and brings the
	 * same again */
	memcpy(again, old, sizeof(again));
	assert_true(token_login(w, again));
	assert_memory_equal(again, next, sizeof(next));
	/* the new one is young, and ends the old one */
	assert_false(token_login(w, next));
	connect_again(w);
	kit_auth(&w->c, "alice", 1, old);
	assert_non_null(strstr(kit_received(&w->c),
	    "<failure code=\"not-authorized\""));
	pass_days(w, TOKEN_DAYS);
	assert_true(token_login(w, next));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	    TEST(test_r26_old_token_is_replaced),
	};

	return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}

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
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/base64url.h"
#include "src/chat/device.h"
#include "src/common/err.h"
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
	assert_non_null(strstr(got, " window=\"256\""));
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

/* ---- who does not exist ---- */

/* What a login costs that is refused: what is read, and computed. */
static struct work {
	unsigned gets, locks, macs, comparisons;
} work;

int __real_store_get(struct store_txn *, const struct store_table *, uint32_t,
    struct slice, struct slice *);
int __wrap_store_get(struct store_txn *, const struct store_table *, uint32_t,
    struct slice, struct slice *);
int __real_store_get_locked(struct store_txn *, const struct store_table *,
    uint32_t, struct slice, struct slice *);
int __wrap_store_get_locked(struct store_txn *, const struct store_table *,
    uint32_t, struct slice, struct slice *);
int __real_store_lock(struct store_txn *, const struct store_table *, uint32_t,
    struct slice);
int __wrap_store_lock(struct store_txn *, const struct store_table *, uint32_t,
    struct slice);
unsigned char *__real_HMAC(const EVP_MD *, const void *, int,
    const unsigned char *, size_t, unsigned char *, unsigned *);
unsigned char *__wrap_HMAC(const EVP_MD *, const void *, int,
    const unsigned char *, size_t, unsigned char *, unsigned *);
bool __real_equal_secret(const void *, const void *, size_t);
bool __wrap_equal_secret(const void *, const void *, size_t);

int
__wrap_store_get(struct store_txn *t, const struct store_table *table,
    uint32_t part, struct slice key, struct slice *value)
{
	work.gets++;
	return __real_store_get(t, table, part, key, value);
}

int
__wrap_store_get_locked(struct store_txn *t, const struct store_table *table,
    uint32_t part, struct slice key, struct slice *value)
{
	work.gets++;
	work.locks++;
	return __real_store_get_locked(t, table, part, key, value);
}

int
__wrap_store_lock(struct store_txn *t, const struct store_table *table,
    uint32_t part, struct slice key)
{
	work.locks++;
	return __real_store_lock(t, table, part, key);
}

unsigned char *
__wrap_HMAC(const EVP_MD *md, const void *key, int nkey,
    const unsigned char *p, size_t n, unsigned char *out, unsigned *nout)
{
	work.macs++;
	return __real_HMAC(md, key, nkey, p, n, out, nout);
}

bool
__wrap_equal_secret(const void *a, const void *b, size_t n)
{
	work.comparisons++;
	return __real_equal_secret(a, b, n);
}

static struct work
refused(struct world *w, const char *user, uint32_t device,
    const uint8_t *token)
{
	connect_again(w);
	work = (struct work){0};
	kit_auth(&w->c, user, device, token);
	assert_string_equal(kit_received(&w->c),
	    "<failure code=\"not-authorized\" text=\"not logged in, or wrong "
	    "credentials\"/>\n");
	return work;
}

static void
test_r25_absent_is_refused_as_slowly(void **state)
{
	struct world *w = *state;
	uint8_t bad[DEVICE_TOKEN_SIZE];
	struct work known, got;

	memcpy(bad, w->token, sizeof(bad));
	bad[DEVICE_TOKEN_SIZE - 1] ^= 1;
	known = refused(w, "alice", 1, bad);
	assert_true(known.macs > 0 && known.comparisons > 0);
	got = refused(w, "nobody", 1, bad);
	assert_memory_equal(&got, &known, sizeof(got));
	/* a device that is not there, and a token of somebody else */
	got = refused(w, "alice", 2, bad);
	assert_memory_equal(&got, &known, sizeof(got));
	memset(bad, 0, sizeof(bad));
	got = refused(w, "alice", 1, bad);
	assert_memory_equal(&got, &known, sizeof(got));
	got = refused(w, "nobody", 1, bad);
	assert_memory_equal(&got, &known, sizeof(got));
}

/* ---- mechanisms ---- */

#define AUTH(MECHANISM) "<auth mechanism=\"" MECHANISM "\" user=\"alice\" " \
	"name=\"tablet\" data=\"AAAA\"/>"
#define PHONE "<auth mechanism=\"scram-sha-256\" user=\"alice\" " \
	"name=\"phone\" data=\"AAAA\"/>"
#define RESPONSE "<response data=\"BBBB\"/>"
#define SYNC "<sync account=\"0\" stamp=\"0\" sum=\"AAAAAAAAAAA\"/>"

static void
expect_part(struct world *w, const char *part)
{
	const char *got = kit_received(&w->c);

	if (strstr(got, part) == NULL)
		fail_msg("expected %s in:\n%s", part, got);
}

static void
expect_nothing(struct world *w)
{
	assert_string_equal(kit_received(&w->c), "");
	assert_false(w->c.closed);
}

/* Two steps, and it is alice. */
static void
two_steps(struct kit *k, struct auth_request *r)
{
	if (r->state == NULL) {
		r->state = &k->auth_states;
		k->auth_states++;
		buf_put_str(&r->reply, "first");
		r->rc = SC_EMORE;
		return;
	}
	buf_put_str(&r->reply, "final");
	r->id = 1;
	r->rc = 0;
}

static void
malformed(struct kit *k, struct auth_request *r)
{
	(void)k;
	r->rc = SC_EBADREQUEST;
}

static void
not_bound(struct kit *k, struct auth_request *r)
{
	(void)k;
	r->rc = SC_ENOTACCEPTABLE;
}

static void
no_store(struct kit *k, struct auth_request *r)
{
	(void)k;
	r->rc = SC_EUNAVAILABLE;
}

/* Sends <auth> on a new connection. */
static void
say_auth(struct world *w, const char *auth)
{
	connect_again(w);
	kit_send(&w->c, auth);
}

static void
test_two_round_trips(void **state)
{
	struct world *w = *state;

	w->k->authenticate = two_steps;
	say_auth(w, AUTH("scram-sha-256"));
	assert_string_equal(kit_received(&w->c),
	    "<challenge data=\"Zmlyc3Q\"/>\n");
	kit_send(&w->c, RESPONSE "\n" SYNC);
	expect_part(w, "data=\"ZmluYWw\" window=\"256\"/>\n"
	    "<message chat=\"1\" seq=\"1\"");
	assert_int_equal(w->k->auth_states, 0);
}

static void
test_r16_after_response_waits_unparsed(void **state)
{
	struct world *w = *state;

	w->k->authenticate = two_steps;
	say_auth(w, AUTH("scram-sha-256"));
	(void)kit_received(&w->c);
	w->k->auths_wait = true;
	kit_send(&w->c, RESPONSE "\n" SYNC);
	kit_send(&w->c, "<ping/>");
	expect_nothing(w);
	w->k->auths_wait = false;
	kit_run(w->k);
	expect_part(w, "<pong/>");
	/* dropped if it fails, and only so much of it is held */
	say_auth(w, AUTH("scram-sha-256"));
	(void)kit_received(&w->c);
	w->k->authenticate = NULL;
	kit_send(&w->c, RESPONSE "\n" SYNC);
	assert_string_equal(kit_received(&w->c), "<failure "
	    "code=\"not-authorized\" text=\"not logged in, or wrong "
	    "credentials\"/>\n");
	assert_true(w->c.closed);
	w->k->authenticate = two_steps;
	say_auth(w, AUTH("scram-sha-256"));
	(void)kit_received(&w->c);
	w->k->auths_wait = true;
	kit_send(&w->c, RESPONSE);
	for (int i = 0; i < 400 && !w->c.closed; i++)
		kit_send(&w->c, SYNC);
	expect_part(w, "<bye why=\"limit\"");
}

static void
test_out_of_order(void **state)
{
	static const char *const before[] = {RESPONSE, SYNC};
	static const char *const after[] = {SYNC, AUTH("scram-sha-256"),
	    "<hello version=\"1\" hash=\"AAAAAAAAAAA\"/>", "<ping/>"};
	struct world *w = *state;

	w->k->authenticate = two_steps;
	for (size_t i = 0; i < 2; i++) {
		say_auth(w, before[i]);
		expect_part(w, "<bye why=\"malformed\"");
	}
	for (size_t i = 0; i < 4; i++) {
		say_auth(w, AUTH("scram-sha-256"));
		expect_part(w, "<challenge ");
		kit_send(&w->c, after[i]);
		expect_part(w, "<bye why=\"malformed\"");
		assert_int_equal(w->k->auth_states, 0);
	}
	/* what travels with <auth> is judged when the challenge is out */
	say_auth(w, AUTH("scram-sha-256") "\n" SYNC);
	expect_part(w, "<bye why=\"malformed\"");
	/* a second response */
	say_auth(w, AUTH("scram-sha-256"));
	kit_send(&w->c, RESPONSE "\n" RESPONSE);
	expect_part(w, "<bye why=\"malformed\"");
	/* nor may one give up politely */
	say_auth(w, AUTH("scram-sha-256"));
	kit_send(&w->c, "<bye why=\"shutdown\"/>");
	assert_true(w->c.closed);
	assert_int_equal(w->k->auth_states, 0);
}

static void
test_session_goes_during_the_login(void **state)
{
	struct world *w = *state;

	w->k->authenticate = two_steps;
	/* between the steps */
	say_auth(w, AUTH("scram-sha-256"));
	assert_int_equal(w->k->auth_states, 1);
	kit_disconnect(&w->c);
	assert_int_equal(w->k->auth_states, 0);
	/* during each of them */
	for (int steps = 0; steps < 2; steps++) {
		kit_connect(w->k, &w->c);
		kit_hello(&w->c);
		w->k->auths_wait = steps == 0;
		kit_send(&w->c, AUTH("scram-sha-256"));
		w->k->auths_wait = true;
		if (steps == 1)
			kit_send(&w->c, RESPONSE);
		kit_disconnect(&w->c);
		w->k->auths_wait = false;
		kit_run(w->k);
		assert_int_equal(w->k->auth_states, 0);
	}
	kit_connect(w->k, &w->c);
}

/* ---- two connections of one device (R9) ---- */

/* Another connection of the device, ready to log in. */
static void
come(struct world *w, struct kit_conn *c)
{
	kit_connect(w->k, c);
	kit_hello(c);
	(void)kit_received(c);
}

/* In whatever order their logins are done, the one that was opened last
 * stays. */
static void
test_r9_the_newest_connection_stays(void **state)
{
	static struct kit_conn newer;
	struct world *w = *state;

	connect_again(w);
	come(w, &newer);
	kit_auth(&newer, "alice", 1, w->token);
	HAS(kit_received(&newer), "<success ");
	kit_auth(&w->c, "alice", 1, w->token);
	assert_string_equal(kit_received(&w->c), "<bye why=\"replaced\" "
	    "text=\"this device has logged in again\"/>\n");
	assert_true(w->c.closed);
	/* neither does a password help, and the token stays good */
	w->k->authenticate = two_steps;
	kit_disconnect(&w->c);
	kit_connect(w->k, &w->c);
	SAYS(&newer, "<ping/>", "<pong/>\n");
	kit_disconnect(&newer);
	come(w, &newer);
	kit_auth(&newer, "alice", 1, w->token);
	HAS(kit_received(&newer), "<success ");
	kit_hello(&w->c);
	kit_send(&w->c, PHONE);
	kit_send(&w->c, RESPONSE);
	HAS(kit_received(&w->c), "<bye why=\"replaced\"");
	SAYS(&newer, "<ping/>", "<pong/>\n");
	kit_disconnect(&newer);
	come(w, &newer);
	kit_auth(&newer, "alice", 1, w->token);
	HAS(kit_received(&newer), "<success ");
	kit_disconnect(&newer);
}

/* The same after the server has been started again, with numbers that begin
 * anew. */
static void
test_r9_newer_than_before_a_start(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 5; i++)
		connect_again(w);
	kit_auth(&w->c, "alice", 1, w->token);
	HAS(kit_received(&w->c), "<success ");
	kit_disconnect(&w->c);
	kit_restart(w->k);
	come(w, &w->c);
	kit_auth(&w->c, "alice", 1, w->token);
	HAS(kit_received(&w->c), "<success ");
}

/* Whose connection is lost before his login is written has not come. */
static void
test_r9_lost_login_ends_nothing(void **state)
{
	static struct kit_conn lost;
	struct world *w = *state;

	connect_again(w);
	kit_auth(&w->c, "alice", 1, w->token);
	HAS(kit_received(&w->c), "<success ");
	w->k->authenticate = two_steps;
	for (int sasl = 0; sasl < 3; sasl++) {
		come(w, &lost);
		if (sasl > 0)
			kit_send(&lost, PHONE);
		w->k->scribe_waits = true;
		w->k->auths_wait = sasl == 2;
		if (sasl > 0)
			kit_send(&lost, RESPONSE);
		else
			kit_auth(&lost, "alice", 1, w->token);
		kit_disconnect(&lost);
		if (sasl == 2)
			assert_true(auth_request_is_lost(w->k->auths[0]));
		w->k->auths_wait = w->k->scribe_waits = false;
		kit_run(w->k);
		SAYS(&w->c, "<ping/>", "<pong/>\n");
	}
	assert_int_equal(w->k->auth_states, 0);
	/* what it has for its next login is as it was */
	connect_again(w);
	kit_auth(&w->c, "alice", 1, w->token);
	HAS(kit_received(&w->c), "<success ");
}

static void
test_login_has_a_limit(void **state)
{
	struct world *w = *state;

	w->k->authenticate = two_steps;
	say_auth(w, AUTH("scram-sha-256"));
	expect_part(w, "<challenge ");
	kit_sleep(w->k, 10000);
	expect_part(w, "<bye why=\"idle\" text=\"the login took too long\"/>");
	assert_int_equal(w->k->auth_states, 0);
}

static void
test_failures(void **state)
{
	struct world *w = *state;

	w->k->authenticate = malformed;
	say_auth(w, AUTH("scram-sha-256"));
	expect_part(w, "<failure code=\"bad-request\"");
	w->k->authenticate = not_bound;
	say_auth(w, AUTH("scram-sha-256"));
	expect_part(w, "<failure code=\"not-acceptable\" text=\"this server "
	    "binds channels: use scram-sha-256-plus with tls-exporter\"/>");
	w->k->authenticate = no_store;
	say_auth(w, AUTH("plain"));
	expect_part(w, "<failure code=\"unavailable\"");
	say_auth(w, "<auth mechanism=\"plain\" data=\"AAAA\" user=\"~1\"/>");
	expect_part(w, "<failure code=\"bad-request\"");
	assert_true(w->c.closed);
}

static void
test_device_needs_a_name(void **state)
{
	struct world *w = *state;

	say_auth(w, "<auth mechanism=\"plain\" data=\"AAAA\" user=\"alice\"/>");
	assert_string_equal(kit_received(&w->c), "<failure "
	    "code=\"bad-request\" text=\"a login with a password or a code names its "
	    "device: give auth a name of 1 to 64 bytes\"/>\n");
	assert_true(w->c.closed);
}

/* What the authentication found may be old when the login is written. */
static void
another_password(struct kit *k, struct auth_request *r)
{
	(void)k;
	r->id = 1;
	r->salt[0] = 1;
	r->rc = 0;
}

static void
test_password_changed_meanwhile(void **state)
{
	struct world *w = *state;

	w->k->authenticate = another_password;
	say_auth(w, AUTH("plain"));
	expect_part(w, "<failure code=\"not-authorized\"");
}

static void
test_long_data(void **state)
{
	struct world *w = *state;
	char xml[3500];
	int n = snprintf(xml, sizeof(xml), "<response data=\"");

	w->k->authenticate = two_steps;
	say_auth(w, AUTH("scram-sha-256"));
	(void)kit_received(&w->c);
	memset(xml + n, 'A', 2800);
	strcpy(xml + n + 2800, "\"/>");
	kit_send(&w->c, xml);
	expect_part(w, "<failure code=\"bad-request\"");
	assert_int_equal(w->k->auth_states, 0);
}

/* ---- what is offered ---- */

static void
see_binding(struct kit *k, struct auth_request *r)
{
	(void)k;
	r->rc = r->binding.len == 32 ? SC_EUNAVAILABLE : SC_ENOTAUTHORIZED;
}

static void
test_binding_is_of_the_connection(void **state)
{
	struct world *w = *state;

	w->k->authenticate = see_binding;
	say_auth(w, AUTH("scram-sha-256-plus"));
	assert_string_equal(kit_received(&w->c), "<failure "
	    "code=\"not-acceptable\" text=\"this server offers token, plain, "
	    "scram-sha-256, link\"/>\n");
	say_auth(w, AUTH("scram-sha-256"));
	expect_part(w, "not-authorized");
	w->k->binding = 32;
	say_auth(w, AUTH("scram-sha-256-plus"));
	expect_part(w, "unavailable");
	/* the others are told, too: a client may have been deceived */
	say_auth(w, AUTH("scram-sha-256"));
	expect_part(w, "unavailable");
}

static int
setup_few(void **state)
{
	struct server_conf conf;
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	server_conf_init(&conf);
	conf.mechanisms[MECHANISM_TOKEN] = false;
	conf.mechanisms[MECHANISM_PLAIN] = false;
	conf.mechanisms[MECHANISM_SCRAM_SHA_256_PLUS] = false;
	conf.mechanisms[MECHANISM_SCRAM_SHA_1] = true;
	w->k = kit_create(&conf);
	w->k->binding = 32;
	assert_int_equal(kit_user(w->k, "alice"), 1);
	kit_token(w->k, 1, "phone", w->token);
	kit_connect(w->k, &w->c);
	*state = w;
	return 0;
}

static void
test_mechanisms_are_chosen(void **state)
{
	static const char *const refused[] = {AUTH("plain"),
	    AUTH("scram-sha-256-plus")};
	struct world *w = *state;

	for (size_t i = 0; i < 2; i++) {
		say_auth(w, refused[i]);
		assert_string_equal(kit_received(&w->c), "<failure "
		    "code=\"not-acceptable\" text=\"this server offers "
		    "scram-sha-256, scram-sha-1, link\"/>\n");
	}
	connect_again(w);
	kit_auth(&w->c, "alice", 1, w->token);
	expect_part(w, "<failure code=\"not-acceptable\"");
	w->k->authenticate = two_steps;
	say_auth(w, AUTH("scram-sha-1"));
	expect_part(w, "<challenge ");
	/* -PLUS is not offered: binding is no use */
	w->k->authenticate = see_binding;
	say_auth(w, AUTH("scram-sha-256"));
	expect_part(w, "not-authorized");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	    TEST(test_r26_old_token_is_replaced),
	    TEST(test_r25_absent_is_refused_as_slowly),
	    TEST(test_two_round_trips),
	    TEST(test_r16_after_response_waits_unparsed),
	    TEST(test_out_of_order),
	    TEST(test_session_goes_during_the_login),
	    TEST(test_r9_the_newest_connection_stays),
	    TEST(test_r9_newer_than_before_a_start),
	    TEST(test_r9_lost_login_ends_nothing),
	    TEST(test_login_has_a_limit),
	    TEST(test_failures),
	    TEST(test_device_needs_a_name),
	    TEST(test_password_changed_meanwhile),
	    TEST(test_long_data),
	    TEST(test_binding_is_of_the_connection),
	    cmocka_unit_test_setup_teardown(test_mechanisms_are_chosen,
		setup_few, teardown),
	};

	return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}

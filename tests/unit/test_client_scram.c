/* SPDX-License-Identifier: ISC */
/*
 * The client engine's logins by SCRAM.  The server is the test, with the
 * arithmetic of scram_client, which knows nothing of GNU SASL.
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
#include "src/client/scram.h"
#include "tests/unit/client_kit.h"
#include "tests/unit/scram_client.h"

#define HELLO "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>"
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="

struct world {
	struct kit k;
	char first[512], final[1024];	/* of the client */
	char said[1024];		/* server-first */
	char proof[96];			/* server-final */
	uint8_t binding[32];
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	kit_init(&w->k, "pencil");
	w->k.conf.mechanism = SC_MECHANISM_AUTOMATIC;
	assert_int_equal(kit_start(&w->k), 0);
	memset(w->binding, 'b', sizeof(w->binding));
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	kit_fini(&w->k);
	free(w);
	return 0;
}

/* Another client of the same configuration, without a state. */
static void
start_again(struct world *w)
{
	kit_crash(&w->k, 0);
	assert_int_equal(kit_start(&w->k), 0);
}

/* The bytes of the attribute `data' of the stanza TAG in XML, as text. */
static void
take_data(const char *xml, const char *tag, char *out, size_t size)
{
	const char *at = strstr(xml, tag), *data = NULL;
	struct slice text;
	size_t n;

	if (at != NULL)
		data = strstr(at, " data=\"");
	if (data == NULL)
		fail_msg("expected %s with data in:\n%s", tag, xml);
	data += strlen(" data=\"");
	text = slice_of(data, strcspn(data, "\""));
	assert_true(text.len < size);
	assert_int_equal(base64url_decode(text, (uint8_t *)out, &n), 0);
	out[n] = '\0';
}

/* The server says TAG with TEXT as data, and MORE attributes. */
static int
say(struct world *w, const char *tag, const char *text, const char *more)
{
	char xml[2000];
	struct buf data;

	buf_init(&data, 0);
	base64url_put(&data, slice_str(text));
	(void)snprintf(xml, sizeof(xml), "<%s%s data=\"%.*s\"/>", tag, more,
	    (int)data.len, (const char *)data.p + data.off);
	buf_fini(&data);
	return kit_server(&w->k, xml);
}

#define SUCCESS "success user=\"~1\" device=\"3\" high=\"0\" time=\"" KIT_TIME \
	"\" heartbeat=\"30000\" max-text=\"4096\" token=\"dG9rZW4\""

/* Connects, with a binding if BOUND, and takes the first message. */
static const char *
begin(struct world *w, bool bound)
{
	const char *said;

	if (bound)
		sc_client_binding(w->k.client, w->binding,
		    sizeof(w->binding));
	kit_connect(&w->k);
	said = kit_said(&w->k);
	take_data(said, "<auth ", w->first, sizeof(w->first));
	/* sync travels with the second message */
	assert_null(strstr(said, "<sync"));
	return said;
}

/* Up to the challenge: server-first with what the caller gives. */
static int
challenge(struct world *w, const char *nonce, const char *salt,
    const char *rounds)
{
	assert_int_equal(kit_server(&w->k, HELLO), 0);
	(void)snprintf(w->said, sizeof(w->said), "r=%s%s,s=%s,i=%s",
	    strstr(w->first, "r=") + 2, nonce, salt, rounds);
	return say(w, "challenge", w->said, "");
}

/* All of a login up to <success>, whose proof is in w->proof. */
static void
exchange(struct world *w)
{
	const char *said;

	assert_int_equal(challenge(w, "3rfcNHYJY1ZVvWVs7j", SALT, "4096"), 0);
	said = kit_said(&w->k);
	take_data(said, "<response ", w->final, sizeof(w->final));
	assert_non_null(strstr(said, "<sync account=\"0\" stamp=\"0\" "
	    "sum=\"AAAAAAAAAAA\"/>"));
	assert_true(scram_judge(false, "pencil", w->first, w->said, w->final,
	    w->proof));
}

static void
expect_failure(struct world *w, const char *part)
{
	const char *events = kit_events(&w->k);

	if (strncmp(events, "failure ", 8) != 0 ||
	    strstr(events, part) == NULL)
		fail_msg("expected a failure with %s in:\n%s", part, events);
	kit_close(&w->k);
	assert_int_equal(sc_client_connect_at(w->k.client), INT64_MAX);
}

/* ---- what works ---- */

/* The exchange that RFC 7677 shows. */
static void
test_rfc7677(void **state)
{
	struct scram *c;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(scram_create("user", "pencil", SCRAM_BIND_NO,
	    slice_of(NULL, 0), "rOprNGfwEbeRWgbNEkqO", &c), 0);
	scram_first(c, &out);
	assert_true(slice_equal(buf_slice(&out),
	    slice_str("n,,n=user,r=rOprNGfwEbeRWgbNEkqO")));
	buf_clear(&out);
	assert_int_equal(scram_answer(c, slice_str("r=rOprNGfwEbeRWgbNEkqO%hv"
	    "YDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
	    &out), 0);
	assert_true(slice_equal(buf_slice(&out), slice_str("c=biws,r=rOprNGfw"
	    "EbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute"
	    "9ytag9zjfMHgsqmmiz7AndVQ=")));
	assert_int_equal(scram_verify(c, slice_str("v=6rriTRBi23WpRR/wtup+mMh"
	    "UZUn/dB5nLTJRsjl95G4=")), 0);
	assert_int_equal(scram_verify(c, slice_str("v=6rriTRBi23WpRR/wtup+mMh"
	    "UZUn/dB5nLTJRsjl95G5=")), SC_CODE_NOT_AUTHORIZED);
	scram_destroy(c);
	buf_fini(&out);
}

static void
test_login_without_a_binding(void **state)
{
	struct world *w = *state;

	assert_non_null(strstr(begin(w, false), "<auth "
	    "mechanism=\"scram-sha-256\" user=\"alice\" name=\"phone\""));
	assert_ptr_equal(strstr(w->first, "n,,n=alice,r="), w->first);
	exchange(w);
	assert_ptr_equal(strstr(w->final, "c=biws,r="), w->final);
	assert_int_equal(say(w, SUCCESS, w->proof, ""), 0);
	assert_string_equal(kit_events(&w->k), "online\n");
	assert_int_equal(w->k.state.synced, w->k.state.count);
	/* the token is used from now on */
	kit_close(&w->k);
	kit_connect(&w->k);
	assert_non_null(strstr(kit_said(&w->k), "mechanism=\"token\""));
}

static void
test_login_with_a_binding(void **state)
{
	struct world *w = *state;

	assert_non_null(strstr(begin(w, true),
	    "mechanism=\"scram-sha-256-plus\""));
	assert_ptr_equal(strstr(w->first, "p=tls-exporter,,n=alice,r="),
	    w->first);
	exchange(w);
	/* p=tls-exporter,,bbbbb... */
	assert_ptr_equal(strstr(w->final, "c=cD10bHMtZXhwb3J0ZXIsLGJiYmJiYmJi"
	    "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJi,r="), w->final);
	assert_int_equal(say(w, SUCCESS, w->proof, ""), 0);
	assert_true(sc_client_online(w->k.client));
}

static void
test_binding_is_of_one_connection(void **state)
{
	struct world *w = *state;

	(void)begin(w, true);
	kit_close(&w->k);
	assert_non_null(strstr(begin(w, false), "\"scram-sha-256\""));
	kit_close(&w->k);
	/* too long is none */
	sc_client_binding(w->k.client, w, 33);
	assert_non_null(strstr(begin(w, false), "\"scram-sha-256\""));
}

static void
test_names_and_passwords_are_prepared(void **state)
{
	struct world *w = *state;

	w->k.conf.user = "a,b=c";
	w->k.conf.password = "pen\xc2\xadil";	/* a soft hyphen is nothing */
	start_again(w);
	(void)begin(w, false);
	assert_ptr_equal(strstr(w->first, "n,,n=a=2Cb=3Dc,r="), w->first);
	assert_int_equal(challenge(w, "x", SALT, "4096"), 0);
	take_data(kit_said(&w->k), "<response ", w->final, sizeof(w->final));
	assert_true(scram_judge(false, "penil", w->first, w->said, w->final,
	    w->proof));
}

static void
test_mechanism_may_be_chosen(void **state)
{
	struct world *w = *state;

	w->k.conf.mechanism = SC_MECHANISM_SCRAM_SHA_256;
	start_again(w);
	assert_non_null(strstr(begin(w, true), "\"scram-sha-256\""));
	assert_ptr_equal(strstr(w->first, "n,,"), w->first);
	w->k.conf.mechanism = SC_MECHANISM_SCRAM_SHA_256_PLUS;
	start_again(w);
	assert_non_null(strstr(begin(w, true), "\"scram-sha-256-plus\""));
	kit_close(&w->k);
	kit_connect(&w->k);
	assert_null(strstr(kit_said(&w->k), "<auth"));
	expect_failure(w, "must be TLS 1.3");
	w->k.conf.mechanism = SC_MECHANISM_PLAIN;
	start_again(w);
	kit_connect(&w->k);
	assert_non_null(strstr(kit_said(&w->k), "\"plain\""));
}

/* ---- a server that is not one's own ---- */

static void
test_server_that_cannot_prove(void **state)
{
	static const char *const wrong[] = {"",
	    "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "v=",
	    "e=other-error", "v"};
	struct world *w = *state;
	char other[96];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)begin(w, true);
		exchange(w);
		assert_int_not_equal(say(w, SUCCESS, wrong[i], ""), 0);
		assert_false(sc_client_online(w->k.client));
		expect_failure(w, "does not prove that it knows the password");
		/* the next one has no token to use */
		w->k.conf.password = NULL;
		kit_crash(&w->k, w->k.state.count);
		assert_int_equal(kit_start(&w->k), SC_CODE_NOT_AUTHORIZED);
		w->k.conf.password = "pencil";
		start_again(w);
	}
	/* it knows another password */
	(void)begin(w, false);
	exchange(w);
	(void)scram_judge(false, "pencils", w->first, w->said, w->final,
	    other);
	assert_int_not_equal(say(w, SUCCESS, other, ""), 0);
	expect_failure(w, "does not prove");
}

static void
test_success_without_the_exchange(void **state)
{
	struct world *w = *state;

	(void)begin(w, false);
	assert_int_equal(kit_server(&w->k, HELLO), 0);
	assert_int_not_equal(say(w, SUCCESS,
	    "v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ""), 0);
	expect_failure(w, "does not prove");
	start_again(w);
	(void)begin(w, false);
	assert_int_not_equal(kit_server(&w->k, HELLO "\n" KIT_SUCCESS("0",
	    " token=\"dG9rZW4\"")), 0);
	expect_failure(w, "does not prove");
}

static void
test_malformed_challenges(void **state)
{
	static const char *const wrong[] = {"", "r=abc", "r=,s=,i=",
	    "e=unknown-user", "m=ext,r=abc,s=" SALT ",i=4096"};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)begin(w, false);
		assert_int_equal(kit_server(&w->k, HELLO), 0);
		assert_int_not_equal(say(w, "challenge", wrong[i], ""), 0);
		assert_string_equal(kit_said(&w->k), "");
		expect_failure(w, "does not prove");
		start_again(w);
	}
	/* a nonce that is not an answer to ours */
	(void)begin(w, false);
	strcpy(strstr(w->first, "r=") + 2, "another");
	assert_int_not_equal(challenge(w, "nonce", SALT, "4096"), 0);
	expect_failure(w, "does not prove");
	/* a salt that is none */
	start_again(w);
	(void)begin(w, false);
	assert_int_not_equal(challenge(w, "nonce", "%%%%", "4096"), 0);
	expect_failure(w, "");
}

static void
test_rounds_have_limits(void **state)
{
	static const char *const wrong[] = {"1", "4095", "10000001",
	    "4294967297", "99999999999999999999"};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		(void)begin(w, false);
		assert_int_not_equal(challenge(w, "x", SALT, wrong[i]), 0);
		assert_string_equal(kit_said(&w->k), "");
		expect_failure(w, i < 4 ? "rounds of hashing" : "");
		start_again(w);
	}
}

static void
test_out_of_order(void **state)
{
	struct world *w = *state;

	/* a challenge to a client that asked for none */
	w->k.conf.mechanism = SC_MECHANISM_PLAIN;
	start_again(w);
	kit_connect(&w->k);
	assert_int_equal(kit_server(&w->k, HELLO), 0);
	assert_int_equal(say(w, "challenge", "r=a,s=" SALT ",i=4096", ""),
	    SC_CODE_MALFORMED);
	w->k.conf.mechanism = SC_MECHANISM_AUTOMATIC;
	/* before hello, and twice */
	start_again(w);
	(void)begin(w, false);
	assert_int_equal(say(w, "challenge", "r=a,s=" SALT ",i=4096", ""),
	    SC_CODE_MALFORMED);
	start_again(w);
	(void)begin(w, false);
	exchange(w);
	assert_int_equal(say(w, "challenge", w->said, ""),
	    SC_CODE_MALFORMED);
	/* in the middle of everything */
	start_again(w);
	(void)begin(w, false);
	exchange(w);
	assert_int_equal(say(w, SUCCESS, w->proof, ""), 0);
	assert_int_equal(say(w, "challenge", w->said, ""),
	    SC_CODE_MALFORMED);
}

/* ---- refusals ---- */

static void
test_wrong_password_ends_it(void **state)
{
	struct world *w = *state;

	(void)begin(w, true);
	exchange(w);
	assert_int_not_equal(kit_server(&w->k,
	    "<failure code=\"not-authorized\"/>"), 0);
	expect_failure(w, "code=-2");
}

static void
test_connection_lost_in_the_middle(void **state)
{
	struct world *w = *state;

	(void)begin(w, true);
	exchange(w);
	kit_close(&w->k);
	assert_string_equal(kit_events(&w->k), "");
	(void)begin(w, true);
	exchange(w);
	assert_int_equal(say(w, SUCCESS, w->proof, ""), 0);
	assert_true(sc_client_online(w->k.client));
}

static void
test_no_plus_falls_back_and_says_so(void **state)
{
	struct world *w = *state;

	(void)begin(w, true);
	assert_int_not_equal(kit_server(&w->k, HELLO
	    "\n<failure code=\"not-acceptable\" text=\"this server offers "
	    "plain, scram-sha-256\"/>"), 0);
	kit_close(&w->k);
	/* at once, and without a word to the application */
	assert_int_equal(sc_client_connect_at(w->k.client), w->k.now);
	assert_string_equal(kit_events(&w->k), "");
	assert_non_null(strstr(begin(w, true), "\"scram-sha-256\""));
	assert_ptr_equal(strstr(w->first, "y,,n=alice,r="), w->first);
	exchange(w);
	assert_ptr_equal(strstr(w->final, "c=eSws,r="), w->final);
	/* the server notices that it was somebody else who refused */
	assert_int_not_equal(kit_server(&w->k,
	    "<failure code=\"not-acceptable\" text=\"this server binds "
	    "channels\"/>"), 0);
	expect_failure(w, "code=-9 (this server binds channels)");
}

static void
test_never_falls_back_to_plain(void **state)
{
	struct world *w = *state;

	(void)begin(w, false);
	assert_int_not_equal(kit_server(&w->k, HELLO
	    "\n<failure code=\"not-acceptable\" text=\"this server offers "
	    "plain\"/>"), 0);
	expect_failure(w, "this server offers plain");
	/* and what was chosen is what is done */
	w->k.conf.mechanism = SC_MECHANISM_SCRAM_SHA_256_PLUS;
	start_again(w);
	(void)begin(w, true);
	assert_int_not_equal(kit_server(&w->k, HELLO
	    "\n<failure code=\"not-acceptable\" text=\"this server offers "
	    "scram-sha-256\"/>"), 0);
	expect_failure(w, "this server offers scram-sha-256");
}

static void
test_login_has_a_limit(void **state)
{
	struct world *w = *state;

	(void)begin(w, true);
	exchange(w);
	assert_int_equal(kit_sleep(&w->k, 29000), 0);
	assert_int_equal(kit_sleep(&w->k, 2000), SC_CODE_UNAVAILABLE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	    TEST(test_rfc7677),
	    TEST(test_login_without_a_binding),
	    TEST(test_login_with_a_binding),
	    TEST(test_binding_is_of_one_connection),
	    TEST(test_names_and_passwords_are_prepared),
	    TEST(test_mechanism_may_be_chosen),
	    TEST(test_server_that_cannot_prove),
	    TEST(test_success_without_the_exchange),
	    TEST(test_malformed_challenges),
	    TEST(test_rounds_have_limits),
	    TEST(test_out_of_order),
	    TEST(test_wrong_password_ends_it),
	    TEST(test_connection_lost_in_the_middle),
	    TEST(test_no_plus_falls_back_and_says_so),
	    TEST(test_never_falls_back_to_plain),
	    TEST(test_login_has_a_limit),
	};

	return cmocka_run_group_tests_name("client scram", tests, NULL, NULL);
}

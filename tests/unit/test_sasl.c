/* SPDX-License-Identifier: ISC */
/*
 * What the daemon makes of SASL messages, and what it keeps of passwords.  The
 * client is the one of scram_client, which knows nothing of GNU SASL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/stanza.h"
#include "src/common/err.h"
#include "src/daemon/password.h"
#include "src/daemon/sasl.h"
#include "tests/unit/scram_client.h"

enum { ROUNDS = 4096, BINDING = 32 };

struct world {
	Gsasl *gsasl;
	struct credential alice;	/* pencil */
	uint8_t binding[BINDING];
	struct sasl_conf conf;
	struct scram_client client;
	struct sasl *sasl;
	char said[2048];		/* by the server */
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->gsasl = sasl_context();
	assert_non_null(w->gsasl);
	assert_int_equal(password_derive("pencil", ROUNDS, &w->alice), 0);
	memset(w->binding, 'b', sizeof(w->binding));
	w->conf = (struct sasl_conf){
	    .mechanism = MECHANISM_SCRAM_SHA_256, .credential = &w->alice,
	    .name = "alice", .domain = "example.org"};
	w->client = (struct scram_client){.password = "pencil",
	    .header = "n,,", .user = "alice", .nonce = "fyko+d2lbbFgONRv"};
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	sasl_destroy(w->sasl);
	gsasl_done(w->gsasl);
	free(w);
	return 0;
}

/* -PLUS is offered, and the client uses it. */
static void
bind_both(struct world *w)
{
	w->conf.mechanism = MECHANISM_SCRAM_SHA_256_PLUS;
	w->conf.binding = slice_of(w->binding, sizeof(w->binding));
	w->client.header = "p=tls-exporter,,";
	w->client.binding = w->binding;
	w->client.bindinglen = sizeof(w->binding);
}

static void
begin(struct world *w)
{
	sasl_destroy(w->sasl);
	w->sasl = sasl_create(w->gsasl, &w->conf);
	assert_non_null(w->sasl);
}

static int
step_bytes(struct world *w, const void *p, size_t n)
{
	struct buf out;
	struct slice s;
	int rc;

	buf_init(&out, 0);
	rc = sasl_step(w->sasl, slice_of(p, n), &out);
	s = buf_slice(&out);
	assert_true(s.len < sizeof(w->said));
	if (s.len > 0)
		memcpy(w->said, s.p, s.len);
	w->said[s.len] = '\0';
	buf_fini(&out);
	return rc;
}

static int
step(struct world *w, const char *text)
{
	return step_bytes(w, text, strlen(text));
}

/* Up to the challenge. */
static int
challenge(struct world *w)
{
	begin(w);
	scram_client_first(&w->client);
	return step(w, w->client.first);
}

static int
login(struct world *w)
{
	int rc = challenge(w);

	if (rc != SC_EMORE)
		return rc;
	assert_true(scram_client_final(&w->client, w->said));
	return step(w, w->client.final);
}

static void
expect_login(struct world *w)
{
	assert_int_equal(login(w), 0);
	assert_true(scram_proved(&w->client, w->said));
}

/* ---- what is kept ---- */

/* The exchange that RFC 7677 shows. */
static void
test_rfc7677(void **state)
{
	struct world *w = *state;
	struct scram_client *c = &w->client;
	uint8_t client[32];

	*c = (struct scram_client){.password = "pencil", .header = "n,,",
	    .user = "user", .nonce = "rOprNGfwEbeRWgbNEkqO"};
	scram_client_first(c);
	assert_string_equal(c->first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
	assert_true(scram_client_final(c, "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxF"
	    "Ilj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"));
	assert_string_equal(c->final, "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa"
	    "2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7An"
	    "dVQ=");
	assert_true(scram_proved(c,
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
	/* a credential of that salt is good for that password */
	assert_int_equal(EVP_DecodeBlock(client,
	    (const uint8_t *)"W22ZaJ0SNY7soEsUEjb6gQ==", 24), 18);
	memcpy(w->alice.salt, client, CREDENTIAL_SALT);
	scram_keys(false, "pencil", w->alice.salt, CREDENTIAL_SALT, 4096,
	    client, w->alice.stored_sha256, w->alice.server_sha256);
	w->alice.iterations = 4096;
	assert_int_equal(password_check(&w->alice, "pencil"), 0);
	assert_int_equal(password_check(&w->alice, "pencil "),
	    SC_ENOTAUTHORIZED);
}

static void
test_r26_both_keys_are_derived(void **state)
{
	struct world *w = *state;
	uint8_t client[32], stored[32], server[32];

	scram_keys(false, "pencil", w->alice.salt, CREDENTIAL_SALT, ROUNDS,
	    client, stored, server);
	assert_memory_equal(stored, w->alice.stored_sha256, 32);
	assert_memory_equal(server, w->alice.server_sha256, 32);
	scram_keys(true, "pencil", w->alice.salt, CREDENTIAL_SALT, ROUNDS,
	    client, stored, server);
	assert_memory_equal(stored, w->alice.stored_sha1, 20);
	assert_memory_equal(server, w->alice.server_sha1, 20);
}

static void
test_passwords_that_cannot_be(void **state)
{
	struct credential c;

	(void)state;
	assert_int_equal(password_derive("", ROUNDS, &c), SC_EBADREQUEST);
	assert_int_equal(password_derive("\xff", ROUNDS, &c), SC_EBADREQUEST);
	assert_int_equal(password_derive("a\bb", ROUNDS, &c), SC_EBADREQUEST);
	/* SASLprep: nothing but a soft hyphen is nothing */
	assert_int_equal(password_derive("\xc2\xad", ROUNDS, &c),
	    SC_EBADREQUEST);
	/* and IX as one character is IX */
	assert_int_equal(password_derive("\xe2\x85\xa8", ROUNDS, &c), 0);
	assert_int_equal(password_check(&c, "IX"), 0);
}

/* ---- SCRAM that works ---- */

static void
test_scram(void **state)
{
	struct world *w = *state;

	expect_login(w);
	/* the rounds are the user's, whatever they are */
	assert_int_equal(w->client.iterations, ROUNDS);
	assert_int_equal(password_derive("pencil", 2 * ROUNDS, &w->alice), 0);
	expect_login(w);
	assert_int_equal(w->client.iterations, 2 * ROUNDS);
	/* a client that cannot bind may log in where others do */
	w->conf.binding = slice_of(w->binding, sizeof(w->binding));
	expect_login(w);
}

static void
test_scram_plus(void **state)
{
	struct world *w = *state;

	bind_both(w);
	expect_login(w);
}

static void
test_scram_sha_1(void **state)
{
	struct world *w = *state;

	w->conf.mechanism = MECHANISM_SCRAM_SHA_1;
	w->client.sha1 = true;
	expect_login(w);
	w->client.password = "pen";
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
}

static void
test_names_are_made_canonical(void **state)
{
	struct world *w = *state;

	w->client.user = "Alice";
	expect_login(w);
	w->client.user = "ALICE@example.org";
	expect_login(w);
	w->client.header = "n,a=alice,";
	w->client.user = "alice";
	expect_login(w);
}

/* ---- SCRAM that does not ---- */

static void
test_wrong_password(void **state)
{
	struct world *w = *state;

	w->client.password = "pen";
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
	assert_string_equal(w->said, "");
	bind_both(w);
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
}

static void
test_somebody_else(void **state)
{
	static const struct {
		const char *header, *user;
	} wrong[] = {
	    {"n,,", "bob"}, {"n,,", "alice@elsewhere.example"},
	    {"n,,", "alice=2Cbob"}, {"n,,", "al=ice"}, {"n,a=bob,", "alice"},
	    {"n,a=alice,", "bob"}};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		w->client.header = wrong[i].header;
		w->client.user = wrong[i].user;
		assert_int_equal(challenge(w), SC_ENOTAUTHORIZED);
		assert_string_equal(w->said, "");
	}
	/* a name that nobody can have is nobody's */
	w->client.header = "n,,";
	w->client.user = "alice";
	w->conf.name = "";
	assert_int_equal(challenge(w), SC_ENOTAUTHORIZED);
}

static void
test_wrong_binding(void **state)
{
	uint8_t other[BINDING];
	struct world *w = *state;

	bind_both(w);
	memset(other, 'x', sizeof(other));
	w->client.binding = other;
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
	w->client.binding = w->binding;
	w->client.bindinglen = BINDING - 1;
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
	w->client.bindinglen = 0;
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
}

static void
test_other_kinds_of_binding(void **state)
{
	struct world *w = *state;

	bind_both(w);
	w->client.header = "p=tls-unique,,";
	assert_int_equal(challenge(w), SC_ENOTACCEPTABLE);
	w->client.header = "p=tls-server-end-point,,";
	assert_int_equal(challenge(w), SC_ENOTAUTHORIZED);
	w->client.header = "p,,";
	assert_int_equal(challenge(w), SC_EBADREQUEST);
	/* the mechanism and its message must agree */
	w->client.header = "n,,";
	assert_int_equal(challenge(w), SC_EBADREQUEST);
	w->client.header = "y,,";
	assert_int_equal(challenge(w), SC_EBADREQUEST);
	w->conf.mechanism = MECHANISM_SCRAM_SHA_256;
	w->client.header = "p=tls-exporter,,";
	assert_int_equal(challenge(w), SC_EBADREQUEST);
}

static void
test_downgrade(void **state)
{
	struct world *w = *state;

	/* it would bind, and rightly thinks that the server does not */
	w->client.header = "y,,";
	expect_login(w);
	/* somebody has made it think so */
	w->conf.binding = slice_of(w->binding, sizeof(w->binding));
	assert_int_equal(challenge(w), SC_ENOTACCEPTABLE);
	w->conf.mechanism = MECHANISM_SCRAM_SHA_1;
	assert_int_equal(challenge(w), SC_ENOTACCEPTABLE);
}

static void
test_malformed_first(void **state)
{
	static const char *const wrong[] = {"", "n", "n,", "n,,", "n,,n=alice",
	    "n,,r=abc", "n,,n=,r=abc", "n,,n=alice,r=", "x,,n=alice,r=abc",
	    "n,b=alice,n=alice,r=abc", "n,,m=ext,n=alice,r=abc",
	    "n,,n=alice;r=abc", "\xff\xfe"};
	struct world *w = *state;
	char big[2048];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		begin(w);
		if (step(w, wrong[i]) != SC_EBADREQUEST)
			fail_msg("accepted: %s", wrong[i]);
		assert_string_equal(w->said, "");
	}
	begin(w);
	assert_int_equal(step_bytes(w, "n,,n=al\0ice,r=abc", 17),
	    SC_EBADREQUEST);
	memset(big, 'n', sizeof(big));
	begin(w);
	assert_int_equal(step_bytes(w, big, sizeof(big)), SC_EBADREQUEST);
}

/* Replaces the first FROM in the client's final message by TO. */
static void
spoil(struct scram_client *c, const char *from, const char *to)
{
	char copy[sizeof(c->final)];
	char *at = strstr(c->final, from);

	assert_non_null(at);
	*at = '\0';
	(void)snprintf(copy, sizeof(copy), "%s%s%s", c->final, to,
	    at + strlen(from));
	memcpy(c->final, copy, sizeof(copy));
}

static void
test_malformed_final(void **state)
{
	static const struct {
		const char *from, *to;
		int rc;
	} wrong[] = {
	    {"c=biws", "c=biws=", SC_EBADREQUEST},
	    {"c=biws", "c=eSws", SC_ENOTAUTHORIZED},	/* y,, */
	    {"r=fyko", "r=fykO", SC_ENOTAUTHORIZED},
	    {",r=", ",x=", SC_EBADREQUEST},
	    {",p=", ",q=", SC_EBADREQUEST},
	    {"c=", "", SC_EBADREQUEST}};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(challenge(w), SC_EMORE);
		assert_true(scram_client_final(&w->client, w->said));
		spoil(&w->client, wrong[i].from, wrong[i].to);
		assert_int_equal(step(w, w->client.final), wrong[i].rc);
		assert_string_equal(w->said, "");
	}
	assert_int_equal(challenge(w), SC_EMORE);
	assert_int_equal(step(w, ""), SC_EBADREQUEST);
	/* a proof that is too short */
	assert_int_equal(challenge(w), SC_EMORE);
	assert_true(scram_client_final(&w->client, w->said));
	strcpy(strstr(w->client.final, ",p="), ",p=AAAA");
	assert_int_equal(step(w, w->client.final), SC_EBADREQUEST);
}

static void
test_no_step_after_the_last(void **state)
{
	struct world *w = *state;
	char final[sizeof(w->client.final)];

	expect_login(w);
	memcpy(final, w->client.final, sizeof(final));
	assert_int_equal(step(w, final), SC_ENOTAUTHORIZED);
	/* a proof is good once only: the server's nonce is another */
	assert_int_equal(challenge(w), SC_EMORE);
	assert_int_equal(step(w, final), SC_ENOTAUTHORIZED);
}

/* ---- who does not exist ---- */

static void
test_r25_unknown_user(void **state)
{
	uint8_t key[32] = "the key of a store", other[32] = "of another";
	struct credential a, again, b, elsewhere;
	struct world *w = *state;
	size_t length;

	assert_int_equal(password_fake(key, "mallory", ROUNDS, &a), 0);
	assert_int_equal(password_fake(key, "mallory", ROUNDS, &again), 0);
	assert_int_equal(password_fake(key, "trudy", ROUNDS, &b), 0);
	assert_int_equal(password_fake(other, "mallory", ROUNDS, &elsewhere),
	    0);
	assert_memory_equal(&a, &again, sizeof(a));
	assert_memory_not_equal(a.salt, b.salt, sizeof(a.salt));
	assert_memory_not_equal(a.salt, elsewhere.salt, sizeof(a.salt));
	assert_memory_not_equal(a.stored_sha256, a.server_sha256, 32);
	assert_int_equal(password_check(&a, ""), SC_ENOTAUTHORIZED);
	/* the challenge looks like any other, and leads nowhere */
	assert_int_equal(challenge(w), SC_EMORE);
	length = strlen(w->said);
	w->conf.credential = &a;
	w->conf.name = w->client.user = "mallory";
	assert_int_equal(login(w), SC_ENOTAUTHORIZED);
	assert_int_equal(challenge(w), SC_EMORE);
	assert_int_equal(strlen(w->said), length);
	assert_int_equal(w->client.iterations, ROUNDS);
}

/* ---- PLAIN ---- */

static int
plain(struct world *w, const char *bytes, size_t n)
{
	w->conf.mechanism = MECHANISM_PLAIN;
	begin(w);
	return step_bytes(w, bytes, n);
}

#define PLAIN(TEXT) plain(w, TEXT, sizeof(TEXT) - 1)

static void
test_plain(void **state)
{
	struct world *w = *state;

	assert_int_equal(PLAIN("\0alice\0pencil"), 0);
	assert_string_equal(w->said, "");
	assert_int_equal(PLAIN("\0Alice@example.org\0pencil"), 0);
	assert_int_equal(PLAIN("alice\0alice\0pencil"), 0);
	assert_int_equal(PLAIN("bob\0alice\0pencil"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("\0bob\0pencil"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("\0alice\0pen"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("\0alice\0"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("\0alice"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("alice"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN(""), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("\0alice\0\xff\xff"), SC_ENOTAUTHORIZED);
}

/* ---- what others are given ---- */

static unsigned given;

int __real_gsasl_saslprep(const char *, Gsasl_saslprep_flags, char **, int *);
int __wrap_gsasl_saslprep(const char *, Gsasl_saslprep_flags, char **, int *);
int __real_gsasl_step(Gsasl_session *, const char *, size_t, char **,
    size_t *);
int __wrap_gsasl_step(Gsasl_session *, const char *, size_t, char **,
    size_t *);

int
__wrap_gsasl_saslprep(const char *in, Gsasl_saslprep_flags flags, char **out,
    int *rc)
{
	given++;
	return __real_gsasl_saslprep(in, flags, out, rc);
}

int
__wrap_gsasl_step(Gsasl_session *s, const char *in, size_t n, char **out,
    size_t *nout)
{
	given++;
	return __real_gsasl_step(s, in, n, out, nout);
}

/* GNU SASL frees its copies of passwords as they are: it gets none that needs
 * no preparation, and no message that has one in it. */
static void
test_passwords_are_not_given_away(void **state)
{
	struct world *w = *state;

	given = 0;
	assert_int_equal(PLAIN("\0alice\0pencil"), 0);
	assert_int_equal(PLAIN("\0alice\0pen"), SC_ENOTAUTHORIZED);
	assert_int_equal(given, 0);
	/* a space that is no space, for a password that has one */
	assert_int_equal(password_derive("a b", ROUNDS, &w->alice), 0);
	assert_int_equal(given, 0);
	assert_int_equal(PLAIN("\0alice\0a\xc2\xa0" "b"), 0);
	assert_int_equal(given, 1);
	/* DEL may be in none */
	assert_int_equal(PLAIN("\0alice\0a b\x7f"), SC_ENOTAUTHORIZED);
	assert_int_equal(PLAIN("\0alice\0a b\0"), SC_ENOTAUTHORIZED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	    TEST(test_rfc7677),
	    TEST(test_r26_both_keys_are_derived),
	    TEST(test_passwords_that_cannot_be),
	    TEST(test_scram),
	    TEST(test_scram_plus),
	    TEST(test_scram_sha_1),
	    TEST(test_names_are_made_canonical),
	    TEST(test_wrong_password),
	    TEST(test_somebody_else),
	    TEST(test_wrong_binding),
	    TEST(test_other_kinds_of_binding),
	    TEST(test_downgrade),
	    TEST(test_malformed_first),
	    TEST(test_malformed_final),
	    TEST(test_no_step_after_the_last),
	    TEST(test_r25_unknown_user),
	    TEST(test_plain),
	    TEST(test_passwords_are_not_given_away),
	};

	return cmocka_run_group_tests_name("sasl", tests, NULL, NULL);
}

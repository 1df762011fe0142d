/* SPDX-License-Identifier: ISC */
/*
 * From the handshake to records of our own, with OpenSSL as the client: what is
 * handed off, what is not, and that nothing is lost on the way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/daemon/config.h"
#include "src/daemon/texts.h"
#include "src/daemon/tls.h"
#include "src/daemon/tls_context.h"

struct world {
	struct texts texts;
	struct config conf;
	SSL_CTX *server_ctx, *client_ctx;
	struct transport_io io;
	struct transport server;
	SSL *client;
	BIO *to_client, *from_client;	/* the client has them */
	SSL_SESSION *ticket;
	struct buf heard;		/* what the server has opened */
	unsigned tickets;
};

/* ---- a server -------------------------------------------------------- */

static void
keep_pem(BIO *b, struct buf *to)
{
	char *p;
	long n = BIO_get_mem_data(b, &p);

	buf_put(to, p, (size_t)n);
	BIO_free(b);
}

static void
make_certificate(struct texts *t)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *cert = BIO_new(BIO_s_mem()), *pem = BIO_new(BIO_s_mem());

	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400));
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(x),
	    "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0), 1);
	assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(x)), 1);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(cert, x), 1);
	assert_int_equal(PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0,
	    NULL, NULL), 1);
	keep_pem(cert, &t->certificate);
	keep_pem(pem, &t->key);
	X509_free(x);
	EVP_PKEY_free(key);
}

static int
keep_ticket(SSL *ssl, SSL_SESSION *session)
{
	struct world *w = SSL_get_app_data(ssl);

	SSL_SESSION_free(w->ticket);
	w->ticket = session;
	w->tickets++;
	return 1;
}

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	texts_init(&w->texts);
	make_certificate(&w->texts);
	w->conf.tls_min = TLS1_3_VERSION;
	w->conf.tls_records = RECORDS_LEAN;
	w->conf.ticket_s = 7200;
	w->client_ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_session_cache_mode(w->client_ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(w->client_ctx, keep_ticket);
	assert_int_equal(SSL_CTX_set_alpn_protos(w->client_ctx,
	    (const unsigned char *)"\013stonechat/1", 12), 0);
	assert_int_equal(transport_io_init(&w->io), 0);
	buf_init(&w->heard, 0);
	*state = w;
	return 0;
}

static void
end(struct world *w)
{
	transport_close(&w->server, &w->io, false);
	if (w->client != NULL)	/* its session may be resumed */
		SSL_set_shutdown(w->client, SSL_SENT_SHUTDOWN |
		    SSL_RECEIVED_SHUTDOWN);
	SSL_free(w->client);
	SSL_CTX_free(w->server_ctx);
	w->client = NULL;
	w->server_ctx = NULL;
	buf_clear(&w->heard);
	buf_clear(&w->io.out);
}

static int
teardown(void **state)
{
	struct world *w = *state;

	end(w);
	SSL_SESSION_free(w->ticket);
	SSL_CTX_free(w->client_ctx);
	transport_io_fini(&w->io);
	texts_fini(&w->texts);
	buf_fini(&w->heard);
	free(w);
	return 0;
}

/* ---- what passes between them ---------------------------------------- */

static void
to_client(struct world *w)
{
	struct slice s = buf_slice(&w->io.out);

	if (s.len > 0)
		assert_int_equal(BIO_write(w->to_client, s.p, (int)s.len),
		    s.len);
	buf_clear(&w->io.out);
}

/* All that the client has said, read once. */
static enum transport_result
to_server(struct world *w)
{
	static uint8_t recv[65536];
	enum transport_result result = TRANSPORT_OK;
	int n = BIO_read(w->from_client, recv, sizeof(recv));
	struct slice got;

	w->io.in = recv;
	w->io.inlen = n < 0 ? 0 : (size_t)n;
	while (result == TRANSPORT_OK) {
		result = transport_read(&w->server, &w->io, &got);
		if (result == TRANSPORT_OK)
			buf_put_slice(&w->heard, got);
	}
	to_client(w);
	return result;
}

static void
begin(struct world *w)
{
	char why[256];

	w->server_ctx = tls_context_create(&w->conf, &w->texts, why,
	    sizeof(why));
	assert_non_null(w->server_ctx);
	assert_int_equal(tls_open(&w->server, &w->io, w->server_ctx), 0);
	w->client = SSL_new(w->client_ctx);
	w->to_client = BIO_new(BIO_s_mem());
	w->from_client = BIO_new(BIO_s_mem());
	SSL_set_bio(w->client, w->to_client, w->from_client);
	SSL_set_app_data(w->client, w);
	SSL_set_connect_state(w->client);
}

/* The handshake; the client says EARLY together with its last words. */
static void
shake_hands(struct world *w, const char *early)
{
	static uint8_t recv[65536];
	enum transport_result result = TRANSPORT_MORE;
	struct slice got;
	int n;

	while (result == TRANSPORT_MORE) {
		if (SSL_do_handshake(w->client) == 1 && early != NULL)
			assert_int_equal(SSL_write(w->client, early,
			    (int)strlen(early)), strlen(early));
		n = BIO_read(w->from_client, recv, sizeof(recv));
		assert_true(n > 0);
		w->io.in = recv;
		w->io.inlen = (size_t)n;
		result = tls_handshake(&w->server, &w->io);
		to_client(w);
	}
	assert_int_equal(result, TRANSPORT_OK);
	while (transport_read(&w->server, &w->io, &got) == TRANSPORT_OK)
		buf_put_slice(&w->heard, got);
	assert_int_equal(w->io.inlen, 0);
}

static void
assert_client_hears(struct world *w, const char *text)
{
	char got[256];
	int n = SSL_read(w->client, got, sizeof(got));

	assert_int_equal(n, strlen(text));
	assert_memory_equal(got, text, strlen(text));
}

static void
assert_talks(struct world *w)
{
	buf_clear(&w->heard);
	assert_int_equal(SSL_write(w->client, "question", 8), 8);
	assert_int_equal(to_server(w), TRANSPORT_MORE);
	assert_int_equal(w->heard.len, 8);
	assert_memory_equal(buf_slice(&w->heard).p, "question", 8);
	assert_int_equal(transport_write(&w->server, &w->io, "answer", 6), 0);
	to_client(w);
	assert_client_hears(w, "answer");
}

static void
connect_as(struct world *w, const char *early, unsigned lean)
{
	begin(w);
	shake_hands(w, early);
	assert_true(w->io.counts.lean == lean);
}

/* ---- handed off ------------------------------------------------------ */

static const char *const suites[] = {"TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};

static void
test_suites(void **state)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	uint8_t ours[TRANSPORT_BINDING], theirs[TRANSPORT_BINDING];
	const char *version, *cipher;
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(SSL_CTX_set_ciphersuites(w->client_ctx,
		    suites[i]), 1);
		connect_as(w, NULL, 1);
		transport_describe(&w->server, &version, &cipher);
		assert_string_equal(version, SSL_get_version(w->client));
		assert_string_equal(cipher, suites[i]);
		assert_int_equal(transport_binding(&w->server, ours,
		    sizeof(ours)), sizeof(ours));
		assert_int_equal(SSL_export_keying_material(w->client, theirs,
		    sizeof(theirs), label, sizeof(label) - 1, NULL, 0, 0), 1);
		assert_memory_equal(ours, theirs, sizeof(ours));
		assert_talks(w);
		assert_talks(w);
		end(w);
		assert_true(w->io.counts.lean == 0);
	}
}

/* The server chooses, whatever the client puts first. */
static void
test_preferred_suite(void **state)
{
	const char *version, *cipher;
	struct world *w = *state;

	assert_int_equal(SSL_CTX_set_ciphersuites(w->client_ctx,
	    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:"
	    "TLS_AES_128_GCM_SHA256"), 1);
	connect_as(w, NULL, 1);
	transport_describe(&w->server, &version, &cipher);
	assert_string_equal(cipher, "TLS_AES_128_GCM_SHA256");
	assert_talks(w);
}

/* What came with the client's last words is the first that is opened. */
static void
test_one_flight(void **state)
{
	struct world *w = *state;

	connect_as(w, "hello, auth and sync", 1);
	assert_int_equal(w->heard.len, 20);
	assert_memory_equal(buf_slice(&w->heard).p, "hello, auth and sync",
	    20);
	assert_talks(w);
}

/* Tickets are records, too: with, without, and when one is used. */
static void
test_tickets(void **state)
{
	struct world *w = *state;

	connect_as(w, NULL, 1);
	assert_talks(w);
	assert_int_equal(w->tickets, 1);
	end(w);
	w->conf.ticket_s = 0;
	connect_as(w, NULL, 1);
	assert_talks(w);
	assert_int_equal(w->tickets, 1);
	end(w);
}

static void
test_resumed(void **state)
{
	struct world *w = *state;
	SSL_CTX *ctx;

	connect_as(w, NULL, 1);
	assert_talks(w);
	ctx = w->server_ctx;		/* it has the key of the ticket */
	SSL_CTX_up_ref(ctx);
	end(w);
	begin(w);
	transport_close(&w->server, &w->io, false);
	assert_int_equal(tls_open(&w->server, &w->io, ctx), 0);
	assert_int_equal(SSL_set_session(w->client, w->ticket), 1);
	shake_hands(w, "at once");
	assert_true(SSL_session_reused(w->client));
	assert_true(w->io.counts.lean == 1);
	assert_int_equal(w->heard.len, 7);
	assert_talks(w);
	SSL_CTX_free(ctx);
}

static void
test_key_updates(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(SSL_CTX_set_ciphersuites(w->client_ctx,
		    suites[i]), 1);
		connect_as(w, NULL, 1);
		assert_int_equal(SSL_key_update(w->client,
		    SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		assert_talks(w);
		assert_int_equal(SSL_key_update(w->client,
		    SSL_KEY_UPDATE_REQUESTED), 1);
		assert_talks(w);
		assert_talks(w);
		end(w);
	}
	assert_true(w->io.counts.key_updates_in == 6);
	assert_true(w->io.counts.key_updates_out == 3);
}

static void
test_goodbyes(void **state)
{
	struct world *w = *state;

	connect_as(w, NULL, 1);
	assert_int_equal(SSL_shutdown(w->client), 0);
	assert_int_equal(to_server(w), TRANSPORT_END);
	transport_close(&w->server, &w->io, true);
	to_client(w);
	assert_int_equal(SSL_shutdown(w->client), 1);
}

/* ---- not handed off -------------------------------------------------- */

static void
test_as_configured(void **state)
{
	struct world *w = *state;

	w->conf.tls_records = RECORDS_OPENSSL;
	connect_as(w, "early", 0);
	assert_talks(w);
}

static void
test_old(void **state)
{
	struct world *w = *state;

	w->conf.tls_min = TLS1_2_VERSION;
	assert_int_equal(SSL_CTX_set_max_proto_version(w->client_ctx,
	    TLS1_2_VERSION), 1);
	connect_as(w, NULL, 0);
	assert_talks(w);
}

/* A client that has little memory: records may not be longer than agreed. */
static void
test_fragments(void **state)
{
	struct world *w = *state;

	assert_int_equal(SSL_CTX_set_tlsext_max_fragment_length(w->client_ctx,
	    TLSEXT_max_fragment_length_512), 1);
	connect_as(w, NULL, 0);
	assert_talks(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_suites),
		TEST(test_preferred_suite),
		TEST(test_one_flight),
		TEST(test_tickets),
		TEST(test_resumed),
		TEST(test_key_updates),
		TEST(test_goodbyes),
		TEST(test_as_configured),
		TEST(test_old),
		TEST(test_fragments),
#undef TEST
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

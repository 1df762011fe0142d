/* SPDX-License-Identifier: ISC */
/*
 * The TLS driver against a small server in a child process: a certificate of
 * its own for `localhost`, one connection at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/frame.h"
#include "protocol/xmltext.h"
#include "tests/unit/client_kit.h"

enum { TURNS_MAX = 20000 };

/* How the server behaves. */
enum manner {
	MANNER_GOOD,
	MANNER_NO_ALPN,
	MANNER_PLAIN_TEXT,	/* no TLS at all */
	MANNER_HANGS_UP_ONCE,	/* closes the first connection after login */
	MANNER_RESUMES		/* so, and later ones that do not resume it */
};

struct world {
	struct kit k;
	struct sc_driver *driver;
	struct sc_driver_conf conf;
	char dir[64], ca[96];
	pid_t server;
	uint16_t port;
	char why[500];
};

/* ---- a certificate ---- */

static EVP_PKEY *
make_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	assert_non_null(key);
	return key;
}

static X509 *
make_certificate(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *san;

	assert_int_equal(X509_set_version(x, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), -3600));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), 86400));
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
	    (const unsigned char *)"test", -1, -1, 0), 1);
	assert_int_equal(X509_set_issuer_name(x, name), 1);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
	    "DNS:localhost");
	assert_non_null(san);
	assert_int_equal(X509_add_ext(x, san, -1), 1);
	X509_EXTENSION_free(san);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

/* ---- the server ---- */

struct peer {
	SSL *ssl;
	struct stanza_ctx ctx;
	struct arena arena;
	bool in;		/* logged in */
};

static void
reply(struct peer *p, const char *xml)
{
	struct buf b;
	struct elem e;
	char why[200];

	buf_init(&b, 0);
	if (xmltext_parse(NULL, slice_str(xml), &p->arena, &e, why,
	    sizeof(why)) == 0 && stanza_put(&p->ctx, &e, &b) == 0) {
		(void)SSL_write(p->ssl, b.p + b.off, (int)b.len);
		if (e.tag == TAG_SUCCESS)
			p->ctx.base_time = elem_int(&e, ATTR_TIME, 0);
	}
	buf_fini(&b);
}

static void
answer(struct peer *p, const struct elem *e)
{
	char xml[200];

	if (e->tag == TAG_HELLO) {
		reply(p, "<hello version=\"1\" epoch=\"" KIT_EPOCH "\"/>");
	} else if (e->tag == TAG_AUTH) {
		reply(p, KIT_SUCCESS("0", " token=\"dG9rZW4\""));
		p->in = true;
	} else if (e->tag == TAG_SYNC) {
		reply(p, KIT_SYNCED("1"));
	} else if (e->tag == TAG_MESSAGE) {
		unsigned n = (unsigned)elem_uint(e, ATTR_N, 0);

		(void)snprintf(xml, sizeof(xml), "<ack n=\"%u\" chat=\"2\" "
		    "seq=\"%u\" time=\"" KIT_TIME "\"/>", n, n);
		reply(p, xml);
	}
}

static void
serve(SSL *ssl, bool hang_up)
{
	struct peer p = {.ssl = ssl};
	unsigned char bytes[16384];
	struct buf in;
	int n;

	buf_init(&in, 0);
	arena_init(&p.arena, 0);
	while ((n = SSL_read(ssl, bytes, sizeof(bytes))) > 0) {
		struct slice s;
		struct frame f;
		struct elem e;

		buf_put(&in, bytes, (size_t)n);
		s = buf_slice(&in);
		while (frame_next(&s, 65536, &f) == 0)
			if (stanza_decode(&p.ctx, f.body, &p.arena, &e) == 0)
				answer(&p, &e);
		buf_consume(&in, in.len - s.len);
		if (hang_up && p.in)
			break;
	}
	buf_fini(&in);
	arena_fini(&p.arena);
}

/* An end, not an error, though TLS is not told. */
static void
end_quietly(int fd)
{
	char bytes[256];

	(void)shutdown(fd, SHUT_WR);
	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

static int
choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	static const unsigned char ours[] = "\x0bstonechat/1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, outlen, ours, sizeof(ours) - 1, in,
	    inlen) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void __attribute__((noreturn))
server_main(int listener, EVP_PKEY *key, X509 *x, enum manner manner)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool first = true;

	(void)signal(SIGPIPE, SIG_IGN);
	(void)SSL_CTX_use_certificate(ctx, x);
	(void)SSL_CTX_use_PrivateKey(ctx, key);
	if (manner != MANNER_NO_ALPN)
		SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		SSL *ssl;

		if (fd < 0)
			continue;
		if (manner == MANNER_PLAIN_TEXT) {
			(void)!write(fd, "220 hello there\r\n", 17);
			close(fd);
			continue;
		}
		ssl = SSL_new(ctx);
		(void)SSL_set_fd(ssl, fd);
		if (SSL_accept(ssl) == 1 && (first ||
		    manner != MANNER_RESUMES || SSL_session_reused(ssl) == 1))
			serve(ssl, manner >= MANNER_HANGS_UP_ONCE && first);
		if (manner == MANNER_RESUMES && first)
			end_quietly(fd);
		first = false;
		SSL_free(ssl);
		close(fd);
	}
}

static void
start_server(struct world *w, enum manner manner)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	EVP_PKEY *key = make_key();
	X509 *x = make_certificate(key);
	FILE *f = fopen(w->ca, "w");

	assert_true(f != NULL && PEM_write_X509(f, x) == 1);
	fclose(f);
	assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(listener, 5), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &len),
	    0);
	w->port = ntohs(a.sin_port);
	w->server = fork();
	assert_true(w->server >= 0);
	if (w->server == 0)
		server_main(listener, key, x, manner);
	close(listener);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* ---- the client ---- */

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	kit_init(&w->k, "secret");
	w->k.conf.random = sc_driver_random;
	w->k.conf.backoff_min_ms = w->k.conf.backoff_max_ms = 1;
	(void)snprintf(w->dir, sizeof(w->dir), "/tmp/test-driver-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	(void)snprintf(w->ca, sizeof(w->ca), "%s/ca.pem", w->dir);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	if (w->server > 0) {
		(void)kill(w->server, SIGKILL);
		(void)waitpid(w->server, NULL, 0);
	}
	sc_driver_destroy(w->driver);
	kit_fini(&w->k);
	(void)unlink(w->ca);
	(void)rmdir(w->dir);
	free(w);
	return 0;
}

static void
start_client(struct world *w, const char *name, const char *ca)
{
	w->conf = (struct sc_driver_conf){.host = "127.0.0.1",
	    .port = w->port, .server_name = name, .ca_file = ca};
	assert_int_equal(kit_start(&w->k), 0);
	if (sc_driver_create(&w->conf, w->k.client, &w->driver, w->why,
	    sizeof(w->why)) != 0)
		fail_msg("%s", w->why);
}

/* Runs until the application was told PART; fails with what went wrong. */
static void
run_until(struct world *w, const char *part)
{
	for (int i = 0; i < TURNS_MAX; i++) {
		int rc = sc_driver_run(w->driver, 1000);

		if (strstr(kit_events(&w->k), part) != NULL)
			return;
		if (rc != 0)
			fail_msg("%s", sc_driver_why(w->driver));
	}
	fail_msg("%s did not happen", part);
}

/* Runs until it gives up; the result. */
static int
run_until_error(struct world *w)
{
	int rc = 0;

	for (int i = 0; rc == 0 && i < 50; i++)
		rc = sc_driver_run(w->driver, 1000);
	return rc;
}

static void
test_messages_go_through(void **state)
{
	struct world *w = *state;
	char *big = malloc(4001);

	assert_non_null(big);
	memset(big, 'x', 4000);
	big[4000] = '\0';
	start_server(w, MANNER_GOOD);
	start_client(w, "localhost", w->ca);
	run_until(w, "synced");
	assert_true(sc_client_online(w->k.client));
	/* more than fits the socket's buffers */
	for (int i = 0; i < 1500; i++)
		kit_send(&w->k, "bob", big);
	run_until(w, "n=1500");
	assert_int_equal(sc_client_pending(w->k.client), 0);
	sc_client_bye(w->k.client);
	assert_int_equal(run_until_error(w), SC_CODE_UNAVAILABLE);
	free(big);
}

static void
test_certificate_of_nobody(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_GOOD);
	start_client(w, "localhost", NULL);
	assert_int_equal(run_until_error(w), SC_CODE_NOT_AUTHORIZED);
	assert_non_null(strstr(sc_driver_why(w->driver),
	    "the certificate of localhost is not accepted"));
	/* and it stays like that */
	assert_int_equal(sc_driver_run(w->driver, 0),
	    SC_CODE_NOT_AUTHORIZED);
}

static void
test_certificate_of_somebody_else(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_GOOD);
	start_client(w, "chat.example.org", w->ca);
	assert_int_equal(run_until_error(w), SC_CODE_NOT_AUTHORIZED);
	sc_driver_destroy(w->driver);
	/* an address is a name, too */
	w->conf.server_name = NULL;
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), 0);
	assert_int_equal(run_until_error(w), SC_CODE_NOT_AUTHORIZED);
}

static void
test_insecure_is_possible(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_GOOD);
	w->k.conf.password = "secret";
	assert_int_equal(kit_start(&w->k), 0);
	w->conf = (struct sc_driver_conf){.host = "127.0.0.1",
	    .port = w->port, .insecure = true};
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), 0);
	run_until(w, "online");
}

static void
test_port_of_another_service(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_NO_ALPN);
	start_client(w, "localhost", w->ca);
	assert_int_equal(run_until_error(w), SC_CODE_NOT_ACCEPTABLE);
	assert_non_null(strstr(sc_driver_why(w->driver),
	    "does not speak stonechat/1: check the port"));
}

static void
test_no_tls_is_tried_again(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_PLAIN_TEXT);
	start_client(w, "localhost", w->ca);
	assert_int_equal(run_until_error(w), 0);
	assert_non_null(strstr(sc_driver_why(w->driver),
	    "is that a Stonechat server?"));
}

static void
test_nobody_listens(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_GOOD);
	(void)kill(w->server, SIGKILL);
	(void)waitpid(w->server, NULL, 0);
	w->server = 0;
	start_client(w, "localhost", w->ca);
	assert_int_equal(run_until_error(w), 0);
	assert_non_null(strstr(sc_driver_why(w->driver),
	    "Connection refused"));
}

static void
test_connects_again_and_sends_the_rest(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_HANGS_UP_ONCE);
	start_client(w, "localhost", w->ca);
	kit_send(&w->k, "bob", "hello");
	run_until(w, "sent chat=2 seq=1 n=1");
}

/* The server has ended the first without a word. */
static void
test_resumes_what_was_cut(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_RESUMES);
	start_client(w, "localhost", w->ca);
	kit_send(&w->k, "bob", "hello");
	run_until(w, "sent chat=2 seq=1 n=1");
}

/* One turn of a loop of our own. */
static int
foreign_turn(struct world *w)
{
	struct sc_driver_wait wait;
	struct pollfd p;
	int rc = sc_driver_poll(w->driver, &wait);

	if (rc != 0)
		return rc;
	assert_true(wait.fd >= 0 || wait.timeout_ms >= 0);
	p = (struct pollfd){.fd = wait.fd, .events = (short)(
	    (wait.readable ? POLLIN : 0) | (wait.writable ? POLLOUT : 0))};
	assert_true(poll(&p, 1, wait.timeout_ms) >= 0);
	return sc_driver_step(w->driver,
	    (p.revents & (POLLIN | POLLHUP | POLLERR)) != 0,
	    (p.revents & (POLLOUT | POLLHUP | POLLERR)) != 0);
}

static void
test_foreign_loop(void **state)
{
	struct world *w = *state;
	bool sent = false;
	int rc = 0;

	start_server(w, MANNER_HANGS_UP_ONCE);
	start_client(w, "localhost", w->ca);
	kit_send(&w->k, "bob", "hello");
	for (int i = 0; rc == 0 && !sent && i < TURNS_MAX; i++) {
		rc = foreign_turn(w);
		sent = strstr(kit_events(&w->k), "sent chat=2 seq=1 n=1") !=
		    NULL;
	}
	assert_int_equal(rc, 0);
	assert_true(sent);
	sc_client_bye(w->k.client);
	for (int i = 0; rc == 0 && i < TURNS_MAX; i++)
		rc = foreign_turn(w);
	assert_int_equal(rc, SC_CODE_UNAVAILABLE);
}

static void
test_shared_setup(void **state)
{
	struct world *w = *state;
	struct sc_driver *first;

	start_server(w, MANNER_GOOD);
	start_client(w, "localhost", w->ca);
	first = w->driver;
	/* whom to trust is the first one's business */
	w->conf.ca_file = "/nonexistent";
	w->conf.like = first;
	w->conf.local = "127.0.0.1";
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), 0);
	sc_driver_destroy(first);
	kit_send(&w->k, "bob", "hello");
	run_until(w, "sent chat=2 seq=1 n=1");
}

static void
test_local_address_that_is_not_here(void **state)
{
	struct world *w = *state;

	start_server(w, MANNER_GOOD);
	assert_int_equal(kit_start(&w->k), 0);
	w->conf = (struct sc_driver_conf){.host = "127.0.0.1",
	    .port = w->port, .insecure = true, .local = "192.0.2.1"};
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), 0);
	assert_int_equal(sc_driver_run(w->driver, 0), 0);
	assert_non_null(strstr(sc_driver_why(w->driver), "cannot connect"));
}

static void
test_errors_of_the_configuration(void **state)
{
	struct world *w = *state;

	assert_int_equal(kit_start(&w->k), 0);
	w->conf = (struct sc_driver_conf){.host = "localhost",
	    .ca_file = "/nonexistent"};
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), SC_CODE_IO);
	assert_non_null(strstr(w->why, "/nonexistent"));
	w->conf = (struct sc_driver_conf){.host = ""};
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), SC_CODE_BAD_REQUEST);
	assert_null(w->driver);
	w->conf = (struct sc_driver_conf){.host = "no.such.host.invalid",
	    .insecure = true};
	assert_int_equal(sc_driver_create(&w->conf, w->k.client, &w->driver,
	    w->why, sizeof(w->why)), 0);
	assert_int_equal(sc_driver_run(w->driver, 0), 0);
	assert_non_null(strstr(sc_driver_why(w->driver),
	    "cannot find no.such.host.invalid"));
}

static void
test_random_bytes(void **state)
{
	unsigned char a[32] = {0}, b[32] = {0};
	const unsigned char zeros[32] = {0};

	(void)state;
	sc_driver_random(NULL, a, sizeof(a));
	sc_driver_random(NULL, b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, zeros, sizeof(a));
	assert_string_not_equal(sc_code_text(SC_CODE_OK), "");
	assert_string_equal(sc_code_text(-1000), "unknown error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	    TEST(test_messages_go_through),
	    TEST(test_certificate_of_nobody),
	    TEST(test_certificate_of_somebody_else),
	    TEST(test_insecure_is_possible),
	    TEST(test_port_of_another_service),
	    TEST(test_no_tls_is_tried_again),
	    TEST(test_nobody_listens),
	    TEST(test_connects_again_and_sends_the_rest),
	    TEST(test_resumes_what_was_cut),
	    TEST(test_foreign_loop),
	    TEST(test_shared_setup),
	    TEST(test_local_address_that_is_not_here),
	    TEST(test_errors_of_the_configuration),
	    cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests_name("client driver", tests, NULL,
	    NULL);
}

/* SPDX-License-Identifier: ISC */
/*
 * One engine over one TLS connection, with poll().
 *
 * Phases: idle (waiting for the engine to want a connection), connecting (the
 * socket), handshake, up.  Whatever goes wrong leads back to idle through
 * driver_drop(), and the engine says when to try again.
 */
#include "src/client/driver_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	HANDSHAKE_MS = 15000,
	READ_SIZE = 16384,
	READS_MAX = 16,		/* in one turn */
	BINDING = 32		/* bytes of it */
};

int64_t
driver_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
driver_say(struct sc_driver *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
}

const char *
driver_tls_reason(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *text = e == 0 ? NULL : ERR_reason_error_string(e);

	return text == NULL ? "no reason given" : text;
}

/* ---- ending a connection ---- */

void
driver_close(struct sc_driver *d)
{
	if (d->ssl != NULL) {
		ERR_clear_error();
		if (d->phase == UP)
			(void)SSL_shutdown(d->ssl);
		SSL_free(d->ssl);
		d->ssl = NULL;
	}
	if (d->fd >= 0)
		(void)close(d->fd);
	d->fd = -1;
	d->want_write = false;
}

void
driver_drop(struct sc_driver *d)
{
	driver_close(d);
	if (d->addresses != NULL)
		freeaddrinfo(d->addresses);
	d->addresses = d->address = NULL;
	d->phase = IDLE;
	sc_client_closed(d->client, driver_now());
}

void
sc_driver_destroy(struct sc_driver *d)
{
	if (d == NULL)
		return;
	if (d->phase != IDLE)
		driver_drop(d);
	SSL_SESSION_free(d->session);
	driver_setup_unref(d->tls);
	free(d->host);
	free(d->server_name);
	free(d->local);
	free(d);
}

const char *
sc_driver_why(const struct sc_driver *d)
{
	return d->why;
}

/* ---- the handshake ---- */

static bool
is_ip(const char *name)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, bytes) == 1 ||
	    inet_pton(AF_INET6, name, bytes) == 1;
}

/* Whom the certificate must name. */
static bool
expect_name(struct sc_driver *d)
{
	if (is_ip(d->server_name))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(d->ssl),
		    d->server_name) == 1;
	SSL_set_hostflags(d->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(d->ssl, d->server_name) == 1 &&
	    SSL_set_tlsext_host_name(d->ssl, d->server_name) == 1;
}

void
driver_begin_handshake(struct sc_driver *d)
{
	BIO *bio;

	ERR_clear_error();
	d->ssl = SSL_new(d->tls->ctx);
	bio = BIO_new(d->tls->method);
	if (d->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		driver_say(d, "out of memory");
		driver_drop(d);
		return;
	}
	BIO_set_data(bio, d);
	BIO_set_init(bio, 1);
	SSL_set_bio(d->ssl, bio, bio);
	SSL_set_app_data(d->ssl, d);
	if (!expect_name(d)) {
		driver_say(d, "%s is no name of a server", d->server_name);
		d->fatal = SC_CODE_BAD_REQUEST;
		driver_drop(d);
		return;
	}
	if (d->session != NULL)
		(void)SSL_set_session(d->ssl, d->session);
	SSL_set_connect_state(d->ssl);
	d->phase = HANDSHAKE;
	d->phase_until = driver_now() + HANDSHAKE_MS;
	d->want_write = true;	/* the first move is ours */
}

static void
handshake_failed(struct sc_driver *d, int code)
{
	long verdict = SSL_get_verify_result(d->ssl);

	if (!d->tls->insecure && verdict != X509_V_OK) {
		driver_say(d, "the certificate of %s is not accepted: %s: "
		    "check the name of the server, or name the file with its "
		    "CA", d->server_name, X509_verify_cert_error_string(verdict));
		d->fatal = SC_CODE_NOT_AUTHORIZED;
	} else if (code == SSL_ERROR_SSL) {
		driver_say(d, "no TLS connection with %s port %s: %s: is that "
		    "a Stonechat server?", d->host, d->port,
		    driver_tls_reason());
	} else {
		driver_say(d, "%s port %s closed the connection during the TLS "
		    "handshake", d->host, d->port);
	}
	/* it may be the resumption that the server does not like */
	SSL_SESSION_free(d->session);
	d->session = NULL;
	driver_drop(d);
}

static bool
alpn_agreed(const struct sc_driver *d)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(d->ssl, &name, &len);
	return len == 11 && memcmp(name, "stonechat/1", 11) == 0;
}

/* What only the two ends of this connection know (RFC 9266). */
static void
bind_login(struct sc_driver *d)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	unsigned char binding[BINDING];

	if (SSL_version(d->ssl) < TLS1_3_VERSION ||
	    SSL_export_keying_material(d->ssl, binding, sizeof(binding), label,
	    sizeof(label) - 1, NULL, 0, 0) != 1)
		return;
	sc_client_binding(d->client, binding, sizeof(binding));
	OPENSSL_cleanse(binding, sizeof(binding));
}

static void
step_handshake(struct sc_driver *d)
{
	int rc, code;

	ERR_clear_error();
	rc = SSL_do_handshake(d->ssl);
	if (rc == 1) {
		d->want_write = false;
		if (!alpn_agreed(d)) {
			driver_say(d, "%s port %s does not speak "
			    "stonechat/1: check the port", d->host, d->port);
			d->fatal = SC_CODE_NOT_ACCEPTABLE;
			driver_drop(d);
			return;
		}
		d->phase = UP;
		d->why[0] = '\0';
		bind_login(d);
		sc_client_connected(d->client, driver_now());
		return;
	}
	code = SSL_get_error(d->ssl, rc);
	d->want_write = code == SSL_ERROR_WANT_WRITE;
	if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) {
		handshake_failed(d, code);
	} else if (driver_now() >= d->phase_until) {
		driver_say(d, "%s port %s does not answer the TLS handshake",
		    d->host, d->port);
		driver_drop(d);
	}
}

/* ---- moving bytes ---- */

/* The rest is an error of the transport.  False: the connection is gone. */
static bool
must_wait(struct sc_driver *d, int rc)
{
	int code = SSL_get_error(d->ssl, rc);

	if (code == SSL_ERROR_WANT_READ)
		return true;
	if (code == SSL_ERROR_WANT_WRITE) {
		d->want_write = true;
		return true;
	}
	if (code == SSL_ERROR_ZERO_RETURN)
		driver_say(d, "the server closed the connection");
	else
		driver_say(d, "the connection to %s is lost: %s", d->host,
		    code == SSL_ERROR_SSL ? driver_tls_reason()
		    : errno != 0 ? strerror(errno) : "end of file");
	driver_drop(d);
	return false;
}

static void
move_out(struct sc_driver *d)
{
	const void *p;
	size_t n;

	d->want_write = false;
	while (d->phase == UP && (n = sc_client_output(d->client, &p)) > 0) {
		int rc;

		ERR_clear_error();
		errno = 0;
		rc = SSL_write(d->ssl, p, n > READ_SIZE ? READ_SIZE : (int)n);
		if (rc <= 0) {
			(void)must_wait(d, rc);
			return;
		}
		sc_client_written(d->client, (size_t)rc);
	}
}

/* The engine wants the connection closed. */
static void
engine_closes(struct sc_driver *d, int rc)
{
	if (d->phase != UP)
		return;
	driver_say(d, "the connection ends: %s", sc_code_text(rc));
	driver_drop(d);
}

static void
move_in(struct sc_driver *d)
{
	unsigned char bytes[READ_SIZE];

	d->more = false;
	for (unsigned i = 0; d->phase == UP; i++) {
		int got, rc;

		d->more = i == READS_MAX;
		if (d->more)
			return;

		ERR_clear_error();
		errno = 0;
		got = SSL_read(d->ssl, bytes, sizeof(bytes));
		if (got <= 0) {
			(void)must_wait(d, got);
			return;
		}
		rc = sc_client_input(d->client, bytes, (size_t)got,
		    driver_now());
		OPENSSL_cleanse(bytes, (size_t)got);	/* it may be a token */
		if (rc < 0)
			engine_closes(d, rc);
	}
}

/* ---- the turn ---- */

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* How long poll may wait; -1: for ever. */
static int
wait_ms(const struct sc_driver *d)
{
	int64_t now = driver_now(), until = sc_client_deadline(d->client);

	if (d->phase == IDLE)
		until = earlier(until, sc_client_connect_at(d->client));
	if (d->phase == CONNECTING || d->phase == HANDSHAKE)
		until = earlier(until, d->phase_until);
	if (d->phase == UP && d->more)
		return 0;
	if (until == INT64_MAX)
		return -1;
	if (until <= now)
		return 0;
	return until - now > 3600000 ? 3600000 : (int)(until - now);
}

static void
step(struct sc_driver *d, short revents)
{
	int rc;

	if (d->phase == CONNECTING)
		driver_step_connecting(d, revents);
	if (d->phase == HANDSHAKE)
		step_handshake(d);
	if (d->phase == UP)
		move_in(d);
	if (sc_client_deadline(d->client) <= driver_now()) {
		rc = sc_client_tick(d->client, driver_now());
		if (rc < 0) {
			if (d->phase == UP)
				move_out(d);
			engine_closes(d, rc);
		}
	}
	if (d->phase == UP)
		move_out(d);
}

/* What is due before anybody waits: a connection, and what the application has
 * asked for since. */
static int
prepare(struct sc_driver *d)
{
	if (d->fatal != 0)
		return d->fatal;
	if (d->phase == IDLE) {
		int64_t at = sc_client_connect_at(d->client);

		if (at == INT64_MAX &&
		    sc_client_deadline(d->client) == INT64_MAX)
			return SC_CODE_UNAVAILABLE;
		if (at <= driver_now())
			driver_begin_connect(d);
	}
	if (d->phase == UP)
		move_out(d);
	return d->fatal;
}

int
sc_driver_poll(struct sc_driver *d, struct sc_driver_wait *w)
{
	int rc = prepare(d);

	w->fd = d->fd;
	w->readable = d->phase == HANDSHAKE || d->phase == UP;
	w->writable = d->phase == CONNECTING ||
	    (d->fd >= 0 && d->want_write);
	w->timeout_ms = rc != 0 ? 0 : wait_ms(d);
	return rc;
}

int
sc_driver_step(struct sc_driver *d, bool readable, bool writable)
{
	if (d->fatal == 0)
		step(d, (short)((readable ? POLLIN : 0) |
		    (writable ? POLLOUT : 0)));
	return d->fatal;
}

int
sc_driver_run(struct sc_driver *d, int timeout_ms)
{
	struct sc_driver_wait w;
	struct pollfd p;
	int rc = sc_driver_poll(d, &w);

	if (rc != 0)
		return rc;
	if (timeout_ms >= 0 && (w.timeout_ms < 0 || timeout_ms < w.timeout_ms))
		w.timeout_ms = timeout_ms;
	p = (struct pollfd){.fd = w.fd, .events = (short)(
	    (w.readable ? POLLIN : 0) | (w.writable ? POLLOUT : 0))};
	rc = poll(&p, w.fd >= 0 ? 1 : 0, w.timeout_ms);
	if (rc < 0 && errno != EINTR) {
		driver_say(d, "poll: %s", strerror(errno));
		return SC_CODE_IO;
	}
	step(d, rc > 0 ? p.revents : 0);
	return d->fatal;
}

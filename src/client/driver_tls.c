/* SPDX-License-Identifier: ISC */
/*
 * One engine over one TLS connection, with poll().
 *
 * Phases: idle (waiting for the engine to want a connection), connecting (the
 * socket), handshake, up.  Whatever goes wrong leads back to idle through
 * drop(), and the engine says when to try again.
 */
#include "src/client/stonechat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	DEFAULT_PORT = 5290,
	CONNECT_MS = 10000,	/* for one address */
	HANDSHAKE_MS = 15000,
	READ_SIZE = 16384,
	READS_MAX = 16,		/* in one turn */
	BINDING = 32,		/* bytes of it */
	WHY_MAX = 400
};

enum driver_phase { IDLE, CONNECTING, HANDSHAKE, UP };

/* What drivers may have in common. */
struct setup {
	unsigned refs;
	bool insecure;
	SSL_CTX *ctx;
	BIO_METHOD *method;
};

struct sc_driver {
	struct sc_client *client;
	char *host, *server_name, *local;
	char port[8];
	struct setup *tls;
	SSL_SESSION *session;	/* to be resumed next time */

	enum driver_phase phase;
	int fd;
	SSL *ssl;
	struct addrinfo *addresses, *address;
	int64_t phase_until;	/* of CONNECTING and HANDSHAKE */
	bool want_write;	/* TLS waits for room to write */
	bool more;		/* TLS may have more that has been received */
	int fatal;		/* no use in trying again */
	char why[WHY_MAX];
};

static int64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void __attribute__((format(printf, 2, 3)))
say(struct sc_driver *d, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(d->why, sizeof(d->why), fmt, ap);
	va_end(ap);
}

static const char *
tls_reason(void)
{
	unsigned long e = ERR_peek_last_error();
	const char *text = e == 0 ? NULL : ERR_reason_error_string(e);

	return text == NULL ? "no reason given" : text;
}

/* ---- a BIO that does not raise SIGPIPE ---- */

static int
bio_write(BIO *bio, const char *p, int n)
{
	const struct sc_driver *d = BIO_get_data(bio);
	ssize_t done;

	BIO_clear_retry_flags(bio);
	done = send(d->fd, p, (size_t)n, MSG_NOSIGNAL);
	if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		BIO_set_retry_write(bio);
	return (int)done;
}

static int
bio_read(BIO *bio, char *p, int n)
{
	const struct sc_driver *d = BIO_get_data(bio);
	ssize_t done;

	BIO_clear_retry_flags(bio);
	done = recv(d->fd, p, (size_t)n, 0);
	if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK ||
	    errno == EINTR))
		BIO_set_retry_read(bio);
	return (int)done;
}

static long
bio_ctrl(BIO *bio, int what, long n, void *p)
{
	(void)bio;
	(void)n;
	(void)p;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
method_create(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "stonechat socket");

	if (m == NULL)
		return NULL;
	if (BIO_meth_set_write(m, bio_write) != 1 ||
	    BIO_meth_set_read(m, bio_read) != 1 ||
	    BIO_meth_set_ctrl(m, bio_ctrl) != 1) {
		BIO_meth_free(m);
		return NULL;
	}
	return m;
}

/* ---- making a driver ---- */

/* The newest ticket is the one to resume with. */
static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct sc_driver *d = SSL_get_app_data(ssl);

	SSL_SESSION_free(d->session);
	d->session = session;
	return 1;
}

static void
setup_unref(struct setup *t)
{
	if (t == NULL || --t->refs > 0)
		return;
	SSL_CTX_free(t->ctx);
	BIO_meth_free(t->method);
	free(t);
}

static int
load_roots(struct sc_driver *d, const char *ca_file)
{
	SSL_CTX *ctx = d->tls->ctx;

	if (ca_file != NULL) {
		if (SSL_CTX_load_verify_file(ctx, ca_file) == 1)
			return 0;
		say(d, "cannot read certificates from %s: %s: it must be a "
		    "PEM file", ca_file, tls_reason());
		return SC_CODE_IO;
	}
	if (SSL_CTX_set_default_verify_paths(ctx) == 1)
		return 0;
	say(d, "the system's certificates cannot be read: name a file with "
	    "the server's CA");
	return SC_CODE_IO;
}

static int
make_setup(struct sc_driver *d, const struct sc_driver_conf *conf)
{
	static const unsigned char alpn[] = "\x0bstonechat/1";
	struct setup *t = d->tls = calloc(1, sizeof(*t));

	if (t != NULL) {
		t->refs = 1;
		t->insecure = conf->insecure;
		t->method = method_create();
		t->ctx = SSL_CTX_new(TLS_client_method());
	}
	if (t == NULL || t->method == NULL || t->ctx == NULL ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_alpn_protos(t->ctx, alpn, sizeof(alpn) - 1) != 0) {
		say(d, "TLS cannot be set up: %s", tls_reason());
		return SC_CODE_NO_MEMORY;
	}
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(t->ctx, 1);	/* whole records at once */
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ctx, keep_session);
	SSL_CTX_set_verify(t->ctx, t->insecure ? SSL_VERIFY_NONE
					       : SSL_VERIFY_PEER, NULL);
	return t->insecure ? 0 : load_roots(d, conf->ca_file);
}

static char *
copy_string(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = malloc(n);

	if (copy != NULL)
		memcpy(copy, s, n);
	return copy;
}

static int
setup(struct sc_driver *d, const struct sc_driver_conf *conf)
{
	const char *name = conf->server_name;

	if (conf->host == NULL || conf->host[0] == '\0') {
		say(d, "the server's host is missing");
		return SC_CODE_BAD_REQUEST;
	}
	d->host = copy_string(conf->host);
	d->server_name = copy_string(name == NULL ? conf->host : name);
	if (conf->local != NULL)
		d->local = copy_string(conf->local);
	if (d->host == NULL || d->server_name == NULL ||
	    (conf->local != NULL && d->local == NULL)) {
		say(d, "out of memory");
		return SC_CODE_NO_MEMORY;
	}
	(void)snprintf(d->port, sizeof(d->port), "%u",
	    conf->port == 0 ? (unsigned)DEFAULT_PORT : (unsigned)conf->port);
	ERR_clear_error();
	if (conf->like == NULL)
		return make_setup(d, conf);
	d->tls = conf->like->tls;
	d->tls->refs++;
	return 0;
}

int
sc_driver_create(const struct sc_driver_conf *conf, struct sc_client *client,
    struct sc_driver **out, char *why, size_t whylen)
{
	struct sc_driver *d = calloc(1, sizeof(*d));
	int rc;

	*out = NULL;
	if (d == NULL) {
		if (why != NULL && whylen > 0)
			(void)snprintf(why, whylen, "out of memory");
		return SC_CODE_NO_MEMORY;
	}
	d->client = client;
	d->fd = -1;
	rc = setup(d, conf);
	if (rc != 0) {
		if (why != NULL && whylen > 0)
			(void)snprintf(why, whylen, "%s", d->why);
		sc_driver_destroy(d);
		return rc;
	}
	*out = d;
	return 0;
}

/* ---- ending a connection ---- */

static void
close_all(struct sc_driver *d)
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

/* The connection is gone, or could not be made; d->why says why. */
static void
drop(struct sc_driver *d)
{
	close_all(d);
	if (d->addresses != NULL)
		freeaddrinfo(d->addresses);
	d->addresses = d->address = NULL;
	d->phase = IDLE;
	sc_client_closed(d->client, now_ms());
}

void
sc_driver_destroy(struct sc_driver *d)
{
	if (d == NULL)
		return;
	if (d->phase != IDLE)
		drop(d);
	SSL_SESSION_free(d->session);
	setup_unref(d->tls);
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

void
sc_driver_random(void *arg, void *p, size_t n)
{
	(void)arg;
	/* back-off is all that depends on it: zeros are bad, not fatal */
	if (n > INT_MAX || RAND_bytes(p, (int)n) != 1)
		memset(p, 0, n);
}

/* ---- connecting ---- */

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

static void
begin_handshake(struct sc_driver *d)
{
	BIO *bio;

	ERR_clear_error();
	d->ssl = SSL_new(d->tls->ctx);
	bio = BIO_new(d->tls->method);
	if (d->ssl == NULL || bio == NULL) {
		BIO_free(bio);
		say(d, "out of memory");
		drop(d);
		return;
	}
	BIO_set_data(bio, d);
	BIO_set_init(bio, 1);
	SSL_set_bio(d->ssl, bio, bio);
	SSL_set_app_data(d->ssl, d);
	if (!expect_name(d)) {
		say(d, "%s is no name of a server", d->server_name);
		d->fatal = SC_CODE_BAD_REQUEST;
		drop(d);
		return;
	}
	if (d->session != NULL)
		(void)SSL_set_session(d->ssl, d->session);
	SSL_set_connect_state(d->ssl);
	d->phase = HANDSHAKE;
	d->phase_until = now_ms() + HANDSHAKE_MS;
	d->want_write = true;	/* the first move is ours */
}

/* Connections leave from d->local; its port is chosen when they connect, so
 * that one address can have a port for each server.  The error, or 0. */
static int
bind_local(const struct sc_driver *d, int family)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} a;
	int on = 1;

	if (d->local == NULL)
		return 0;
	memset(&a, 0, sizeof(a));
	a.any.sa_family = (sa_family_t)family;
	if (inet_pton(family, d->local, family == AF_INET6 ?
	    (void *)&a.in6.sin6_addr : (void *)&a.in.sin_addr) != 1)
		return EADDRNOTAVAIL;
#ifdef IP_BIND_ADDRESS_NO_PORT
	(void)setsockopt(d->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
#endif
	return bind(d->fd, &a.any, family == AF_INET6 ? sizeof(a.in6)
	    : sizeof(a.in)) == 0 ? 0 : errno;
}

/* A socket that connects to the address; the error, or 0. */
static int
begin_socket(struct sc_driver *d, const struct addrinfo *a)
{
	int on = 1, error;

	d->fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, a->ai_protocol);
	if (d->fd < 0)
		return errno;
	(void)setsockopt(d->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	error = bind_local(d, a->ai_family);
	if (error != 0)
		return error;
	if (connect(d->fd, a->ai_addr, a->ai_addrlen) == 0 ||
	    errno == EINPROGRESS)
		return 0;
	return errno;
}

/* Tries the addresses from d->address on; ERROR is that of the one before. */
static void
try_addresses(struct sc_driver *d, int error)
{
	for (; d->address != NULL; d->address = d->address->ai_next) {
		close_all(d);
		error = begin_socket(d, d->address);
		if (error == 0) {
			d->phase = CONNECTING;
			d->phase_until = now_ms() + CONNECT_MS;
			return;
		}
	}
	say(d, "cannot connect to %s port %s: %s", d->host, d->port,
	    strerror(error));
	drop(d);
}

static void
begin_connect(struct sc_driver *d)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_ADDRCONFIG};
	int rc = getaddrinfo(d->host, d->port, &hints, &d->addresses);

	if (rc == EAI_NONAME || rc == EAI_ADDRFAMILY) {
		/* a machine with nothing but its loopback has no address */
		hints.ai_flags = 0;
		rc = getaddrinfo(d->host, d->port, &hints, &d->addresses);
	}
	if (rc != 0) {
		d->addresses = NULL;
		say(d, "cannot find %s: %s", d->host, rc == EAI_SYSTEM
		    ? strerror(errno) : gai_strerror(rc));
		drop(d);
		return;
	}
	d->address = d->addresses;
	try_addresses(d, EADDRNOTAVAIL);
}

static void
step_connecting(struct sc_driver *d, short revents)
{
	socklen_t len = sizeof(int);
	int error = 0;

	if (revents == 0) {
		if (now_ms() < d->phase_until)
			return;
		error = ETIMEDOUT;
	} else if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error,
	    &len) != 0) {
		error = errno;
	}
	if (error == 0) {
		begin_handshake(d);
		return;
	}
	d->address = d->address->ai_next;
	try_addresses(d, error);
}

/* ---- the handshake ---- */

static void
handshake_failed(struct sc_driver *d, int code)
{
	long verdict = SSL_get_verify_result(d->ssl);

	if (!d->tls->insecure && verdict != X509_V_OK) {
		say(d, "the certificate of %s is not accepted: %s: check the "
		    "name of the server, or name the file with its CA",
		    d->server_name, X509_verify_cert_error_string(verdict));
		d->fatal = SC_CODE_NOT_AUTHORIZED;
	} else if (code == SSL_ERROR_SSL) {
		say(d, "no TLS connection with %s port %s: %s: is that a "
		    "Stonechat server?", d->host, d->port, tls_reason());
	} else {
		say(d, "%s port %s closed the connection during the TLS "
		    "handshake", d->host, d->port);
	}
	/* it may be the resumption that the server does not like */
	SSL_SESSION_free(d->session);
	d->session = NULL;
	drop(d);
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
			say(d, "%s port %s does not speak stonechat/1: check "
			    "the port", d->host, d->port);
			d->fatal = SC_CODE_NOT_ACCEPTABLE;
			drop(d);
			return;
		}
		d->phase = UP;
		d->why[0] = '\0';
		bind_login(d);
		sc_client_connected(d->client, now_ms());
		return;
	}
	code = SSL_get_error(d->ssl, rc);
	d->want_write = code == SSL_ERROR_WANT_WRITE;
	if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) {
		handshake_failed(d, code);
	} else if (now_ms() >= d->phase_until) {
		say(d, "%s port %s does not answer the TLS handshake",
		    d->host, d->port);
		drop(d);
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
		say(d, "the server closed the connection");
	else
		say(d, "the connection to %s is lost: %s", d->host,
		    code == SSL_ERROR_SSL ? tls_reason()
		    : errno != 0 ? strerror(errno) : "end of file");
	drop(d);
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
	say(d, "the connection ends: %s", sc_code_text(rc));
	drop(d);
}

static void
move_in(struct sc_driver *d)
{
	unsigned char bytes[READ_SIZE];

	d->more = false;
	for (unsigned i = 0; d->phase == UP; i++) {
		int rc;

		d->more = i == READS_MAX;
		if (d->more)
			return;

		ERR_clear_error();
		errno = 0;
		rc = SSL_read(d->ssl, bytes, sizeof(bytes));
		if (rc <= 0) {
			(void)must_wait(d, rc);
			return;
		}
		rc = sc_client_input(d->client, bytes, (size_t)rc, now_ms());
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
	int64_t now = now_ms(), until = sc_client_deadline(d->client);

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
		step_connecting(d, revents);
	if (d->phase == HANDSHAKE)
		step_handshake(d);
	if (d->phase == UP)
		move_in(d);
	if (sc_client_deadline(d->client) <= now_ms()) {
		rc = sc_client_tick(d->client, now_ms());
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
		if (at <= now_ms())
			begin_connect(d);
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
		say(d, "poll: %s", strerror(errno));
		return SC_CODE_IO;
	}
	step(d, rc > 0 ? p.revents : 0);
	return d->fatal;
}

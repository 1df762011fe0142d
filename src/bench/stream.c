/* SPDX-License-Identifier: ISC */
#include "src/bench/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/bench/link.h"

enum { READ_SIZE = 16384, READS_MAX = 8 };

struct streams {
	const struct stream_class *class;
	struct loop *loop;
	SSL_CTX *tls;
	struct sockaddr_storage address;
	socklen_t address_len;
	unsigned sources;
	char *name;		/* to be verified */
	bool insecure;
	struct stream *dirty;
	uint8_t buffer[READ_SIZE];
};

/* ---- all of them ---- */

static int
keep_session(SSL *ssl, SSL_SESSION *session)
{
	struct stream *s = SSL_get_app_data(ssl);

	SSL_SESSION_free(s->session);
	s->session = session;
	return 1;
}

static int
resolve(struct streams *a, const struct link_conf *conf, char *why,
    size_t whylen)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	char port[8];
	int rc;

	snprintf(port, sizeof(port), "%u", (unsigned)conf->port);
	rc = getaddrinfo(conf->host, port, &hints, &found);
	if (rc != 0) {
		snprintf(why, whylen, "%s: %s", conf->host, gai_strerror(rc));
		return -1;
	}
	memcpy(&a->address, found->ai_addr, found->ai_addrlen);
	a->address_len = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int
make_tls(struct streams *a, const struct link_conf *conf, char *why,
    size_t whylen)
{
	int ok = 1;

	a->tls = SSL_CTX_new(TLS_client_method());
	if (a->tls == NULL) {
		snprintf(why, whylen, "TLS cannot be set up");
		return -1;
	}
	SSL_CTX_set_mode(a->tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(a->tls, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(a->tls, keep_session);
	if (a->insecure)
		return 0;
	SSL_CTX_set_verify(a->tls, SSL_VERIFY_PEER, NULL);
	ok = conf->ca_file != NULL ?
	    SSL_CTX_load_verify_file(a->tls, conf->ca_file) :
	    SSL_CTX_set_default_verify_paths(a->tls);
	if (ok == 1)
		return 0;
	snprintf(why, whylen, "%s: no certificates to trust",
	    conf->ca_file != NULL ? conf->ca_file : "the system");
	return -1;
}

struct streams *
streams_create(const struct link_conf *conf, struct loop *loop,
    const struct stream_class *class, char *why, size_t whylen)
{
	struct streams *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->class = class;
	a->loop = loop;
	a->sources = conf->sources;
	a->insecure = conf->insecure;
	a->name = strdup(conf->domain != NULL ? conf->domain : conf->host);
	if (a->name == NULL)
		abort();
	if (resolve(a, conf, why, whylen) == 0 &&
	    make_tls(a, conf, why, whylen) == 0)
		return a;
	streams_destroy(a);
	return NULL;
}

void
streams_destroy(struct streams *a)
{
	if (a == NULL)
		return;
	SSL_CTX_free(a->tls);
	free(a->name);
	free(a);
}

/* ---- one ---- */

void
stream_init(struct stream *s, struct streams *all, unsigned index)
{
	s->all = all;
	s->index = index;
	s->fd = -1;
}

void
stream_dirty(struct stream *s)
{
	if (s->dirty)
		return;
	s->dirty = true;
	s->next_dirty = s->all->dirty;
	s->all->dirty = s;
}

static void
not_dirty(struct stream *s)
{
	struct stream **p = &s->all->dirty;

	if (!s->dirty)
		return;
	while (*p != s)
		p = &(*p)->next_dirty;
	*p = s->next_dirty;
	s->dirty = false;
}

void
stream_down(struct stream *s)
{
	if (s->ssl == NULL)
		return;
	not_dirty(s);
	(void)loop_watch(s->all->loop, &s->watch, -1, false, false);
	/* without this the session could not be resumed */
	SSL_set_shutdown(s->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(s->ssl);
	close(s->fd);
	s->ssl = NULL;
	s->fd = -1;
	s->connecting = s->established = false;
	bytes_free(&s->in);
	bytes_free(&s->out);
}

void
stream_fini(struct stream *s)
{
	stream_down(s);
	SSL_SESSION_free(s->session);
	s->session = NULL;
}

void
stream_fail(struct stream *s, const char *why)
{
	if (s->ssl == NULL)
		return;
	stream_down(s);
	s->all->class->lost(s, why);
}

bool
stream_resumed(const struct stream *s)
{
	return s->ssl != NULL && SSL_session_reused(s->ssl) == 1;
}

static void
fail_tls(struct stream *s, int error)
{
	unsigned long e = ERR_peek_last_error();
	const char *reason = e == 0 ? NULL : ERR_reason_error_string(e);
	long verified = SSL_get_verify_result(s->ssl);
	char text[256];

	if (error == SSL_ERROR_ZERO_RETURN)
		reason = "the server has closed the connection";
	else if (error == SSL_ERROR_SYSCALL)
		reason = errno == 0 ? "the server has gone away" :
		    strerror(errno);
	else if (verified != X509_V_OK && !s->all->insecure)
		reason = text;
	snprintf(text, sizeof(text), "the certificate is not one of %s that "
	    "is to be trusted (--ca, --domain): %s", s->all->name,
	    X509_verify_cert_error_string(verified));
	stream_fail(s, reason == NULL ? "TLS failed" : reason);
}

/* Whether that is all, for now. */
static bool
only_later(struct stream *s, int rc, bool *write)
{
	int error = SSL_get_error(s->ssl, rc);

	*write = error == SSL_ERROR_WANT_WRITE;
	if (*write || error == SSL_ERROR_WANT_READ)
		return true;
	fail_tls(s, error);
	return false;
}

static void
wait_for(struct stream *s, bool write)
{
	int rc = loop_watch(s->all->loop, &s->watch, s->fd, true, write);

	if (rc != 0)
		stream_fail(s, strerror(rc));
}

/* ---- connecting ---- */

static void
handshake(struct stream *s)
{
	bool write;
	int rc;

	ERR_clear_error();
	rc = SSL_connect(s->ssl);
	if (rc != 1) {
		if (only_later(s, rc, &write))
			wait_for(s, write);
		return;
	}
	s->established = true;
	wait_for(s, false);
	if (s->ssl != NULL)
		s->all->class->connected(s);
}

static void
connected(struct stream *s)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0) {
		stream_fail(s, strerror(error));
		return;
	}
	s->connecting = false;
	handshake(s);
}

static void
choose_source(const struct stream *s)
{
	const int on = 1;
	struct sockaddr_in a = {.sin_family = AF_INET};

	(void)setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (s->all->sources == 0)
		return;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + s->index %
	    s->all->sources);
	(void)setsockopt(s->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on,
	    sizeof(on));
	(void)bind(s->fd, (struct sockaddr *)&a, sizeof(a));
}

static SSL *
make_ssl(struct stream *s)
{
	const struct streams *a = s->all;
	unsigned char ip[16];
	bool numeric = inet_pton(AF_INET, a->name, ip) == 1 ||
	    inet_pton(AF_INET6, a->name, ip) == 1;
	SSL *ssl = SSL_new(a->tls);

	if (ssl == NULL)
		abort();
	SSL_set_app_data(ssl, s);
	SSL_set_fd(ssl, s->fd);
	if (numeric)
		(void)X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl),
		    a->name);
	else if (SSL_set1_host(ssl, a->name) == 1)
		(void)SSL_set_tlsext_host_name(ssl, a->name);
	if (s->session != NULL)
		(void)SSL_set_session(ssl, s->session);
	return ssl;
}

static void
give_up_socket(struct stream *s)
{
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void ready(struct watch *, bool readable, bool writable);

int
stream_up(struct stream *s, char *why, size_t whylen)
{
	const struct streams *a = s->all;
	int rc;

	s->fd = socket(a->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (s->fd >= 0)
		choose_source(s);
	if (s->fd < 0 || (connect(s->fd, (const struct sockaddr *)&a->address,
	    a->address_len) != 0 && errno != EINPROGRESS)) {
		snprintf(why, whylen, "cannot connect to %s: %s", a->name,
		    strerror(errno));
		give_up_socket(s);
		return -1;
	}
	s->ssl = make_ssl(s);
	s->connecting = true;
	s->watch.ready = ready;
	rc = loop_watch(a->loop, &s->watch, s->fd, false, true);
	if (rc == 0)
		return 0;
	snprintf(why, whylen, "%s", strerror(rc));
	stream_down(s);
	return -1;
}

/* ---- reading ---- */

static void
take(struct stream *s, const uint8_t *p, size_t n)
{
	size_t used;

	if (s->in.n > 0) {
		bytes_put(&s->in, p, n);
		used = s->all->class->input(s, s->in.p, s->in.n);
		if (s->ssl != NULL)
			bytes_drop(&s->in, used);
		return;
	}
	used = s->all->class->input(s, p, n);
	if (s->ssl != NULL)
		bytes_put(&s->in, p + used, n - used);
}

static void
receive(struct stream *s)
{
	bool write;

	for (int i = 0; s->ssl != NULL; i++) {
		int n;

		/* level-triggered: the rest stays in the socket, but not what
		 * TLS has decrypted */
		if (i >= READS_MAX && SSL_pending(s->ssl) == 0)
			return;
		ERR_clear_error();
		errno = 0;
		n = SSL_read(s->ssl, s->all->buffer, READ_SIZE);
		if (n <= 0) {
			(void)only_later(s, n, &write);
			return;
		}
		s->bytes_in += (uint64_t)n;
		take(s, s->all->buffer, (size_t)n);
	}
}

static void
ready(struct watch *w, bool readable, bool writable)
{
	struct stream *s = (struct stream *)w;

	if (s->ssl == NULL)
		return;
	if (s->connecting) {
		connected(s);
		return;
	}
	if (!s->established) {
		handshake(s);
		return;
	}
	if (readable)
		receive(s);
	if (writable && s->ssl != NULL)
		stream_dirty(s);
}

/* ---- writing ---- */

static void
send_all(struct stream *s)
{
	size_t done = 0;
	bool write = false;

	while (done < s->out.n) {
		size_t rest = s->out.n - done;
		int n;

		ERR_clear_error();
		errno = 0;
		n = SSL_write(s->ssl, s->out.p + done,
		    rest > INT_MAX ? INT_MAX : (int)rest);
		if (n > 0) {
			done += (size_t)n;
			s->bytes_out += (uint64_t)n;
			continue;
		}
		if (!only_later(s, n, &write))
			return;
		break;
	}
	bytes_drop(&s->out, done);
	wait_for(s, write);
}

void
streams_turn(struct streams *a)
{
	struct stream *s;

	while ((s = a->dirty) != NULL) {
		a->dirty = s->next_dirty;
		s->dirty = false;
		if (!s->established)
			continue;
		if (a->class->flush != NULL)
			a->class->flush(s);
		if (s->ssl != NULL && s->out.n > 0)
			send_all(s);
		else if (s->ssl != NULL)
			wait_for(s, false);
	}
}

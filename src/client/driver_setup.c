/* SPDX-License-Identifier: ISC */
/* Making a driver: what TLS needs, which drivers may have in common. */
#include "src/client/driver_priv.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { DEFAULT_PORT = 5290 };

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

void
driver_setup_unref(struct driver_setup *t)
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
		driver_say(d, "cannot read certificates from %s: %s: it must "
		    "be a PEM file", ca_file, driver_tls_reason());
		return SC_CODE_IO;
	}
	if (SSL_CTX_set_default_verify_paths(ctx) == 1)
		return 0;
	driver_say(d, "the system's certificates cannot be read: name a file "
	    "with the server's CA");
	return SC_CODE_IO;
}

static int
make_setup(struct sc_driver *d, const struct sc_driver_conf *conf)
{
	static const unsigned char alpn[] = "\x0bstonechat/1";
	struct driver_setup *t = d->tls = calloc(1, sizeof(*t));

	if (t != NULL) {
		t->refs = 1;
		t->insecure = conf->insecure;
		t->method = method_create();
		t->ctx = SSL_CTX_new(TLS_client_method());
	}
	if (t == NULL || t->method == NULL || t->ctx == NULL ||
	    SSL_CTX_set_min_proto_version(t->ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_alpn_protos(t->ctx, alpn, sizeof(alpn) - 1) != 0) {
		driver_say(d, "TLS cannot be set up: %s", driver_tls_reason());
		return SC_CODE_NO_MEMORY;
	}
	SSL_CTX_set_mode(t->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_options(t->ctx, SSL_OP_CLEANSE_PLAINTEXT);
	SSL_CTX_set_read_ahead(t->ctx, 1);	/* whole records at once */
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_CLIENT |
	    SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(t->ctx, keep_session);
	SSL_CTX_set_verify(t->ctx, t->insecure ? SSL_VERIFY_NONE
					       : SSL_VERIFY_PEER, NULL);
	return t->insecure ? 0 : load_roots(d, conf->ca_file);
}

static int
setup(struct sc_driver *d, const struct sc_driver_conf *conf)
{
	const char *name = conf->server_name;

	if (conf->host == NULL || conf->host[0] == '\0') {
		driver_say(d, "the server's host is missing");
		return SC_CODE_BAD_REQUEST;
	}
	d->host = strdup(conf->host);
	d->server_name = strdup(name == NULL ? conf->host : name);
	if (conf->local != NULL)
		d->local = strdup(conf->local);
	if (d->host == NULL || d->server_name == NULL ||
	    (conf->local != NULL && d->local == NULL)) {
		driver_say(d, "out of memory");
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

void
sc_driver_random(void *arg, void *p, size_t n)
{
	(void)arg;
	/* back-off is all that depends on it: zeros are bad, not fatal */
	if (n > INT_MAX || RAND_bytes(p, (int)n) != 1)
		memset(p, 0, n);
}

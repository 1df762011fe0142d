/* SPDX-License-Identifier: ISC */
#include "src/daemon/tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/common/err.h"
#include "src/common/wipe.h"
#include "src/daemon/handoff.h"
#include "src/daemon/lean.h"
#include "src/daemon/tls_context.h"

/* ---- the BIO --------------------------------------------------------- */

struct tls_window {
	BIO *bio;
	BIO_METHOD *method;
};

static int
window_read(BIO *bio, char *p, size_t n, size_t *got)
{
	struct transport_io *io = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	if (io->inlen == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	if (n > io->inlen)
		n = io->inlen;
	memcpy(p, io->in, n);
	io->in += n;
	io->inlen -= n;
	*got = n;
	return 1;
}

static int
window_write(BIO *bio, const char *p, size_t n, size_t *put)
{
	struct transport_io *io = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	buf_put(&io->out, p, n);
	if (buf_failed(&io->out))
		return 0;
	*put = n;
	return 1;
}

static long
window_ctrl(BIO *bio, int cmd, long num, void *p)
{
	(void)bio, (void)num, (void)p;
	return cmd == BIO_CTRL_FLUSH ? 1 : 0;
}

struct tls_window *
tls_window_create(struct transport_io *io)
{
	struct tls_window *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "window");
	if (w->method == NULL ||
	    !BIO_meth_set_read_ex(w->method, window_read) ||
	    !BIO_meth_set_write_ex(w->method, window_write) ||
	    !BIO_meth_set_ctrl(w->method, window_ctrl) ||
	    (w->bio = BIO_new(w->method)) == NULL) {
		tls_window_destroy(w);
		return NULL;
	}
	BIO_set_data(w->bio, io);
	BIO_set_init(w->bio, 1);
	return w;
}

void
tls_window_destroy(struct tls_window *w)
{
	if (w == NULL)
		return;
	BIO_free(w->bio);
	BIO_meth_free(w->method);
	free(w);
}

/* ---- records --------------------------------------------------------- */

static enum transport_result
result_of(SSL *ssl, struct transport_io *io, int rc)
{
	switch (SSL_get_error(ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return TRANSPORT_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return TRANSPORT_END;
	default:
		snprintf(io->why, sizeof(io->why), "%s", tls_reason());
		return TRANSPORT_BROKEN;
	}
}

/* Nothing of before may be taken for what comes.  To look first is cheaper, and
 * there is nothing nearly always. */
static void
forget_errors(void)
{
	if (ERR_peek_error() != 0)
		ERR_clear_error();
}

static enum transport_result
openssl_read(void *state, struct transport_io *io, struct slice *got)
{
	SSL *ssl = state;
	size_t n;

	/* the usual end of a turn: OpenSSL would set up a buffer to find out */
	if (io->inlen == 0 && SSL_has_pending(ssl) == 0)
		return TRANSPORT_MORE;
	forget_errors();
	if (SSL_read_ex(ssl, io->plain, sizeof(io->plain), &n) != 1)
		return result_of(ssl, io, 0);
	if (n > io->nplain)
		io->nplain = n;
	*got = slice_of(io->plain, n);
	return TRANSPORT_OK;
}

static int
openssl_write(void *state, struct transport_io *io, const void *p, size_t n)
{
	SSL *ssl = state;
	const char *from = p;
	size_t put;

	(void)io;
	forget_errors();
	for (; n > 0; from += put, n -= put)
		if (SSL_write_ex(ssl, from, n, &put) != 1)
			return -1;
	return 0;
}

static void
openssl_goodbye(void *state, struct transport_io *io)
{
	SSL *ssl = state;

	(void)io;
	ERR_clear_error();
	if (SSL_is_init_finished(ssl))
		SSL_shutdown(ssl);
}

static void
openssl_destroy(void *state, struct transport_io *io)
{
	SSL *ssl = state;

	(void)io;
	handoff_end(ssl);
	/* Without this the session could not be resumed. */
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl);
	ERR_clear_error();
}

bool
tls_export_binding(SSL *ssl, uint8_t *out)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (SSL_version(ssl) < TLS1_3_VERSION)
		return false;
	ERR_clear_error();
	return SSL_export_keying_material(ssl, out, TRANSPORT_BINDING, label,
	    sizeof(label) - 1, NULL, 0, 0) == 1;
}

static bool
openssl_binding(void *state, uint8_t *out)
{
	return tls_export_binding(state, out);
}

static void
openssl_describe(void *state, const char **version, const char **cipher)
{
	const SSL *ssl = state;

	*version = SSL_get_version(ssl);
	*cipher = SSL_get_cipher_name(ssl);
}

static const struct transport_kind openssl = {
	.read = openssl_read,
	.write = openssl_write,
	.goodbye = openssl_goodbye,
	.destroy = openssl_destroy,
	.binding = openssl_binding,
	.describe = openssl_describe,
};

/* ---- the handshake --------------------------------------------------- */

int
tls_open(struct transport *t, struct transport_io *io, SSL_CTX *ctx)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL || handoff_begin(ssl) != 0) {
		SSL_free(ssl);
		return -1;
	}
	/* The reference that SSL_set_bio takes over. */
	BIO_up_ref(io->tls->bio);
	SSL_set_bio(ssl, io->tls->bio, io->tls->bio);
	SSL_set_accept_state(ssl);
	t->kind = &openssl;
	t->state = ssl;
	return 0;
}

/* Goes on without OpenSSL's object, if the connection may and there is memory;
 * LAST is what the last step has made for the network. */
static void
hand_off(struct transport *t, struct transport_io *io, struct slice last)
{
	SSL *ssl = t->state;
	struct handoff h;

	if (handoff_make(ssl, last, &h)) {
		if (lean_open(t, io, &h) == 0)
			openssl_destroy(ssl, io);
		wipe(&h, sizeof(h));
	}
	if (t->state == ssl)
		handoff_end(ssl);
}

static bool
is_agreed(const SSL *ssl)
{
	const unsigned char *chosen;
	unsigned len;

	/* A client that offers no protocol at all gets this far. */
	SSL_get0_alpn_selected(ssl, &chosen, &len);
	return len > 0;
}

enum transport_result
tls_handshake(struct transport *t, struct transport_io *io)
{
	SSL *ssl = t->state;
	int rc;

	sc_assert(io->out.len == 0);
	ERR_clear_error();
	handoff_step(ssl);
	rc = SSL_do_handshake(ssl);
	if (rc != 1)
		return result_of(ssl, io, rc);
	if (!is_agreed(ssl)) {
		snprintf(io->why, sizeof(io->why), "no protocol offered");
		return TRANSPORT_BROKEN;
	}
	hand_off(t, io, buf_slice(&io->out));
	return TRANSPORT_OK;
}

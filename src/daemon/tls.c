/* SPDX-License-Identifier: ISC */
#include "src/daemon/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "src/common/wipe.h"
#include "src/daemon/config.h"
#include "src/daemon/texts.h"

enum { BINDING = 32 };

/* A name, a key for the MAC and one for the cipher (SSL_CTX_ctrl(3)). */
enum { TICKET_KEYS = 16 + 32 + 32 };

static const unsigned char alpn[] = "\013stonechat/1";

/* ---- the BIO --------------------------------------------------------- */

static int
window_read(BIO *bio, char *p, size_t n, size_t *got)
{
	struct tls_io *io = BIO_get_data(bio);

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
	struct tls_io *io = BIO_get_data(bio);

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

int
tls_io_init(struct tls_io *io)
{
	memset(io, 0, sizeof(*io));
	buf_init(&io->out, 0);
	io->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
	    "window");
	if (io->method == NULL ||
	    !BIO_meth_set_read_ex(io->method, window_read) ||
	    !BIO_meth_set_write_ex(io->method, window_write) ||
	    !BIO_meth_set_ctrl(io->method, window_ctrl) ||
	    (io->bio = BIO_new(io->method)) == NULL) {
		tls_io_fini(io);
		return -1;
	}
	BIO_set_data(io->bio, io);
	BIO_set_init(io->bio, 1);
	return 0;
}

void
tls_io_fini(struct tls_io *io)
{
	BIO_free(io->bio);
	BIO_meth_free(io->method);
	buf_fini(&io->out);
	io->bio = NULL;
	io->method = NULL;
}

/* ---- the context ----------------------------------------------------- */

static int
choose_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
    const unsigned char *in, unsigned inlen, void *arg)
{
	unsigned char *chosen;

	(void)ssl, (void)arg;
	if (SSL_select_next_proto(&chosen, outlen, alpn, sizeof(alpn) - 1, in,
	    inlen) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

const char *
tls_why(char *out, size_t size)
{
	unsigned long e = ERR_get_error();
	const char *reason = e == 0 ? NULL : ERR_reason_error_string(e);

	if (e != 0 && ERR_SYSTEM_ERROR(e))
		reason = strerror(ERR_GET_REASON(e));
	if (reason == NULL)
		reason = "no protocol offered";
	snprintf(out, size, "%s", reason);
	ERR_clear_error();
	return out;
}

/* A key with a password of its own is refused: nobody is there to be asked. */
static int
no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf, (void)size, (void)writing, (void)arg;
	return 0;
}

static BIO *
open_text(const struct buf *text)
{
	struct slice s = buf_slice(text);

	return BIO_new_mem_buf(s.len == 0 ? "" : (const void *)s.p,
	    (int)s.len);
}

/* Those that lead from the certificate to its root. */
static int
use_chain(SSL_CTX *ctx, BIO *in)
{
	X509 *x;

	while ((x = PEM_read_bio_X509(in, NULL, no_password, NULL)) != NULL)
		if (SSL_CTX_add0_chain_cert(ctx, x) != 1) {
			X509_free(x);
			return -1;
		}
	/* The text may end with what is no certificate, but not in one. */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -1;
	ERR_clear_error();
	return 0;
}

static int
use_certificate(SSL_CTX *ctx, const struct buf *text)
{
	BIO *in = open_text(text);
	X509 *x = NULL;
	int rc = -1;

	if (in != NULL)
		x = PEM_read_bio_X509_AUX(in, NULL, no_password, NULL);
	if (x != NULL && SSL_CTX_use_certificate(ctx, x) == 1)
		rc = use_chain(ctx, in);
	X509_free(x);
	BIO_free(in);
	return rc;
}

static int
use_key(SSL_CTX *ctx, const struct buf *text)
{
	BIO *in = open_text(text);
	EVP_PKEY *key = NULL;
	int rc = -1;

	if (in != NULL)
		key = PEM_read_bio_PrivateKey(in, NULL, no_password, NULL);
	if (key != NULL && SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1)
		rc = 0;
	EVP_PKEY_free(key);
	BIO_free(in);
	return rc;
}

static int
use_texts(SSL_CTX *ctx, const struct config *c, const struct texts *t,
    char *why, size_t whylen)
{
	char reason[128];

	if (use_certificate(ctx, &t->certificate) != 0) {
		snprintf(why, whylen, "%s: not a certificate in PEM form "
		    "(%s): correct the file, or <tls><certificate>",
		    c->certificate, tls_why(reason, sizeof(reason)));
		return -1;
	}
	if (use_key(ctx, &t->key) != 0) {
		snprintf(why, whylen, "%s: not the private key of %s in PEM "
		    "form (%s): correct the file, or <tls><key>", c->key,
		    c->certificate, tls_why(reason, sizeof(reason)));
		return -1;
	}
	return 0;
}

static int
set_options(SSL_CTX *ctx, const struct config *c)
{
	static const unsigned char id[] = "stonechat";
	int groups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1};

	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
	    SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION |
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* Tickets carry the session, so nothing is kept here; no early data,
	 * because it can be replayed (R16). */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_num_tickets(ctx, c->ticket_s > 0 ? 1 : 0);
	if (c->ticket_s > 0)
		SSL_CTX_set_timeout(ctx, (long)c->ticket_s);
	else
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	return SSL_CTX_set_min_proto_version(ctx, c->tls_min) == 1 &&
	    SSL_CTX_set1_groups(ctx, groups, 3) == 1 &&
	    SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1) == 1 ?
	    0 : -1;
}

SSL_CTX *
tls_context_create(const struct config *c, const struct texts *t, char *why,
    size_t whylen)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	char reason[128];

	if (ctx == NULL || set_options(ctx, c) != 0) {
		snprintf(why, whylen, "OpenSSL cannot be set up: %s",
		    tls_why(reason, sizeof(reason)));
		SSL_CTX_free(ctx);
		return NULL;
	}
	if (use_texts(ctx, c, t, why, whylen) != 0) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

const char *
tls_fingerprint(const SSL_CTX *ctx, char out[TLS_FINGERPRINT])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len;

	*out = '\0';
	if (X509_digest(SSL_CTX_get0_certificate(ctx), EVP_sha256(), digest,
	    &len) != 1)
		return out;
	for (int i = 0; i < TLS_FINGERPRINT / 2; i++)
		snprintf(out + (ptrdiff_t)2 * i, 3, "%02x", digest[i]);
	return out;
}

void
tls_context_inherit(SSL_CTX *next, SSL_CTX *now)
{
	unsigned char keys[TICKET_KEYS];

	if (X509_cmp(SSL_CTX_get0_certificate(next),
	    SSL_CTX_get0_certificate(now)) != 0)
		return;
	if (SSL_CTX_get_tlsext_ticket_keys(now, keys, sizeof(keys)) == 1)
		SSL_CTX_set_tlsext_ticket_keys(next, keys, sizeof(keys));
	wipe(keys, sizeof(keys));
}

/* ---- connections ----------------------------------------------------- */

SSL *
tls_open(SSL_CTX *ctx, struct tls_io *io)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL)
		return NULL;
	/* The reference that SSL_set_bio takes over. */
	BIO_up_ref(io->bio);
	SSL_set_bio(ssl, io->bio, io->bio);
	SSL_set_accept_state(ssl);
	return ssl;
}

void
tls_close(SSL *ssl, bool goodbye)
{
	if (ssl == NULL)
		return;
	ERR_clear_error();
	if (goodbye && SSL_is_init_finished(ssl))
		SSL_shutdown(ssl);
	SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
	SSL_free(ssl);
	ERR_clear_error();
}

static enum tls_result
result_of(SSL *ssl, int rc)
{
	switch (SSL_get_error(ssl, rc)) {
	case SSL_ERROR_WANT_READ:
		return TLS_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return TLS_END;
	default:
		return TLS_BROKEN;
	}
}

enum tls_result
tls_handshake(SSL *ssl)
{
	const unsigned char *chosen;
	unsigned len;
	int rc;

	ERR_clear_error();
	rc = SSL_do_handshake(ssl);
	if (rc != 1)
		return result_of(ssl, rc);
	/* A client that offers no protocol at all gets this far. */
	SSL_get0_alpn_selected(ssl, &chosen, &len);
	return len == 0 ? TLS_BROKEN : TLS_OK;
}

size_t
tls_binding(SSL *ssl, uint8_t *out, size_t size)
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (ssl == NULL || size < BINDING ||
	    SSL_version(ssl) < TLS1_3_VERSION)
		return 0;
	ERR_clear_error();
	return SSL_export_keying_material(ssl, out, BINDING, label,
	    sizeof(label) - 1, NULL, 0, 0) == 1 ? BINDING : 0;
}

enum tls_result
tls_read(SSL *ssl, void *p, size_t n, size_t *got)
{
	ERR_clear_error();
	return SSL_read_ex(ssl, p, n, got) == 1 ? TLS_OK : result_of(ssl, 0);
}

int
tls_write(SSL *ssl, const void *p, size_t n)
{
	const char *from = p;
	size_t put;

	ERR_clear_error();
	for (; n > 0; from += put, n -= put)
		if (SSL_write_ex(ssl, from, n, &put) != 1)
			return -1;
	return 0;
}

/* SPDX-License-Identifier: ISC */
#include "src/daemon/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "src/common/wipe.h"
#include "src/daemon/config.h"
#include "src/daemon/handoff.h"
#include "src/daemon/texts.h"

/* A name, a key for the MAC and one for the cipher (SSL_CTX_ctrl(3)). */
enum { TICKET_KEYS = 16 + 32 + 32 };

static const unsigned char alpn[] = "\013stonechat/1";

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
tls_reason(void)
{
	unsigned long e = ERR_get_error();
	const char *reason = NULL;

	if (e != 0)
		reason = ERR_SYSTEM_ERROR(e) ? strerror(ERR_GET_REASON(e))
		    : ERR_reason_error_string(e);
	ERR_clear_error();
	return reason == NULL ? "no reason given" : reason;
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
	if (use_certificate(ctx, &t->certificate) != 0) {
		snprintf(why, whylen, "%s: not a certificate in PEM form "
		    "(%s): correct the file, or <tls><certificate>",
		    c->certificate, tls_reason());
		return -1;
	}
	if (use_key(ctx, &t->key) != 0) {
		snprintf(why, whylen, "%s: not the private key of %s in PEM "
		    "form (%s): correct the file, or <tls><key>", c->key,
		    c->certificate, tls_reason());
		return -1;
	}
	return 0;
}

/*
 * Of the suites of TLS 1.3 that OpenSSL allows on this machine, the first one
 * of its registry comes first: a handshake hashes much in short pieces, for
 * which SHA-384 takes three times as long as SHA-256, and a connection keeps
 * the states of two hashes.
 */
static int
order_suites(SSL_CTX *ctx)
{
	static const char first[] = "TLS_AES_128_GCM_SHA256";
	STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(ctx);
	char list[256];
	bool allowed = false;
	size_t n = sizeof(first) - 1;

	memcpy(list, first, sizeof(first));
	for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		const char *name =
		    SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all, i));

		if (strcmp(name, first) == 0)
			allowed = true;
		else if (strncmp(name, "TLS_", 4) == 0 && n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n,
			    ":%s", name);
	}
	if (!allowed || n >= sizeof(list))
		return 0;
	return SSL_CTX_set_ciphersuites(ctx, list) == 1 ? 0 : -1;
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
	    SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
	    SSL_OP_CLEANSE_PLAINTEXT);
	/* Tickets carry the session, so nothing is kept here; no early data,
	 * because it can be replayed (R16). */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_num_tickets(ctx, c->ticket_s > 0 ? 1 : 0);
	if (c->ticket_s > 0)
		SSL_CTX_set_timeout(ctx, (long)c->ticket_s);
	else
		SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
	if (c->tls_records == RECORDS_LEAN)
		handoff_prepare(ctx);
	SSL_CTX_set_alpn_select_cb(ctx, choose_alpn, NULL);
	return SSL_CTX_set_min_proto_version(ctx, c->tls_min) == 1 &&
	    order_suites(ctx) == 0 &&
	    SSL_CTX_set1_groups(ctx, groups, 3) == 1 &&
	    SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1) == 1 ?
	    0 : -1;
}

SSL_CTX *
tls_context_create(const struct config *c, const struct texts *t, char *why,
    size_t whylen)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (ctx == NULL || set_options(ctx, c) != 0) {
		snprintf(why, whylen, "OpenSSL cannot be set up: %s",
		    tls_reason());
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
